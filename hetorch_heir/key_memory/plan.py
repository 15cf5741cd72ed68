"""Plans that keep the evaluation keys in memory within a budget of bytes.

A program uses its keys in an order that is known before it runs. At each use the keys that are missing are
loaded; to make room those go whose next use is furthest ahead (L. A. Belady, "A study of replacement
algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966), which takes the fewest loads
where all keys have one size. Then every removal moves up to the last use before it, and every load is
announced by a prefetch as early as there is room: the prefetched key counts as being in memory.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hetorch_heir.key_memory.errors import KeyPlanError

Key = tuple[str, int]
"""Kind, and the steps of a rotation."""

PREFETCH, LOAD, USE, CLEAR = "prefetch", "load", "use", "clear"
ACTIONS = (PREFETCH, LOAD, USE, CLEAR)

NEVER = 1 << 62


@dataclass(frozen=True)
class KeyUse:
    """One operation that needs keys, all of them at once.

    Attributes:
        position: of the operation in the program; positions grow along a schedule.
        keys: without repetition.
    """

    position: int
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class KeyAction:
    """What happens to a key, before the operation at ``position`` (with ``use``: during it)."""

    position: int
    action: str
    key: Key


@dataclass(frozen=True)
class Lifetime:
    """A stay of a key in memory.

    Attributes:
        prefetched, loaded, cleared: positions; ``prefetched`` equals ``loaded`` without a prefetch.
        uses: positions of the operations that use the key.
    """

    key: Key
    prefetched: int
    loaded: int
    uses: tuple[int, ...]
    cleared: int


@dataclass(frozen=True)
class KeyPlan:
    """What a program does with its keys, in order.

    Attributes:
        budget: bytes that the keys in memory never exceed.
        sizes: bytes of every key.
        actions: in order.
    """

    budget: int
    sizes: Mapping[Key, int]
    actions: tuple[KeyAction, ...]

    @property
    def loads(self) -> int:
        return sum(one.action == LOAD for one in self.actions)

    @property
    def bytes_loaded(self) -> int:
        return sum(self.sizes[one.key] for one in self.actions if one.action == LOAD)

    @property
    def total_bytes(self) -> int:
        """Bytes of all keys together."""
        return sum(self.sizes.values())

    @property
    def peak_bytes(self) -> int:
        """The most bytes of keys, prefetched ones included, that are in memory at once."""
        held: set[Key] = set()
        bytes_held = peak = 0
        for one in self.actions:
            if one.action == CLEAR:
                held.discard(one.key)
                bytes_held -= self.sizes[one.key]
            elif one.action != USE and one.key not in held:
                held.add(one.key)
                bytes_held += self.sizes[one.key]
                peak = max(peak, bytes_held)
        return peak

    def lifetimes(self) -> list[Lifetime]:
        """The stays of all keys, by the positions at which they begin."""
        begun: dict[Key, tuple[int, int, list[int]]] = {}
        found: list[Lifetime] = []
        for one in self.actions:
            if one.action == CLEAR:
                prefetched, loaded, uses = begun.pop(one.key)
                found.append(Lifetime(one.key, prefetched, loaded, tuple(uses), one.position))
            elif one.action == USE:
                begun[one.key][2].append(one.position)
            else:
                first = begun.get(one.key, (one.position, 0, []))[0]
                begun[one.key] = (first, one.position, [])
        return sorted(found, key=lambda lifetime: (lifetime.prefetched, lifetime.loaded))

    def to_json(self) -> dict[str, Any]:
        """The manifest: budget, sizes and actions as plain values."""
        return {
            "budget_bytes": self.budget,
            "peak_bytes": self.peak_bytes,
            "total_bytes": self.total_bytes,
            "loads": self.loads,
            "keys": [
                {"kind": kind, "steps": steps, "bytes": size} for (kind, steps), size in self.sizes.items()
            ],
            "actions": [[one.position, one.action, *one.key] for one in self.actions],
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> KeyPlan:
        """The inverse of :meth:`to_json`.

        Raises:
            KeyPlanError: the values are no plan.
        """
        try:
            sizes = {(str(one["kind"]), int(one["steps"])): int(one["bytes"]) for one in data["keys"]}
            actions = tuple(
                KeyAction(int(position), str(action), (str(kind), int(steps)))
                for position, action, kind, steps in data["actions"]
            )
            return KeyPlan(int(data["budget_bytes"]), sizes, actions)
        except (KeyError, TypeError, ValueError) as error:
            raise KeyPlanError("this is no plan of key memory", hint="export the program anew") from error


def smallest_budget(uses: Sequence[KeyUse], sizes: Mapping[Key, int]) -> int:
    """The fewest bytes that any plan needs: those of the operation that needs the most."""
    return max((sum(sizes[key] for key in use.keys) for use in uses), default=0)


def plan_keys(uses: Sequence[KeyUse], sizes: Mapping[Key, int], budget: int) -> KeyPlan:
    """The plan with the fewest loads (exactly so where all sizes are equal) within ``budget`` bytes.

    Args:
        uses: the schedule, in order.
        sizes: bytes of every key that it uses.
        budget: bytes for keys.

    Raises:
        KeyPlanError: no plan fits; says the smallest budget that works.
    """
    least = smallest_budget(uses, sizes)
    if budget < least:
        raise KeyPlanError(
            f"a key budget of {budget:,} bytes is too small: one operation needs {least:,} bytes of keys",
            hint=f"give at least {least} bytes",
        )
    stays = _stays(uses, sizes, budget)
    starts = _prefetches(stays, len(uses), sizes, budget)
    return KeyPlan(budget, dict(sizes), tuple(_actions(uses, stays, starts)))


@dataclass(frozen=True)
class _Stay:
    """A key in memory from the use number ``first`` to the use number ``last``."""

    key: Key
    first: int
    last: int


def _stays(uses: Sequence[KeyUse], sizes: Mapping[Key, int], budget: int) -> list[_Stay]:
    """Belady's rule: the stays of all keys, by their first uses."""
    numbers: dict[Key, list[int]] = {}
    for number, use in enumerate(uses):
        for key in use.keys:
            numbers.setdefault(key, []).append(number)

    def next_use(key: Key, after: int) -> int:
        index = bisect.bisect_right(numbers[key], after)
        return numbers[key][index] if index < len(numbers[key]) else NEVER

    loaded: dict[Key, int] = {}
    last_use: dict[Key, int] = {}
    stays: list[_Stay] = []
    for number, use in enumerate(uses):
        missing = [key for key in use.keys if key not in loaded]
        excess = sum(sizes[key] for key in (*loaded, *missing)) - budget
        idle = sorted(set(loaded) - set(use.keys), key=lambda key: (next_use(key, number), key), reverse=True)
        done = [key for key in idle if next_use(key, number) == NEVER]
        excess -= sum(sizes[key] for key in done)
        for key in done + _victims(idle[len(done) :], sizes, excess):
            stays.append(_Stay(key, loaded.pop(key), last_use[key]))
        for key in missing:
            loaded[key] = number
        last_use.update(dict.fromkeys(use.keys, number))
    stays += [_Stay(key, first, last_use[key]) for key, first in loaded.items()]
    return sorted(stays, key=lambda stay: stay.first)


