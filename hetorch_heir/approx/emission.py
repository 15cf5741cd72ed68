"""Writing a plan: the decisions of :mod:`hetorch_heir.approx.splitting`, carried out on coefficients."""

from __future__ import annotations

import math
from collections.abc import Iterable

from hetorch_heir.approx.chebyshev_basis import ChebyshevBasis
from hetorch_heir.approx.evaluation_plan import (
    Add,
    AddConstant,
    EvaluationPlan,
    Input,
    Product,
    Scale,
    Step,
    Subtract,
)
from hetorch_heir.approx.splitting import IMPOSSIBLE, CorrectedSplit, Lead, Leaf, Split, Splitter

# Terms below this share of the largest coefficient are lost in float64 anyway.
NEGLIGIBLE = 2.0**-53

# A correction this large leaves no significant digit of the result.
_LARGEST_CORRECTION = 2.0**53

Poly = dict[int, float]
"""Chebyshev coefficients by index, zeros left out."""


class NotEvaluableError(Exception):
    """The decisions don't suit these coefficients: some cancelled, or a division by them overflows."""


def emit_plan(poly: Poly, levels: int, basis: ChebyshevBasis, splitter: Splitter) -> EvaluationPlan:
    """The plan of a polynomial that isn't constant, by the decisions of the splitter.

    Raises:
        NotEvaluableError: with corrections only; without them every polynomial whose support the
            splitter can serve has a plan.
    """
    emitter = _Emitter(poly, basis, splitter)
    emitter.polynomial(poly, levels, lead=False)
    return EvaluationPlan(tuple(emitter.steps))


class _Emitter:
    """Writes the steps of a plan; equal steps are written once."""

    def __init__(self, poly: Poly, basis: ChebyshevBasis, splitter: Splitter) -> None:
        self.steps: list[Step] = [Input()]
        self._basis = basis
        self._splitter = splitter
        self._negligible = NEGLIGIBLE * max(abs(c) for c in poly.values())
        self._index: dict[Step, int] = {}

    def _step(self, step: Step) -> int:
        if step not in self._index:
            self._index[step] = len(self.steps)
            self.steps.append(step)
        return self._index[step]

    def chebyshev(self, j: int) -> int:
        """Value of T_j(t), j in the basis."""
        if j == 1:
            return 0
        a, b = self._basis.factors[j]
        product = self._step(Product(self.chebyshev(a), self.chebyshev(b)))
        doubled = self._step(Add(product, product))
        if a == b:
            return self._step(AddConstant(doubled, -1.0))
        return self._step(Subtract(doubled, self.chebyshev(a - b)))

    def _scaled(self, value: int, constant: float) -> int:
        """Value times a constant, by doublings when it is 1, 2, 4, …"""
        mantissa, exponent = math.frexp(constant)
        if mantissa != 0.5 or exponent < 1:
            return self._step(Scale(value, constant))
        for _ in range(exponent - 1):
            value = self._step(Add(value, value))
        return value

    def _sum(self, terms: list[int], constant: float) -> int:
        total = terms[0]
        for term in terms[1:]:
            total = self._step(Add(total, term))
        return self._step(AddConstant(total, constant)) if constant else total

    def _linear_terms(self, poly: Poly) -> list[int]:
        return [self._scaled(self.chebyshev(j), c) for j, c in sorted(poly.items()) if j > 0]

    def polynomial(self, poly: Poly, levels: int, lead: bool) -> int:
        """Value of a polynomial that isn't constant; with ``lead``, its top coefficient is 1, 2, 4, …"""
        support = sum(1 << j for j in poly)
        choice = self._splitter.choice(support, levels, lead)
        if choice.cost >= IMPOSSIBLE:
            raise NotEvaluableError
        match choice.decision:
            case Leaf():
                return self._sum(self._linear_terms(poly), poly.get(0, 0.0))
            case Split(giant):
                quotient, remainder = _divide(poly, giant)
                value = self._times(self.chebyshev(giant), quotient, levels, lead=False)
                return self._plus(value, remainder, levels, lead=False)
            case CorrectedSplit(giant, remainder_lead):
                return self._corrected_split(poly, giant, levels, lead, remainder_lead)
            case Lead(index):
                size = _power_of_two_above(abs(c) for j, c in poly.items() if 2 * j >= index)
                led = self.polynomial(poly | {index: size}, levels, lead=True)
                return self._step(Subtract(led, self._scaled(self.chebyshev(index), size)))

    def _corrected_split(self, poly: Poly, giant: int, levels: int, lead: bool, remainder_lead: bool) -> int:
        quotient, remainder = _divide(poly, giant)
        degree = max(quotient)
        added = {}
        if remainder_lead:
            added = {degree: _power_of_two_above(abs(c) for j, c in remainder.items() if j < degree <= 2 * j)}
        correction, remainder = _correct(quotient, remainder, added.get(degree, 0.0))
        correction = {j: c for j, c in correction.items() if abs(c) > NEGLIGIBLE}  # beside T_giant
        divisor = self._sum([self.chebyshev(giant), *self._linear_terms(correction)], correction.get(0, 0.0))
        value = self._times(divisor, quotient, levels, lead)
        return self._plus(value, remainder | added, levels, remainder_lead)

    def _times(self, value: int, quotient: Poly, levels: int, lead: bool) -> int:
        quotient = self._without_negligible(quotient)
        if max(quotient) == 0:
            return self._scaled(value, quotient[0])
        return self._step(Product(value, self.polynomial(quotient, levels - 1, lead)))

    def _plus(self, value: int, remainder: Poly, levels: int, lead: bool) -> int:
        remainder = self._without_negligible(remainder)
        if any(remainder):
            return self._step(Add(value, self.polynomial(remainder, levels, lead)))
        return self._sum([value], remainder.get(0, 0.0))

    def _without_negligible(self, poly: Poly) -> Poly:
        return {j: c for j, c in poly.items() if abs(c) > self._negligible}


