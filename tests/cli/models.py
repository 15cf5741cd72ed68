"""Models that the command-line tests export; also a target for module:factory."""

from __future__ import annotations

import torch
from torch import nn


class Squares(nn.Module):
    """8 - 16 - 4 with a square in between."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.first = nn.Linear(8, 16)
        self.last = nn.Linear(16, 4)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.first(x)
        return self.last(hidden * hidden)


class Rectified(Squares):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(torch.relu(self.first(x)))


class Pooled(Squares):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.last(self.first(x)), dim=-1)


def squares() -> nn.Module:
    return Squares()


def export_file(model: nn.Module, path: object, **options: object) -> str:
    """Saves a torch.export archive of a model with one input of shape (1, 8)."""
    example = torch.linspace(-1, 1, 8).reshape(1, 8)
    torch.export.save(torch.export.export(model.eval(), (example,), **options), str(path))  # pyright: ignore
    return str(path)
