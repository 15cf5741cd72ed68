"""Plans of key memory, against the best ones found by search."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hetorch_heir.key_memory.errors import KeyPlanError
from hetorch_heir.key_memory.plan import CLEAR, LOAD, PREFETCH, USE, Key, KeyAction, KeyPlan, KeyUse
from hetorch_heir.key_memory.planner import plan_keys, smallest_budget
from hetorch_heir.key_memory.verifier import verify_plan

A, B, C = ("rotation", 1), ("rotation", 2), ("rotation", 3)


def schedule(*keys: Key) -> list[KeyUse]:
    return [KeyUse(2 * number, (key,)) for number, key in enumerate(keys)]


def uniform(uses: list[KeyUse], size: int = 1) -> dict[Key, int]:
    return {key: size for use in uses for key in use.keys}


def fewest_loads(uses: list[KeyUse], capacity: int) -> int:
    """By dynamic programming over the sets of keys that may be in memory."""
    loads: dict[frozenset[Key], int] = {frozenset(): 0}
    for use in uses:
        following: dict[frozenset[Key], int] = {}
        needed = frozenset(use.keys)
        for held, count in loads.items():
            total = count + len(needed - held)
            others = held - needed
            for kept in range(min(len(others), capacity - len(needed)) + 1):
                for chosen in combinations(sorted(others), kept):
                    state = needed | frozenset(chosen)
                    following[state] = min(total, following.get(state, total))
        loads = following
    return min(loads.values())


KEYS = st.sampled_from([("rotation", steps) for steps in range(1, 6)])
SCHEDULES = st.lists(st.lists(KEYS, min_size=1, max_size=2, unique=True), min_size=1, max_size=14).map(
    lambda rows: [KeyUse(3 * number, tuple(row)) for number, row in enumerate(rows)]
)


@settings(max_examples=80, deadline=None)
@given(SCHEDULES, st.integers(2, 5))
def test_no_plan_loads_fewer_keys_of_one_size(uses: list[KeyUse], capacity: int) -> None:
    plan = plan_keys(uses, uniform(uses, 10), 10 * capacity)
    verify_plan(plan, uses)
    assert plan.loads == fewest_loads(uses, capacity)


@settings(max_examples=80, deadline=None)
@given(SCHEDULES, st.lists(st.integers(1, 9), min_size=5, max_size=5), st.integers(0, 20))
def test_plans_of_unequal_keys_keep_all_rules(uses: list[KeyUse], sizes: list[int], spare: int) -> None:
    bytes_of = {key: sizes[key[1] - 1] for key in uniform(uses)}
    budget = smallest_budget(uses, bytes_of) + spare
    plan = plan_keys(uses, bytes_of, budget)
    verify_plan(plan, uses)
    assert plan.peak_bytes <= budget
    assert len(bytes_of) <= plan.loads <= sum(len(use.keys) for use in uses)
    if budget >= plan.total_bytes:
        assert plan.loads == len(bytes_of)
    assert KeyPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_a_plan_prefetches_while_there_is_room() -> None:
    uses = schedule(A, B, A, C)
    plan = plan_keys(uses, uniform(uses), 2)
    assert plan.actions == (
        KeyAction(0, PREFETCH, B),
        KeyAction(0, LOAD, A),
        KeyAction(0, USE, A),
        KeyAction(2, LOAD, B),
        KeyAction(2, USE, B),
        KeyAction(3, CLEAR, B),
        KeyAction(4, PREFETCH, C),
        KeyAction(4, USE, A),
        KeyAction(5, CLEAR, A),
        KeyAction(6, LOAD, C),
        KeyAction(6, USE, C),
        KeyAction(7, CLEAR, C),
    )
    (a, b, c) = plan.lifetimes()
    assert (a.key, a.uses, a.cleared) == (A, (0, 4), 5)
    assert (b.prefetched, b.loaded) == (0, 2) and (c.prefetched, c.loaded) == (4, 6)


def test_the_key_used_furthest_ahead_goes() -> None:
    uses = schedule(A, B, C, A, B)
    plan = plan_keys(uses, uniform(uses), 2)
    assert [one.key for one in plan.actions if one.action == LOAD] == [A, B, C, B]


def test_a_budget_that_is_too_small_is_refused_with_the_smallest_that_works() -> None:
    uses = [KeyUse(0, (A, B)), KeyUse(1, (C,))]
    sizes = {A: 10, B: 20, C: 5}
    with pytest.raises(KeyPlanError, match="29 bytes is too small") as caught:
        plan_keys(uses, sizes, 29)
    assert caught.value.hint == "give at least 30 bytes"
    assert plan_keys(uses, sizes, 30).loads == 3


def test_a_program_without_keys_has_an_empty_plan() -> None:
    assert plan_keys([], {}, 0).actions == ()


LEVELLED = [
    KeyUse(0, (A,), level=2),
    KeyUse(1, (B,), level=2),
    KeyUse(2, (A,), level=1),
    KeyUse(3, (A,), level=0),
]
BY_LEVEL = {A: (2, 5, 9), B: (2, 5, 9)}


def test_a_key_is_loaded_for_the_levels_of_its_stay() -> None:
    plan = plan_keys(LEVELLED, {A: 9, B: 9}, 9, BY_LEVEL)
    verify_plan(plan, LEVELLED)
    loads = [(one.key, one.level) for one in plan.actions if one.action == LOAD]
    assert loads == [(A, 2), (B, 2), (A, 1)]
    assert (plan.bytes_loaded, plan.peak_bytes) == (9 + 9 + 5, 9)
    assert KeyPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan
    low = [replace(one, level=0) if (one.action, one.position) == (LOAD, 2) else one for one in plan.actions]
    with pytest.raises(KeyPlanError, match="at level 1, of one that was loaded for level 0"):
        verify_plan(replace(plan, actions=tuple(low)), LEVELLED)


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, st.lists(st.integers(0, 2), min_size=14, max_size=14), st.integers(0, 20))
def test_plans_with_levels_keep_all_rules(uses: list[KeyUse], levels: list[int], spare: int) -> None:
    uses = [replace(use, level=level) for use, level in zip(uses, levels, strict=False)]
    sizes = uniform(uses, 9)
    budget = smallest_budget(uses, sizes) + spare
    plan = plan_keys(uses, sizes, budget, dict.fromkeys(sizes, (2, 5, 9)))
    verify_plan(plan, uses)
    assert plan.peak_bytes <= budget


def test_a_load_for_more_levels_than_the_prefetch_is_refused() -> None:
    uses = [KeyUse(0, (B,), level=2), KeyUse(1, (A,), level=2)]
    actions = (
        KeyAction(0, PREFETCH, A, 0),
        KeyAction(0, LOAD, B),
        KeyAction(0, USE, B),
        KeyAction(1, CLEAR, B),
        KeyAction(1, LOAD, A, 2),
        KeyAction(1, USE, A),
        KeyAction(2, CLEAR, A),
    )
    with pytest.raises(KeyPlanError, match="larger one than was prefetched"):
        verify_plan(KeyPlan(18, {A: 9, B: 9}, actions, level_sizes=BY_LEVEL), uses)


USES = schedule(A, B)
LOAD_A, USE_A, CLEAR_A = KeyAction(0, LOAD, A), KeyAction(0, USE, A), KeyAction(1, CLEAR, A)
REST = (KeyAction(2, LOAD, B), KeyAction(2, USE, B), KeyAction(3, CLEAR, B))
BROKEN = {
    "before its load": (USE_A, CLEAR_A, *REST),
    "after the key was cleared": (LOAD_A, replace(CLEAR_A, position=0), USE_A, *REST),
    "second of one load": (LOAD_A, USE_A, CLEAR_A, CLEAR_A, *REST),
    "clear .* before a load": (CLEAR_A, *(replace(one, position=2) for one in (LOAD_A, USE_A)), *REST),
    "never cleared": (LOAD_A, USE_A, CLEAR_A, *REST[:2]),
    "load .* of a key in memory": (LOAD_A, LOAD_A, USE_A, CLEAR_A, *REST),
    "prefetch .* of a key in memory": (LOAD_A, KeyAction(0, PREFETCH, A), USE_A, CLEAR_A, *REST),
    "over the budget": (LOAD_A, KeyAction(0, PREFETCH, B), USE_A, CLEAR_A, *REST),
    "another order": (*(replace(one, position=2) for one in REST[:2]), *REST[2:]),
    "comes after what happens at position 3": (*REST, LOAD_A, USE_A, CLEAR_A),
    "size the plan doesn't say": (KeyAction(0, LOAD, C), LOAD_A, USE_A, CLEAR_A, *REST),
    "is no action": (replace(LOAD_A, action="borrow"), USE_A, CLEAR_A, *REST),
}


@pytest.mark.parametrize("why", BROKEN)
def test_the_verifier_refuses(why: str) -> None:
    plan = KeyPlan(1, {A: 1, B: 1}, (LOAD_A, USE_A, CLEAR_A, *REST))
    verify_plan(plan, USES)
    with pytest.raises(KeyPlanError, match=why):
        verify_plan(replace(plan, actions=BROKEN[why]), USES)


@pytest.mark.parametrize("data", [{}, {"budget_bytes": 1, "keys": 3, "actions": []}])
def test_a_manifest_must_be_one(data: dict[str, object]) -> None:
    with pytest.raises(KeyPlanError, match="no plan"):
        KeyPlan.from_json(data)
