"""Which degrees to compose: dynamic programming over levels and products.

How uncertain an interval [ratio, 1] is, is measured by ``logit(ratio) = log(ratio / (1 - ratio))``: a
polynomial raises it, and a smooth, increasing function of it says by how much. The program runs backwards,
from the precision wanted to the smallest ratio that n levels and m products can start from.

Source: E. Lee, J.-W. Lee, J.-S. No, Y.-S. Kim, "Minimax approximation of sign function by composite
polynomial for homomorphic comparison", IEEE TDSC 19 (2022), algorithm 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from hetorch_heir.approx.composite import CompositeSign, composite_abs, composite_sign
from hetorch_heir.approx.planner import minimal_depth, plan_evaluation
from hetorch_heir.approx.sign_minimax import SMALLEST_ERROR, minimax_sign, sign_errors
from hetorch_heir.core.errors import ParameterError

Array = NDArray[np.float64]

DEGREES = tuple(range(3, 32, 2))
"""Higher ones take many times the products of two polynomials for which their levels suffice."""

MAX_PRECISION = 20.0
"""Bits; beyond, the degrees found are the same or the precision is below the noise of CKKS."""

# Divisions save products where their noise allows it, which depends on the coefficients and so on the ratio:
# (ratios up to this, products are those at this).
_REGIMES = ((0.07, 0.01), (0.2, 0.1), (1.0, 0.5))
_MAX_LEVELS = 30
_MOST_LEVELS = 18
_MAX_PRODUCTS = 80
_LOGITS = np.arange(-18.0, 24.5, 1.0)
# t (1 - p(t)) is at most this part of the ratio up to it, for all compositions (measured: 0.115 to 0.19).
_SHARE_BELOW_RATIO = (0.1, 0.2)


@dataclass(frozen=True)
class _Table:
    """Best compositions by (levels, products): the logit that they start from, and their first degree.

    A degree of 0 stands for no polynomial at all.
    """

    logits: Array
    degrees: NDArray[np.int64]


def choose_abs(precision: float) -> CompositeSign:
    """The composition with the fewest levels, and then products, with ``|t p(t) - |t|| <= 2^-precision``.

    Args:
        precision: bits, 1 to 20. The error of ``relu(t) = (t + t p(t)) / 2`` is half of that of ``|t|``.

    Raises:
        ParameterError: the precision is out of range.
    """
    require_precision(precision)
    wanted = 2.0**-precision

    def suits(degrees: tuple[int, ...]) -> CompositeSign | None:
        composition = composite_abs(degrees)
        return composition if composition.abs_error <= wanted else None

    return _first(wanted, wanted / _SHARE_BELOW_RATIO[0], suits)


def choose_sign(precision: float) -> CompositeSign:
    """The composition with the fewest levels, and then products, that compares to ``precision`` bits.

    For ``2^-precision <= |t| <= 1`` the step ``(1 + p(t)) / 2`` is within 2^-precision of 0 or 1.

    Raises:
        ParameterError: the precision is out of range.
    """
    require_precision(precision)
    ratio, wanted = 2.0**-precision, 2.0 ** (1.0 - precision)

    def suits(degrees: tuple[int, ...]) -> CompositeSign | None:
        composition = composite_sign(degrees, ratio)
        return composition if composition.error <= wanted else None

    return _first(wanted, ratio, suits)


@lru_cache(maxsize=64)
def best_abs(levels: int) -> CompositeSign:
    """The composition that is closest to |x| within so many levels for the sign.

    Args:
        levels: 2 to 18.

    Raises:
        ParameterError: there are no compositions of so many levels.
    """
    if not 2 <= levels <= _MOST_LEVELS:
        raise ParameterError(
            f"a composition for the sign takes 2 to {_MOST_LEVELS} levels, not {levels}",
            hint="13 levels give relu 13 bits; every further level adds about one",
        )
    # How to divide the levels up depends on the precision that they reach, which is nearly linear in them.
    table = _table(2.0 ** -(1.4 + 0.85 * levels))
    return composite_abs(_degrees(table, levels, int(np.argmin(table.logits[levels]))))


def require_precision(precision: float) -> None:
    """Refuse a precision that compositions can't be chosen for.

    Raises:
        ParameterError: it is not from 1 to 20 bits.
    """
    if not 1.0 <= precision <= MAX_PRECISION:
        raise ParameterError(
            f"a precision of {precision:g} bits is out of range",
            hint=f"use 1 to {MAX_PRECISION:g}; relu takes 13 for images, in 14 levels",
        )


def _first(
    error: float, ratio: float, suits: Callable[[tuple[int, ...]], CompositeSign | None]
) -> CompositeSign:
    """The first of the candidates that suits; ``ratio`` is the largest that it may have to start from."""
    for degrees in _candidates(error, math.log(ratio / (1.0 - ratio)) if ratio < 1.0 else math.inf):
        composition = suits(degrees)
        if composition is not None:
            return composition
    raise ParameterError(
        f"no composition of at most {_MAX_LEVELS} levels has an error of {error:.3g}",
        hint="ask for a lower precision",
    )


def _candidates(error: float, logit: float) -> Iterator[tuple[int, ...]]:
    """Degrees that start from at most ``logit`` and end with the error, by levels and then by products."""
    table = _table(error)
    for levels in range(1, _MAX_LEVELS + 1):
        # The table interpolates: it may be off by a little either way.
        enough = (table.logits[levels] <= logit + 0.01) & (table.degrees[levels] > 0)
        better = np.diff(table.logits[levels], prepend=math.inf) < 0.0
        for products in np.flatnonzero(enough & better):
            yield _degrees(table, levels, int(products))


def _degrees(table: _Table, levels: int, products: int) -> tuple[int, ...]:
    degrees: list[int] = []
    while degree := int(table.degrees[levels, products]):
        degrees.append(degree)
        count = _products(degree, int(_regimes(table.logits[levels, products])))
        levels, products = levels - minimal_depth(degree), products - count
    return tuple(degrees)


@lru_cache(maxsize=64)
def _table(error: float) -> _Table:
    """The smallest logits from which so many levels and products lead to the error."""
    shape = (_MAX_LEVELS + 1, _MAX_PRODUCTS + 1)
    table = _Table(np.full(shape, math.log((1.0 - error) / (2.0 * error))), np.zeros(shape, dtype=np.int64))
    costs = [
        (degree, count, regimes)
        for degree in DEGREES
        for count, regimes in _regimes_by_products(degree).items()
    ]
    for levels in range(1, _MAX_LEVELS + 1):
        best, first = table.logits[levels], table.degrees[levels]
        for degree, count, regimes in costs:
            before = levels - minimal_depth(degree)
            if before < 0:
                continue
            logits = _inverse(degree)(table.logits[before, : _MAX_PRODUCTS + 1 - count])
            better = (logits < best[count:]) & np.isin(_regimes(logits), regimes)
            best[count:] = np.where(better, logits, best[count:])
            first[count:] = np.where(better, degree, first[count:])
    return table


def _regimes(logits: ArrayLike) -> NDArray[np.int64]:
    """The numbers of the regimes that ratios lie in."""
    ratios = 1.0 / (1.0 + np.exp(-np.asarray(logits)))
    return np.searchsorted([highest for highest, _ in _REGIMES], ratios)


def _regimes_by_products(degree: int) -> dict[int, list[int]]:
    """The regimes in which a polynomial of that degree takes so many products."""
    result: dict[int, list[int]] = {}
    for regime in range(len(_REGIMES)):
        result.setdefault(_products(degree, regime), []).append(regime)
    return result


@lru_cache(maxsize=len(DEGREES))
def _inverse(degree: int) -> Callable[[Array], Array]:
    """The logits that a polynomial of that degree raises to given ones."""
    ratios = 1.0 / (1.0 + np.exp(-_LOGITS))
    errors = sign_errors(degree, ratios)
    measured = errors > SMALLEST_ERROR
    after = np.log((1.0 - errors[measured]) / (2.0 * errors[measured]))
    inverse = PchipInterpolator(after, _LOGITS[measured])
    return lambda logits: inverse(np.clip(logits, after[0], after[-1]))


@lru_cache(maxsize=len(DEGREES) * len(_REGIMES))
def _products(degree: int, regime: int) -> int:
    """Ciphertext products of a polynomial of that degree for the sign from a ratio of that regime on."""
    coefficients, _ = minimax_sign(degree, _REGIMES[regime][1], polished=False)
    return plan_evaluation(coefficients).products
