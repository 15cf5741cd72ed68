"""Compilation of models through HETorchCompiler."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.fx import GraphModule

from hetorch_heir import CKKSParameters, CompilationContext, HEScheme, HETorchCompiler
from hetorch_heir.core.errors import CaptureError
from hetorch_heir.passes import PassPipeline
from hetorch_heir.passes.builtin import DeadCodeEliminationPass, InputPackingPass, NonlinearToPolynomialPass
from hetorch_heir.passes.graph import operation_name

CONTEXT = CompilationContext(HEScheme.CKKS, CKKSParameters())
X = torch.linspace(-2, 2, 10).reshape(1, 10)
CAPTURES = ["export", "symbolic_trace"]


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.fc1 = nn.Linear(10, 8)
        self.fc2 = nn.Linear(8, 3)
        self.dropout = nn.Dropout(0.9)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.dropout(torch.sigmoid(self.fc1(x))))


class Shifted(nn.Module):
    def forward(self, x: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
        return x * shift, x + x


def compiled(model: nn.Module, example: Any, capture: Any, **options: Any) -> GraphModule:
    pipeline = PassPipeline([InputPackingPass(), NonlinearToPolynomialPass(15), DeadCodeEliminationPass()])
    return HETorchCompiler(CONTEXT, pipeline).compile(model, example, capture=capture, **options)


@pytest.mark.parametrize("capture", CAPTURES)
def test_the_compiled_model_runs_like_the_model_in_evaluation_mode(capture: str) -> None:
    model = Net()
    graph_module = compiled(model, X, capture)
    assert model.training
    names = [operation_name(node) for node in graph_module.graph.nodes]
    assert "chebyshev" in names
    assert "sigmoid" not in names
    torch.testing.assert_close(graph_module(X), model.eval()(X), atol=1e-3, rtol=0)
    assert [name for name, _ in graph_module.meta["pass_seconds"]] == [
        "input-packing",
        "nonlinear-to-polynomial",
        "dead-code-elimination",
    ]


@pytest.mark.parametrize("capture", CAPTURES)
def test_every_node_knows_its_shape(capture: str) -> None:
    graph_module = compiled(Net(), X, capture)
    assert graph_module.graph.find_nodes(op="placeholder")[0].meta["packing_info"].dimensions == (1, 10)
    for node in graph_module.graph.nodes:
        if node.op.startswith("call"):
            assert node.meta["val"].shape in ((1, 8), (1, 3))


@pytest.mark.parametrize("capture", CAPTURES)
def test_public_inputs_and_several_outputs(capture: str) -> None:
    graph_module = compiled(Shifted(), (X, X + 1), capture, public_inputs=["shift"])
    x, shift = graph_module.graph.find_nodes(op="placeholder")
    assert "ciphertext_info" in x.meta
    assert "ciphertext_info" not in shift.meta
    first, second = graph_module(X, X + 1)
    torch.testing.assert_close(first, X * (X + 1))
    torch.testing.assert_close(second, X + X)


@pytest.mark.parametrize("capture", CAPTURES)
def test_a_public_input_that_is_not_there_is_refused(capture: str) -> None:
    with pytest.raises(CaptureError, match="offset"):
        compiled(Shifted(), (X, X), capture, public_inputs=["offset"])


def test_control_flow_on_values_can_t_be_traced() -> None:
    class Branching(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x if x.sum() > 0 else -x

    for capture in CAPTURES:
        with pytest.raises(CaptureError):
            compiled(Branching(), X, capture)


def test_a_trace_needs_an_example_for_every_input() -> None:
    with pytest.raises(CaptureError, match="2 inputs, and 1"):
        compiled(Shifted(), X, "symbolic_trace")


def test_an_unknown_capture_is_refused() -> None:
    with pytest.raises(CaptureError, match="'jit'") as caught:
        compiled(Net(), X, "jit")
    assert "symbolic_trace" in str(caught.value)


def test_the_callback_sees_every_stage() -> None:
    stages: list[tuple[str, int]] = []
    pipeline = PassPipeline([InputPackingPass(), NonlinearToPolynomialPass(7)])
    HETorchCompiler(CONTEXT, pipeline).compile(
        Net(),
        X,
        after_pass=lambda step, graph_module: stages.append((step.name, len(graph_module.graph.nodes))),
    )
    assert [name for name, _ in stages] == ["input-packing", "nonlinear-to-polynomial"]
    assert stages[1][1] == stages[0][1] + 1


@pytest.mark.parametrize("capture", CAPTURES)
def test_the_structure_of_the_outputs_is_kept(capture: str) -> None:
    class OneTuple(nn.Module):
        def forward(self, x: Tensor) -> tuple[Tensor]:
            return (x * 2,)

    class Named(nn.Module):
        def forward(self, x: Tensor) -> dict[str, Tensor]:
            return {"double": x * 2}

    (result,) = compiled(OneTuple(), X, capture)(X)
    torch.testing.assert_close(result, X * 2)
    torch.testing.assert_close(compiled(Named(), X, capture)(X)["double"], X * 2)
