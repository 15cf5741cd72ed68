"""Packed programs: what is known of the slots that hold no element."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.fx import Graph

from hetorch_heir.passes.packing.linear_expression import LinearExpression
from hetorch_heir.passes.packing.program import Elementwise, PackedInput, PackedProgram, Stretch, Value

ODD = ((0.0, 0.5, 0.0, -0.25),)
EVEN = ((0.0, 0.0, 1.0),)
ZERO_AT_ZERO = ((1.0, 0.5, 1.0),)


def program_of(*definitions: Stretch | Elementwise) -> PackedProgram:
    """A program of two inputs, values 0 and 1, and of values 2, 3, … with the given definitions."""
    program = PackedProgram()
    for name in ("x", "y"):
        node = Graph().placeholder(name)
        program.add(Value((3,), node, PackedInput(node)))
    for definition in definitions:
        program.add(Value((3,), program.values[0].origin, definition))
    return program


def of(number: int) -> LinearExpression:
    return LinearExpression.of_value(number, (3,))


PUBLIC = LinearExpression.of_public("p", (3,))
GARBAGE = Elementwise("chebyshev", (0,), EVEN)


@pytest.mark.parametrize(
    ("definition", "zero"),
    [
        (Elementwise("chebyshev", (0,), ODD), True),
        (Elementwise("chebyshev", (0,), ZERO_AT_ZERO), True),
        (Elementwise("chebyshev", (0,), EVEN), False),
        (Elementwise("chebyshev", (2,), ODD), False),
        (Elementwise("cmult", (0, 1)), True),
        (Elementwise("cmult", (2, 1)), True),
        (Elementwise("cmult", (2, 2)), False),
        (Elementwise("pmult", (2,), (), PUBLIC), True),
        (Stretch(of(2)), False),
        (Stretch(of(0).plus(of(2), -1.0)), False),
        (Stretch(of(2).scaled(2.0)), True),
        (Stretch(of(0).plus(LinearExpression.of_constant(np.ones(3)))), True),
    ],
)
def test_which_gaps_are_zero(definition: Stretch | Elementwise, zero: bool) -> None:
    """Value 2 is T_2 of an input, so its gaps are -1."""
    program = program_of(GARBAGE, definition)
    assert program.zero_gaps() == [True, True, False, zero]


def test_sizes() -> None:
    node = Graph().placeholder("x")
    sizes = [Value(shape, node, PackedInput(node)).size for shape in ((), (3,), (2, 3), (1, 1))]
    assert sizes == [1, 3, 6, 1]


def test_the_polynomials_above_are_what_they_are_called() -> None:
    at_zero = [
        float(torch.ops.hetorch.chebyshev(torch.zeros(1), list(one[0]))) for one in (ODD, ZERO_AT_ZERO, EVEN)
    ]
    assert at_zero == [0.0, 0.0, -1.0]
