"""Maxima, comparisons and choices between encrypted values become relu, sign and arithmetic."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import hetorch_heir
from hetorch_heir.export.result import ExportResult
from hetorch_heir.frontend import check_supported, to_graph

X = torch.linspace(-2.0, 2.0, 24).reshape(1, 24) + 0.01
Y = torch.linspace(1.5, -1.5, 24).reshape(1, 24)


class Applied(nn.Module):
    def __init__(self, function: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.function(x, y)


CASES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "maximum with a constant": lambda x, y: torch.maximum(x, torch.tensor(0.3)) + y,
    "minimum of a constant": lambda x, y: torch.minimum(torch.tensor(0.3), x) + y,
    "sign": lambda x, y: torch.sign(x) + torch.sgn(y),
    "greater": lambda x, y: (x > y).float() + y,
    "greater than a number": lambda x, y: (x >= 0.5).float() * y,
    "less": lambda x, y: (x < y).float() + y,
    "less than a number": lambda x, y: (x <= 0.5).to(torch.float32) + y,
    "where": lambda x, y: torch.where(x > y, x, y),
    "where with numbers": lambda x, y: torch.where(x > 0.25, 1.0, -1.0) + y,
    "where with a number": lambda x, y: torch.where(x > 0.25, y, 0.5),
    "masked_fill": lambda x, y: x.masked_fill(y < 0.2, 0.75),
    "where with a known condition": lambda x, y: torch.where(torch.arange(24) > 11, x, y),
}


@pytest.mark.parametrize("case", CASES)
def test_the_normal_form_computes_the_same(case: str) -> None:
    model = Applied(CASES[case])
    graph = to_graph(model, (X, Y))
    check_supported(graph)
    # No element ties, so the sign is never 0.
    torch.testing.assert_close(graph(X, Y)[0], model(X, Y), atol=1e-6, rtol=0)


def compiled(function: Callable[[Tensor, Tensor], Tensor]) -> ExportResult:
    return hetorch_heir.export(
        Applied(function),
        (X, Y),
        calibration=[(X, Y)],
        activation_method="composite",
        activation_precision=6.0,
        target="hetorch",
    )


def test_a_comparison_runs_encrypted() -> None:
    result = compiled(lambda x, y: torch.where(x > y, x, 2 * y))
    (sign,) = result.activations
    assert sign.about.function == "sign" and sign.about.gap > 0.0
    apart = (X - Y).abs() > sign.about.gap
    error = (result.graph_module(X, Y) - torch.where(X > Y, X, 2 * Y))[apart].abs()
    assert apart.sum() >= 20 and error.max() <= 8.0 * 2.0**-6


def test_a_selection_without_jump_has_no_gap() -> None:
    result = compiled(lambda x, y: torch.where(x > y, x, y))
    (kink,) = result.activations
    assert kink.about.gap == 0.0 and "kinks at 0" in kink.about.function
    error = (result.graph_module(X, Y) - torch.maximum(X, Y)).abs()
    assert error.max() <= 4.0 * 2.0**-6
