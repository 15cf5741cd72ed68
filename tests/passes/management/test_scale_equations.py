"""Linear equations between deviations of scales."""

from __future__ import annotations

import pytest

from hetorch_heir.passes.management.scale_equations import Affine, Equations


def test_the_latest_unknown_is_solved_for() -> None:
    equations = Equations()
    first, second = equations.unknown(), equations.unknown()
    assert equations.require_zero(second.plus(first, -3.0).shifted(0.5)) == 0.0
    assert equations.resolved(second).terms == first.terms | {1: 3.0}
    assert equations.value(second) == -0.5
    assert equations.value(first) == 0.0


def test_a_later_equation_settles_what_was_free() -> None:
    equations = Equations()
    first, second = equations.unknown(), equations.unknown()
    equations.require_zero(second.plus(first, -3.0))
    equations.require_zero(first.shifted(-0.25))
    assert (equations.value(first), equations.value(second)) == (0.25, 0.75)


def test_what_contradicts_is_returned() -> None:
    equations = Equations()
    unknown = equations.unknown()
    equations.require_zero(unknown.shifted(-1.0))
    assert equations.require_zero(unknown.shifted(-1.5)) == pytest.approx(-0.5)
    assert equations.require_zero(Affine(0.125)) == 0.125
