"""Arithmetic of piecewise linear functions: their sums, products by steps, and compositions.

A function is a line on each side of every break. At a break itself it has no value of its own here: what is
made of it is exact in the limit from both sides, as ``sign`` is.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from hetorch_heir.approx.piecewise import PiecewiseLinear, from_slopes

MAX_BREAKS = 64
"""More breaks than that are no function that a composition of signs would suit."""
_SAME = 1e-12
"""Relative difference of numbers that rounding alone explains."""


@dataclass(frozen=True)
class Line:
    """``slope * x + constant``."""

    slope: float
    constant: float

    def __call__(self, x: float) -> float:
        return self.slope * x + self.constant


@dataclass(frozen=True)
class Segments:
    """Lines from left to right, one more than the breaks between them, which ascend."""

    breaks: tuple[float, ...]
    lines: tuple[Line, ...]

    def plus(self, other: Segments) -> Segments | None:
        return self._with(other, lambda a, b: Line(a.slope + b.slope, a.constant + b.constant))

    def times(self, other: Segments) -> Segments | None:
        """The product, or None where both factors have a slope."""
        return self._with(other, _product)

    def under(self, outer: PiecewiseLinear) -> Segments | None:
        """``outer`` of this function; None if there are too many breaks."""
        total = constant(outer.constant).plus(self.scaled(outer.slope))
        for kink in outer.kinks:
            shifted = self.plus(constant(-kink.position))
            sign = None if shifted is None else shifted.sign()
            if shifted is None or sign is None:
                return None
            for weight, part in ((kink.weight, shifted.times(sign)), (kink.jump, sign)):
                if weight and total is not None and part is not None:
                    total = total.plus(part.scaled(weight))
        return total

    def scaled(self, factor: float) -> Segments:
        return Segments(
            self.breaks, tuple(Line(factor * one.slope, factor * one.constant) for one in self.lines)
        )

    def sign(self) -> Segments | None:
        """1 where the function is positive, -1 where it is negative."""
        ends = (float("-inf"), *self.breaks, float("inf"))
        roots = (-line.constant / line.slope if line.slope else None for line in self.lines)
        inside = [
            root
            for root, low, high in zip(roots, ends, ends[1:], strict=False)
            if root is not None and low < root < high
        ]
        breaks = sorted({*self.breaks, *inside})
        if len(breaks) > MAX_BREAKS:
            return None
        values = (self._at(point) for point in _between(breaks))
        return _merged(breaks, [Line(0.0, float(value > 0) - float(value < 0)) for value in values])

    def closed(self) -> PiecewiseLinear:
        """The same as a sum of kinks."""
        if not self.breaks:
            return PiecewiseLinear(self.lines[0].constant, self.lines[0].slope)
        rises = [
            right(point) - left(point)
            for point, left, right in zip(self.breaks, self.lines, self.lines[1:], strict=False)
        ]
        sizes = [
            max(abs(left(point)), abs(right(point)), abs(left.slope * point))
            for point, left, right in zip(self.breaks, self.lines, self.lines[1:], strict=False)
        ]
        jumps = [0.0 if abs(rise) <= _SAME * size else rise for rise, size in zip(rises, sizes, strict=True)]
        return from_slopes(
            [line.slope for line in self.lines], self.breaks, self.lines[0](self.breaks[0]), jumps
        )

    def _at(self, x: float) -> float:
        return self.lines[bisect.bisect_right(self.breaks, x)](x)

    def _with(self, other: Segments, combine: Callable[[Line, Line], Line | None]) -> Segments | None:
        breaks = sorted({*self.breaks, *other.breaks})
        if len(breaks) > MAX_BREAKS:
            return None
        lines: list[Line] = []
        for point in _between(breaks):
            line = combine(
                self.lines[bisect.bisect_right(self.breaks, point)],
                other.lines[bisect.bisect_right(other.breaks, point)],
            )
            if line is None:
                return None
            lines.append(line)
        return _merged(breaks, lines)


IDENTITY = Segments((), (Line(1.0, 0.0),))


def constant(value: float) -> Segments:
    return Segments((), (Line(0.0, value),))


def _product(a: Line, b: Line) -> Line | None:
    if a.slope and b.slope:
        return None
    return Line(a.slope * b.constant + b.slope * a.constant, a.constant * b.constant)


def _between(breaks: list[float]) -> list[float]:
    """A point inside of every segment."""
    if not breaks:
        return [0.0]
    inner = [(low + high) / 2.0 for low, high in itertools.pairwise(breaks)]
    return [breaks[0] - 1.0, *inner, breaks[-1] + 1.0]


def _merged(breaks: list[float], lines: list[Line]) -> Segments:
    """Without the breaks at which nothing changes."""
    kept_breaks: list[float] = []
    kept = [lines[0]]
    for point, line in zip(breaks, lines[1:], strict=True):
        if not _same(line, kept[-1]):
            kept_breaks.append(point)
            kept.append(line)
    return Segments(tuple(kept_breaks), tuple(kept))


def _same(a: Line, b: Line) -> bool:
    size = max(abs(a.slope), abs(b.slope)), max(abs(a.constant), abs(b.constant))
    return abs(a.slope - b.slope) <= _SAME * size[0] and abs(a.constant - b.constant) <= _SAME * size[1]
