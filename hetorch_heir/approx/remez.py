"""Minimax polynomials by the Remez exchange, in barycentric form and extended precision.

Source: R. Pachón, L. N. Trefethen, "Barycentric-Remez algorithms for best polynomial approximation in
the chebfun system", BIT 49 (2009), extended to the weighted problem that an odd function leads to.

Points are kept as angles phi with s = cos(phi), so that differences of points near the ends of the
interval, where the reference points crowd, lose no digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from hetorch_heir.approx.functions import Array, Parity, ScalarFunction
from hetorch_heir.core.errors import ParameterError

_MAX_EXCHANGES = 100
# Relative gap between the largest error and the lower bound of de la Vallée-Poussin.
_CONVERGED = 1e-5
_ACCEPTABLE = 1e-2
# The function comes in float64: an error this small, relative to its values, is rounding noise.
_NOISE = 2.0**-44
_GRID_POINTS_PER_REFERENCE = 24
_REFINEMENTS = 16

Extended = NDArray[np.longdouble]


@dataclass(frozen=True)
class _Problem:
    """Minimise ``max |weight(phi) q(cos phi) - target(phi)|`` over q of the given degree."""

    target: Callable[[Extended], Extended]
    weight: Callable[[Extended], Extended]
    degree: int
    first_reference: Extended


@dataclass(frozen=True)
class _Interpolant:
    """q through the reference points, on which its weighted error is ``± level`` alternately."""

    angles: Extended
    barycentric: Extended
    values: Extended
    level: float

    def __call__(self, angles: Extended) -> Extended:
        difference = _cos_difference(angles, self.angles)
        exact = difference == 0.0
        terms = self.barycentric / np.where(exact, 1.0, difference)
        result = (terms @ self.values) / terms.sum(axis=1)
        rows, columns = np.nonzero(exact)
        result[rows] = self.values[columns]
        return result


def minimax_coefficients(function: ScalarFunction, degree: int, parity: Parity) -> Array:
    """Chebyshev coefficients of the best polynomial on [-1, 1] in the maximum norm.

    Args:
        function: finite on [-1, 1]; of the parity that is claimed.
        degree: at least 1; the result has ``degree + 1`` coefficients.
        parity: an even function is fitted in t^2, an odd one as t times a polynomial in t^2, so that
            the result has that parity exactly and the exchange has half the points.

    Raises:
        ParameterError: the exchange does not converge (a jump or a spike in the function).
    """

    def at_cosine(angles: Extended) -> Extended:
        return np.asarray(function(np.cos(angles).astype(np.float64)), dtype=np.longdouble)

    def at_half_angle(angles: Extended) -> Extended:
        return at_cosine(angles / 2)

    coefficients = np.zeros(degree + 1)
    if parity == "none":
        return _solve(_Problem(at_cosine, np.ones_like, degree, _extrema(degree + 2, degree + 1)))
    if parity == "even":
        half = degree // 2
        coefficients[0::2][: half + 1] = _solve(
            _Problem(at_half_angle, np.ones_like, half, _extrema(half + 2, half + 1))
        )
        return coefficients
    half = (degree - 1) // 2
    # The weight t = cos(phi/2) vanishes at phi = pi, which is therefore never a reference point.
    quotient = _solve(
        _Problem(at_half_angle, lambda angles: np.cos(angles / 2), half, _extrema(half + 2, half + 1.5))
    )
    for j, c in enumerate(quotient):  # t T_2j(t) = (T_{2j+1}(t) + T_{|2j-1|}(t)) / 2
        coefficients[2 * j + 1] += c / 2
        coefficients[abs(2 * j - 1)] += c / 2
    return coefficients


def _extrema(count: int, frequency: float) -> Extended:
    return np.arange(count, dtype=np.longdouble) * (np.longdouble(np.pi) / frequency)


def _solve(problem: _Problem) -> Array:
    grid = np.linspace(0, np.pi, _GRID_POINTS_PER_REFERENCE * (problem.degree + 2) + 1, dtype=np.longdouble)
    scale = float(np.max(np.abs(problem.target(grid))))
    reference = problem.first_reference
    best: _Interpolant | None = None
    best_error, lower_bound = np.inf, 0.0
    for _ in range(_MAX_EXCHANGES):
        candidate = _interpolate(problem, reference)
        extrema, errors = _alternating_extrema(problem, candidate, np.union1d(grid, reference))
        largest = float(np.max(np.abs(errors)))
        if largest < best_error:
            best, best_error = candidate, largest
        lower_bound = max(lower_bound, abs(candidate.level))
        if (
            best_error <= max((1 + _CONVERGED) * lower_bound, _NOISE * scale)
            or len(extrema) < problem.degree + 2
        ):
            break
        reference = _largest_reference(extrema, errors, problem.degree + 2)
    if best is None or best_error > max((1 + _ACCEPTABLE) * lower_bound, _NOISE * scale):
        raise ParameterError(
            f"the Remez exchange did not converge (error {best_error:.3g}, lower bound {lower_bound:.3g})",
            where=f"minimax fit with {problem.degree + 1} free coefficients",
            hint='the function may jump in the range: use method="chebyshev" or "least_squares"',
        )
    return _chebyshev_coefficients(best, problem.degree)


def _interpolate(problem: _Problem, reference: Extended) -> _Interpolant:
    # Twice the difference: the capacity of [-1, 1] is 1/2, so the products neither vanish nor overflow.
    difference = 2 * _cos_difference(reference, reference)
    np.fill_diagonal(difference, 1)
    barycentric = 1 / difference.prod(axis=1)
    weight = problem.weight(reference)
    wanted = problem.target(reference) / weight
    alternating = np.where(np.arange(len(reference)) % 2 == 0, 1, -1) / weight
    level = (barycentric @ wanted) / (barycentric @ alternating)
    return _Interpolant(reference, barycentric, wanted - level * alternating, float(level))


def _alternating_extrema(
    problem: _Problem, candidate: _Interpolant, grid: Extended
) -> tuple[Extended, Extended]:
    """One point of largest error in every interval on which the error keeps its sign, and the errors."""

    def error(angles: Extended) -> Extended:
        return problem.weight(angles) * candidate(angles) - problem.target(angles)

    on_grid = error(grid)
    starts = np.flatnonzero(np.diff(np.signbit(on_grid), prepend=~np.signbit(on_grid[0])))
    ends = np.append(starts[1:], len(grid))
    peaks = np.array([a + int(np.argmax(np.abs(on_grid[a:b]))) for a, b in zip(starts, ends, strict=True)])
    low, high = grid[np.maximum(peaks - 1, 0)], grid[np.minimum(peaks + 1, len(grid) - 1)]
    signs = np.sign(on_grid[peaks])
    for _ in range(_REFINEMENTS):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        rising = signs * error(left) < signs * error(right)
        low, high = np.where(rising, left, low), np.where(rising, high, right)
    middle = (low + high) / 2
    refined = error(middle)
    better = np.abs(refined) > np.abs(on_grid[peaks])
    return np.where(better, middle, grid[peaks]), np.where(better, refined, on_grid[peaks])


def _largest_reference(extrema: Extended, errors: Extended, count: int) -> Extended:
    """``count`` of the extrema, still alternating in sign, without the smallest errors."""
    size = np.abs(errors)
    while len(extrema) > count:
        smallest = int(np.argmin(size))
        last = len(extrema) - 1
        if len(extrema) == count + 1:
            dropped = [0 if size[0] < size[last] else last]
        elif smallest in (0, last):
            dropped = [smallest]
        else:  # with a neighbour, so that the signs on both sides still differ
            left_is_smaller = size[smallest - 1] < size[smallest + 1]
            dropped = [smallest, smallest - 1 if left_is_smaller else smallest + 1]
        extrema, size = np.delete(extrema, dropped), np.delete(size, dropped)
    return extrema


def _chebyshev_coefficients(interpolant: _Interpolant, degree: int) -> Array:
    angles = (np.arange(degree + 1, dtype=np.longdouble) + 0.5) * (np.longdouble(np.pi) / (degree + 1))
    coefficients = np.asarray(fft.dct(interpolant(angles)), dtype=np.float64) / (degree + 1)
    coefficients[0] /= 2
    return coefficients


def _cos_difference(left: Extended, right: Extended) -> Extended:
    """``cos(left[i]) - cos(right[j])``, without cancellation for angles in [0, pi]."""
    a, b = left[:, None] / 2, right[None, :] / 2
    sine_of_sum = np.sin(a) * np.cos(b) + np.cos(a) * np.sin(b)
    return -2 * sine_of_sum * np.sin(a - b)
