"""Operations that stand for many: a Chebyshev series, or a matrix, applied to a ciphertext.

HEIR leaves these to the library (``kernel.eval_chebyshev``, ``openfhe.eval_chebyshev_series``,
``kernel.linear_transform``). Here they are carried out by a domain's primitive operations, within the levels
that HEIR counts for them: a series of degree d takes ceil(log2(d + 1)) levels, a matrix one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hetorch_heir.approx.evaluation_plan import (
    Add,
    AddConstant,
    EvaluationPlan,
    Product,
    Scale,
    Step,
    Subtract,
)
from hetorch_heir.approx.planner import plan_evaluation
from hetorch_heir.core.errors import ParameterError, ProgramError
from hetorch_heir.interpreter.domain import Domain
from hetorch_heir.interpreter.values import Ciphertext, Plaintext

Encrypted = Ciphertext[Any]


@dataclass(frozen=True)
class Target:
    """What is said about the level and the scale of a result, None where nothing is."""

    level: int | None = None
    scale: int | None = None


def evaluate_chebyshev(
    domain: Domain[Any],
    x: Encrypted,
    coefficients: Sequence[float],
    *,
    interval: tuple[float, float] = (-1.0, 1.0),
    target: Target | None = None,
) -> Encrypted:
    """``sum_j coefficients[j] T_j(t)``, where t maps ``interval`` to [-1, 1].

    Raises:
        ProgramError: there are too few levels, or the scale of ``x`` isn't that of the primes.
        ParameterError: the coefficients are not finite, or of a degree above 1023.
    """
    target = target or Target()
    evaluation = _Evaluation(domain, x.scale_log2)
    lower, upper = interval
    if interval != (-1.0, 1.0):
        x = evaluation.times_number(x, 2.0 / (upper - lower))
        x = evaluation.plus_number(x, -(upper + lower) / (upper - lower))
    plan = _plan(coefficients)
    if plan is None:
        result = evaluation.plus_number(domain.sub(x, x), coefficients[0])
    else:
        lowest = 0 if target.level is None else target.level
        if x.level - plan.depth < lowest:
            raise ProgramError(
                f"the series takes {plan.depth} levels, but the argument is at level {x.level} "
                f"and the result at level {lowest}"
            )
        result = evaluation.run(plan, x)
    return evaluation.at_level(result, target.level)


def _plan(coefficients: Sequence[float]) -> EvaluationPlan | None:
    """The plan for a series, None if it is constant."""
    try:
        return plan_evaluation(coefficients)
    except ParameterError:
        if any(coefficients[1:]):
            raise
        return None


def linear_transform(
    domain: Domain[Any],
    x: Encrypted,
    diagonals: NDArray[Any],
    indices: Sequence[int],
    *,
    target: Target | None = None,
) -> Encrypted:
    """The sum of each diagonal times ``x`` rotated to the left by its index.

    Args:
        diagonals: one row per index; shorter ones than the slots repeat.
        target: with a level one below that of ``x``, the result is rescaled.

    Raises:
        ProgramError: the result is at neither of these two levels.
    """
    target = target or Target()
    evaluation = _Evaluation(domain, x.scale_log2)
    dropped = 0 if target.level is None else x.level - target.level
    if dropped not in (0, 1):
        raise ProgramError(
            f"the argument is at level {x.level} and the result at level {target.level}",
            hint="a linear transform keeps the level, or takes one",
        )
    factor = None if target.scale is None else target.scale - x.scale_log2
    if dropped:
        factor = (factor or 0) + evaluation.dropped_bits(x.level)
    total: Encrypted | None = None
    for row, index in zip(diagonals, indices, strict=True):
        rotated = domain.rotate(x, int(index) % (domain.slots or 1)) if index else x
        product = domain.mul_plain(rotated, domain.encode(np.asarray(row), scale=factor))
        total = product if total is None else domain.add(total, product)
    if total is None:
        raise ProgramError("the matrix has no diagonals")
    if dropped:
        total = domain.rescale(total, scale=total.scale_log2 - evaluation.dropped_bits(x.level))
    return total


class _Evaluation:
    """Products and sums that keep one scale."""

    def __init__(self, domain: Domain[Any], scale: int) -> None:
        self._domain = domain
        self._scale = scale

    def run(self, plan: EvaluationPlan, x: Encrypted) -> Encrypted:
        values = [x]
        for step in plan.steps[1:]:
            values.append(self._step(step, values))
        return values[plan.result]

    def _step(self, step: Step, values: list[Encrypted]) -> Encrypted:
        match step:
            case Product(left, right):
                return self._rescaled(self._domain.mul(*self._aligned(values[left], values[right])))
            case Add(left, right):
                return self._domain.add(*self._aligned(values[left], values[right]))
            case Subtract(left, right):
                return self._domain.sub(*self._aligned(values[left], values[right]))
            case Scale(value, constant):
                return self.times_number(values[value], constant)
            case AddConstant(value, constant):
                return self.plus_number(values[value], constant)
            case _:
                raise AssertionError(f"{step} is the first step of a plan only")

    def times_number(self, x: Encrypted, number: float) -> Encrypted:
        return self._rescaled(self._domain.mul_plain(x, self._number(number, self.dropped_bits(x.level))))

    def plus_number(self, x: Encrypted, number: float) -> Encrypted:
        return self._domain.add_plain(x, self._number(number, x.scale_log2))

    def at_level(self, x: Encrypted, level: int | None) -> Encrypted:
        if level is None or level >= x.level:
            return x
        return self._domain.level_reduce(x, x.level - level)

    def dropped_bits(self, level: int) -> int:
        """log2 of the prime that a rescale at ``level`` divides by, rounded."""
        moduli = self._domain.moduli
        return round(math.log2(moduli[level])) if 0 < level < len(moduli) else self._scale

    def _number(self, number: float, scale: int) -> Plaintext[Any]:
        return self._domain.encode(np.full(self._domain.slots or 1, number), scale=scale)

    def _aligned(self, x: Encrypted, y: Encrypted) -> tuple[Encrypted, Encrypted]:
        level = min(x.level, y.level)
        return self.at_level(x, level), self.at_level(y, level)

    def _rescaled(self, product: Encrypted) -> Encrypted:
        """A product at the scale of its factors; some domains rescale by themselves."""
        if product.dimension > 2:
            product = self._domain.relinearize(product)
        if product.scale_log2 == self._scale:
            return product
        scale = product.scale_log2 - self.dropped_bits(product.level)
        if scale != self._scale:
            raise ProgramError(
                f"a series of a ciphertext of scale 2^{self._scale} would be of scale 2^{scale}: "
                f"the primes are of {self.dropped_bits(product.level)} bits",
                hint="rescale the ciphertext first",
            )
        return self._domain.rescale(product, scale=scale)
