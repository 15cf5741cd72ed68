"""Minimax odd polynomials for the sign function, on [-1, -ratio] and [ratio, 1].

The best odd polynomial is ``x q(x^2)`` where q minimises the largest ``|x q(x^2) - 1|`` on [ratio, 1], a
problem without symmetry in s = x^2 with the weight x. Its error alternates between deg q + 2 points, which a
Remez exchange finds: for many ratios at once in float64, and for one of them in 40 digits.

Source: E. Lee, J.-W. Lee, J.-S. No, Y.-S. Kim, "Minimax approximation of sign function by composite
polynomial for homomorphic comparison", IEEE TDSC 19 (2022), section 3.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy import fft

from hetorch_heir.core.errors import ParameterError

Array = NDArray[np.float64]
Number = Any
"""An ``mpf`` of mpmath, which has no types."""

SMALLEST_ERROR = 1e-11
"""Errors below this are rounding noise of the exchange in float64, and all the same to CKKS."""

MAX_SIGN_DEGREE = 63
_LEAST_ERROR = 1e-18
_EXCHANGES = 60
# Each step takes the best of some points around every extremum, and narrows down to its neighbours.
_NARROWINGS = 6
_POINTS = 7
_CONVERGED = 1e-6
_DIGITS = 40
_POLISHING = 4


def require_sign_degree(degree: int) -> None:
    """Refuse what is no degree of an odd polynomial for the sign.

    Raises:
        ParameterError: it is even, below 1, or above 63.
    """
    if not (1 <= degree <= MAX_SIGN_DEGREE and degree % 2):
        raise ParameterError(
            f"a polynomial for the sign has an odd degree from 1 to {MAX_SIGN_DEGREE}, not {degree}",
            hint="3, 7, 15 and 31 are the largest of their levels; compose several for a higher precision",
        )


def require_ratio(ratio: float) -> None:
    """Refuse an interval [ratio, 1] that is empty, or holds 0.

    Raises:
        ParameterError: the ratio is not between 0 and 1.
    """
    if not 0.0 < ratio < 1.0:
        raise ParameterError(
            f"the sign can't be approximated on [{ratio:g}, 1]",
            hint="it jumps at 0: give a number between 0 and 1 below which it may be off, for example 0.001",
        )


def sign_errors(degree: int, ratios: Array) -> Array:
    """The smallest possible ``max |p(x) - 1|`` on [ratio, 1] over odd p of that degree, for every ratio."""
    return _references(degree, ratios)[1]


@lru_cache(maxsize=512)
def minimax_sign(degree: int, ratio: float, polished: bool = True) -> tuple[tuple[float, ...], float]:
    """The best odd polynomial for the sign on ``ratio <= |x| <= 1``.

    Args:
        degree: odd, 1 to 63.
        ratio: between 0 and 1.
        polished: finish the exchange in 40 digits, so that the result is right to the last bit. In float64
            alone it is off by some 1e-7 of the error, and 50 times as fast.

    Returns:
        Its coefficients in the Chebyshev basis on [-1, 1], those of even index 0, and its largest error.

    Raises:
        ParameterError: there is no such polynomial.
    """
    require_sign_degree(degree)
    require_ratio(ratio)
    ratio = min(ratio, _finest_ratio(degree))
    angles = _references(degree, np.array([ratio]))[0][0]
    if polished:
        with mpmath.workdps(_DIGITS):
            quotient, error = _polished(angles, mpmath.mpf(ratio))
    else:
        quotient, error = _solved(angles, ratio)
    # p has degree + 1 coefficients: its values at as many Chebyshev nodes determine them.
    nodes = np.cos((np.arange(degree + 1) + 0.5) * (np.pi / (degree + 1)))
    lowest = ratio * ratio
    unit = 2.0 * (nodes * nodes - lowest) / (1.0 - lowest) - 1.0
    values = nodes * chebyshev.chebval(unit, quotient)
    coefficients = np.asarray(fft.dct(values)) / (degree + 1)
    coefficients[0::2] = 0.0
    return tuple(coefficients.tolist()), error


def _finest_ratio(degree: int) -> float:
    """A ratio at which the error is about 1e-18: a larger one needs no better polynomial.

    The error is about ``((1 - ratio) / (1 + ratio))^(degree / 2)`` (Eremenko, Yuditskii 2007).
    """
    step = _LEAST_ERROR ** (2.0 / (degree + 1))
    return (1.0 - step) / (1.0 + step)


def _references(degree: int, ratios: Array) -> tuple[Array, Array]:
    """Angles of the alternation points, a row for each ratio, and the errors.

    An angle phi stands for ``x^2 = ratio^2 + (1 - ratio^2) cos(phi/2)^2``: 0 for x = 1, pi for x = ratio.
    """
    count = (degree - 1) // 2 + 2
    angles = np.tile(np.linspace(0.0, np.pi, count), (len(ratios), 1))
    error = np.zeros(len(ratios))
    active = np.arange(len(ratios))
    for _ in range(_EXCHANGES):
        interpolant = _Interpolants(angles[active], ratios[active])
        extrema, largest = _extrema(interpolant, angles[active])
        error[active] = level = np.abs(interpolant.level)
        above_noise = largest >= SMALLEST_ERROR
        angles[active[above_noise]] = extrema[above_noise]
        active = active[above_noise & (largest - level > _CONVERGED * level)]
        if not len(active):
            break
    return angles, error


class _Interpolants:
    """For each ratio the q whose error ``x q - 1`` is ``± level`` alternately, in barycentric form."""

    def __init__(self, angles: Array, ratios: Array) -> None:
        self._angles = angles
        self._lowest = (ratios * ratios)[:, None]
        x = self._x(angles)
        # Twice the difference: the capacity of [-1, 1] is 1/2, so the products neither vanish nor overflow.
        difference = 2.0 * _cos_difference(angles, angles)
        diagonal = np.arange(angles.shape[1])
        difference[:, diagonal, diagonal] = 1.0
        self._weights = 1.0 / difference.prod(axis=2)
        self.signs = np.where(diagonal % 2 == 0, 1.0, -1.0)
        self.level = (self._weights / x).sum(1) / (self._weights * self.signs / x).sum(1)
        self._values = (1.0 - self.level[:, None] * self.signs) / x

    def _x(self, angles: Array) -> Array:
        return np.sqrt(self._lowest + (1.0 - self._lowest) * np.cos(angles / 2.0) ** 2)

    def error(self, angles: Array) -> Array:
        """``1 - x q`` at angles of shape (ratios, points)."""
        difference = _cos_difference(angles, self._angles)
        exact = difference == 0.0
        terms = self._weights[:, None, :] / np.where(exact, 1.0, difference)
        quotient = (terms * self._values[:, None, :]).sum(2) / terms.sum(2)
        quotient = np.where(exact.any(2), (exact * self._values[:, None, :]).sum(2), quotient)
        return 1.0 - self._x(angles) * quotient


def _extrema(interpolant: _Interpolants, angles: Array) -> tuple[Array, Array]:
    """The point of largest error around each alternation point, and the largest error of each row."""
    signs = np.sign(interpolant.level)[:, None, None] * interpolant.signs[None, :, None]
    middle = (angles[:, 1:] + angles[:, :-1]) / 2.0
    low = np.concatenate([np.zeros((len(angles), 1)), middle], axis=1)
    high = np.concatenate([middle, np.full((len(angles), 1), np.pi)], axis=1)
    steps = np.linspace(0.0, 1.0, _POINTS)
    for _ in range(_NARROWINGS):
        points = low[:, :, None] + (high - low)[:, :, None] * steps
        error = interpolant.error(points.reshape(len(angles), -1)).reshape(points.shape) * signs
        best = np.argmax(error, axis=2)[:, :, None]
        low = np.take_along_axis(points, np.maximum(best - 1, 0), 2)[:, :, 0]
        high = np.take_along_axis(points, np.minimum(best + 1, _POINTS - 1), 2)[:, :, 0]
    found = np.take_along_axis(points, best, 2)[:, :, 0]
    return found, np.take_along_axis(error, best, 2)[:, :, 0].max(1)


def _cos_difference(left: Array, right: Array) -> Array:
    """``cos(left[k, i]) - cos(right[k, j])``, with little cancellation for angles in [0, pi]."""
    (sine, cosine), (other_sine, other_cosine) = (
        (np.sin(angles / 2.0), np.cos(angles / 2.0)) for angles in (left, right)
    )
    first = sine[:, :, None] * other_cosine[:, None, :]
    second = cosine[:, :, None] * other_sine[:, None, :]
    return -2.0 * (first + second) * (first - second)


def _solved(angles: Array, ratio: float) -> tuple[list[float], float]:
    """Chebyshev coefficients of q in ``u = cos(phi)``, and the error, for those alternation points."""
    x = np.sqrt(ratio**2 + (1.0 - ratio**2) * np.cos(angles / 2.0) ** 2)
    matrix = x[:, None] * np.cos(np.arange(len(angles)) * angles[:, None])
    matrix[:, -1] = np.where(np.arange(len(angles)) % 2 == 0, 1.0, -1.0)
    solution = np.linalg.solve(matrix, np.ones(len(angles)))
    return solution[:-1].tolist(), abs(float(solution[-1]))


def _polished(angles: Array, ratio: Number) -> tuple[list[float], float]:
    """Chebyshev coefficients of q in ``u = cos(phi)``, and the error, from points that are nearly right.

    Remez exchange in the working precision of mpmath; the extrema between the ends are the zeros of the
    derivative of ``x q``, by Newton's method.
    """
    lowest = ratio * ratio
    width = 1 - lowest
    points = [mpmath.cos(mpmath.mpf(float(angle))) for angle in angles]
    points[0], points[-1] = mpmath.mpf(1), mpmath.mpf(-1)
    coefficients: list[Number] = []
    level = mpmath.mpf(0)
    for _ in range(_POLISHING):
        matrix = mpmath.matrix(len(points))
        for row, u in enumerate(points):
            x = mpmath.sqrt(lowest + width * (1 + u) / 2)
            for column, value in enumerate(_chebyshev_values(u, len(points) - 1)):
                matrix[row, column] = x * value
            matrix[row, len(points) - 1] = (-1) ** row
        solution = mpmath.lu_solve(matrix, mpmath.ones(len(points), 1))
        coefficients, level = list(solution[: len(points) - 1]), solution[len(points) - 1]
        points[1:-1] = [_stationary(coefficients, u, lowest, width) for u in points[1:-1]]
    return [float(c) for c in coefficients], abs(float(level))


def _stationary(coefficients: list[Number], u: Number, lowest: Number, width: Number) -> Number:
    """The zero near u of ``q(u) + 4 s(u) q'(u) / width``, which is the derivative of x q(x^2)."""
    first = _derivative(coefficients)
    second = _derivative(first)
    for _ in range(3):
        q, dq, ddq = (_series(series, u) for series in (coefficients, first, second))
        s = lowest + width * (1 + u) / 2
        u -= (q + 4 * s * dq / width) / (3 * dq + 4 * s * ddq / width)
    return u


def _chebyshev_values(u: Number, count: int) -> list[Number]:
    values = [mpmath.mpf(1), u]
    while len(values) < count:
        values.append(2 * u * values[-1] - values[-2])
    return values[:count]


def _series(coefficients: list[Number], u: Number) -> Number:
    return mpmath.fdot(coefficients, _chebyshev_values(u, len(coefficients)))


def _derivative(coefficients: list[Number]) -> list[Number]:
    """Chebyshev coefficients of the derivative of a series."""
    result = [mpmath.mpf(0)] * (len(coefficients) + 1)
    for k in range(len(coefficients) - 1, 0, -1):
        result[k - 1] = result[k + 1] + 2 * k * coefficients[k]
    result[0] /= 2
    return result[: max(1, len(coefficients) - 1)]
