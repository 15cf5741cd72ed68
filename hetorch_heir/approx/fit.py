"""Fitting a polynomial to an activation function on a range.

Three methods (docs/approximation.md compares them): the truncated Chebyshev series, weighted least
squares, and the minimax polynomial. All of them fit only the coefficients that the function's parity
leaves: the others are exactly zero, and cost nothing in the evaluation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from hetorch_heir.approx.functions import (
    ActivationFunction,
    Array,
    Parity,
    ScalarFunction,
    as_activation,
)
from hetorch_heir.approx.polynomial import (
    MAX_DEGREE,
    Domain,
    Polynomial,
    dense_samples,
    from_unit,
    is_symmetric,
    require_domain,
)
from hetorch_heir.approx.remez import minimax_coefficients
from hetorch_heir.core.errors import ParameterError

Method = Literal["chebyshev", "least_squares", "minimax"]
Weights = Callable[[Array], ArrayLike] | ArrayLike


# The series is computed from this many nodes: aliasing of a kink is then below 1e-7.
_SERIES_NODES = 8192
_SQUARES_NODES = 4096
_SAMPLE_BINS = 1024
_SYMMETRY_POINTS = 512
# Relative difference of mirrored values that rounding explains.
_ROUNDING = 1e-13
# Share of a uniform density that is mixed into calibration samples, so that the polynomial stays
# tame where the range holds no sample.
_UNIFORM_SHARE = 0.02


@dataclass(frozen=True)
class _Target:
    """What is left to fit on t in [-1, 1] after the part that breaks the symmetry is taken off."""

    function: ActivationFunction
    domain: Domain
    degree: int
    parity: Parity

    @property
    def affine(self) -> tuple[float, float]:
        """Coefficients of T_0 and T_1 that are known beforehand."""
        if self.parity == "none":
            return 0.0, 0.0
        half_width = (self.domain[1] - self.domain[0]) / 2.0
        return self.function.offset, self.function.slope * half_width

    @property
    def indices(self) -> NDArray[np.int_]:
        """Indices of the Chebyshev polynomials that the parity permits."""
        every = np.arange(self.degree + 1)
        if self.parity == "none":
            return every
        return every[every % 2 == (1 if self.parity == "odd" else 0)]

    def __call__(self, t: Array) -> Array:
        offset, slope = self.affine
        return self.function(from_unit(t, self.domain)) - offset - slope * t

    def polynomial(self, coefficients: Array) -> Polynomial:
        kept = np.zeros(self.degree + 1)
        kept[self.indices] = coefficients[self.indices]
        kept[:2] += self.affine
        return Polynomial(tuple(kept.tolist()), self.domain).trimmed()


def approximate(
    function: ActivationFunction | ScalarFunction,
    degree: int,
    domain: Domain | None = None,
    method: Method = "chebyshev",
    weights: Weights | None = None,
) -> Polynomial:
    """A polynomial of at most that degree, close to the function on the domain.

    Args:
        function: an :func:`~hetorch_heir.approx.functions.activation`, or a numpy callable.
        degree: 1 … 1023. Trailing coefficients that are negligible are dropped from the result, so
            an even function asked for in degree 9 yields degree 8.
        domain: (a, b); by default the function's own default range.
        method: ``chebyshev``: the truncated Chebyshev series (projection, not interpolation: its
            error falls with every degree, and is smaller for smooth functions), computed from 8192
            Chebyshev nodes of the first kind. ``least_squares``: smallest mean squared error under
            ``weights``. ``minimax``: smallest maximal error, by the Remez exchange.
        weights: for least_squares only. An array of calibration samples (values of x in the domain,
            any shape), or a density, a callable of x that is not negative; by default uniform.

    Raises:
        ParameterError: degree, domain, method or weights are unusable, or the function is singular
            or not finite in the domain.
    """
    fitted = as_activation(function)
    _require_degree(degree)
    a, b = fitted.default_range if domain is None else domain
    interval = (float(a), float(b))
    require_domain(interval)
    fitted.require_regular(interval)
    _require_finite(fitted, interval)
    if weights is not None and method != "least_squares":
        raise ParameterError(
            f"method {method!r} takes no weights", hint='use method="least_squares", or no weights'
        )
    fitted = _with_symmetry(fitted, interval)
    target = _Target(fitted, interval, degree, _parity(fitted, interval))
    if method == "chebyshev":
        return target.polynomial(_series(target))
    if method == "least_squares":
        return target.polynomial(_least_squares(target, weights))
    if method == "minimax":
        return target.polynomial(minimax_coefficients(target, degree, target.parity))
    raise ParameterError(
        f"there is no approximation method {method!r}", hint="use one of " + ", ".join(get_args(Method))
    )


def choose_degree(
    function: ActivationFunction | ScalarFunction,
    domain: Domain | None = None,
    error: float = 1e-2,
    method: Method = "minimax",
    max_degree: int = 255,
) -> Polynomial:
    """The polynomial of lowest degree with ``max_error`` at most ``error``, found by bisection.

    The error falls with the degree for ``minimax`` always; for the other methods the bisection is
    followed by steps down as long as those still reach the error.

    Raises:
        ParameterError: as :func:`approximate`; the error is not positive, or not reached at
            ``max_degree``.
    """
    if not (error > 0.0 and np.isfinite(error)):
        raise ParameterError(f"a maximal error must be positive and finite, not {error}", hint="try 1e-2")
    fitted = as_activation(function)

    def fit(degree: int) -> tuple[Polynomial, float]:
        polynomial = approximate(fitted, degree, domain, method)
        return polynomial, polynomial.max_error(fitted)

    unreached, reached = 0, 1
    best, measured = fit(reached)
    while measured > error:
        if reached >= max_degree:
            raise ParameterError(
                f"degree {max_degree} approximates {fitted.name} on {best.domain} to {measured:.3g} only, "
                f"not to {error:.3g}",
                hint="allow a larger error, or a higher max_degree, or narrow the range",
            )
        unreached, reached = reached, min(2 * reached, max_degree)
        best, measured = fit(reached)
    while reached - unreached > 1:
        middle = (unreached + reached) // 2
        candidate, measured = fit(middle)
        if measured <= error:
            best, reached = candidate, middle
        else:
            unreached = middle
    while best.degree > 1:
        candidate, measured = fit(best.degree - 1)
        if measured > error:
            return best
        best = candidate
    return best


def _with_symmetry(function: ActivationFunction, domain: Domain) -> ActivationFunction:
    """The function with the symmetry about the middle of the domain that its values show."""
    if _parity(function, domain) != "none":
        return function
    center, half_width = (domain[0] + domain[1]) / 2.0, (domain[1] - domain[0]) / 2.0
    t = half_width * np.sin(np.linspace(0.0, np.pi / 2.0, _SYMMETRY_POINTS + 1)[1:])
    above, below = function(center + t), function(center - t)
    tolerance = _ROUNDING * max(1e-300, float(np.max(np.abs(above))), float(np.max(np.abs(below))))
    middle, slope = (above + below) / 2.0, (above - below) / 2.0
    if np.ptp(middle) <= tolerance:
        return replace(function, parity="odd", center=center, offset=float(middle[0]), slope=0.0)
    gradient = float(slope[-1] / half_width)
    if np.max(np.abs(slope - gradient * t)) <= tolerance:
        return replace(function, parity="even", center=center, offset=0.0, slope=gradient)
    return function


def _parity(function: ActivationFunction, domain: Domain) -> Parity:
    return function.parity if is_symmetric(domain, function.center) else "none"


def _series(target: _Target) -> Array:
    angles = (np.arange(_SERIES_NODES) + 0.5) * (np.pi / _SERIES_NODES)
    coefficients = np.asarray(fft.dct(target(np.cos(angles)))) / _SERIES_NODES
    coefficients[0] /= 2.0
    return coefficients[: target.degree + 1]


def _least_squares(target: _Target, weights: Weights | None) -> Array:
    t, weight = _weighted_points(target.domain, weights)
    columns = chebyshev.chebvander(t, target.degree)[:, target.indices]
    root = np.sqrt(weight)
    solution = np.linalg.lstsq(columns * root[:, None], target(t) * root, rcond=None)[0]
    coefficients = np.zeros(target.degree + 1)
    coefficients[target.indices] = solution
    return coefficients


def _weighted_points(domain: Domain, weights: Weights | None) -> tuple[Array, Array]:
    """Points t in [-1, 1] and the weight of each in the sum of squares."""
    angles = (np.arange(_SQUARES_NODES) + 0.5) * (np.pi / _SQUARES_NODES)
    t, uniform = np.cos(angles), np.sin(angles) / np.sum(np.sin(angles))
    if weights is None:
        return t, uniform
    if callable(weights):
        density = np.broadcast_to(np.asarray(weights(from_unit(t, domain)), dtype=np.float64), t.shape)
        if not np.all(np.isfinite(density)) or np.any(density < 0.0) or not np.any(density > 0.0):
            raise ParameterError(
                "the weights are negative, not finite, or zero on the whole range",
                hint="give a density that is positive where the input lies",
            )
        return t, uniform * density
    samples = np.asarray(weights, dtype=np.float64).ravel()
    _require_samples(samples, domain)
    unit = (2.0 * samples - domain[0] - domain[1]) / (domain[1] - domain[0])
    bins = np.minimum(((unit + 1.0) * (_SAMPLE_BINS / 2)).astype(np.int64), _SAMPLE_BINS - 1)
    count = np.bincount(bins, minlength=_SAMPLE_BINS)
    total = np.bincount(bins, weights=unit, minlength=_SAMPLE_BINS)
    filled = count > 0
    return (
        np.concatenate([t, total[filled] / count[filled]]),
        np.concatenate(
            [_UNIFORM_SHARE * uniform, (1.0 - _UNIFORM_SHARE) * count[filled] / count.sum()],
        ),
    )


def _require_samples(samples: Array, domain: Domain) -> None:
    if samples.size == 0 or not np.all(np.isfinite(samples)):
        raise ParameterError(
            "the calibration samples are empty, or hold NaN or infinity",
            hint="pass finite values of the activation's input",
        )
    low, high = float(samples.min()), float(samples.max())
    if low < domain[0] or high > domain[1]:
        raise ParameterError(
            f"calibration samples from {low:g} to {high:g} leave the range ({domain[0]:g}, {domain[1]:g})",
            hint="widen the range to hold them: a polynomial is far off outside of its range",
        )


def _require_degree(degree: int) -> None:
    if not 1 <= degree <= MAX_DEGREE:
        raise ParameterError(
            f"a polynomial approximation needs a degree from 1 to {MAX_DEGREE}, not {degree}",
            hint="typical degrees are 4 to 31; a degree d costs ceil(log2(d + 1)) levels",
        )


def _require_finite(function: ActivationFunction, domain: Domain) -> None:
    x = dense_samples(domain, degree=0)
    if domain[0] < 0.0 < domain[1]:
        x = np.append(x, 0.0)
    values = function(x)
    if values.shape != x.shape:
        raise ParameterError(
            f"{function.name} maps {x.shape} values to shape {values.shape}",
            where=function.name,
            hint="an activation works element by element on numpy arrays",
        )
    if not np.all(np.isfinite(values)):
        culprit = x[np.flatnonzero(~np.isfinite(values))[0]]
        raise ParameterError(
            f"{function.name} is NaN or infinite at {culprit:g}",
            where=f"{function.name} on [{domain[0]:g}, {domain[1]:g}]",
            hint="choose a range on which the function is finite",
        )
