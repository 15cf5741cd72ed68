"""Putting off rescales and relinearizations, against all ways of doing so."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hetorch_heir.passes.management.deferral import DeferralStep, defer, deferral_cost


def cheapest(steps: tuple[DeferralStep, ...], *, alike: bool) -> float:
    """The lowest cost of all sets of uses."""
    uses = [
        (operand, index)
        for index, step in enumerate(steps)
        if step.passing and not step.source
        for operand in sorted(set(step.operands))
    ]
    costs: list[float] = []
    for chosen in itertools.product((False, True), repeat=len(uses)):
        taken = frozenset(use for use, one in zip(uses, chosen, strict=True) if one)
        if not alike or all_alike(steps, taken):
            costs.append(deferral_cost(steps, taken))
    return min(costs)


def all_alike(steps: tuple[DeferralStep, ...], taken: frozenset[tuple[int, int]]) -> bool:
    """Whether every step takes all of its operands unrestored, or none."""
    unrestored = {index for index, step in enumerate(steps) if step.source}
    for index, step in enumerate(steps):
        raw = [(operand, index) in taken and operand in unrestored for operand in set(step.operands)]
        if any(raw) and not all(raw):
            return False
        if any(raw):
            unrestored.add(index)
    return True


INPUT = DeferralStep(())


def product(*operands: int, restore: float = 10.0) -> DeferralStep:
    return DeferralStep(operands, source=True, restore=restore)


def total(*operands: int, restore: float = 10.0, extra: float = 1.0) -> DeferralStep:
    return DeferralStep(operands, passing=True, restore=restore, extra=extra)


@pytest.mark.parametrize("alike", [False, True])
def test_a_sum_of_products_is_restored_once(alike: bool) -> None:
    steps = (INPUT, product(0), product(0), total(1, 2), DeferralStep((3,)))
    uses = defer(steps, alike=alike)
    assert uses == {(1, 3), (2, 3)}
    assert deferral_cost(steps, uses) == 11.0


def test_what_is_dear_to_work_on_is_restored_before() -> None:
    steps = (INPUT, product(0), total(1, extra=9.0), total(2, extra=9.0), DeferralStep((3,)))
    assert defer(steps, alike=True) == frozenset()


def test_a_value_of_several_sums_is_restored_once_for_all() -> None:
    """Three sums with a restored value: putting off would restore three times."""
    steps = (
        *(INPUT, product(0), product(0)),
        *(total(1, 2), total(1, 2), total(1, 2)),
        *(DeferralStep((3,)), DeferralStep((4,)), DeferralStep((5,))),
    )
    uses = defer(steps, alike=False)
    assert deferral_cost(steps, uses) == 20.0


def test_unequal_operands_meet_where_they_may() -> None:
    """A fresh value and a product: of equal dimension they need not be, of equal scale they must."""
    steps = (INPUT, product(0), total(0, 1, restore=5.0), DeferralStep((2,)))
    assert defer(steps, alike=False) == {(1, 2)}
    assert defer(steps, alike=True) == frozenset()


def test_nothing_to_decide() -> None:
    assert defer((), alike=True) == frozenset()
    assert defer((INPUT, product(0), DeferralStep((1,))), alike=True) == frozenset()


@st.composite
def problems(draw: st.DrawFn) -> tuple[DeferralStep, ...]:
    steps = [INPUT]
    for index in range(1, draw(st.integers(2, 8))):
        operands = tuple(draw(st.lists(st.integers(0, index - 1), min_size=1, max_size=2, unique=True)))
        kind = draw(st.sampled_from(["source", "passing", "passing", "demanding"]))
        restore, extra = float(draw(st.integers(1, 9))), float(draw(st.integers(0, 5)))
        steps.append(DeferralStep(operands, kind == "source", kind == "passing", restore, extra))
    return (*steps, DeferralStep(tuple(range(1, len(steps)))))


@settings(max_examples=80, deadline=None)
@given(problems(), st.booleans())
def test_nothing_is_cheaper(steps: tuple[DeferralStep, ...], alike: bool) -> None:
    uses = defer(steps, alike=alike)
    assert deferral_cost(steps, uses) == pytest.approx(cheapest(steps, alike=alike))
    assert not alike or all_alike(steps, uses)
