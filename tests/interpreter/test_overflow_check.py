"""Values that the modulus has no room for are told of; those that it has are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xdsl.dialects.builtin import ModuleOp

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.overflow_check import OverflowCheck, largest_coefficient
from hetorch_heir.interpreter.program import execute
from hetorch_heir.interpreter.values import Ciphertext
from tests.backends.programs import program

SMALL = np.full(8, 0.5)


def test_values_that_fit_are_fine() -> None:
    assert execute(program().module, [SMALL]).overflow is None
    assert program().range_violations([SMALL]) == []


def test_values_that_overflow_are_told_of_with_the_place() -> None:
    """The result has scale 2^40 at level 0, where the modulus has 50 bits: 2^9 is too large."""
    overflow = execute(program().module, [80 * SMALL]).overflow
    assert overflow is not None
    assert (overflow.operation, overflow.level) == ("level_reduce", 0)
    assert overflow.allowed == pytest.approx(2**9, rel=1e-3)
    assert overflow.largest > overflow.allowed
    with pytest.raises(ProgramError, match=r"too large: values reach .* after a level_reduce at level 0"):
        program().range_violations([80 * SMALL])


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_values_that_are_not_finite_are_told_of(value: float) -> None:
    check = OverflowCheck([1 << 50])
    check.did_interpret_op(ModuleOp([]), (Ciphertext(np.full(8, value), 0, 40, 2),))
    assert check.first is not None


def test_inputs_beyond_the_program_s_precision_are_refused() -> None:
    with pytest.raises(ProgramError, match="input 0 has values too large for f32"):
        execute(program().module, [np.full(8, 1e200)])


def test_large_slots_whose_coefficients_are_small_fit() -> None:
    """One slot alone is spread over all coefficients."""
    x = np.zeros(8)
    x[3] = 30
    assert np.max(program().run_in_the_clear([x])[0]) > 2**9 / 3
    assert execute(program().module, [x]).overflow is None


@given(st.integers(0, 4), st.integers(0, 2**32 - 1))
def test_coefficients_are_those_of_the_polynomial(log_slots: int, seed: int) -> None:
    slots = 1 << log_slots
    values = np.random.default_rng(seed).normal(size=slots)
    dimension = 2 * slots
    exponents = np.array([pow(5, j, 2 * dimension) for j in range(slots)])
    roots = np.exp(1j * np.pi / dimension * np.outer(exponents, np.arange(dimension)))
    system = np.concatenate([roots, roots.conj()])
    coefficients = np.linalg.solve(system, np.concatenate([values, values]))
    assert largest_coefficient(values) == pytest.approx(np.abs(coefficients).max())


def test_repeated_vectors_have_the_same_coefficients() -> None:
    values = np.arange(8.0)
    assert largest_coefficient(np.tile(values, 4)) == pytest.approx(largest_coefficient(values))
