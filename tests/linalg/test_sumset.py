"""Shifts as sums of babies and giants."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.linalg.layout import Grid
from hetorch_heir.linalg.sumset import ShiftSet, Split, best_split

SLOTS = 4096


def shift_set(shifts: list[int], outputs: int = 1, inputs: int = 1) -> ShiftSet:
    keys = np.array(list(itertools.product(range(outputs), range(inputs), shifts)), dtype=np.int64)
    return ShiftSet(keys[:, 0], keys[:, 1], keys[:, 2] % SLOTS)


def check(split: Split, wanted: ShiftSet) -> None:
    """Babies and giants add up to the shifts, and the rotations are those that a plan would make."""
    assert np.array_equal((split.babies + split.giants) % SLOTS, wanted.shifts)
    babies = {pair for pair in zip(wanted.inputs.tolist(), split.babies.tolist(), strict=True) if pair[1]}
    giants = {pair for pair in zip(wanted.outputs.tolist(), split.giants.tolist(), strict=True) if pair[1]}
    assert (split.rotations, split.hoisted) == (len(babies) + len(giants), len(babies))
    assert split.keys == {shift for _, shift in babies | giants}


@pytest.mark.parametrize(
    ("rows", "columns", "blocks", "rotations"),
    [
        # 9 taps by 8 channels: 9 babies, 8 giants.
        (3, 3, 8, 15),
        # 144 = 12 * 12: columns by some channels, rows by the others.
        (3, 3, 16, 22),
        (5, 5, 1, 8),
        (5, 5, 8, 28),
        (1, 1, 9, 4),
    ],
)
def test_neighbours_and_channels(rows: int, columns: int, blocks: int, rotations: int) -> None:
    grid = Grid(pitch=16, block=256)
    reach = [range(-(extent // 2), extent - extent // 2) for extent in (rows, columns)]
    shifts = [
        row * 16 + column + 256 * block for block in range(blocks) for row in reach[0] for column in reach[1]
    ]
    wanted = shift_set(shifts)
    split = best_split(wanted, SLOTS, grid)
    check(split, wanted)
    assert split.rotations <= rotations


def test_babies_count_for_inputs_and_giants_for_outputs() -> None:
    wanted = shift_set(list(range(16)), outputs=1, inputs=4)
    split = best_split(wanted, SLOTS)
    check(split, wanted)
    # Few babies, as each turns four ciphertexts: 1 baby, 7 giants.
    assert split.rotations == 4 * 1 + 7


def test_nothing_to_rotate() -> None:
    empty = np.zeros(0, dtype=np.int64)
    assert best_split(ShiftSet(empty, empty, empty), SLOTS).rotations == 0
    assert best_split(shift_set([0]), SLOTS, Grid(16, 256)).rotations == 0


@given(
    shifts=st.lists(st.integers(0, SLOTS - 1), min_size=1, max_size=40, unique=True),
    outputs=st.integers(1, 2),
    inputs=st.integers(1, 2),
    grid=st.sampled_from([None, Grid(16, 256), Grid(16, 256, 2), Grid(SLOTS, SLOTS), Grid(1, 1)]),
)
def test_any_shifts(shifts: list[int], outputs: int, inputs: int, grid: Grid | None) -> None:
    wanted = shift_set(shifts, outputs, inputs)
    split = best_split(wanted, SLOTS, grid)
    check(split, wanted)
    plain = sum(shift != 0 for shift in shifts)
    assert split.rotations <= plain * min(outputs, inputs) * max(outputs, inputs)
