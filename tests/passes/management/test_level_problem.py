"""Placing bootstraps: dynamic and integer programming against all placements."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hetorch_heir.passes.management.level_problem import LevelProblem, Operation, Placement
from hetorch_heir.passes.management.level_programming import place_by_programming
from hetorch_heir.passes.management.level_search import place_by_search
from hetorch_heir.passes.management.series_parallel import place_by_dynamic_programming


def best_of_all(problem: LevelProblem, *, at_most: float = math.inf) -> Placement | None:
    """The cheapest of all placements."""
    candidates = [index for index, one in enumerate(problem.operations) if one.refreshable]
    found: list[Placement] = []
    for count in range(len(candidates) + 1):
        for chosen in itertools.combinations(candidates, count):
            placement = problem.placement(chosen)
            if placement is not None and problem.bootstraps(chosen) <= at_most:
                found.append(placement)
    return min(found, key=lambda placement: placement.latency, default=None)


def step(
    *operands: int,
    depth: int = 1,
    highest: int = 3,
    cost: float = 1.0,
    bootstrap: float = 50.0,
    width: int = 1,
) -> Operation:
    """An operation whose latency is proportional to the primes of its result."""
    latency = tuple(
        cost * width * (level + 1) if level + depth <= highest else math.inf for level in range(highest + 1)
    )
    return Operation(operands, latency, depth, bootstrap=bootstrap * width, ciphertexts=width)


def fresh(highest: int = 3) -> Operation:
    return Operation((), (0.0,) * (highest + 1))


def chain(length: int) -> LevelProblem:
    return LevelProblem((fresh(), *(step(index) for index in range(length))), 3)


@pytest.mark.parametrize(("length", "bootstraps"), [(0, 0), (3, 0), (4, 1), (6, 1), (7, 2), (12, 3)])
def test_a_chain_is_refreshed_every_three_levels(length: int, bootstraps: int) -> None:
    for place in (place_by_dynamic_programming, place_by_programming):
        placement = place(chain(length))
        assert placement is not None
        assert len(placement.refreshed) == bootstraps


def test_a_narrow_cut_is_preferred() -> None:
    """Two steps narrow the value to one ciphertext: the bootstrap waits for it, though levels are left."""
    wide = [step(index, highest=4, width=width) for index, width in enumerate((4, 4, 1, 4, 4))]
    problem = LevelProblem((fresh(4), *wide), 4)
    for place in (place_by_dynamic_programming, place_by_programming):
        placement = place(problem)
        assert placement is not None
        assert placement.refreshed == {3}


def test_operations_work_as_low_as_they_can() -> None:
    """x is fresh at level 3, and one level is all that is needed: the step runs at level 1."""
    placement = place_by_dynamic_programming(chain(1))
    assert placement == Placement((1, 0), frozenset(), 1.0)


def test_a_fork_is_refreshed_once() -> None:
    """The branches need two levels more each: one bootstrap before the fork, not two after."""
    ops = (fresh(), step(0), step(1), step(2), step(3), step(4), step(3), step(6), step(5, 7, depth=0))
    for place in (place_by_dynamic_programming, place_by_programming):
        placement = place(LevelProblem(ops, 3))
        assert placement is not None
        assert placement.refreshed in ({1}, {2}, {3})


def test_what_is_not_series_parallel_is_left_to_programming() -> None:
    """A bridge between two branches."""
    operands = ((0,), (0,), (1,), (1, 2), (3, 4))
    problem = LevelProblem((fresh(2), *(step(*one, highest=2) for one in operands)), 2)
    assert place_by_dynamic_programming(problem) is None
    placement, best = place_by_programming(problem), best_of_all(problem)
    assert placement is not None and best is not None
    assert placement.latency == best.latency


def test_there_may_be_no_way() -> None:
    problem = LevelProblem((fresh(1), step(0, highest=1, bootstrap=math.inf), step(1, highest=1)), 1)
    assert place_by_programming(problem) is None
    assert place_by_dynamic_programming(problem) is None
    assert problem.placement([]) is None
    assert place_by_programming(chain(4), at_most=0) is None


@st.composite
def problems(draw: st.DrawFn, operands_from: int = 4) -> LevelProblem:
    """Small random graphs: operations of different depth, width and cost, some that can't be refreshed."""
    highest = draw(st.integers(1, 4))
    operations = [fresh(highest)]
    for index in range(1, draw(st.integers(2, 9))):
        earlier = st.integers(max(0, index - operands_from), index - 1)
        operands = draw(st.lists(earlier, min_size=1, max_size=2, unique=True))
        operations.append(
            step(
                *operands,
                depth=draw(st.integers(0, 1)),
                highest=highest,
                cost=draw(st.integers(0, 8)),
                bootstrap=draw(st.sampled_from([10.0, 40.0, math.inf])),
                width=draw(st.integers(1, 3)),
            )
        )
    return LevelProblem(tuple(operations), highest)


@settings(max_examples=80, deadline=None)
@given(problems())
def test_nothing_is_cheaper_than_what_programming_finds(problem: LevelProblem) -> None:
    best, found = best_of_all(problem), place_by_programming(problem)
    assert (best is None) == (found is None)
    if best is not None and found is not None:
        assert found.latency == pytest.approx(best.latency)
    by_tables = place_by_dynamic_programming(problem)
    if by_tables is not None:
        assert best is not None
        assert by_tables.latency == pytest.approx(best.latency)


@settings(max_examples=40, deadline=None)
@given(problems(operands_from=1))
def test_chains_are_series_parallel(problem: LevelProblem) -> None:
    best, found = best_of_all(problem), place_by_dynamic_programming(problem)
    assert (best is None) == (found is None)
    if best is not None and found is not None:
        assert found.latency == pytest.approx(best.latency)


@settings(max_examples=40, deadline=None)
@given(problems(), st.integers(0, 4))
def test_the_number_of_bootstraps_can_be_limited(problem: LevelProblem, at_most: int) -> None:
    best, found = best_of_all(problem, at_most=at_most), place_by_programming(problem, at_most=at_most)
    assert (best is None) == (found is None)
    if best is not None and found is not None:
        assert found.latency == pytest.approx(best.latency)
        assert problem.bootstraps(found.refreshed) <= at_most


@settings(max_examples=60, deadline=None)
@given(problems())
def test_the_search_ends_where_nothing_can_be_left_out(problem: LevelProblem) -> None:
    best, found = best_of_all(problem), place_by_search(problem)
    assert (best is None) == (found is None)
    if best is not None and found is not None:
        assert found.latency >= best.latency - 1e-9
        for index in found.refreshed:
            less = problem.placement(found.refreshed - {index})
            assert less is None or less.latency >= found.latency


def test_the_search_moves_bootstraps_to_where_one_is_enough() -> None:
    """Left out one by one, early ones first, those of the branches would stay."""
    operands = ((0,), (1,), (2,), (2,), (3,), (4,), (5, 6))
    problem = LevelProblem((fresh(), *(step(*one) for one in operands)), 3)
    found, best = place_by_search(problem), best_of_all(problem)
    assert found is not None and best is not None
    assert found.latency == best.latency
    assert place_by_search(problem, time_limit=0.0) is not None
