"""Which element of a tensor each slot holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.core.errors import ParameterError
from hetorch_heir.linalg.layout import EMPTY, Formula, Layout, Term, next_power_of_two
from tests.linalg.random_layouts import SIZES, SLOTS, layouts


def test_next_power_of_two() -> None:
    assert [next_power_of_two(one) for one in (0, 1, 2, 3, 4, 5, 784)] == [1, 1, 2, 4, 4, 8, 1024]


@pytest.mark.parametrize(
    ("layout", "table"),
    [
        (Layout.contiguous(3, 8), [0, 1, 2, -1, -1, -1, -1, -1]),
        (Layout.periodic(3, 8), [0, 1, 2, -1, 0, 1, 2, -1]),
        (Layout.periodic(1, 4), [0, 0, 0, 0]),
        (Layout.periodic(2, 8, period=4), [0, 1, -1, -1, 0, 1, -1, -1]),
        (Layout.skewed(4, 8, step=1, rows=2), [0, 1, 2, 3, 1, 2, 3, 0]),
        (Layout.skewed(3, 8, step=2, rows=4), [0, 1, 2, -1, 2, -1, 0, 1]),
        (Layout.skewed(2, 8, step=1, rows=4), [0, 1, 0, 1, 1, 0, 1, 0]),
        (Layout.skewed(4, 8, step=2, rows=2), [0, 1, 2, 3, 0, 1, 2, 3]),
        (Layout.column_major((2, 3), 8), [0, 3, 1, 4, 2, 5, -1, -1]),
        (Layout.column_major((2, 2, 2), 8), [0, 2, 1, 3, 4, 6, 5, 7]),
        (Layout.column_major((3,), 4), [0, 1, 2, -1]),
        (Layout.diagonal((3, 3), 16), [0, 4, 8, 1, 5, 6, 2, 3, 7] + 7 * [-1]),
        (Layout.diagonal((3, 2), 8), [0, 3, 4, 1, 2, 5, -1, -1]),
        (Layout.column_major((), 2), [0, -1]),
    ],
    ids=lambda one: repr(one),
)
def test_places(layout: Layout, table: list[int]) -> None:
    assert layout.table.tolist() == [table]
    assert layout.ciphertexts == 1


def test_a_tensor_of_several_ciphertexts() -> None:
    layout = Layout.contiguous(5, 4)
    assert layout.table.tolist() == [[0, 1, 2, 3], [4, -1, -1, -1]]
    assert Layout.periodic(5, 4) == layout
    assert Layout.column_major((5,), 4) == layout
    assert layout.pack([1.0, 2.0, 3.0, 4.0, 5.0]).tolist() == [[1, 2, 3, 4], [5, 0, 0, 0]]
    assert layout.unpack([[1, 2, 3, 4], [5, 9, 9, 9]]).tolist() == [1, 2, 3, 4, 5]
    assert layout.period == 4


def test_formulas_say_what_tables_say() -> None:
    """The skewed layout of DESIGN-sized layers, from its formula and from its definition."""
    layout = Layout.skewed(784, 8192, step=16, rows=128)
    assert layout.formula == Formula((Term(1, 1), Term(16, 1024, 8)), 1024)
    slots = np.arange(8192)
    element = (slots + 16 * ((slots // 1024) % 8)) % 1024
    assert np.array_equal(layout.table[0], np.where(element < 784, element, EMPTY))
    assert layout.formula is not None
    assert np.array_equal(layout.formula.evaluate(784, 8192), layout.table[0])


@pytest.mark.parametrize(
    ("layout", "period"),
    [
        (Layout.periodic(5, 64), 8),
        (Layout.periodic(1, 64), 1),
        (Layout.contiguous(5, 64), 64),
        (Layout.skewed(16, 128, step=4, rows=8), 32),
        (Layout.skewed(4, 128, step=2, rows=16), 32),
    ],
)
def test_period(layout: Layout, period: int) -> None:
    assert layout.period == period


def test_replicated() -> None:
    layout = Layout.contiguous(3, 16)
    assert layout.replicated(2).table.tolist() == [[0, 1, 2, -1, 0, 1, 2, -1] + 8 * [-1]]
    assert layout.replicated(4) == Layout.periodic(3, 16)


def test_first_slots_takes_the_first_replica() -> None:
    layout = Layout.from_table(2, [[-1, 1, 1, -1], [0, 1, 0, -1]])
    assert layout.first_slots.tolist() == [4, 1]


def test_equality_is_about_places() -> None:
    one = Layout.periodic(4, 8)
    same = Layout.from_table(4, [[0, 1, 2, 3, 0, 1, 2, 3]])
    assert (one, hash(one)) == (same, hash(same))
    assert one != Layout.contiguous(4, 8)
    assert one != "periodic"
    # The same table for another number of slots or elements is another layout.
    assert Layout.contiguous(1, 4) != Layout.from_table(1, [[0, -1], [-1, -1]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Layout.contiguous(0, 8), "without elements"),
        (lambda: Layout.contiguous(3, 12), "12 slots: the number of slots is a power of two"),
        (lambda: Layout.from_table(2, [0, 1]), "does not place a tensor of 2 elements"),
        (lambda: Layout.from_table(2, [[0, 2]]), "does not place a tensor of 2 elements"),
        (lambda: Layout.from_table(2, [[0, -2]]), "does not place a tensor of 2 elements"),
        (lambda: Layout.from_table(2, np.zeros((0, 4))), "does not place a tensor of 2 elements"),
        (lambda: Layout.from_table(3, [[0, 2, -1, -1]]), "element 1 of a tensor of 3 is in no slot"),
        (lambda: Layout.periodic(5, 16, period=4), "a period of 4 for a tensor of 5 elements"),
        (lambda: Layout.periodic(5, 16, period=6), "a period of 6 for a tensor of 5 elements"),
        (lambda: Layout.skewed(784, 8192, step=8, rows=128), "the step is between 16 and 128"),
        (
            lambda: Layout.skewed(8, 64, step=3, rows=8),
            "no skewed layout of 8 elements in 64 slots has step 3",
        ),
        (lambda: Layout.skewed(8, 64, step=0, rows=8), "has step 0 for 8 rows"),
        (lambda: Layout.skewed(8, 64, step=4, rows=2), "the step is between 1 and 2"),
        (lambda: Layout.skewed(8, 64, step=2, rows=6), "for 6 rows"),
        (lambda: Layout.skewed(8, 4, step=1, rows=1), "no skewed layout of 8 elements in 4 slots"),
        (lambda: Layout.contiguous(4, 8).pack([1.0, 2.0]), "a layout for 4 elements got a tensor of 2"),
    ],
)
def test_impossible_layouts_are_refused(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(ParameterError) as caught:
        make()
    assert message in str(caught.value)


@given(st.data(), SIZES, SLOTS)
def test_unpacking_inverts_packing(data: st.DataObject, size: int, slots: int) -> None:
    layout = data.draw(layouts(size, slots))
    values = np.arange(1.0, size + 1)
    packed = layout.pack(values.reshape(1, -1))
    assert packed.shape == (layout.ciphertexts, slots)
    assert np.array_equal(layout.unpack(packed), values)
    assert np.array_equal(packed == 0, layout.table == EMPTY)
    assert layout.ciphertexts == 1 or layout.period == slots
    assert np.array_equal(packed, np.roll(packed, layout.period, axis=1))
    if layout.formula is not None:
        count = layout.ciphertexts * slots
        assert np.array_equal(layout.formula.evaluate(size, count), layout.table.reshape(-1))
