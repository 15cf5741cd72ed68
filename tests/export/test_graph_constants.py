"""The element type of an exported program is that of the model's inputs and constants."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from hetorch_heir.export.api import export


class _Square(nn.Module):
    """No constant at all."""

    def forward(self, x: Tensor) -> Tensor:
        return x * x


@pytest.mark.parametrize(("dtype", "element"), [(torch.float32, "f32"), (torch.float64, "f64")])
@pytest.mark.parametrize("model", [_Square(), nn.Linear(8, 4)], ids=["without constants", "linear"])
def test_programs_compute_in_the_models_type(model: nn.Module, dtype: torch.dtype, element: str) -> None:
    result = export(model.to(dtype), (torch.zeros(1, 8, dtype=dtype),))
    header = next(line for line in result.text.splitlines() if "__encrypt__" in line)
    assert f"x{element}>" in header
