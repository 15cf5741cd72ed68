"""How to split a polynomial into products of smaller ones, given a basis: an exact dynamic program.

It works on supports (which T_j occur, as the bits of an integer), so that parity and zero
coefficients are used wherever they occur. With T_g in the basis, a polynomial is

* a *leaf*: a linear combination of members of the basis, one level below its deepest member;
* a *split* ``T_g q + r`` (Paterson, Stockmeyer 1973, algorithm A; Bossuat et al. 2021, section 5, for
  the Chebyshev basis): one product, q with one level less;
* a *corrected split* ``(T_g + c) q + r``: the leaf c cancels the leading coefficients of r, so that r
  has lower degree than q (Paterson, Stockmeyer 1973, algorithm B). Needs a division by q, which is
  well-conditioned only when q's leading coefficient is not small, hence
* a *lead*: ``(p + T_n) - T_n``, where p + T_n is made of corrected splits. T_n with its integer factor
  costs no plaintext product.

Allowing fewer levels on q than on r is what makes the whole depth-optimal: only the chain of q of q
of q … is split down to degree 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from hetorch_heir.approx.chebyshev_basis import ChebyshevBasis

Corrections = Literal["none", "leads", "all"]


@dataclass(frozen=True)
class Leaf:
    """Linear combination of members of the basis."""


@dataclass(frozen=True)
class Split:
    """``T_giant q + r``; one plaintext product when q is constant."""

    giant: int


@dataclass(frozen=True)
class CorrectedSplit:
    """``(T_giant + c) q + r``; with ``remainder_lead``, r is given the leading term T_{deg q}."""

    giant: int
    remainder_lead: bool


@dataclass(frozen=True)
class Lead:
    """``(p + T_index) - T_index``."""

    index: int


Decision = Leaf | Split | CorrectedSplit | Lead


# A cost is products * PRODUCT + plain products: one integer that compares lexicographically, for speed.
PRODUCT = 1 << 20
IMPOSSIBLE = PRODUCT << 20


class Choice(NamedTuple):
    """The cheapest way to evaluate a polynomial, and what it costs beyond the basis."""

    cost: int
    decision: Decision


# A giant is at least this fraction of the degree: smaller ones have never been seen to pay.
_LONGEST_QUOTIENT = 4
_NO_CHOICE = Choice(IMPOSSIBLE, Leaf())
_NOTHING_TO_DO = Choice(0, Leaf())


class Splitter:
    """Cheapest evaluation of polynomials by their support, over one basis.

    Args:
        basis: the Chebyshev polynomials at hand.
        levels: the levels that the whole evaluation may take.
        corrections: which polynomials may be corrected: none; those with an added lead; all.
    """

    def __init__(self, basis: ChebyshevBasis, levels: int, corrections: Corrections) -> None:
        self._depth = basis.depth
        descending = sorted(basis.depth, reverse=True)
        self._available = [[j for j in descending if basis.depth[j] <= level] for level in range(levels + 1)]
        self._corrections: Corrections = corrections
        # Members that may be scaled by a plaintext within so many levels; constants always.
        self._scalable = [
            1 + sum(1 << j for j, depth in basis.depth.items() if depth < level)
            for level in range(levels + 1)
        ]
        self._memo: dict[tuple[int, int, bool], Choice] = {}

    def choice(self, support: int, levels: int, lead: bool = False) -> Choice:
        """The cheapest evaluation within ``levels``; ``lead``: the top coefficient is an integer that
        is applied by doublings."""
        key = (support & ~1, levels, lead)
        if key not in self._memo:
            self._memo[key] = self._cheapest(*key)
        return self._memo[key]

    def _cheapest(self, support: int, levels: int, lead: bool) -> Choice:
        if not support:
            return _NOTHING_TO_DO
        degree = support.bit_length() - 1
        scaled = support ^ (1 << degree) if lead else support
        lead_fits = not lead or self._depth.get(degree, levels + 1) <= levels
        if lead_fits and not scaled & ~self._scalable[levels]:
            return Choice(scaled.bit_count(), Leaf())
        best = _NO_CHOICE
        if not levels or degree >= (1 << levels) + (1 if lead else 0):
            return best
        for giant in self._available[levels - 1]:
            if giant > degree:
                continue
            if giant * _LONGEST_QUOTIENT < degree:
                break
            if not lead:
                best = self._split(support, giant, levels, best)
            if giant < degree <= 2 * giant and (lead or self._corrections == "all"):
                best = self._corrected_split(support, giant, levels, lead, best)
        # A lead takes one product at least, so it can't save one of one.
        if not lead and self._corrections != "none" and best.cost >= 2 * PRODUCT:
            for index in self._available[levels]:
                # Beyond twice the degree the quotient would be of higher degree than the polynomial.
                if degree < index <= 2 * degree:
                    cost = self.choice(support | 1 << index, levels, True).cost
                    if cost < best.cost:
                        best = Choice(cost, Lead(index))
        return best

    def _split(self, support: int, giant: int, levels: int, best: Choice) -> Choice:
        """The split by that giant if it is cheaper than ``best``."""
        quotient, remainder = divide_support(support, giant)
        # A constant quotient is a plaintext product, and needs one level as well.
        cost = PRODUCT if quotient >> 1 else 1
        cost += self.choice(quotient, levels - 1).cost
        if cost < best.cost:
            cost += self.choice(remainder, levels).cost
        return Choice(cost, Split(giant)) if cost < best.cost else best

    def _corrected_split(self, support: int, giant: int, levels: int, lead: bool, best: Choice) -> Choice:
        degree = support.bit_length() - 1 - giant
        quotient, remainder = divide_support(support, giant)
        correction, remainder = correct_support(quotient, remainder, degree)
        if correction & ~self._scalable[levels - 1]:
            return best
        cost = PRODUCT + (correction >> 1).bit_count() + self.choice(quotient, levels - 1, lead).cost
        if cost >= best.cost:
            return best
        plain = self.choice(remainder, levels).cost
        led = self.choice(remainder | 1 << degree, levels, True).cost
        cost += min(plain, led)
        return Choice(cost, CorrectedSplit(giant, led < plain)) if cost < best.cost else best


@lru_cache(maxsize=1 << 16)
def divide_support(support: int, giant: int) -> tuple[int, int]:
    """Supports of quotient and remainder by T_giant; a superset when coefficients happen to cancel."""
    quotient = 0
    for j in range(support.bit_length() - 1, giant - 1, -1):
        if support >> j & 1:  # T_j = 2 T_giant T_{j-giant} - T_{|j-2giant|}
            quotient |= 1 << (j - giant)
            support ^= 1 << j
            if j > giant:
                support |= 1 << abs(j - 2 * giant)
    return quotient, support


_EVEN = sum(1 << j for j in range(0, 2048, 2))
_ODD = _EVEN << 1


@lru_cache(maxsize=1 << 16)
def correct_support(quotient: int, remainder: int, degree: int) -> tuple[int, int]:
    """Supports of c and of ``remainder - c * quotient``, which has no term from T_degree on.

    Both are supersets, filled up by parity; ``degree`` is that of the quotient. T_0 always belongs to
    c: it also makes room for a lead of the remainder.
    """
    high, low = remainder >> degree, (1 << degree) - 1
    correction = 1
    if high:
        uniform = not (quotient & _EVEN and quotient & _ODD)
        correction |= (_parities(high) if uniform else _EVEN | _ODD) & ((1 << high.bit_length()) - 1)
    filled = 0
    if correction & _EVEN:
        filled |= _parities(quotient)
    if correction & _ODD:
        filled |= _parities(quotient << 1)
    return correction, (remainder | filled) & low


def _parities(support: int) -> int:
    """All indices of the parities that occur in the support."""
    return (_EVEN if support & _EVEN else 0) | (_ODD if support & _ODD else 0)
