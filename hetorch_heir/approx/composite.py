"""The sign function, and |x|, by compositions of minimax polynomials.

A single polynomial of degree d brings the error of ``|x|`` down like 1/d; a composition of the same depth
brings it down exponentially. Every polynomial maps the interval that the one before leaves uncertain,
``[ratio, 1]`` up to sign, closer to 1; between two of them values are scaled to fill [-1, 1].

Sources: E. Lee, J.-W. Lee, J.-S. No, Y.-S. Kim, "Minimax approximation of sign function by composite
polynomial for homomorphic comparison", IEEE TDSC 19 (2022); E. Lee et al., "Low-complexity deep
convolutional neural networks on fully homomorphic encryption using multiplexed parallel convolutions", ICML
2022, section 2 (relu as x (1 + sign(x)) / 2, with degrees 15, 15, 27 for an error of 2^-13).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from hetorch_heir.approx.planner import minimal_depth, plan_evaluation
from hetorch_heir.approx.polynomial import Polynomial
from hetorch_heir.approx.sign_minimax import minimax_sign, require_ratio, require_sign_degree
from hetorch_heir.core.errors import ParameterError

Array = NDArray[np.float64]

_SMALLEST_RATIO = 2.0**-40
_LARGEST_RATIO = 0.9
_NEXT_TO_ONE = 1.0 - 2.0**-40
_SAMPLES = 4001
_SAMPLES_BELOW = 257


@dataclass(frozen=True)
class CompositeSign:
    """``p_k(… p_1(t))``, close to the sign of t for ``ratio <= |t| <= 1``.

    Args:
        polynomials: in the order of evaluation, odd, on [-1, 1]; all but the last map it to itself.
        ratio: where the sign is good from.
        error: largest ``|p(t) - sign(t)|`` for ``ratio <= |t| <= 1``.
    """

    polynomials: tuple[Polynomial, ...]
    ratio: float
    error: float

    def __call__(self, t: ArrayLike) -> Array:
        value = np.asarray(t, dtype=np.float64)
        for polynomial in self.polynomials:
            value = polynomial(value)
        return value

    @property
    def degrees(self) -> tuple[int, ...]:
        """Degrees of the polynomials, in the order of evaluation."""
        return tuple(polynomial.degree for polynomial in self.polynomials)

    @property
    def levels(self) -> int:
        """Levels that the evaluation takes."""
        return sum(minimal_depth(degree) for degree in self.degrees)

    @property
    def products(self) -> int:
        """Ciphertext-ciphertext products that the evaluation takes."""
        return sum(plan_evaluation(one.coefficients).products for one in self.polynomials)

    @property
    def abs_error(self) -> float:
        """Largest ``|t p(t) - |t||`` on [-1, 1]."""
        below, above = (np.linspace(*ends, _SAMPLES) for ends in ((0.0, self.ratio), (self.ratio, 1.0)))
        t = np.concatenate([below, above, np.geomspace(self.ratio, 1.0, _SAMPLES)])
        return float(np.max(np.abs(t * self(t) - t)))


@lru_cache(maxsize=256)
def composite_sign(degrees: tuple[int, ...], ratio: float, polished: bool = True) -> CompositeSign:
    """The composition of minimax polynomials of those degrees that is the sign from ``ratio`` on.

    Args:
        degrees: odd, in the order of evaluation.
        ratio: between 0 and 1.
        polished: as for :func:`~hetorch_heir.approx.sign_minimax.minimax_sign`.

    Raises:
        ParameterError: there is no degree, one is even or out of range, or the ratio is.
    """
    _require_degrees(degrees)
    require_ratio(ratio)
    polynomials: list[Polynomial] = []
    uncertain, error = ratio, 1.0
    for number, degree in enumerate(degrees, start=1):
        coefficients, error = minimax_sign(degree, uncertain, polished)
        # The last one is left as it is, around ±1; the others are scaled so that none leaves [-1, 1].
        scale = 1.0 if number == len(degrees) else 1.0 / (1.0 + error)
        polynomials.append(Polynomial(tuple(scale * c for c in coefficients)))
        uncertain = _ratio_after(error)
    return CompositeSign(tuple(polynomials), ratio, error)


@lru_cache(maxsize=256)
def composite_abs(degrees: tuple[int, ...]) -> CompositeSign:
    """The composition of those degrees whose ``t p(t)`` is closest to ``|t|`` on [-1, 1].

    From a small ratio on the sign is less precise; below a large one it is wrong for larger t. The ratio at
    which the two errors are equal is found by bisection.

    Raises:
        ParameterError: there is no degree, or one is even or out of range.
    """
    _require_degrees(degrees)

    def excess(log_ratio: float) -> float:
        composition = composite_sign(degrees, 2.0**log_ratio, polished=False)
        t = np.linspace(0.0, composition.ratio, _SAMPLES_BELOW)
        below = float(np.max(t * (1.0 - composition(t))))
        return math.log(composition.error / below)

    low, high = math.log2(_SMALLEST_RATIO), math.log2(_LARGEST_RATIO)
    if excess(low) <= 0.0:
        return composite_sign(degrees, 2.0**low)
    best = float(optimize.brentq(excess, low, high, xtol=1e-4))  # pyright: ignore[reportArgumentType]
    return composite_sign(degrees, 2.0**best)


def _ratio_after(error: float) -> float:
    """What is left uncertain, relative to its largest value, after a polynomial of that error."""
    return min((1.0 - error) / (1.0 + error), _NEXT_TO_ONE)


def _require_degrees(degrees: Sequence[int]) -> None:
    if not degrees:
        raise ParameterError(
            "a composition needs at least one polynomial", hint="the published one for relu is 15, 15, 27"
        )
    for degree in degrees:
        require_sign_degree(degree)
