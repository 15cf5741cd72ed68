"""What a level is worth: when a cheaper plan takes one more."""

from __future__ import annotations

from hetorch_heir.passes.packing.program import Elementwise, PackedInput, PackedProgram, SlotSum, Stretch

LEVEL_COST = 4.0
"""What a further level is worth at least, in rotations."""

BOOTSTRAPPED_LEVEL_COST = 8.0
"""The same in a program with bootstraps, each of which takes as long as about 80 rotations and is good for
five to fifteen levels."""

DEEPEST = 20
"""Levels beyond which programs bootstrap: a level more is a bootstrap earlier, not a larger ring."""

LEVEL_SHARE = 1.2
"""By how much a further level makes a whole program slower, relative to the share of one of its levels."""


def level_cost_of(program: PackedProgram, rotations: float) -> float:
    """What a further level is worth in a program that takes about so many rotations, in rotations.

    Every level more makes all operations before it slower, up to the levels at which bootstraps begin.
    """
    depth = depth_of(program)
    if depth > DEEPEST:
        return BOOTSTRAPPED_LEVEL_COST
    return max(LEVEL_COST, LEVEL_SHARE * rotations / max(1, depth))


def depth_of(program: PackedProgram) -> int:
    """Levels that a program takes, when every map takes one."""
    levels: list[int] = []
    for value in program.values:
        match value.definition:
            case PackedInput():
                levels.append(0)
            case Stretch(expression):
                levels.append(1 + max(levels[one] for one in expression.terms))
            case SlotSum(operand):
                levels.append(levels[operand])
            case Elementwise("chebyshev", (operand,), (coefficients,)):
                assert isinstance(coefficients, tuple)
                levels.append(levels[operand] + (len(coefficients) - 1).bit_length())
            case Elementwise(_, operands):
                levels.append(1 + max(levels[one] for one in operands))
    return max(levels, default=0)