def _victims(idle: Sequence[Key], sizes: Mapping[Key, int], excess: int) -> list[Key]:
    """Keys that make room for ``excess`` bytes, of those in ``idle``, where the first are best to go.

    With unequal sizes a large key that goes late may make earlier choices unnecessary: these stay, the ones
    needed soonest first.
    """
    victims: list[Key] = []
    for key in idle:
        if excess <= 0:
            break
        victims.append(key)
        excess -= sizes[key]
    for key in reversed(victims[:-1]):
        if excess + sizes[key] <= 0:
            victims.remove(key)
            excess += sizes[key]
    return victims


def _prefetches(stays: Sequence[_Stay], uses: int, sizes: Mapping[Key, int], budget: int) -> list[int]:
    """For each stay the use before which its prefetch starts; its first use where there is no room before.

    Prefetches start in the order of the loads, as one loader carries them out one after another.
    """
    occupied = [0] * uses
    for stay in stays:
        for number in range(stay.first, stay.last + 1):
            occupied[number] += sizes[stay.key]
    starts: list[int] = []
    ended: dict[Key, int] = {}
    for stay in stays:
        size, start = sizes[stay.key], stay.first
        earliest = max(starts[-1] if starts else 0, ended.get(stay.key, -1) + 1)
        while start > earliest and occupied[start - 1] + size <= budget:
            start -= 1
            occupied[start] += size
        starts.append(start)
        ended[stay.key] = stay.last
    return starts


def _actions(uses: Sequence[KeyUse], stays: Sequence[_Stay], starts: Sequence[int]) -> list[KeyAction]:
    """Per use: what goes, what is prefetched, what is loaded, the use itself."""
    clears: dict[int, list[Key]] = {}
    prefetches: dict[int, list[Key]] = {}
    loads: dict[int, list[Key]] = {}
    for stay, start in zip(stays, starts, strict=True):
        clears.setdefault(stay.last, []).append(stay.key)
        loads.setdefault(stay.first, []).append(stay.key)
        if start < stay.first:
            prefetches.setdefault(start, []).append(stay.key)
    actions: list[KeyAction] = []
    for number, use in enumerate(uses):
        for action, keys in ((PREFETCH, prefetches), (LOAD, loads)):
            actions += [KeyAction(use.position, action, key) for key in keys.get(number, ())]
        actions += [KeyAction(use.position, USE, key) for key in use.keys]
        actions += [KeyAction(use.position + 1, CLEAR, key) for key in clears.get(number, ())]
    return actions
