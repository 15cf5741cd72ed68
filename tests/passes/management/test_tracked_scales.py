"""The scales that Lattigo tracks."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from hetorch_heir import export
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.export.result import ExportResult
from hetorch_heir.passes.management.tracked_scales import tracked_deviation

X = torch.linspace(-1, 1, 4)[None]


class Squares(nn.Module):
    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for _ in range(self.times):
            x = x * x
        return x


def deviation(result: ExportResult) -> float:
    context = CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(result.chain))
    return tracked_deviation(result.graph_module, context)


@pytest.mark.parametrize("times", [1, 3, 5])
def test_squares_double_the_deviation(times: int) -> None:
    """s → s² / q, with the primes themselves."""
    result = export(Squares(times), X, target="hetorch", slots=64)
    scale = result.chain.scale
    for prime in reversed(result.chain.Q[1:]):
        scale = scale * scale / prime
    assert deviation(result) == pytest.approx(2.0 ** abs(math.log2(scale / result.chain.scale)) - 1.0)


def test_linear_layers_add_theirs() -> None:
    torch.manual_seed(0)
    result = export(nn.Linear(4, 2), X, target="hetorch", slots=64)
    ratio = result.chain.Q[1] / result.chain.scale
    assert deviation(result) == pytest.approx(abs(ratio - 1.0), rel=1e-4)


def test_users_of_lattigo_are_told() -> None:
    """A scale of 28 bits has primes far from it."""
    model = nn.Sequential(nn.Linear(4, 4), Squares(6))
    result = export(model, X, lower="lattigo", scale_bits=28)
    assert any("Lattigo" in warning and "--scale-bits" in warning for warning in result.warnings)
    result = export(nn.Linear(4, 4), X, lower="lattigo")
    assert not any("Lattigo" in warning for warning in result.warnings)
