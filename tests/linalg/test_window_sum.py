"""Sums over windows of slots: which layouts allow them, and what they compute."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from hetorch_heir.linalg.image_layout import ImageForm
from hetorch_heir.linalg.layout import EMPTY, Grid, Layout
from hetorch_heir.linalg.linear_map import Matrix
from hetorch_heir.linalg.window_sum import Run, WindowSum, is_window_sum, window_sum


def pooling(channels: int, height: int, width: int, window: int, stride: int | None = None) -> Matrix:
    """Sums of windows of pixels, next to each other unless a stride is given."""
    stride = stride or window
    rows, columns = ((extent - window) // stride + 1 for extent in (height, width))
    o, y, x, dy, dx = (one.reshape(-1) for one in np.indices((channels, rows, columns, window, window)))
    targets = (o * rows + y) * columns + x
    sources = (o * height + y * stride + dy) * width + x * stride + dx
    matrix = sparse.csr_array(
        (np.ones(targets.size), (targets, sources)),
        shape=(channels * rows * columns, channels * height * width),
    )
    matrix.sort_indices()
    return Matrix(matrix)


def summed(found: WindowSum, slots: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    for run in found.runs:
        slots = np.sum([np.roll(slots, -run.stride * place, axis=1) for place in range(run.length)], axis=0)
    return slots


@pytest.mark.parametrize(
    ("matrix", "source", "runs"),
    [
        # Neighbours along a row, then along a column.
        (pooling(2, 4, 4, 2), ImageForm(2, 4, 4, 4, 4).periodic(64), (Run(1, 2), Run(4, 2))),
        # The four phases of an image are whole blocks: the replicas of the result fill the slots.
        (pooling(2, 4, 4, 2), ImageForm(2, 4, 4, 2, 2, split=2).periodic(64), (Run(8, 4),)),
        # All pixels, between which other channels lie.
        (pooling(4, 4, 4, 4), ImageForm(4, 4, 4, 8, 8, spacing=2).periodic(64), (Run(2, 4), Run(16, 4))),
        (pooling(1, 6, 6, 3), ImageForm(1, 6, 6, 8, 8).periodic(64), (Run(1, 3), Run(8, 3))),
        # Windows that overlap.
        (pooling(1, 4, 4, 2, stride=1), ImageForm(1, 4, 4, 4, 4).periodic(32), (Run(1, 2), Run(4, 2))),
        (pooling(2, 4, 4, 2), ImageForm(2, 4, 4, 4, 4).skewed(128, 16), (Run(1, 2), Run(4, 2))),
    ],
)
def test_sums(matrix: Matrix, source: Layout, runs: tuple[Run, ...]) -> None:
    found = window_sum(matrix, source, zero_gaps=False)
    assert found is not None
    assert found.runs == runs
    tensor = np.random.default_rng(0).standard_normal(source.size)
    # Nothing is read from gaps: whatever they hold must not matter.
    slots = np.where(source.table == EMPTY, 1e6, source.pack(tensor))
    result = summed(found, slots)
    held = found.target.table != EMPTY
    np.testing.assert_allclose(result[held], found.target.pack(matrix @ tensor)[held], atol=1e-9)


def test_windows_may_reach_into_gaps_that_are_zero() -> None:
    # The last window of a row has one pixel only.
    matrix = Matrix(sparse.csr_array(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])))
    source = Layout.contiguous(3, 8)
    assert window_sum(matrix, source, zero_gaps=False) is None
    found = window_sum(matrix, source, zero_gaps=True)
    assert found is not None
    assert found.target.table[0, [0, 2]].tolist() == [0, 1]


def test_rotations_are_saved_by_doubling() -> None:
    assert [Run(1, length).rotations for length in (2, 3, 4, 7, 8)] == [1, 2, 2, 4, 3]


def test_places_of_windows_are_further_apart() -> None:
    found = window_sum(pooling(1, 4, 4, 2), ImageForm(1, 4, 4, 4, 4).periodic(16), zero_gaps=True)
    assert found is not None
    assert found.target.grid == Grid(4, 16, 2)


def test_layouts_without_a_pattern_have_none() -> None:
    shuffled = np.random.default_rng(0).permutation(16)[None, :]
    assert window_sum(pooling(1, 4, 4, 2), Layout.from_table(16, shuffled), zero_gaps=True) is None
    several = ImageForm(4, 4, 4, 4, 4).periodic(16)
    assert window_sum(pooling(4, 4, 4, 2), several, zero_gaps=True) is None


def test_only_sums_of_ones_are_window_sums() -> None:
    assert is_window_sum(pooling(1, 4, 4, 2))
    assert not is_window_sum(Matrix(pooling(1, 4, 4, 2) * 0.25))
    assert not is_window_sum(Matrix(sparse.csr_array(np.eye(4))))
