"""Reports of a few models, made once for all tests."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from hetorch_heir import export
from hetorch_heir.export.result import ExportResult


class Branches(nn.Module):
    """Two ways that join, an approximated activation, and a name that HTML must escape."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(16, 16)
        self.add_module("a<b>&!", nn.Linear(16, 16))
        self.last = nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.nn.functional.gelu(self.first(x))
        return self.last(torch.square(y) * self.get_submodule("a<b>&!")(y))


@pytest.fixture(scope="session")
def exported() -> ExportResult:
    torch.manual_seed(0)
    samples = torch.randn(60, 16)
    options = {"slots": 256, "insecure": True, "activation_degree": 7}
    return export(Branches(), samples[:1], target="hetorch", calibration=samples, **options)
