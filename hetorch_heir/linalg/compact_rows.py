"""Compact forms of the diagonals of structured matrices, found in their numbers alone.

The diagonals of a convolution take few values: in every slot a weight that only depends on the channels of
the slot, or zero where the window leaves the image. Once the rotation of its giant step is undone, a
diagonal d over n slots is

    d[s] = weights[group(s)] · mask[pattern(s)]

with far fewer groups and patterns than slots, the same functions for all diagonals of a transform, and often
for all transforms between the same layouts. Nothing has to be known of layouts to see that: slots in which
all diagonals agree form a class; classes that agree but for zeros form a group; the places of the zeros are
the pattern. Equality is exact, so the compact form gives back the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[Any]
Table = npt.NDArray[np.int32]
TABLE_ITEM = 4
"""Bytes of an entry of a table."""


@dataclass(frozen=True)
class Factor:
    """Numbers by row and class, with the class of every slot.

    Attributes:
        values: shape (rows, classes).
        table: shape (slots,): the class of each slot, numbered by first appearance.
    """

    values: Floats
    table: Table

    def expanded(self) -> Floats:
        """Shape (rows, slots)."""
        return self.values[:, self.table]


@dataclass(frozen=True)
class CompactRows:
    """Rows of n slots as a product of factors, each row rotated by a number of slots of its own.

    ``rows[r, t]`` is the product over the factors of ``values[r, table[(t + turns[r]) mod n]]``.

    Attributes:
        factors: one or two; the second consists of zeros and ones.
        turns: shape (rows,), between 0 and n - 1.
    """

    factors: tuple[Factor, ...]
    turns: Table

    def expanded(self) -> Floats:
        """The rows, of shape (rows, slots)."""
        product = self.factors[0].expanded()
        for factor in self.factors[1:]:
            product = product * factor.expanded()
        return np.stack([np.roll(row, -turn) for row, turn in zip(product, self.turns, strict=True)])


class TableStore:
    """The tables of a program, each kept once.

    Attributes:
        tables: in order of their addition; shape (slots,) each.
    """

    def __init__(self) -> None:
        self.tables: list[Table] = []
        self._numbers: dict[bytes, int] = {}

    def number(self, table: Table) -> int | None:
        """The number of a table, or None if it isn't kept."""
        return self._numbers.get(table.tobytes())

    def add(self, table: Table) -> int:
        """The number of a table, kept from now on."""
        key = table.tobytes()
        if key not in self._numbers:
            self._numbers[key] = len(self.tables)
            self.tables.append(table)
        return self._numbers[key]

    def cost(self, tables: Iterable[Table]) -> int:
        """Bytes that keeping these tables adds."""
        new = {table.tobytes() for table in tables} - set(self._numbers)
        return sum(map(len, new))


def compact(rows: Floats, giants: Sequence[int], store: TableStore) -> CompactRows | None:
    """The smallest form of some rows, given the tables that are kept already.

    Args:
        rows: shape (rows, slots), each rotated by its giant step (``numpy.roll``).
        giants: those rotations.
        store: tables that cost nothing; those of the result are added.

    Returns:
        Rows that expand to exactly these numbers, or None if no form is smaller than the rows.
    """
    slots = rows.shape[1]
    turns = (-np.asarray(giants, dtype=np.int64) % slots).astype(np.int32)
    straight = np.stack([np.roll(row, turn) for row, turn in zip(rows, turns, strict=True)])
    classes = column_classes(straight)
    candidates: list[tuple[Factor, ...]] = [(classes,)]
    candidates += [(known,) for known in _by_known_tables(straight, classes.table, store)]
    masked = split_mask(classes)
    if masked is not None:
        candidates.append(masked)
    best = min(candidates, key=lambda factors: _cost(factors, store))
    if _cost(best, store) >= rows.nbytes:
        return None
    for factor in best:
        store.add(factor.table)
    return CompactRows(best, turns)


def _cost(factors: Sequence[Factor], store: TableStore) -> int:
    return sum(factor.values.nbytes for factor in factors) + store.cost(factor.table for factor in factors)


def column_classes(rows: Floats) -> Factor:
    """The distinct columns of a matrix, and which of them each column is."""
    # Zeros of either sign are the same number, but not the same bytes.
    columns = np.ascontiguousarray((rows + 0).T)
    keys = columns.view(np.dtype((np.void, columns.itemsize * columns.shape[1]))).reshape(-1)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return Factor(*_by_first_appearance(columns.T, first, inverse.reshape(-1)))


def _by_first_appearance(
    columns: Floats, first: npt.NDArray[np.int64], inverse: npt.NDArray[np.int64]
) -> tuple[Floats, Table]:
    """Classes renumbered in the order of their first members, so that equal partitions are equal tables."""
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return np.ascontiguousarray(columns[:, first[order]]), rank[inverse].astype(np.int32)


def _by_known_tables(rows: Floats, table: Table, store: TableStore) -> Iterable[Factor]:
    """The rows by each table of the store that separates all columns that differ."""
    for known in store.tables:
        if known.size != table.size:
            continue
        _, first = np.unique(known, return_index=True)
        if np.array_equal(table[first][known], table):
            yield Factor(np.ascontiguousarray(rows[:, first]), known)


def split_mask(classes: Factor) -> tuple[Factor, Factor] | None:
    """Weights by group and zeros and ones by pattern, whose product are the classes; None if all classes
    have the same pattern, or each is a group of its own, or some number is not finite."""
    columns = classes.values.T
    if not np.all(np.isfinite(columns)):  # zero times it is not zero
        return None
    support = columns != 0
    group_of, groups = _group(columns, support)
    if len(groups) == len(columns):
        return None
    patterns = column_classes(support.T.astype(columns.dtype))
    if patterns.values.shape[1] == 1:
        return None
    weights = _relabelled(np.stack(groups, axis=1), group_of[classes.table])
    masks = _relabelled(patterns.values, patterns.table[classes.table])
    return weights, masks


def _relabelled(values: Floats, table: npt.NDArray[Any]) -> Factor:
    _, first, inverse = np.unique(table, return_index=True, return_inverse=True)
    columns, renumbered = _by_first_appearance(values[:, table], first, inverse.reshape(-1))
    return Factor(columns, renumbered)


def _group(columns: Floats, support: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], list[Floats]]:
    """Groups of columns that agree wherever none of them is zero: the group of each column, and the
    common columns. Greedy, fullest columns first; a column only joins a group that has its support."""
    group_of = np.zeros(len(columns), dtype=np.int64)
    groups: list[Floats] = []
    # Columns with an equal entry in their first place that isn't zero are the only ones that can agree.
    entries: dict[tuple[int, float], list[int]] = {}
    for number in np.argsort(-support.sum(axis=1), kind="stable"):
        column, places = columns[number], np.flatnonzero(support[number])
        known = (
            entries.get((int(places[0]), float(column[places[0]])), [])
            if places.size
            else range(len(groups))[:1]
        )
        found = next((one for one in known if np.array_equal(groups[one][places], column[places])), None)
        if found is None:
            found = len(groups)
            groups.append(column)
            for place in places:
                entries.setdefault((int(place), float(column[place])), []).append(found)
        group_of[number] = found
    return group_of, groups
