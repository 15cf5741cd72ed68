"""What tests of normal forms share: a module for a function, and the comparison with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn

from hetorch_heir.frontend import check_supported, to_graph
from hetorch_heir.frontend.forms.activations import ACTIVATIONS
from hetorch_heir.frontend.support import NORMAL_FORMS

Function = Callable[..., Any]

torch.manual_seed(7)
MATRIX = torch.randn(4, 3)
SQUARE = torch.randn(4, 4)
COLUMN = torch.randn(4)
ROW = torch.randn(3)
BATCH = torch.randn(2, 4, 3)


class Applied(nn.Module):
    """A module that applies a function; its constants are buffers."""

    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function = function
        self.matrix = nn.Buffer(MATRIX)
        self.square = nn.Buffer(SQUARE)
        self.column = nn.Buffer(COLUMN)
        self.row = nn.Buffer(ROW)
        self.batch = nn.Buffer(BATCH)

    def forward(self, x: torch.Tensor) -> Any:
        return self.function(self, x)


def example(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(3))


def targets(graph_module: fx.GraphModule) -> list[str]:
    """The operators of a graph in order, without namespace and overload."""
    return [
        str(node.target).removeprefix("aten.").split(".")[0]
        for node in graph_module.graph.nodes
        if node.op == "call_function"
    ]


def assert_normal(graph_module: fx.GraphModule) -> None:
    """Only normal forms and activations, a computed first operand, metadata on every node."""
    for node in graph_module.graph.nodes:
        assert "val" in node.meta and "source" in node.meta
        if node.op == "call_function":
            assert node.target in NORMAL_FORMS | ACTIVATIONS
            first = node.args[1] if node.target is torch.ops.aten.matmul.default else node.args[0]
            operands = first if node.target is torch.ops.aten.cat.default else [first]
            assert isinstance(operands, list | tuple)
            assert any(isinstance(one, fx.Node) and one.op != "get_attr" for one in operands)
    check_supported(graph_module)


class ShapeChecker(fx.Interpreter):
    """Runs a graph, and compares every value with what its metadata says."""

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if isinstance(result, torch.Tensor):
            recorded = n.meta["val"]
            assert (result.shape, result.dtype) == (recorded.shape, recorded.dtype), n
        return result


def assert_equal_to(model: nn.Module, *inputs: torch.Tensor) -> fx.GraphModule:
    """The normal form computes what ``model`` does, captured from it and from its symbolic trace."""
    model = nn.Sequential(model)  # symbolic_trace traces into a leaf module that is the root
    expected = model.eval()(*[tensor.clone() for tensor in inputs])
    expected = (expected,) if isinstance(expected, torch.Tensor) else tuple(expected)
    graph_module = to_graph(model, inputs)
    for captured in (graph_module, to_graph(fx.symbolic_trace(model), inputs)):
        assert_normal(captured)
        results = ShapeChecker(captured).run(*inputs)
        assert len(results) == len(expected)
        for result, wanted in zip(results, expected, strict=True):
            torch.testing.assert_close(result, wanted)
        output = captured.graph.output_node()
        assert [tuple(val.shape) for val in output.meta["val"]] == [
            tuple(wanted.shape) for wanted in expected
        ]
    return graph_module
