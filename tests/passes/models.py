"""Small models, given as functions of tensors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.utils._pytree as pytree
from torch import Tensor, nn
from torch.fx import GraphModule

from hetorch_heir.frontend import to_graph
from hetorch_heir.passes.graph import operation_name


class FunctionModel(nn.Module):
    """A model whose ``forward`` is a function; its inputs are called args_0, args_1, …."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: Tensor) -> Any:
        return self.function(*args)


def graph_of(
    function: Callable[..., Any], *shapes: tuple[int, ...], public: Sequence[int] = ()
) -> GraphModule:
    """The normalised graph of a function of float64 tensors; ``public`` are positions of plaintext inputs."""
    inputs = tuple(torch.zeros(shape, dtype=torch.float64) for shape in shapes)
    names = [f"args_{number}" for number in public]
    return to_graph(FunctionModel(function).eval(), inputs, public_inputs=names)


def results(graph_module: GraphModule, *inputs: Tensor) -> tuple[Tensor, ...]:
    """What a graph returns, flat."""
    return tuple(pytree.tree_leaves(graph_module(*inputs)))


def counts(graph_module: GraphModule) -> Counter[str]:
    """How many calls of each operation a graph holds."""
    nodes = graph_module.graph.nodes
    return Counter(operation_name(node, graph_module) for node in nodes if node.op.startswith("call"))


def constant(*shape: int, seed: int = 0) -> Tensor:
    """A reproducible float64 tensor of normal numbers."""
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
