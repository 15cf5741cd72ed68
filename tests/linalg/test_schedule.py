"""Baby-step/giant-step schedules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.linalg.schedule import Schedule, best_schedule, fixed_schedule, run_schedule

SHIFTS = st.sets(st.integers(0, 255), min_size=1)


@pytest.mark.parametrize(
    ("length", "rotations"), [(1, 0), (2, 1), (4, 2), (16, 6), (64, 14), (100, 18), (128, 21), (256, 30)]
)
def test_runs_take_about_two_square_roots(length: int, rotations: int) -> None:
    step, count = run_schedule(length)
    assert count == rotations
    assert Schedule(step, frozenset(range(length))).rotations() == rotations


def test_babies_turn_inputs_and_giants_turn_outputs() -> None:
    assert run_schedule(64, inputs=1, outputs=1) == (8, 14)
    assert run_schedule(64, inputs=1, outputs=16) == (32, 31 + 16)
    assert run_schedule(64, inputs=16, outputs=1) == (2, 16 + 31)


def test_structure_is_found() -> None:
    """The shifts of a 3 x 3 kernel on rows of 32: three babies around each of three rows."""
    shifts = {32 * row + column for row in range(3) for column in range(3)}
    schedule = best_schedule(shifts, 1024)
    assert schedule.rotations() == 4
    assert (schedule.babies, schedule.giants) == ({1, 2}, {32, 64})


@given(SHIFTS, st.integers(1, 3), st.integers(1, 3))
def test_every_shift_is_a_baby_plus_a_giant(shifts: set[int], inputs: int, outputs: int) -> None:
    schedule = best_schedule(shifts, 256, inputs, outputs)
    for shift in shifts:
        baby, giant = schedule.split(shift)
        assert baby + giant == shift
        assert baby in schedule.babies | {0}
        assert giant in schedule.giants | {0}
    # No worse than plain rotations of the input or of the output.
    plain = len(shifts - {0}) * min(inputs, outputs)
    assert schedule.rotations(inputs, outputs) <= plain


@given(st.integers(1, 200), st.integers(1, 4), st.integers(1, 4))
def test_a_run_is_scheduled_like_any_set(length: int, inputs: int, outputs: int) -> None:
    general = best_schedule(range(length), 256, inputs, outputs)
    assert general.rotations(inputs, outputs) == run_schedule(length, inputs, outputs)[1]


@pytest.mark.parametrize(
    ("babies", "giants", "step"), [(8, None, 8), (None, 4, 16), (None, None, 64), (8, 3, 8), (100, 1, 100)]
)
def test_fixed_schedules(babies: int | None, giants: int | None, step: int) -> None:
    schedule = fixed_schedule(range(64), babies, giants)
    assert schedule.step == step
    assert len(schedule.giants) == -(-64 // step) - 1


def test_no_shifts_at_all() -> None:
    assert best_schedule((), 8).rotations() == 0
    assert fixed_schedule((), None, 3).rotations() == 0