def _divide(poly: Poly, giant: int) -> tuple[Poly, Poly]:
    """Quotient and remainder by T_giant; zero coefficients are left out of the quotient."""
    quotient: Poly = {}
    remainder = dict(poly)
    for j in range(max(poly), giant - 1, -1):
        c = remainder.pop(j, 0.0)
        if j == giant:
            quotient[0] = c
        elif c:  # T_j = 2 T_giant T_{j-giant} - T_{|j-2giant|}
            quotient[j - giant] = 2.0 * c
            reflected = abs(j - 2 * giant)
            remainder[reflected] = remainder.get(reflected, 0.0) - c
    return {j: c for j, c in quotient.items() if c}, remainder


def _correct(quotient: Poly, remainder: Poly, lead: float) -> tuple[Poly, Poly]:
    """c with ``remainder - c * quotient = lead T_e + lower terms``, e the degree of the quotient.

    Returns c and the lower terms.

    Raises:
        NotEvaluableError: the quotient's leading coefficient is so small that c overflows.
    """
    degree = max(quotient)
    correction: Poly = {}
    rest = dict(remainder)
    for j in range(max(rest, default=0), degree - 1, -1):
        excess = rest.get(j, 0.0) - (lead if j == degree else 0.0)
        if not excess:
            continue
        i = j - degree
        c = correction[i] = excess / quotient[degree] * (2.0 if i else 1.0)
        if not abs(c) < _LARGEST_CORRECTION:
            raise NotEvaluableError
        for k, q in quotient.items():  # T_i T_k = (T_{i+k} + T_{|i-k|}) / 2
            for index in (i + k, abs(i - k)):
                rest[index] = rest.get(index, 0.0) - c * q / 2.0
    return correction, {j: c for j, c in rest.items() if j < degree}


def _power_of_two_above(sizes: Iterable[float]) -> float:
    """The smallest of 1, 2, 4, … that is at least every size."""
    return 2.0 ** max(0, math.ceil(math.log2(max(sizes, default=1.0) or 1.0)))
