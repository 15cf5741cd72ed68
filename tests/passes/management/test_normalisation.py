"""Values that bootstraps refresh are brought into [-1, 1] by constants."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn
from torch.fx import GraphModule, symbolic_trace

from hetorch_heir.core.errors import ParameterError
from hetorch_heir.export.value_ranges import largest_values
from hetorch_heir.passes.management.normalisation import (
    excess_bits,
    normalise_bootstraps,
    refreshed_values,
)

HE = torch.ops.hetorch
X = torch.tensor([0.5, -1.0, 0.25, 1.0], dtype=torch.float64)


class Linear(nn.Module):
    """``w * x + b`` as operations on ciphertexts; subclasses go on from there."""

    def __init__(self, w: float, b: float) -> None:
        super().__init__()
        self.register_buffer("w", torch.full((4,), w, dtype=torch.float64))
        self.register_buffer("b", torch.full((4,), b, dtype=torch.float64))
        self.register_buffer("v", torch.full((4,), 3.0, dtype=torch.float64))

    def linear(self, x: Tensor) -> Tensor:
        return HE.padd(HE.rescale(HE.pmult(x, self.w)), self.b)


class Refreshed(Linear):
    def forward(self, x: Tensor) -> Tensor:
        return HE.rescale(HE.pmult(HE.bootstrap(self.linear(x)), self.v))


class Squared(Linear):
    """Both a value and its square are refreshed, and added to others."""

    def forward(self, x: Tensor) -> Tensor:
        y = self.linear(x)
        square = HE.bootstrap(HE.rescale(HE.relinearize(HE.cmult(y, y))))
        total = HE.cadd(HE.rescale(HE.pmult(HE.bootstrap(y), self.v)), HE.rescale(HE.pmult(square, self.w)))
        return HE.rescale(HE.pmult(total, self.v))


class Residual(Linear):
    """A small value that is refreshed, and added to what makes it a large one, which is refreshed too."""

    def forward(self, x: Tensor) -> Tensor:
        y = HE.bootstrap(self.linear(x))
        total = HE.bootstrap(HE.cadd(y, HE.rescale(HE.pmult(y, self.v))))
        return HE.rescale(HE.pmult(total, self.v))


class Unchanged(Linear):
    """A result that no constant comes between it and the bootstrap of."""

    def forward(self, x: Tensor) -> Tensor:
        return HE.bootstrap(self.linear(x))


def normalised(model: nn.Module) -> GraphModule:
    graph_module = symbolic_trace(model)
    largest = largest_values(graph_module, [(X,)])
    normalise_bootstraps(graph_module, {node: largest[node] for node in refreshed_values(graph_module)})
    graph_module.graph.lint()
    return graph_module


def refreshed(graph_module: GraphModule) -> list[float]:
    largest = largest_values(graph_module, [(X,)])
    return [largest[node] for node in refreshed_values(graph_module)]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Refreshed(4.0, 2.0), [0.75]),
        (Squared(4.0, 2.0), [36 / 64, 6 / 8]),
        (Refreshed(0.5, 0.25), [0.75]),
        (Residual(0.5, 0.25), [0.1875, 0.75]),
    ],
)
def test_constants_before_and_after_take_the_factors(model: nn.Module, expected: Sequence[float]) -> None:
    graph_module = normalised(model)
    assert refreshed(graph_module) == pytest.approx(expected)
    assert torch.allclose(graph_module(X), model(X), rtol=1e-14)
    before = [node.target for node in symbolic_trace(model).graph.nodes if node.op == "call_function"]
    assert [node.target for node in graph_module.graph.nodes if node.op == "call_function"] == before


def test_values_that_are_small_enough_stay() -> None:
    graph_module = normalised(Refreshed(0.5, 0.25))
    constants = [str(node.target) for node in graph_module.graph.nodes if node.op == "get_attr"]
    assert constants == ["w", "b", "v"]


def test_what_no_constant_can_take_is_refused() -> None:
    with pytest.raises(ParameterError, match="here they reach 6, and no constant") as caught:
        normalised(Unchanged(4.0, 2.0))
    assert "divide the model's values by 8" in (caught.value.hint or "")


def test_bits() -> None:
    assert [excess_bits(value) for value in (0.0, 0.9, 1.0, 1.05, 1.5, 2.0, 2.1, 100.0)] == [
        0,
        0,
        0,
        0,
        1,
        1,
        1,
        7,
    ]
