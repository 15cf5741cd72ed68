"""Putting off an operation that restores a value, as a problem on its own.

A product leaves a value that must be restored some time: rescaled, or relinearized. Sums and the like take
values as they are, others need them restored. Restoring late is often cheaper, once for a sum instead of
once for each summand, but not always: what is done in between works on larger values, and a value that
several need may have to be restored by each of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hetorch_heir.passes.management.binary_program import BinaryProgram


@dataclass(frozen=True)
class DeferralStep:
    """One operation.

    Attributes:
        operands: indices of earlier steps.
        source: its result is unrestored, whatever its operands.
        passing: it takes unrestored operands, and its result is unrestored then; other steps take
            restored operands only.
        restore: cost of restoring its result.
        extra: cost of working on unrestored operands.
    """

    operands: tuple[int, ...]
    source: bool = False
    passing: bool = False
    restore: float = 0.0
    extra: float = 0.0


Use = tuple[int, int]
"""An operand and the step that takes it."""


def defer(steps: tuple[DeferralStep, ...], *, alike: bool) -> frozenset[Use]:
    """The uses in which an unrestored value is taken as it is, at the least cost in all.

    Args:
        steps: in an order in which operands come first.
        alike: whether the operands of a step are all restored or none is (as scales must be equal, but
            dimensions need not).
    """
    return _Deferral(steps, alike).solve()


def deferral_cost(steps: tuple[DeferralStep, ...], uses: Iterable[Use]) -> float:
    """What restoring costs if the values of these uses are taken unrestored, and all others are restored."""
    taken = set(uses)
    unrestored: set[int] = set()
    restored: set[int] = set()
    total = 0.0
    for index, step in enumerate(steps):
        for operand in set(step.operands) & unrestored:
            if step.passing and (operand, index) in taken:
                unrestored.add(index)
            else:
                restored.add(operand)
        if index in unrestored:
            total += step.extra
        if step.source:
            unrestored.add(index)
    return total + sum(steps[index].restore for index in restored)


class _Deferral:
    def __init__(self, steps: tuple[DeferralStep, ...], alike: bool) -> None:
        self._steps = steps
        self._alike = alike
        self._program = BinaryProgram()
        # Steps whose result may be unrestored: "it is", and "it is restored for those who need it".
        self._unrestored: dict[int, int] = {}
        self._restored: dict[int, int] = {}
        self._uses: dict[Use, int] = {}
        for index in range(len(steps)):
            self._add(index)

    def _add(self, index: int) -> None:
        step, program = self._steps[index], self._program
        concerned = [one for one in dict.fromkeys(step.operands) if one in self._unrestored]
        all_may = len(concerned) == len(set(step.operands))
        passes = step.passing and not step.source and concerned and (all_may or not self._alike)
        if step.source or passes:
            self._unrestored[index] = program.variable(0.0 if step.source else step.extra)
            self._restored[index] = program.variable(step.restore)
        if step.source:
            program.fix(self._unrestored[index], 1)
        for operand in concerned:
            if passes:
                self._uses[operand, index] = self._pass(operand, index)
            else:
                program.at_most([(self._unrestored[operand], 1.0), (self._restored[operand], -1.0)], 0.0)

    def _pass(self, operand: int, index: int) -> int:
        program, before, after = self._program, self._unrestored[operand], self._unrestored[index]
        use = after if self._alike else program.variable()
        program.at_most([(use, 1.0), (before, -1.0)], 0.0)
        if use != after:
            program.at_most([(use, 1.0), (after, -1.0)], 0.0)
        program.at_most([(before, 1.0), (use, -1.0), (self._restored[operand], -1.0)], 0.0)
        return use

    def solve(self) -> frozenset[Use]:
        if not self._uses:
            return frozenset()
        values = self._program.solve()
        if values is None:  # out of time: restoring at once always works
            return frozenset()
        return frozenset(use for use, variable in self._uses.items() if values[variable])
