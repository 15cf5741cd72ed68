"""Plans that keep the evaluation keys in memory within a budget of bytes.

A program uses its keys in an order that is known before it runs. At each use the keys that are missing are
loaded; to make room those go whose next use is furthest ahead (L. A. Belady, "A study of replacement
algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966), which takes the fewest loads
where all keys have one size. Then every removal moves up to the last use before it, and every load is
announced by a prefetch as early as there is room: the prefetched key counts as being in memory.

A loop whose keys fit the budget together counts as one operation. If they don't, its body has a plan of its
own, after which none of its keys is in memory; some keys stay during the whole loop, those with which an
iteration loads the fewest bytes.

A key that can be loaded for some levels only is loaded for those at which it is used before it goes.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from hetorch_heir.key_memory.errors import KeyPlanError
from hetorch_heir.key_memory.plan import CLEAR, LOAD, PREFETCH, USE, Key, KeyAction, KeyPlan, KeyUse, size_at

NEVER = 1 << 62
TRIED = 12
"""Numbers of keys that stay during a loop for which plans are made."""


def smallest_budget(uses: Sequence[KeyUse], sizes: Mapping[Key, int]) -> int:
    """The fewest bytes that any plan needs: those of the operation that needs the most."""

    def least(use: KeyUse) -> int:
        return max(sum(sizes[key] for key in use.keys), smallest_budget(use.body, sizes))

    return max(map(least, uses), default=0)


def plan_keys(
    uses: Sequence[KeyUse],
    sizes: Mapping[Key, int],
    budget: int,
    level_sizes: Mapping[Key, tuple[int, ...]] | None = None,
) -> KeyPlan:
    """The plan with the fewest loads (exactly so where all sizes are equal) within ``budget`` bytes.

    Args:
        uses: the schedule, in order.
        sizes: bytes of every key that it uses, those of loops included.
        budget: bytes for keys.
        level_sizes: bytes of keys that can be loaded for some levels only, as in :class:`KeyPlan`.

    Raises:
        KeyPlanError: no plan fits; says the smallest budget that works.
    """
    least = smallest_budget(uses, sizes)
    if budget < least:
        raise KeyPlanError(
            f"a key budget of {budget:,} bytes is too small: one operation needs {least:,} bytes of keys",
            hint=f"give at least {least} bytes",
        )
    bodies: dict[int, KeyPlan] = {}
    keys = _KeySizes(sizes, level_sizes or {})
    needs = [_need(use, keys, budget, bodies) for use in uses]
    stays = _stays(needs, keys, budget)
    starts = _prefetches(stays, needs, budget)
    actions = tuple(_actions(needs, stays, starts))
    return KeyPlan(budget, dict(sizes), actions, bodies, dict(keys.by_level))


@dataclass(frozen=True)
class _KeySizes:
    """Bytes of keys, and of what can be loaded of them."""

    whole: Mapping[Key, int]
    by_level: Mapping[Key, tuple[int, ...]]

    def at(self, key: Key, level: int | None) -> int:
        return size_at(key, level, self.whole, self.by_level)

    def level(self, key: Key, levels: Sequence[int | None]) -> int | None:
        """The highest of ``levels``; None if one isn't known, or the key is to be had for all levels only."""
        known = [level for level in levels if level is not None]
        return max(known) if key in self.by_level and len(known) == len(levels) else None


@dataclass(frozen=True)
class _Need:
    """What has to be in memory during an operation, or a loop as a whole.

    Attributes:
        room: bytes that a plan for itself takes: the keys of this one and ``room`` fit the budget.
    """

    position: int
    keys: tuple[Key, ...]
    room: int = 0
    level: int | None = None


def _need(use: KeyUse, sizes: _KeySizes, budget: int, bodies: dict[int, KeyPlan]) -> _Need:
    """What ``use`` needs; the plan of a loop that gets one is put into ``bodies``."""
    if use.alone:
        return _Need(use.position, (), budget)
    every = use.every_key
    if not use.waits_alone and sum(sizes.whole[key] for key in every) <= budget:
        return _Need(use.position, every, level=None if use.body else use.level)
    staying, plan = _plan_body(use, sizes, budget)
    bodies[use.position] = plan
    return _Need(use.position, staying, plan.budget)


def _plan_body(use: KeyUse, sizes: _KeySizes, budget: int) -> tuple[tuple[Key, ...], KeyPlan]:
    """Keys that stay during a loop, and the plan for the others, in the bytes left, that loads the least."""
    counts = Counter(_each_use(use))
    order = sorted(counts, key=lambda key: (-counts[key], key))
    best: tuple[tuple[Key, ...], KeyPlan] | None = None
    for number in [0] if use.waits_alone else _numbers_to_try(order, sizes.whole, budget):
        staying = tuple(order[:number])
        left = budget - sum(sizes.whole[key] for key in staying)
        inner = use.without(staying).body
        if left < smallest_budget(inner, sizes.whole):
            continue
        others = {key: sizes.whole[key] for key in order[number:]}
        by_level = {key: sizes.by_level[key] for key in others if key in sizes.by_level}
        plan = plan_keys([one for one in inner if one.every_key or one.waits_alone], others, left, by_level)
        if best is None or plan.bytes_loaded < best[1].bytes_loaded:
            best = staying, plan
    assert best is not None, "a plan without keys that stay fits"
    return best


