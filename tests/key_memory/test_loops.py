"""Plans for loops, carried out on a model of the memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hetorch_heir.key_memory.errors import KeyPlanError
from hetorch_heir.key_memory.plan import CLEAR, LOAD, PREFETCH, USE, Key, KeyAction, KeyPlan, KeyUse
from hetorch_heir.key_memory.planner import plan_keys, smallest_budget
from hetorch_heir.key_memory.verifier import verify_plan

A, B, C, D = (("rotation", steps) for steps in (1, 2, 3, 4))
SIZES = {A: 1, B: 1, C: 1, D: 1}
ITERATIONS = 2

LOOP = [
    KeyUse(0, (A,)),
    KeyUse(1, body=(KeyUse(0, (A,)), KeyUse(2, (B,)), KeyUse(4, (C,)), KeyUse(6, (A,)))),
    KeyUse(2, (D,)),
]


def carried_out(plan: KeyPlan) -> Iterator[tuple[str, Key]]:
    """The actions of a run in which every loop makes two iterations."""
    bodies = dict(plan.bodies)
    for one in plan.actions:
        for position in [at for at in bodies if at < one.position]:
            for _ in range(ITERATIONS):
                yield from carried_out(bodies[position])
            del bodies[position]
        yield one.action, one.key
    for body in bodies.values():
        for _ in range(ITERATIONS):
            yield from carried_out(body)


def largest_memory(plan: KeyPlan) -> int:
    """The most bytes of keys in a run, in which every key must be loaded when it is used."""
    present: set[Key] = set()
    loaded: set[Key] = set()
    most = 0
    for action, key in carried_out(plan):
        if action == PREFETCH:
            assert key not in present
            present.add(key)
        elif action == LOAD:
            assert key not in loaded
            present.add(key)
            loaded.add(key)
        elif action == USE:
            assert key in loaded
        else:
            loaded.remove(key)
            present.remove(key)
        most = max(most, sum(plan.sizes[one] for one in present))
    assert not present
    return most


def test_a_loop_that_fits_is_one_operation() -> None:
    plan = plan_keys(LOOP, SIZES, 3)
    verify_plan(plan, LOOP)
    assert not plan.bodies and plan.loads == 4


def test_a_loop_that_does_not_fit_keeps_the_key_that_is_used_most() -> None:
    plan = plan_keys(LOOP, SIZES, 2)
    verify_plan(plan, LOOP)
    assert plan.used_at(1) == (A,)
    assert {one.key for one in plan.bodies[1].actions} == {B, C}
    assert plan.bodies[1].budget == 1 and plan.peak_bytes == 2
    assert plan.loads == 4 and largest_memory(plan) == 2


def test_with_room_for_one_key_nothing_stays() -> None:
    plan = plan_keys(LOOP, SIZES, 1)
    verify_plan(plan, LOOP)
    assert plan.used_at(1) == () and largest_memory(plan) == 1
    with pytest.raises(KeyPlanError, match="too small"):
        plan_keys(LOOP, SIZES, 0)


def test_a_call_of_a_planned_function_finds_no_key_in_memory() -> None:
    uses = [KeyUse(0, (A,)), KeyUse(1, alone=True), KeyUse(2, (A,))]
    plan = plan_keys(uses, SIZES, 4)
    verify_plan(plan, uses)
    assert [one.action for one in plan.actions] == [LOAD, USE, CLEAR] * 2
    kept = (KeyAction(0, LOAD, A), KeyAction(0, USE, A), KeyAction(2, USE, A), KeyAction(3, CLEAR, A))
    with pytest.raises(KeyPlanError, match="in the call of a function"):
        verify_plan(replace(plan, actions=kept), uses)


def test_a_loop_around_such_a_call_keeps_nothing() -> None:
    uses = [KeyUse(0, body=(KeyUse(0, (A,)), KeyUse(1, alone=True), KeyUse(2, (A,))))]
    plan = plan_keys(uses, SIZES, 4)
    verify_plan(plan, uses)
    assert plan.used_at(0) == () and plan.bodies[0].loads == 2


KEYS = st.sampled_from([("rotation", steps) for steps in range(1, 5)])
OPERATIONS = st.lists(KEYS, min_size=1, max_size=2, unique=True).map(lambda keys: KeyUse(0, tuple(keys)))


def numbered(uses: list[KeyUse]) -> tuple[KeyUse, ...]:
    return tuple(replace(use, position=2 * number) for number, use in enumerate(uses))


NESTED = st.recursive(
    OPERATIONS,
    lambda inner: st.lists(inner, min_size=1, max_size=4).map(lambda uses: KeyUse(0, body=numbered(uses))),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(st.lists(NESTED, min_size=1, max_size=5).map(numbered), st.integers(0, 4))
def test_plans_of_nested_loops_can_be_carried_out(uses: tuple[KeyUse, ...], spare: int) -> None:
    sizes: dict[Key, int] = {key: 2 + key[1] for use in uses for key in use.every_key}
    budget = smallest_budget(uses, sizes) + spare
    plan = plan_keys(uses, sizes, budget)
    verify_plan(plan, uses)
    assert largest_memory(plan) == plan.peak_bytes <= budget
    assert KeyPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


BODY = plan_keys(LOOP, SIZES, 2).bodies[1]


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("over the budget", replace(BODY, budget=2)),
        ("never cleared", replace(BODY, actions=BODY.actions[:-1])),
        ("before its load", replace(BODY, actions=BODY.actions[1:])),
        ("another order", replace(BODY, actions=())),
    ],
)
def test_the_verifier_looks_into_loops(why: str, body: KeyPlan) -> None:
    plan = plan_keys(LOOP, SIZES, 2)
    with pytest.raises(KeyPlanError, match=why):
        verify_plan(replace(plan, bodies={1: body}), LOOP)


def test_a_plan_for_a_loop_that_is_not_there_is_refused() -> None:
    plan = plan_keys(LOOP, SIZES, 2)
    with pytest.raises(KeyPlanError, match="has no loop"):
        verify_plan(replace(plan, bodies={2: BODY}), LOOP)
