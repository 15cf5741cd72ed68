"""Residual networks as the passes see them: linear transforms, composite activations, joins."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.fx import GraphModule, symbolic_trace

HE = torch.ops.hetorch

COMPOSITE_RELU = (15, 15, 27)
"""Degrees of the composite sign of 13 levels; the product with the operand takes one more."""

TERMS = 16


def odd_coefficients(degree: int, seed: int) -> list[float]:
    """Coefficients of an odd polynomial of that degree, bounded by 1 on [-1, 1]."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(degree + 1, generator=generator, dtype=torch.float64)
    values[::2] = 0.0
    return [float(value) for value in values / values.sum()]


class ResidualNetwork(nn.Module):
    """ResNet-20 by default: a first layer, three stages of three blocks, and a classifier.

    Args:
        slots: of its input, one ciphertext.
        blocks: residual blocks, of two layers with an activation each.
        degrees: of the polynomials of an activation, applied one after the other.
    """

    def __init__(self, slots: int, blocks: int = 9, degrees: Sequence[int] = COMPOSITE_RELU) -> None:
        super().__init__()
        self.blocks = blocks
        self.polynomials = [odd_coefficients(degree, seed) for seed, degree in enumerate(degrees)]
        self.register_buffer("diagonals", torch.full((TERMS, slots), 1.0 / TERMS, dtype=torch.float64))

    def linear(self, x: Tensor) -> Tensor:
        """A linear transform of four baby steps and four giant steps."""
        zeros, steps = [0] * TERMS, list(range(TERMS))
        giants, babies = [term // 4 * 4 for term in steps], [term % 4 for term in steps]
        return HE.linear_transform(x, self.diagonals, zeros, giants, zeros, babies, steps, 1)

    def activation(self, x: Tensor) -> Tensor:
        sign = x
        for coefficients in self.polynomials:
            sign = HE.chebyshev(sign, coefficients)
        return HE.cmult(x, sign)

    def forward(self, x: Tensor) -> Tensor:
        x = self.activation(self.linear(x))
        for block in range(self.blocks):
            inner = self.linear(self.activation(self.linear(x)))
            shortcut = self.linear(x) if block % 3 == 0 and block else x
            x = self.activation(HE.cadd(inner, shortcut))
        return self.linear(x)


def residual_network(
    slots: int = 16, blocks: int = 9, degrees: Sequence[int] = COMPOSITE_RELU
) -> GraphModule:
    """The traced network; ``chebyshev`` and ``linear_transform`` are not expanded."""
    return symbolic_trace(ResidualNetwork(slots, blocks, degrees))
