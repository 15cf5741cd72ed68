"""Depth-optimal evaluation plans with few ciphertext-ciphertext products.

Sources: M. Paterson, L. Stockmeyer, "On the number of nonscalar multiplications necessary to evaluate
polynomials", SIAM J. Comput. 2 (1973); J.-P. Bossuat et al., "Efficient bootstrapping for approximate
homomorphic encryption with non-sparse keys", EUROCRYPT 2021, section 5 (the Chebyshev basis, and
splitting the depth-critical chain only).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from hetorch_heir.approx.chebyshev_basis import ChebyshevBasis, Indices, search_basis, starting_sets
from hetorch_heir.approx.emission import NEGLIGIBLE, NotEvaluableError, Poly, emit_plan
from hetorch_heir.approx.evaluation_plan import EvaluationPlan, unit_samples
from hetorch_heir.approx.polynomial import MAX_DEGREE
from hetorch_heir.approx.splitting import IMPOSSIBLE, PRODUCT, Corrections, Splitter
from hetorch_heir.core.errors import ParameterError

# (terms, starts): from how many starting sets the basis is searched, up to that many terms. Measured on
# all degrees to 33 and a dozen up to 127, dense, odd and even: 4, 6 and 8 starts find the same number of
# products, 3 need one more in 4 cases of 270. With more than 56 terms (degrees 59 to 127; odd and even) the
# starting sets themselves are as good, and searching from them takes seconds.
_DESCENTS = ((40, 6), (56, 2), (MAX_DEGREE, 0))
# Patterns of zeros other than parity multiply the number of different quotients; with many terms
# they are searched as if the zeros weren't there, and used when the plan is written.
_MANY_IRREGULAR_TERMS = 16
# How much larger the intermediate values may get for fewer products.
_GROWTH_LIMIT = 4.0
# Rounding in float64, relative to the result: divisions must not lose more than CKKS does.
_ROUNDING_LIMIT = 2.0**-40
_WITH_DIVISIONS: tuple[Corrections, ...] = ("leads", "all")


def minimal_depth(degree: int) -> int:
    """Levels that a polynomial of that degree takes at least: ceil(log2(degree + 1))."""
    return degree.bit_length()


def plan_evaluation(
    coefficients: Sequence[float], *, levels: int | None = None, noise_limit: float = 2.0
) -> EvaluationPlan:
    """Operations that evaluate ``sum_j coefficients[j] T_j(t)`` on a ciphertext t in [-1, 1].

    The plan has the fewest ciphertext-ciphertext products that the search finds within the levels.
    The search depends on which coefficients are zero, and is remembered for each such pattern.

    Args:
        coefficients: Chebyshev coefficients, that of T_0 first; at least one other is not zero.
        levels: levels that may be consumed; by default the least possible,
            ``ceil(log2(degree + 1))``. More levels can save products.
        noise_limit: a plan that divides polynomials by each other often has fewer products, and more
            noise. It is taken when its noise (:meth:`EvaluationPlan.noise_gain`), both the root mean
            square and the maximum over [-1, 1], is at most that many times the noise of the best
            plan without divisions. The default gives up at most one bit; 0 rules divisions out.

    Raises:
        ParameterError: the polynomial is constant, not finite, of a degree above 1023, or needs more
            levels than allowed.
    """
    return _planned(tuple(coefficients), levels, noise_limit)


# A model has the same polynomial many times over, and passes ask for its plan again.
@lru_cache(maxsize=1024)
def _planned(coefficients: tuple[float, ...], levels: int | None, noise_limit: float) -> EvaluationPlan:
    poly = _significant(coefficients)
    degree = max(poly)
    if levels is None:
        levels = minimal_depth(degree)
    if levels < minimal_depth(degree):
        raise ParameterError(
            f"a polynomial of degree {degree} takes {minimal_depth(degree)} levels, {levels} are allowed",
            hint=f"lower the degree to {(1 << levels) - 1}, or allow more levels",
        )
    support = sum(1 << j for j in poly if j > 0)
    best = undivided = _plan(poly, levels, "none")
    for corrections in _WITH_DIVISIONS if noise_limit > 0.0 else ():
        cost, _ = _best_basis(support, levels, corrections)
        if cost // PRODUCT >= best.products:
            continue
        try:
            candidate = _plan(poly, levels, corrections)
        except NotEvaluableError:
            continue
        if candidate.products < best.products and _is_tolerable(candidate, undivided, noise_limit):
            best = candidate
    return best


def _significant(coefficients: Sequence[float]) -> Poly:
    if not all(math.isfinite(c) for c in coefficients):
        raise ParameterError(
            "a coefficient is NaN or infinite", hint="check the approximation that it comes from"
        )
    threshold = NEGLIGIBLE * max((abs(c) for c in coefficients), default=0.0)
    poly = {j: float(c) for j, c in enumerate(coefficients) if abs(c) > threshold}
    if not any(poly):
        raise ParameterError(
            "a constant polynomial needs no evaluation on a ciphertext",
            hint="replace it by its value; if it comes from a fit, raise the degree",
        )
    if max(poly) > MAX_DEGREE:
        raise ParameterError(
            f"degree {max(poly)} is above {MAX_DEGREE}", hint="compose polynomials of lower degree"
        )
    return poly


def _plan(poly: Poly, levels: int, corrections: Corrections) -> EvaluationPlan:
    _, indices = _best_basis(sum(1 << j for j in poly if j > 0), levels, corrections)
    basis = ChebyshevBasis.of(indices)
    if basis is None:
        raise NotEvaluableError
    return emit_plan(poly, levels, basis, Splitter(basis, levels, corrections))


@lru_cache(maxsize=1024)
def _best_basis(support: int, levels: int, corrections: Corrections) -> tuple[int, Indices]:
    """Cost of the cheapest evaluation, its basis included, and that basis."""

    def cost(indices: Indices) -> int:
        basis = ChebyshevBasis.of(indices)
        if basis is None:
            return IMPOSSIBLE
        split = Splitter(basis, levels, corrections).choice(support, levels)
        return basis.products * PRODUCT + split.cost

    degree = support.bit_length() - 1
    if support.bit_count() > _MANY_IRREGULAR_TERMS and support != _filled(support):
        return _best_basis(_filled(support), levels, corrections)
    limit = degree if corrections == "none" else degree + max(1, degree // 4)
    descents = next(starts for terms, starts in _DESCENTS if support.bit_count() <= terms)
    return search_basis(cost, starting_sets(support, levels), limit, descents)


def _filled(support: int) -> int:
    """The support with all terms of its parity, a linear term aside, up to its degree."""
    degree = support.bit_length() - 1
    odd = sum(1 << j for j in range(1, degree + 1, 2))
    even = sum(1 << j for j in range(2, degree + 1, 2))
    if not support & odd & ~2:
        return even | (support & 2)
    return odd | even if support & even else odd


def _is_tolerable(plan: EvaluationPlan, undivided: EvaluationPlan, noise_limit: float) -> bool:
    t = unit_samples()
    noise, reference = plan.noise_gain(t), undivided.noise_gain(t)
    expected = undivided.evaluate(t)
    rounding = np.max(np.abs(plan.evaluate(t) - expected))
    return bool(
        rounding <= _ROUNDING_LIMIT * np.max(np.abs(expected))
        and np.max(noise) <= noise_limit * np.max(reference)
        and np.mean(noise**2) <= noise_limit**2 * np.mean(reference**2)
        and plan.max_intermediate() <= _GROWTH_LIMIT * undivided.max_intermediate()
    )
