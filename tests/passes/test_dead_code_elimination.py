"""Removal of what no output depends on."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.fx import symbolic_trace

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes.builtin import DeadCodeEliminationPass

CONTEXT = CompilationContext(HEScheme.CKKS, CKKSParameters())


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used = nn.Linear(3, 2)
        self.unused = nn.Linear(3, 2)
        self.weight = nn.Parameter(torch.ones(3))
        self.spare = nn.Parameter(torch.ones(3))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        first = x + self.spare
        torch.relu(first)
        self.unused(x)
        return self.used(x * self.weight)


def test_dead_chains_modules_and_weights_go_and_inputs_stay() -> None:
    model = Model()
    graph_module = DeadCodeEliminationPass().transform(symbolic_trace(model), CONTEXT)
    assert [node.name for node in graph_module.graph.nodes] == ["x", "y", "weight", "mul", "used", "output"]
    assert {name for name, _ in graph_module.named_parameters()} == {"weight", "used.weight", "used.bias"}
    x = torch.randn(4, 3)
    torch.testing.assert_close(graph_module(x, x), model(x, x))


def test_a_graph_without_dead_code_is_left_alone() -> None:
    graph_module = symbolic_trace(lambda x: torch.relu(x) * 2)
    before = str(graph_module.graph)
    assert str(DeadCodeEliminationPass().transform(graph_module, CONTEXT).graph) == before
