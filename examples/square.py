"""The activation of networks that are evaluated exactly."""

from __future__ import annotations

from torch import Tensor, nn


class Square(nn.Module):
    """Squares every value: computed exactly, at the cost of one level."""

    def forward(self, x: Tensor) -> Tensor:
        return x * x
