"""Piecewise linear functions as sums of ``|x - c|`` and ``sign(x - c)``, which compositions approximate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Kink:
    """``weight * |x - position| + jump * sign(x - position)``."""

    position: float
    weight: float = 0.0
    jump: float = 0.0


@dataclass(frozen=True)
class PiecewiseLinear:
    """``constant + slope * x`` and kinks, by position."""

    constant: float = 0.0
    slope: float = 0.0
    kinks: tuple[Kink, ...] = ()

    def __call__(self, x: Array) -> Array:
        value = self.constant + self.slope * x
        for kink in self.kinks:
            distance = x - kink.position
            value = value + kink.weight * np.abs(distance) + kink.jump * np.sign(distance)
        return value

    @property
    def jumps(self) -> bool:
        return any(kink.jump for kink in self.kinks)

    def within(self, domain: tuple[float, float]) -> PiecewiseLinear:
        """The same function on the domain, without the kinks that lie outside or at its ends."""
        constant, slope = self.constant, self.slope
        inside: list[Kink] = []
        for kink in self.kinks:
            if domain[0] < kink.position < domain[1]:
                inside.append(kink)
                continue
            sign = 1.0 if kink.position <= domain[0] else -1.0
            slope += sign * kink.weight
            constant += sign * (kink.jump - kink.weight * kink.position)
        return PiecewiseLinear(constant, slope, tuple(inside))


def from_slopes(
    slopes: Sequence[float], positions: Sequence[float], value: float, jumps: Sequence[float] = ()
) -> PiecewiseLinear:
    """The function with those slopes, one more than positions, between those positions.

    Args:
        slopes: from left to right.
        positions: where the slope changes, ascending.
        value: of the function at the first position, from the left.
        jumps: by how much the function rises at each position; by default it is continuous.
    """
    rises = [*jumps] or [0.0] * len(positions)
    kinks = tuple(
        Kink(position, (after - before) / 2.0, rise / 2.0)
        for position, before, after, rise in zip(positions, slopes[:-1], slopes[1:], rises, strict=True)
    )
    slope = (slopes[0] + slopes[-1]) / 2.0
    from_left = sum(kink.weight * (kink.position - positions[0]) - kink.jump for kink in kinks)
    return PiecewiseLinear(value - slope * positions[0] - from_left, slope, kinks)
