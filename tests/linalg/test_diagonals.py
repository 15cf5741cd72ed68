"""The diagonals of a map between two layouts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.linalg.diagonals import (
    ladder_diagonals,
    nearest_diagonals,
    nearest_shifts,
    run_diagonals,
)
from hetorch_heir.linalg.layout import Layout, next_power_of_two
from tests.linalg.random_layouts import SIZES, SLOTS, layouts, matrices, sparse

DENSE = np.arange(1.0, 9.0).reshape(2, 4)


def test_the_diagonal_method_of_halevi_and_shoup() -> None:
    """Periodic to periodic: diagonal d holds M[t mod 2, (t + d) mod 4] at slot t."""
    result = nearest_diagonals(sparse(DENSE), Layout.periodic(4, 8), Layout.periodic(2, 8))
    assert {key: vector.tolist() for key, vector in result.items()} == {
        (0, 0, 0): [1, 6, 3, 8] * 2,
        (0, 0, 1): [2, 7, 4, 5] * 2,
        (0, 0, 2): [3, 8, 1, 6] * 2,
        (0, 0, 3): [4, 5, 2, 7] * 2,
    }


def test_a_ladder_takes_each_entry_once_among_the_slots_that_it_adds() -> None:
    """Skewed by 1 for 2 rows: one product, then the slots s, s + 2, s + 4, s + 6 are added."""
    source = Layout.skewed(4, 8, step=1, rows=2)
    assert source.table.tolist() == [[0, 1, 2, 3, 1, 2, 3, 0]]
    result = ladder_diagonals(sparse(DENSE), source, Layout.periodic(2, 8), 1, (2, 4))
    assert result is not None
    assert {key: vector.tolist() for key, vector in result.items()} == {(0, 0, 0): [1, 6, 3, 8, 2, 7, 4, 5]}


def test_a_ladder_on_a_periodic_source() -> None:
    result = ladder_diagonals(sparse(DENSE), Layout.periodic(4, 8), Layout.periodic(2, 8), 2, (2,))
    assert result is not None
    assert {key: vector.tolist() for key, vector in result.items()} == {
        (0, 0, 0): [1, 6, 3, 8] * 2,
        (0, 0, 1): [2, 7, 4, 5] * 2,
    }


@pytest.mark.parametrize(
    ("source", "target", "shifts", "strides"),
    [
        (Layout.periodic(4, 8), Layout.periodic(2, 8), 1, (2,)),  # not every column is offered
        (Layout.periodic(4, 8), Layout.contiguous(2, 8), 2, (2,)),  # the target doesn't repeat
        (Layout.contiguous(4, 8), Layout.periodic(2, 8), 2, (2,)),  # nor does the source
        (Layout.contiguous(4, 2), Layout.periodic(2, 2), 2, (2,)),  # two ciphertexts
        (Layout.periodic(4, 4), Layout.periodic(2, 4), 1, (2, 4)),  # the ladder is longer than the ciphertext
    ],
)
def test_a_ladder_that_does_not_fit(
    source: Layout, target: Layout, shifts: int, strides: tuple[int, ...]
) -> None:
    assert ladder_diagonals(sparse(DENSE), source, target, shifts, strides) is None


def test_several_ciphertexts() -> None:
    """Elements 0, 1 in one ciphertext and 2, 3 in another; the sum of all in slot 0 of a third."""
    source, target = Layout.contiguous(4, 2), Layout.contiguous(1, 2)
    result = nearest_diagonals(sparse(np.array([[1.0, 2.0, 3.0, 4.0]])), source, target)
    assert {key: vector.tolist() for key, vector in result.items()} == {
        (0, 0, 0): [1, 0],
        (0, 0, 1): [2, 0],
        (0, 1, 0): [3, 0],
        (0, 1, 1): [4, 0],
    }


def test_a_permutation_takes_one_diagonal_per_distance() -> None:
    reverse = sparse(np.eye(4)[::-1].copy())
    result = nearest_diagonals(reverse, Layout.contiguous(4, 8), Layout.contiguous(4, 8))
    assert sorted(shift for _, _, shift in result) == [1, 3, 5, 7]


def test_the_zero_matrix_has_no_diagonals() -> None:
    zero = sparse(np.zeros((3, 5)))
    assert nearest_diagonals(zero, Layout.periodic(5, 8), Layout.periodic(3, 8)) == {}
    assert nearest_shifts(zero, Layout.periodic(5, 8), Layout.periodic(3, 8)) == set()


@given(st.data(), SIZES, SIZES, SLOTS)
def test_runs_are_what_the_general_method_gives(
    data: st.DataObject, rows: int, columns: int, slots: int
) -> None:
    source, target = data.draw(layouts(columns, slots)), data.draw(layouts(rows, slots))
    matrix = sparse(data.draw(matrices(rows, columns)))
    shifts = data.draw(st.sampled_from([next_power_of_two(columns), slots]))
    run = run_diagonals(matrix, source, target, shifts)
    periodic = Layout.periodic(columns, slots)
    assert run is not None or source != periodic or source.ciphertexts > 1 or shifts != source.period
    if run is not None:
        expected = nearest_diagonals(matrix, source, target)
        assert run.keys() == expected.keys()
        assert all(np.array_equal(vector, expected[key]) for key, vector in run.items())


@given(st.data(), SIZES, SIZES, SLOTS)
def test_diagonals_apply_the_map(data: st.DataObject, rows: int, columns: int, slots: int) -> None:
    source, target = data.draw(layouts(columns, slots)), data.draw(layouts(rows, slots))
    values = data.draw(matrices(rows, columns))
    result = nearest_diagonals(sparse(values), source, target)
    assert result.keys() == nearest_shifts(sparse(values), source, target)
    x = np.linspace(-1, 1, columns)
    packed, sums = source.pack(x), np.zeros((target.ciphertexts, slots))
    for (output, input_, shift), vector in result.items():
        assert 0 <= shift < slots
        assert vector.any()
        sums[output] += vector * np.roll(packed[input_], -shift)
    np.testing.assert_allclose(sums, target.pack(values @ x), atol=1e-12)
