"""Polynomials in the Chebyshev basis, the form in which CKKS evaluates them stably.

On [-1, 1] every Chebyshev polynomial is bounded by 1 and the coefficients of a smooth function decay
geometrically; in the power basis the coefficients of the same polynomial grow like 2.4^degree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev
from numpy.polynomial import polynomial as power_basis
from numpy.typing import ArrayLike, NDArray

from hetorch_heir.core.errors import ParameterError

# Planning the evaluation of a higher degree takes minutes; composed polynomials reach further.
MAX_DEGREE = 1023
# Trailing coefficients below this share of the largest one are rounding noise of the fit.
NEGLIGIBLE = 2.0**-47
# Rounding of the ends must not cost a function its symmetry.
_SYMMETRY_TOLERANCE = 1e-12
_UNIFORM_SAMPLES = 20001
_CLUSTERED_SAMPLES_PER_DEGREE = 32

Domain = tuple[float, float]


@dataclass(frozen=True)
class Polynomial:
    """``p(x) = sum_j coefficients[j] T_j(t)`` with ``t = (2x - a - b) / (b - a)`` in [-1, 1].

    Args:
        coefficients: Chebyshev coefficients, that of T_0 first (not halved).
        domain: the interval (a, b) that is mapped to [-1, 1].

    Raises:
        ParameterError: no coefficient, one that is NaN or infinite, or an unusable domain.
    """

    coefficients: tuple[float, ...]
    domain: Domain = (-1.0, 1.0)

    def __post_init__(self) -> None:
        require_domain(self.domain)
        if not self.coefficients:
            raise ParameterError("a polynomial needs at least one coefficient", hint="pass (0.0,) for zero")
        if not all(math.isfinite(c) for c in self.coefficients):
            raise ParameterError(
                "a coefficient of the polynomial is NaN or infinite",
                where=f"coefficients {self.coefficients}",
                hint="check the function on the whole range, and the range itself",
            )

    @classmethod
    def from_power_basis(cls, coefficients: Sequence[float], domain: Domain = (-1.0, 1.0)) -> Polynomial:
        """The polynomial ``sum_j coefficients[j] x^j`` for x in ``domain``, its degree kept exactly."""
        require_domain(domain)
        x_of_t = np.array(_center_and_half_width(domain))
        shifted = np.zeros(1)
        for c in reversed(coefficients):
            shifted = power_basis.polyadd(power_basis.polymul(shifted, x_of_t), np.array([float(c)]))
        return cls(tuple(chebyshev.poly2cheb(shifted).tolist()), domain)

    @property
    def degree(self) -> int:
        """Index of the last coefficient that is not zero; 0 for a constant."""
        return max((j for j, c in enumerate(self.coefficients) if c != 0.0), default=0)

    @property
    def input_map(self) -> tuple[float, float]:
        """(scale, offset) with ``t = scale * x + offset``, for folding into what comes before."""
        center, half_width = _center_and_half_width(self.domain)
        return 1.0 / half_width, -center / half_width

    def __call__(self, x: ArrayLike) -> NDArray[np.float64]:
        """Values at ``x`` by Clenshaw's recurrence; outside of the domain too, where they grow fast."""
        center, half_width = _center_and_half_width(self.domain)
        t = (np.asarray(x, dtype=np.float64) - center) / half_width
        return np.asarray(chebyshev.chebval(t, np.asarray(self.coefficients)), dtype=np.float64)

    def max_error(self, function: Callable[[NDArray[np.float64]], ArrayLike]) -> float:
        """Largest ``|p(x) - function(x)|`` on the domain, measured at more than 20 000 points."""
        x = dense_samples(self.domain, self.degree)
        return float(np.max(np.abs(self(x) - np.asarray(function(x)))))

    def trimmed(self, negligible: float = NEGLIGIBLE) -> Polynomial:
        """Without trailing coefficients that are at most ``negligible`` times the largest one."""
        threshold = negligible * max(abs(c) for c in self.coefficients)
        kept = max((j for j, c in enumerate(self.coefficients) if abs(c) > threshold), default=0)
        return Polynomial(self.coefficients[: kept + 1], self.domain)


def from_power_basis(coefficients: Sequence[float], domain: Domain = (-1.0, 1.0)) -> Polynomial:
    """The polynomial ``sum_j coefficients[j] x^j`` for x in ``domain``, in the Chebyshev basis."""
    return Polynomial.from_power_basis(coefficients, domain)


def require_domain(domain: Domain) -> None:
    """Refuse a domain that is not a bounded interval of positive length.

    Raises:
        ParameterError: an end is NaN or infinite, or the interval is empty.
    """
    a, b = domain
    if not (math.isfinite(a) and math.isfinite(b)):
        raise ParameterError(
            f"the range ({a}, {b}) has an end that is NaN or infinite",
            hint="give two finite numbers, for example the range seen in calibration",
        )
    if not a < b:
        raise ParameterError(
            f"the range ({a:g}, {b:g}) is empty", hint="give the lower end first, and ends that differ"
        )


def from_unit(t: NDArray[np.float64], domain: Domain) -> NDArray[np.float64]:
    """The points x of ``domain`` whose images in [-1, 1] are ``t``."""
    center, half_width = _center_and_half_width(domain)
    return np.clip(center + half_width * t, *domain)


def is_symmetric(domain: Domain, center: float = 0.0) -> bool:
    """Whether ``center`` is the middle of the domain, so that symmetry about it is parity in t."""
    return math.isclose(domain[1] - center, center - domain[0], rel_tol=_SYMMETRY_TOLERANCE)


def dense_samples(domain: Domain, degree: int) -> NDArray[np.float64]:
    """Sorted points for measuring an error: equidistant ones, and ones clustered at the ends like
    the extrema of T_degree."""
    angles = np.linspace(np.pi, 0.0, _CLUSTERED_SAMPLES_PER_DEGREE * (degree + 1) + 1)
    return np.union1d(np.linspace(*domain, _UNIFORM_SAMPLES), from_unit(np.cos(angles), domain))


def _center_and_half_width(domain: Domain) -> tuple[float, float]:
    a, b = domain
    return 0.5 * a + 0.5 * b, 0.5 * b - 0.5 * a
