"""The diagonals of a linear map between two layouts.

For an output slot t with row r of the matrix, and a shift d, the input slot (t + d) mod n offers column
c = source(t + d). The diagonal of shift d holds M[r, c] at t when the pair (r, c) is taken there. Every
nonzero of a row must be taken exactly once among all the slots that are summed into its result.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hetorch_heir.linalg.layout import EMPTY, Layout
from hetorch_heir.linalg.linear_map import Matrix, dimensions

Index = npt.NDArray[np.int64]
Diagonals = dict[tuple[int, int, int], npt.NDArray[Any]]
"""(output ciphertext, input ciphertext, shift) to a vector of ``slots`` values, of the matrix's own type."""


def ladder_diagonals(
    matrix: Matrix, source: Layout, target: Layout, shifts: int, strides: tuple[int, ...]
) -> Diagonals | None:
    """Diagonals of shifts 0 … ``shifts`` - 1 whose slots are summed afterwards by a rotate-and-sum ladder.

    Args:
        strides: the ladder: first, 2 * first, 4 * first, …; the slots t, t + first, … are summed.

    Returns:
        None when the source's replicas do not offer every column to every row, or the target does not
        repeat with the ladder's first stride, or takes more than one ciphertext.
    """
    stride, span = strides[0], 2 * strides[-1]
    if target.ciphertexts != 1 or target.period > stride:
        return None
    if span > source.slots or source.period > span:
        return None
    rows = target.table[0, np.arange(span) % stride]
    values = _Entries(matrix)
    size = dimensions(matrix)[1]
    classes = np.arange(span) % stride
    taken = np.zeros(stride * size, dtype=bool)
    owner = np.zeros(taken.size, dtype=np.int64)
    result: Diagonals = {}
    covered = 0
    for input_, shift in itertools.product(range(source.ciphertexts), range(shifts)):
        columns = source.table[input_, (np.arange(span) + shift) % source.slots]
        entries = np.where((rows != EMPTY) & (columns != EMPTY), values.at(rows, columns), values.zero)
        chosen = np.flatnonzero(entries)
        pair = classes[chosen] * size + columns[chosen]
        chosen, pair = chosen[~taken[pair]], pair[~taken[pair]]
        # Two slots of one class may offer the same pair at the same shift: the last one keeps it.
        owner[pair] = chosen
        keep = owner[pair] == chosen
        chosen, pair = chosen[keep], pair[keep]
        taken[pair] = True
        covered += chosen.size
        if chosen.size:
            vector = np.zeros(span, dtype=entries.dtype)
            vector[chosen] = entries[chosen]
            result[0, input_, shift] = np.tile(vector, source.slots // span)
    held = target.table[0, :stride]
    needed = int(np.diff(matrix.indptr)[held[held != EMPTY]].sum())
    return result if covered == needed else None


def run_diagonals(matrix: Matrix, source: Layout, target: Layout, shifts: int) -> Diagonals | None:
    """What :func:`nearest_diagonals` gives for a periodic source, faster: shifts 0 … ``shifts`` - 1.

    Returns:
        None unless any ``shifts`` slots in a row hold every element of the source exactly once.
    """
    held = source.table[0, :shifts]
    held = held[held != EMPTY]
    if source.ciphertexts != 1 or source.period > shifts or held.size != source.size:
        return None
    if np.unique(held).size != source.size:
        return None
    values = _Entries(matrix)
    span = _common_period(source, target)
    result: Diagonals = {}
    for output in range(target.ciphertexts):
        slots = np.flatnonzero(target.table[output, :span] != EMPTY)
        rows = target.table[output, slots]
        for shift in range(shifts):
            columns = source.table[0, (slots + shift) % source.slots]
            entries = np.where(columns != EMPTY, values.at(rows, columns), values.zero)
            if entries.any():
                vector = np.zeros(span, dtype=entries.dtype)
                vector[slots] = entries
                result[output, 0, shift] = np.tile(vector, source.slots // span)
    return result


@dataclass(frozen=True)
class _Placement:
    """Every (output slot, nonzero) of a map, with the input slot chosen for it."""

    output: Index
    slot: Index
    input: Index
    shift: Index
    value: npt.NDArray[Any]


def nearest_diagonals(matrix: Matrix, source: Layout, target: Layout) -> Diagonals:
    """Diagonals without a ladder: every output slot takes each column from the next slot that holds it.

    Works for any pair of layouts, and gives shifts 0 … p - 1 when the source has period p.
    """
    found = _place(matrix, source, target)
    codes, which = np.unique(_codes(found, source), return_inverse=True)
    span = _common_period(source, target)
    vectors = np.zeros((codes.size, span), dtype=found.value.dtype)
    vectors[which, found.slot] = found.value
    copies = source.slots // span
    return {_key(code, source): np.tile(vectors[row], copies) for row, code in enumerate(codes.tolist())}


def nearest_shifts(matrix: Matrix, source: Layout, target: Layout) -> set[tuple[int, int, int]]:
    """The keys of :func:`nearest_diagonals` without building the vectors."""
    codes = np.unique(_codes(_place(matrix, source, target), source))
    return {_key(code, source) for code in codes.tolist()}


def _codes(placement: _Placement, source: Layout) -> Index:
    """(output, input, shift) of each placed entry as one number."""
    return (placement.output * source.ciphertexts + placement.input) * source.slots + placement.shift


def _key(code: int, source: Layout) -> tuple[int, int, int]:
    pair, shift = divmod(code, source.slots)
    output, input_ = divmod(pair, source.ciphertexts)
    return output, input_, shift


def _place(matrix: Matrix, source: Layout, target: Layout) -> _Placement:
    span = _common_period(source, target)
    outputs, slots = np.nonzero(target.table[:, :span] != EMPTY)
    rows = target.table[outputs, slots]
    counts = np.diff(matrix.indptr)[rows]
    total = int(counts.sum())
    which = np.repeat(np.arange(rows.size), counts)
    offsets = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    entries = matrix.indptr[rows][which] + offsets
    columns = matrix.indices[entries].astype(np.int64)
    inputs = source.first_slots[columns] // source.slots
    shifts = _forward_distance(source, inputs, columns, slots[which])
    return _Placement(outputs[which], slots[which], inputs, shifts, matrix.data[entries])


def _forward_distance(source: Layout, inputs: Index, columns: Index, slots: Index) -> Index:
    """Slots to go forward (cyclically) from each slot to the next one that holds the wanted column."""
    n = source.slots
    held_input, held_slot = np.nonzero(source.table != EMPTY)
    held = source.table[held_input, held_slot]
    block = held * source.ciphertexts + held_input
    keys = np.sort(block * n + held_slot)
    wanted = columns * source.ciphertexts + inputs
    after = np.searchsorted(keys, wanted * n + slots)
    wraps = (after == keys.size) | (keys[np.minimum(after, keys.size - 1)] // n != wanted)
    first = np.searchsorted(keys, wanted * n)
    found = keys[np.where(wraps, first, after)] % n
    return (found - slots) % n


def _common_period(source: Layout, target: Layout) -> int:
    """Slots after which both layouts repeat: the vectors need to be computed for so many only."""
    return max(source.period, target.period)


class _Entries:
    """Entries of a sparse matrix at many (row, column) pairs at once."""

    _DENSE_LIMIT = 1 << 23

    def __init__(self, matrix: Matrix) -> None:
        rows, self._columns = dimensions(matrix)
        self.zero = matrix.data.dtype.type(0)
        self._dense = matrix.toarray() if rows * self._columns <= self._DENSE_LIMIT else None
        if self._dense is None:
            entries = matrix.tocoo()
            keys = entries.row.astype(np.int64) * self._columns + entries.col
            order = np.argsort(keys)
            self._keys, self._data = keys[order], entries.data[order]

    def at(self, rows: Index, columns: Index) -> npt.NDArray[Any]:
        if self._dense is not None:
            return self._dense[rows, columns]
        wanted = rows * self._columns + columns
        where = np.minimum(np.searchsorted(self._keys, wanted), self._keys.size - 1)
        return np.where(self._keys[where] == wanted, self._data[where], self.zero)
