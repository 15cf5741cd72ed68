"""Placing bootstraps by dynamic programming, on series-parallel graphs.

A part of the graph with one entry and one exit is known by a table: what it costs at least if its entry
is available at level a and its exit must have level b. Parts in series multiply in the (min, +) sense,
parts side by side add up, because a fork's value is available at the same level to all branches and a
join takes its operands at the same level. A residual network is series-parallel, however deep.

Source: the reduction of two-terminal graphs is that of Valdes, Tarjan, Lawler, "The recognition of
series parallel digraphs" (1982).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hetorch_heir.passes.management.level_problem import LevelProblem, Placement

Table = NDArray[np.float64]
"""Cost by (level wanted at the exit, level available at the entry); infinite where impossible."""


@dataclass(frozen=True)
class _Wire:
    """The value itself, brought down as far as it must."""

    table: Table


@dataclass(frozen=True)
class _Work:
    """An operation, and the bootstrap that may follow it."""

    index: int
    table: Table


@dataclass(frozen=True)
class _Series:
    first: _Part
    second: _Part
    table: Table
    middle: NDArray[np.intp]
    """The cheapest level between both, by (exit, entry)."""


@dataclass(frozen=True)
class _Parallel:
    branches: tuple[_Part, _Part]
    table: Table


_Part = _Wire | _Work | _Series | _Parallel


def place_by_dynamic_programming(problem: LevelProblem, *, penalty: float = 0.0) -> Placement | None:
    """The cheapest placement; None if the graph is not series-parallel, or levels run out anyway.

    Args:
        penalty: milliseconds that each refreshed ciphertext is thought to take in addition.
    """
    reduced = _Reduction(problem, penalty).run()
    if reduced is None or not np.isfinite(reduced.table[0, problem.highest]):
        return None
    refreshed: set[int] = set()
    pending: list[tuple[_Part, int, int]] = [(reduced, 0, problem.highest)]
    while pending:
        part, wanted, available = pending.pop()
        match part:
            case _Wire():
                continue
            case _Work(index, _):
                if _is_refreshed(problem, index, wanted, available, penalty):
                    refreshed.add(index)
            case _Series(first, second, _, middle):
                between = int(middle[wanted, available])
                pending += [(first, between, available), (second, wanted, between)]
            case _Parallel(branches, _):
                pending += [(branch, wanted, available) for branch in branches]
    return problem.placement(refreshed)


def _is_refreshed(problem: LevelProblem, index: int, wanted: int, available: int, penalty: float) -> bool:
    plain, refreshed = _work_tables(problem, index, penalty)
    return bool(refreshed[wanted, available] < plain[wanted, available])


def _work_tables(problem: LevelProblem, index: int, penalty: float) -> tuple[Table, Table]:
    """An operation without and with a bootstrap after it."""
    operation, levels = problem.operations[index], problem.highest + 1
    plain = np.full((levels, levels), np.inf)
    for wanted in range(levels):
        level = max(wanted, operation.floor)
        needed = max(0, level + operation.depth) if operation.operands else 0
        if level < levels:
            plain[wanted, needed:] = operation.latency[level]
    refreshed = np.broadcast_to(plain[0] + operation.bootstrap + penalty * operation.ciphertexts, plain.shape)
    return plain, refreshed


class _Reduction:
    """Merges parts until one is left, or none can be merged."""

    def __init__(self, problem: LevelProblem, penalty: float) -> None:
        self._problem = problem
        self._source, self._sink = -1, -2
        self._parts: dict[tuple[int, int], _Part] = {}
        self._before: dict[int, set[int]] = {}
        self._after: dict[int, set[int]] = {}
        levels = problem.highest + 1
        wanted, available = np.indices((levels, levels))
        wire = _Wire(np.where(wanted <= available, 0.0, np.inf))
        # Vertex 2i is where operation i takes its operands, 2i + 1 its value.
        for index, operation in enumerate(problem.operations):
            plain, refreshed = _work_tables(problem, index, penalty)
            self._connect(2 * index, 2 * index + 1, _Work(index, np.minimum(plain, refreshed)))
            for operand in dict.fromkeys(operation.operands):
                self._connect(2 * operand + 1, 2 * index, wire)
            if not operation.operands:
                self._connect(self._source, 2 * index, wire)
            if operation.result or not problem.users[index]:
                self._connect(2 * index + 1, self._sink, wire)

    def _connect(self, start: int, end: int, part: _Part) -> None:
        existing = self._parts.get((start, end))
        if existing is not None:
            part = _Parallel((existing, part), existing.table + part.table)
        self._parts[start, end] = part
        self._after.setdefault(start, set()).add(end)
        self._before.setdefault(end, set()).add(start)

    def _disconnect(self, start: int, end: int) -> _Part:
        self._after[start].remove(end)
        self._before[end].remove(start)
        return self._parts.pop((start, end))

    def run(self) -> _Part | None:
        """The whole graph as one part; None if it is not series-parallel."""
        pending = [vertex for vertex in self._vertices() if vertex >= 0]
        while pending:
            vertex = pending.pop()
            before, after = self._before.get(vertex, set()), self._after.get(vertex, set())
            if len(before) != 1 or len(after) != 1:
                continue
            (start,), (end,) = before, after
            first, second = self._disconnect(start, vertex), self._disconnect(vertex, end)
            self._connect(start, end, _in_series(first, second))
            pending += [one for one in (start, end) if one >= 0]
        if set(self._parts) != {(self._source, self._sink)}:
            return None
        return self._parts[self._source, self._sink]

    def _vertices(self) -> Iterator[int]:
        yield from range(2 * len(self._problem.operations))


def _in_series(first: _Part, second: _Part) -> _Part:
    if isinstance(first, _Wire):
        return second if _takes_less(second) else _product(first, second)
    if isinstance(second, _Wire):
        return first if _takes_less(first) else _product(first, second)
    return _product(first, second)


def _takes_less(part: _Part) -> bool:
    """Whether a table is monotone: a wire before or after changes nothing then."""
    table = part.table
    return bool(np.all(table[:, 1:] <= table[:, :-1]) and np.all(table[1:] >= table[:-1]))


def _product(first: _Part, second: _Part) -> _Series:
    # (exit, middle, entry); the lowest middle level wins where costs are equal.
    sums = second.table[:, :, None] + first.table[None, :, :]
    middle = np.argmin(sums, axis=1)
    return _Series(first, second, np.min(sums, axis=1), middle)
