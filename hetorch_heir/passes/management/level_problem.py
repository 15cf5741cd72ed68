"""Where to refresh and at which level to work, as a problem on its own, without graphs of torch.

Operations form a directed acyclic graph. Each yields a value of some level; its operands must be at that
level plus the levels that the operation consumes. A value can be brought to a lower level for nothing,
and to the highest level by a bootstrap. What operations cost depends on their level, so the cheapest
assignment has as few bootstraps as it can, and works as low as it can in between.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Operation:
    """One operation, or a group of them that is never refreshed inside.

    Attributes:
        operands: indices of earlier operations.
        latency: milliseconds by the level of the result, 0 to the highest; infinite where impossible.
        depth: levels consumed; negative for an operation that yields fresh levels itself.
        floor: lowest level that the result may have.
        bootstrap: milliseconds of refreshing the result; infinite if it can't be.
        ciphertexts: of the result.
        result: whether the client gets it, or anything else must have it.
    """

    operands: tuple[int, ...]
    latency: tuple[float, ...]
    depth: int = 0
    floor: int = 0
    bootstrap: float = math.inf
    ciphertexts: int = 1
    result: bool = False

    @property
    def refreshable(self) -> bool:
        return self.bootstrap < math.inf


@dataclass(frozen=True)
class Placement:
    """An answer.

    Attributes:
        levels: of the result of each operation.
        refreshed: operations whose result is bootstrapped for the users that need it higher.
        latency: milliseconds in all.
    """

    levels: tuple[int, ...]
    refreshed: frozenset[int]
    latency: float


@dataclass(frozen=True)
class LevelProblem:
    """Operations in an order in which operands come first.

    Attributes:
        highest: level of a refreshed value; levels are 0 to this.
    """

    operations: tuple[Operation, ...]
    highest: int

    @cached_property
    def users(self) -> tuple[tuple[int, ...], ...]:
        """The operations that take each one's result, each once."""
        found: list[list[int]] = [[] for _ in self.operations]
        for index, operation in enumerate(self.operations):
            for operand in dict.fromkeys(operation.operands):
                found[operand].append(index)
        return tuple(map(tuple, found))

    def bootstraps(self, refreshed: Iterable[int]) -> int:
        """How many ciphertexts are refreshed."""
        return sum(self.operations[index].ciphertexts for index in refreshed)

    def lowest_levels(self, refreshed: frozenset[int]) -> list[int] | None:
        """The lowest level of every result if just these are refreshed; None if that doesn't work.

        A refreshed result may be low itself: its users take it at the highest level.
        """
        levels = [0] * len(self.operations)
        for index in reversed(range(len(self.operations))):
            operation = self.operations[index]
            needed = 0
            if index not in refreshed:
                needed = max((self._taken_at(user, levels) for user in self.users[index]), default=0)
            elif any(self._taken_at(user, levels) > self.highest for user in self.users[index]):
                return None
            levels[index] = max(needed, operation.floor)
            if levels[index] > self.highest or operation.latency[levels[index]] == math.inf:
                return None
        return levels

    def _taken_at(self, user: int, levels: list[int]) -> int:
        return max(0, levels[user] + self.operations[user].depth)

    def placement(self, refreshed: Iterable[int]) -> Placement | None:
        """The cheapest answer that refreshes these; None if levels run out."""
        chosen = frozenset(refreshed)
        levels = self.lowest_levels(chosen)
        if levels is None:
            return None
        latency = math.fsum(
            operation.latency[level] for operation, level in zip(self.operations, levels, strict=True)
        ) + math.fsum(self.operations[index].bootstrap for index in chosen)
        return Placement(tuple(levels), chosen, latency)
