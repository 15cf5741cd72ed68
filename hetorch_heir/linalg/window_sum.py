"""Sums over windows of slots, which take rotations and additions but no product, and so no level.

Average pooling after an activation is such a sum (its factor goes into the next linear map): when pixels
lie on a regular grid, every window is the same few slots further on. Slots between the windows' places
then hold other sums, which nobody reads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from hetorch_heir.linalg.layout import EMPTY, Grid, Layout
from hetorch_heir.linalg.linear_map import Matrix

MAX_WINDOW = 1 << 10
"""Elements of the largest window looked at."""


@dataclass(frozen=True)
class Run:
    """The sum of a value and of its rotations by stride, 2 * stride, … (length - 1) * stride."""

    stride: int
    length: int

    @property
    def rotations(self) -> int:
        """By doubling: the sum of 2m slots is that of m slots plus itself, m strides further on."""
        return self.length.bit_length() - 1 + self.length.bit_count() - 1


@dataclass(frozen=True)
class WindowSum:
    """Runs one after the other, and the layout of their result; places without a whole window are empty."""

    runs: tuple[Run, ...]
    target: Layout

    @property
    def rotations(self) -> int:
        return sum(run.rotations for run in self.runs)


def is_window_sum(matrix: Matrix) -> bool:
    """Whether a matrix holds ones and zeros only, and adds up something."""
    widest = int(np.diff(matrix.indptr).max(initial=0))
    return bool(1 < widest <= MAX_WINDOW and np.all(matrix.data == 1.0))


def window_sum(matrix: Matrix, source: Layout, *, zero_gaps: bool) -> WindowSum | None:
    """The window sum of a matrix of ones on values in a layout.

    Args:
        matrix: shape (windows, elements of the source).
        zero_gaps: whether slots that hold nothing are zero, so that windows may reach beyond the image.

    Returns:
        None if some window is not the same pattern of slots as the others.
    """
    if source.ciphertexts != 1:
        return None
    shifts = _pattern(matrix, source)
    runs = _runs(shifts, source.slots)
    if runs is None:
        return None
    table = source.table[0]
    slots = np.arange(source.slots)
    read = np.sort(table[(slots[:, None] + shifts) % source.slots], axis=1)
    windows = _windows(matrix, shifts.size)
    order = np.lexsort(windows.T[::-1])
    window = order[_find(windows[order], read)]
    matches = np.all(windows[window] == read, axis=1)
    if not zero_gaps:
        matches &= np.all(read != EMPTY, axis=1)
    result = np.where(matches, window, EMPTY)
    if np.unique(result[matches]).size != windows.shape[0]:
        return None
    name = f"sums on {source.name}"
    target = Layout(windows.shape[0], source.slots, result[None, :], None, name, _spread(source.grid, runs))
    return WindowSum(runs, target)


def _spread(grid: Grid | None, runs: tuple[Run, ...]) -> Grid | None:
    """The grid of the windows' places: as many pixels apart as a window is wide."""
    if grid is None:
        return None
    widths = [run.length for run in runs if run.stride == grid.spacing]
    return replace(grid, spacing=grid.spacing * max(widths, default=1))


def _pattern(matrix: Matrix, source: Layout) -> npt.NDArray[np.int64]:
    """Shifts from the first slot of the largest window to its slots, ascending; the first is 0."""
    row = int(np.argmax(np.diff(matrix.indptr)))
    columns = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
    table = source.table[0]
    base = int(np.flatnonzero(table == columns[0])[0])
    shifts = [int(((np.flatnonzero(table == column) - base) % source.slots).min()) for column in columns]
    return np.array(sorted(shifts), dtype=np.int64)


def _windows(matrix: Matrix, width: int) -> npt.NDArray[np.int64]:
    """Shape (windows, width): the elements of each, ascending, after as many EMPTY as are missing."""
    counts = np.diff(matrix.indptr)
    result = np.full((counts.size, width), EMPTY, dtype=np.int64)
    rows = np.repeat(np.arange(counts.size), counts)
    within = np.arange(matrix.indices.size) - np.repeat(matrix.indptr[:-1], counts)
    result[rows, width - counts[rows] + within] = matrix.indices
    return result


def _find(sorted_rows: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """For each wanted row, where it stands among the sorted ones, or some place if it does not."""
    width = sorted_rows.shape[1] * 8
    haystack = np.ascontiguousarray((sorted_rows + 1).astype(">i8")).view(f"V{width}").reshape(-1)
    needles = np.ascontiguousarray((wanted + 1).astype(">i8")).view(f"V{width}").reshape(-1)
    _, positions = np.unique(np.concatenate([haystack, needles]), return_inverse=True)
    first = np.full(int(positions.max()) + 1, 0, dtype=np.int64)
    first[positions[: haystack.size]] = np.arange(haystack.size)
    return first[positions[haystack.size :]]


def _runs(shifts: npt.NDArray[np.int64], slots: int) -> tuple[Run, ...] | None:
    """The pattern as a sum of arithmetic progressions; None if it is not one."""
    rest = {int(one) for one in shifts}
    if len(rest) != shifts.size:
        return None
    runs: list[Run] = []
    while len(rest) > 1:
        stride = min(rest - {0})
        length = 1
        while length * stride in rest:
            length += 1
        found = next((one for one in range(length, 1, -1) if _starts(rest, stride, one)), None)
        if found is None:
            return None
        runs.append(Run(stride % slots, found))
        rest = _starts(rest, stride, found)
    return tuple(runs)


def _starts(shifts: set[int], stride: int, length: int) -> set[int]:
    """Where the progressions begin that together are all shifts; empty if they are not."""
    left, starts = set(shifts), set[int]()
    while left:
        start = min(left)
        progression = {start + place * stride for place in range(length)}
        if not progression <= left:
            return set()
        left -= progression
        starts.add(start)
    return starts
