"""Shifts between layouts: the diagonals found apply the map, and structure keeps them few."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from hetorch_heir.linalg.image_layout import ImageForm
from hetorch_heir.linalg.layout import EMPTY, Grid, Layout
from hetorch_heir.linalg.linear_map import Matrix, dimensions
from hetorch_heir.linalg.shifts import Preference, ShiftProblem
from tests.linalg.convolutions import convolution


def applied(
    matrix: Matrix, source: Layout, target: Layout, ladder: int, preference: Preference
) -> tuple[int, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(diagonals, what they compute, what they should) on random elements; gaps count as zero."""
    diagonals = ShiftProblem(matrix, source, target, ladder).diagonals(preference)
    elements = np.random.default_rng(1).standard_normal(dimensions(matrix)[1])
    packed = source.pack(elements)
    result = np.zeros((target.ciphertexts, target.slots))
    for (output, input_, shift), diagonal in diagonals.items():
        result[output] += diagonal * np.roll(packed[input_], -shift)
    stride = target.slots // ladder
    while stride < target.slots:
        result = result + np.roll(result, -stride, axis=1)
        stride *= 2
    return len(diagonals), result, target.pack(matrix @ elements)


STAGE_1 = ImageForm(4, 8, 8, 8, 8)
STAGE_2 = ImageForm(8, 4, 4, 8, 8, spacing=2)
STAGE_3 = ImageForm(16, 2, 2, 8, 8, spacing=4)
SLOTS = 512


@pytest.mark.parametrize(
    ("kernel", "source", "target", "ladder", "products"),
    [
        # 9 taps by 4 channels; the replicas of a skewed source share the channels among each other.
        (convolution(4, 8, 8, 4, 3), STAGE_1.periodic(SLOTS), STAGE_1.skewed(SLOTS, 128), 1, 36),
        (convolution(4, 8, 8, 4, 3), STAGE_1.skewed(SLOTS, 128), STAGE_1.periodic(SLOTS), 2, 18),
        # Multiplexed channels are further shifts from a periodic source, and none from a crossed one.
        (convolution(8, 4, 4, 8, 3), STAGE_2.periodic(SLOTS), STAGE_2.crossed(SLOTS), 1, 98),
        (convolution(8, 4, 4, 8, 3), STAGE_2.crossed(SLOTS), STAGE_2.periodic(SLOTS), 4, 18),
        # A stride leads from one grid to the next coarser one.
        (convolution(4, 8, 8, 8, 3, stride=2), STAGE_1.periodic(SLOTS), STAGE_2.periodic(SLOTS), 1, 64),
    ],
)
def test_convolutions(kernel: Matrix, source: Layout, target: Layout, ladder: int, products: int) -> None:
    assert source.grid is not None
    preference = Preference(source.grid.block, source.grid)
    found, result, expected = applied(kernel, source, target, ladder, preference)
    np.testing.assert_allclose(result, expected, atol=1e-12)
    assert found <= products
    assert ShiftProblem(kernel, source, target, ladder).estimate(preference, 10**7).products >= found


@st.composite
def tables(draw: st.DrawFn, size: int, ciphertexts: int, slots: int) -> Layout:
    """A layout with every element somewhere, and others or nothing in the remaining slots."""
    total = ciphertexts * slots
    table = np.array(draw(st.lists(st.integers(EMPTY, size - 1), min_size=total, max_size=total)))
    places = draw(st.permutations(range(total)))
    table[list(places[:size])] = np.arange(size)
    return Layout.from_table(size, table.reshape(ciphertexts, slots))


@given(data=st.data())
def test_any_layouts(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    slots = 8
    source = data.draw(tables(columns, data.draw(st.integers(1, 2)), slots))
    target = data.draw(tables(rows, data.draw(st.integers(1, 2)), slots))
    dense = np.array(
        data.draw(st.lists(st.integers(-2, 2), min_size=rows * columns, max_size=rows * columns))
    )
    matrix = Matrix(sparse.csr_array(dense.reshape(rows, columns).astype(np.float64)))
    preference = data.draw(st.sampled_from([Preference(), Preference(4), Preference(4, Grid(2, 4, 2))]))
    for ladder in ShiftProblem.ladders(target):
        _, result, expected = applied(matrix, source, target, ladder, preference)
        np.testing.assert_allclose(result, expected, atol=1e-12)


def test_a_ladder_needs_a_target_that_repeats() -> None:
    assert ShiftProblem.ladders(STAGE_1.periodic(SLOTS)) == [1, 2]
    assert ShiftProblem.ladders(STAGE_1.skewed(SLOTS, 128)) == [1]
    assert ShiftProblem.ladders(STAGE_1.periodic(128)) == [1]


def test_preferences() -> None:
    shifts = np.array([0, 1, 63, 8, 62])
    assert np.argsort(Preference(1).rank(shifts, 64)).tolist() == [0, 1, 3, 4, 2]
    # To either side of a block; then to pixels before points between them.
    assert np.argsort(Preference(64).rank(shifts, 64)).tolist() == [0, 1, 2, 4, 3]
    assert np.argsort(Preference(64, Grid(8, 64, 2)).rank(shifts, 64)).tolist()[:2] == [0, 4]
