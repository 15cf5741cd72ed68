"""Which shifts a linear map takes between two layouts, when replicas leave a choice.

An entry M[r, c] of the matrix is applied at a slot whose sum has row r, and reads a slot that holds column
c. When a rotate-and-sum ladder adds up several slots afterwards, any of them may take the entry; when the
source has replicas, any of those may be read. Every (slot, replica) is another shift, and a map is cheap
when all its entries get by with few shifts. A :class:`Preference` says which shift an entry takes; the
regular structure of layouts makes the same few appear everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hetorch_heir.linalg.diagonals import Diagonals
from hetorch_heir.linalg.layout import EMPTY, Grid, Layout
from hetorch_heir.linalg.linear_map import Matrix, dimensions
from hetorch_heir.linalg.sumset import ShiftSet

Index = npt.NDArray[np.int64]

_IMPOSSIBLE = np.iinfo(np.int64).max
_SAMPLE = 1 << 20
"""(entry, option) pairs from which the shifts of a map are found first."""
_CHUNK = 1 << 21
"""(entry, option) pairs looked at together, which bounds memory (16 MB an array)."""


@dataclass(frozen=True)
class Preference:
    """An order of shifts. A shift is a number of ``unit``s forward and a remainder to either side.

    Preferred are shifts along the pixels of ``grid`` (whole multiples of its spacing), then few units, then
    small remainders.
    """

    unit: int = 1
    grid: Grid | None = None

    def rank(self, shifts: Index, slots: int) -> Index:
        """Smaller is preferred; of shifts in [0, slots)."""
        half = self.unit // 2
        units = ((shifts + half) // self.unit) % max(1, slots // self.unit)
        remainder = (shifts + half) % self.unit - half
        rank = units * (4 * self.unit) + 2 * np.abs(remainder) + (remainder < 0)
        if self.grid is not None and self.grid.spacing > 1:
            pitch, spacing = self.grid.pitch, self.grid.spacing
            column = (remainder + pitch // 2) % pitch - pitch // 2
            row = (remainder - column) // pitch
            off = (row % spacing != 0).astype(np.int64) + (column % spacing != 0)
            rank += off * (8 * slots)
        return rank


class ShiftProblem:
    """The entries of a map between two layouts, with all the ways in which each could be applied.

    Args:
        matrix: shape (elements of the target, elements of the source).
        ladder: slots that a rotate-and-sum ladder adds up, of strides slots / ladder and its multiples by
            powers of two. The target must repeat with the first of them.
    """

    def __init__(self, matrix: Matrix, source: Layout, target: Layout, ladder: int = 1) -> None:
        self._matrix, self._source, self._target = matrix, source, target
        self._slots = source.slots
        self._stride = source.slots // ladder
        self._ladder = ladder

    @staticmethod
    def ladders(target: Layout) -> list[int]:
        """The numbers of slots that a ladder may add up, smallest first; 1 is no ladder."""
        if target.ciphertexts != 1:
            return [1]
        return [1 << bit for bit in range((target.slots // target.period).bit_length())]

    def estimate(self, preference: Preference, options: int) -> ShiftSet:
        """The shifts that a sample of the entries takes (all, if they are few).

        Args:
            options: about how many (entry, shift) pairs to look at.
        """
        codes = np.unique(self._choose(self._sample(options), preference))
        pairs, shifts = codes // self._slots, codes % self._slots
        return ShiftSet(pairs // self._source.ciphertexts, pairs % self._source.ciphertexts, shifts)

    def diagonals(self, preference: Preference) -> Diagonals:
        """The diagonals, not yet rotated for giant steps: every entry is in exactly one of them."""
        taken = np.zeros(self._entry_count, dtype=bool)
        result: Diagonals = {}
        entries = self._sample(_SAMPLE)
        while entries.size:
            codes, counts = np.unique(self._choose(entries, preference), return_counts=True)
            # Shifts that few entries prefer come last: those may have been taken by others by then.
            for code in codes[np.argsort(-counts, kind="stable")].tolist():
                vector = self._take(code, taken)
                if vector is not None:
                    result[self._key(code)] = vector
            entries = np.flatnonzero(~taken)[: max(1, _CHUNK // self._options)]
        return result

    def _sample(self, options: int) -> Index:
        """Numbers of random entries, so many that about ``options`` (entry, shift) pairs are looked at."""
        total = self._entry_count
        wanted = max(1000, options // self._options)
        if total <= wanted:
            return np.arange(total)
        return np.sort(np.random.default_rng(0).integers(0, total, wanted))

    def _key(self, code: int) -> tuple[int, int, int]:
        """(output ciphertext, input ciphertext, shift) of a code."""
        pair, shift = divmod(code, self._slots)
        output, input_ = divmod(pair, self._source.ciphertexts)
        return output, input_, shift

    @cached_property
    def _rows(self) -> tuple[Index, Index, Index]:
        """(ciphertext, slot, row) of every slot of the target that its sum has to be computed for."""
        held = self._target.table[:, : self._stride]
        outputs, slots = np.nonzero(held != EMPTY)
        return outputs, slots, held[outputs, slots]

    @cached_property
    def _first_entries(self) -> Index:
        """Number of the first entry of every slot of :attr:`_rows`, and the number of all at the end."""
        counts = np.diff(self._matrix.indptr)[self._rows[2]]
        return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])

    @property
    def _entry_count(self) -> int:
        return int(self._first_entries[-1])

    @cached_property
    def _step(self) -> int:
        """Adding a multiple of it to a shift reads the same element for the same sum: the ladder's slots,
        and the replicas that repeat with the source."""
        return min(self._source.period, self._stride)

    @property
    def _options(self) -> int:
        return self._source.replica_slots.shape[1]

    def _choose(self, entries: Index, preference: Preference) -> Index:
        """The code of the preferred shift of each of the entries, given by number."""
        outputs, slots, rows = self._rows
        which = np.searchsorted(self._first_entries, entries, side="right") - 1
        place = self._matrix.indptr[rows[which]] + entries - self._first_entries[which]
        columns = self._matrix.indices[place]
        best = np.full(entries.size, _IMPOSSIBLE)
        # The fewest units forward are within one step; in a smaller step than a unit, remainders differ.
        half = preference.unit // 2
        moves = np.arange(0, max(1, preference.unit // self._step)) * self._step
        codes = np.zeros(entries.size, dtype=np.int64)
        for replica in range(self._source.replica_slots.shape[1]):
            position = self._source.replica_slots[columns, replica]
            inputs = position // self._slots
            base = (position - inputs * self._slots - slots[which] + half) % self._step - half
            shifts = (base[:, None] + moves) % self._slots
            ranks = preference.rank(shifts, self._slots)
            nearest = np.argmin(ranks, axis=1)[:, None]
            rank = np.take_along_axis(ranks, nearest, axis=1)[:, 0]
            rank[position == EMPTY] = _IMPOSSIBLE
            better = rank < best
            best[better] = rank[better]
            pair = outputs[which] * self._source.ciphertexts + inputs
            code = pair * self._slots + np.take_along_axis(shifts, nearest, axis=1)[:, 0]
            codes[better] = code[better]
        return codes

    @cached_property
    def _slots_by_row(self) -> list[tuple[Index, Index, Index]]:
        """(slots, their rows, their numbers in :attr:`_rows`) of every ciphertext of the target.

        They are in the order of the rows: entries are then looked up in the order in which they are stored.
        """
        outputs, slots, rows = self._rows
        numbers = np.full((self._target.ciphertexts, self._stride), EMPTY, dtype=np.int64)
        numbers[outputs, slots] = np.arange(rows.size)
        result: list[tuple[Index, Index, Index]] = []
        for number, row in zip(np.tile(numbers, self._ladder), self._target.table, strict=True):
            held = np.flatnonzero(number != EMPTY)
            held = held[np.argsort(row[held], kind="stable")]
            result.append((held, row[held], number[held]))
        return result

    @cached_property
    def _keys(self) -> npt.NDArray[np.integer]:
        """row * columns + column of every entry of the matrix, ascending; in 32 bits if they fit."""
        rows, columns = dimensions(self._matrix)
        kind = np.int32 if rows * columns < 1 << 31 else np.int64
        row = np.repeat(np.arange(rows, dtype=kind), np.diff(self._matrix.indptr))
        return row * kind(columns) + self._matrix.indices.astype(kind)

    def _take(self, code: int, taken: npt.NDArray[np.bool_]) -> npt.NDArray[Any] | None:
        """The diagonal of a shift, from all entries that it offers and no other has; marks them as taken."""
        output, input_, shift = self._key(code)
        slots, rows, numbers = self._slots_by_row[output]
        columns = self._source.table[input_][(slots + shift) % self._slots]
        held = columns != EMPTY
        slots, rows, numbers, columns = slots[held], rows[held], numbers[held], columns[held]
        wanted = (rows * dimensions(self._matrix)[1] + columns).astype(self._keys.dtype)
        place = np.minimum(np.searchsorted(self._keys, wanted), self._keys.size - 1)
        there = self._keys[place] == wanted
        slots, place = slots[there], place[there]
        entry = self._first_entries[numbers[there]] + place - self._matrix.indptr[rows[there]]
        free = ~taken[entry]
        slots, place, entry = slots[free], place[free], entry[free]
        if not slots.size:
            return None
        # Two slots of one sum may offer the same entry: the first one keeps it.
        entry, first = np.unique(entry, return_index=True)
        taken[entry] = True
        vector = np.zeros(self._slots, dtype=self._matrix.data.dtype)
        vector[slots[first]] = self._matrix.data[place[first]]
        return vector