def _numbers_to_try(order: Sequence[Key], sizes: Mapping[Key, int], budget: int) -> list[int]:
    """How many keys may stay: the largest numbers that fit, and some between them and none."""
    used = accumulate((sizes[key] for key in order), initial=0)
    largest = min(sum(one < budget for one in used), len(order)) - 1
    between = {largest * part // TRIED for part in range(TRIED + 1)}
    return sorted(between | set(range(max(0, largest - 3), largest)))


def _each_use(use: KeyUse) -> Iterator[Key]:
    yield from use.keys
    for one in use.body:
        yield from _each_use(one)


@dataclass(frozen=True)
class _Stay:
    """A key in memory from the use number ``first`` to the use number ``last``, loaded for ``level``."""

    key: Key
    first: int
    last: int
    level: int | None
    size: int


class _Schedule:
    """Which uses, by their numbers, are of which key."""

    def __init__(self, uses: Sequence[_Need], sizes: _KeySizes) -> None:
        self._sizes = sizes
        self._levels = [use.level for use in uses]
        self._numbers: dict[Key, list[int]] = {}
        for number, use in enumerate(uses):
            for key in use.keys:
                self._numbers.setdefault(key, []).append(number)

    def next_use(self, key: Key, after: int) -> int:
        numbers = self._numbers[key]
        index = bisect.bisect_right(numbers, after)
        return numbers[index] if index < len(numbers) else NEVER

    def stay(self, key: Key, first: int, last: int = NEVER) -> _Stay:
        """The key in memory between two uses, for what it is used for."""
        numbers = self._numbers[key]
        within = numbers[bisect.bisect_left(numbers, first) : bisect.bisect_right(numbers, last)]
        level = self._sizes.level(key, [self._levels[number] for number in within])
        return _Stay(key, first, last, level, self._sizes.at(key, level))


def _stays(uses: Sequence[_Need], sizes: _KeySizes, budget: int) -> list[_Stay]:
    """Belady's rule: the stays of all keys, by their first uses."""
    schedule = _Schedule(uses, sizes)
    loaded: dict[Key, _Stay] = {}
    last_use: dict[Key, int] = {}
    stays: list[_Stay] = []
    for number, use in enumerate(uses):
        for key in use.keys:
            loaded.setdefault(key, schedule.stay(key, number))
        held = {key: stay.size for key, stay in loaded.items()}
        excess = sum(held.values()) + use.room - budget
        following = {key: schedule.next_use(key, number) for key in held if key not in use.keys}
        idle = sorted(following, key=lambda key: (following[key], key), reverse=True)
        done = [key for key in idle if following[key] == NEVER]
        excess -= sum(held[key] for key in done)
        for key in done + _victims(idle[len(done) :], held, excess):
            stays.append(schedule.stay(key, loaded.pop(key).first, last_use[key]))
        last_use.update(dict.fromkeys(use.keys, number))
    stays += [schedule.stay(key, stay.first, last_use[key]) for key, stay in loaded.items()]
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


def _prefetches(stays: Sequence[_Stay], uses: Sequence[_Need], budget: int) -> list[int]:
    """For each stay the use before which its prefetch starts; its first use where there is no room before.

    Prefetches start in the order of the loads, as one loader carries them out one after another.
    """
    occupied = [use.room for use in uses]
    for stay in stays:
        for number in range(stay.first, stay.last + 1):
            occupied[number] += stay.size
    starts: list[int] = []
    ended: dict[Key, int] = {}
    for stay in stays:
        start = stay.first
        earliest = max(starts[-1] if starts else 0, ended.get(stay.key, -1) + 1)
        while start > earliest and occupied[start - 1] + stay.size <= budget:
            start -= 1
            occupied[start] += stay.size
        starts.append(start)
        ended[stay.key] = stay.last
    return starts


def _actions(uses: Sequence[_Need], stays: Sequence[_Stay], starts: Sequence[int]) -> list[KeyAction]:
    """Per use: what goes, what is prefetched, what is loaded, the use itself."""
    clears: dict[int, list[Key]] = {}
    prefetches: dict[int, list[_Stay]] = {}
    loads: dict[int, list[_Stay]] = {}
    for stay, start in zip(stays, starts, strict=True):
        clears.setdefault(stay.last, []).append(stay.key)
        loads.setdefault(stay.first, []).append(stay)
        if start < stay.first:
            prefetches.setdefault(start, []).append(stay)
    actions: list[KeyAction] = []
    for number, use in enumerate(uses):
        for action, begun in ((PREFETCH, prefetches), (LOAD, loads)):
            actions += [
                KeyAction(use.position, action, stay.key, stay.level) for stay in begun.get(number, ())
            ]
        actions += [KeyAction(use.position, USE, key) for key in use.keys]
        actions += [KeyAction(use.position + 1, CLEAR, key) for key in clears.get(number, ())]
    return actions
