"""Plans that keep the evaluation keys in memory within a budget of bytes.

A program uses its keys in an order that is known before it runs. At each use the keys that are missing are
loaded; to make room those go whose next use is furthest ahead (L. A. Belady, "A study of replacement
algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966), which takes the fewest loads
where all keys have one size. Then every removal moves up to the last use before it, and every load is
announced by a prefetch as early as there is room: the prefetched key counts as being in memory.

A loop whose keys fit the budget together counts as one operation. If they don't, its body has a plan of its
own, after which none of its keys is in memory; some keys stay during the whole loop, those with which an
iteration loads the fewest bytes.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from hetorch_heir.key_memory.errors import KeyPlanError
from hetorch_heir.key_memory.plan import CLEAR, LOAD, PREFETCH, USE, Key, KeyAction, KeyPlan, KeyUse

NEVER = 1 << 62
TRIED = 12
"""Numbers of keys that stay during a loop for which plans are made."""


def smallest_budget(uses: Sequence[KeyUse], sizes: Mapping[Key, int]) -> int:
    """The fewest bytes that any plan needs: those of the operation that needs the most."""

    def least(use: KeyUse) -> int:
        return max(sum(sizes[key] for key in use.keys), smallest_budget(use.body, sizes))

    return max(map(least, uses), default=0)


def plan_keys(uses: Sequence[KeyUse], sizes: Mapping[Key, int], budget: int) -> KeyPlan:
    """The plan with the fewest loads (exactly so where all sizes are equal) within ``budget`` bytes.

    Args:
        uses: the schedule, in order.
        sizes: bytes of every key that it uses, those of loops included.
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
    bodies: dict[int, KeyPlan] = {}
    needs = [_need(use, sizes, budget, bodies) for use in uses]
    stays = _stays(needs, sizes, budget)
    starts = _prefetches(stays, needs, sizes, budget)
    return KeyPlan(budget, dict(sizes), tuple(_actions(needs, stays, starts)), bodies)


@dataclass(frozen=True)
class _Need:
    """What has to be in memory during an operation, or a loop as a whole.

    Attributes:
        room: bytes that a plan for itself takes: the keys of this one and ``room`` fit the budget.
    """

    position: int
    keys: tuple[Key, ...]
    room: int = 0


def _need(use: KeyUse, sizes: Mapping[Key, int], budget: int, bodies: dict[int, KeyPlan]) -> _Need:
    """What ``use`` needs; the plan of a loop that gets one is put into ``bodies``."""
    if use.alone:
        return _Need(use.position, (), budget)
    every = use.every_key
    if not use.waits_alone and sum(sizes[key] for key in every) <= budget:
        return _Need(use.position, every)
    staying, plan = _plan_body(use, sizes, budget)
    bodies[use.position] = plan
    return _Need(use.position, staying, plan.budget)


def _plan_body(use: KeyUse, sizes: Mapping[Key, int], budget: int) -> tuple[tuple[Key, ...], KeyPlan]:
    """Keys that stay during a loop, and the plan for the others, in the bytes left, that loads the least."""
    counts = Counter(_each_use(use))
    order = sorted(counts, key=lambda key: (-counts[key], key))
    best: tuple[tuple[Key, ...], KeyPlan] | None = None
    for number in [0] if use.waits_alone else _numbers_to_try(order, sizes, budget):
        staying = tuple(order[:number])
        left = budget - sum(sizes[key] for key in staying)
        inner = use.without(staying).body
        if left < smallest_budget(inner, sizes):
            continue
        others = {key: sizes[key] for key in order[number:]}
        plan = plan_keys([one for one in inner if one.every_key or one.waits_alone], others, left)
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
    """A key in memory from the use number ``first`` to the use number ``last``."""

    key: Key
    first: int
    last: int


def _stays(uses: Sequence[_Need], sizes: Mapping[Key, int], budget: int) -> list[_Stay]:
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
        excess = sum(sizes[key] for key in (*loaded, *missing)) + use.room - budget
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


def _prefetches(
    stays: Sequence[_Stay], uses: Sequence[_Need], sizes: Mapping[Key, int], budget: int
) -> list[int]:
    """For each stay the use before which its prefetch starts; its first use where there is no room before.

    Prefetches start in the order of the loads, as one loader carries them out one after another.
    """
    occupied = [use.room for use in uses]
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


def _actions(uses: Sequence[_Need], stays: Sequence[_Stay], starts: Sequence[int]) -> list[KeyAction]:
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
