"""The choice of candidates with the smallest sum of costs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.linalg.layout_search import Factor, minimise


def total(chosen: dict[int, int], factors: list[Factor]) -> float:
    return sum(float(one.costs[tuple(chosen[variable] for variable in one.variables)]) for one in factors)


def brute_force(candidates: dict[int, int], factors: list[Factor]) -> float:
    ranges = itertools.product(*(range(count) for count in candidates.values()))
    return min(total(dict(zip(candidates, choice, strict=True)), factors) for choice in ranges)


@st.composite
def problems(draw: st.DrawFn) -> tuple[dict[int, int], list[Factor]]:
    variables = draw(st.lists(st.integers(0, 50), min_size=1, max_size=6, unique=True))
    candidates = {one: draw(st.integers(1, 4)) for one in variables}
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    factors: list[Factor] = []
    for _ in range(draw(st.integers(0, 8))):
        chosen = tuple(draw(st.lists(st.sampled_from(variables), min_size=1, max_size=3, unique=True)))
        # Small integers, so that there are ties and sums are exact.
        costs = generator.integers(0, 6, [candidates[one] for one in chosen])
        factors.append(Factor(chosen, costs.astype(np.float64)))
    return candidates, factors


@given(problems())
def test_it_is_the_minimum(problem: tuple[dict[int, int], list[Factor]]) -> None:
    candidates, factors = problem
    chosen = minimise(candidates, factors)
    assert chosen.keys() == candidates.keys()
    assert total(chosen, factors) == brute_force(candidates, factors)


@given(problems())
def test_with_little_memory_it_is_still_a_choice(problem: tuple[dict[int, int], list[Factor]]) -> None:
    candidates, factors = problem
    chosen = minimise(candidates, factors, max_table=4)
    assert chosen.keys() == candidates.keys()
    assert all(0 <= chosen[one] < count for one, count in candidates.items())
    assert total(chosen, factors) >= brute_force(candidates, factors)


def test_a_variable_without_costs_gets_its_first_candidate() -> None:
    assert minimise({7: 3, 9: 2}, [Factor((9,), np.array([1.0, 0.0]))]) == {7: 0, 9: 1}
    assert minimise({}, []) == {}


def test_two_factors_of_the_same_variables_add_up() -> None:
    ones = Factor((0, 1), np.array([[0.0, 3.0], [2.0, 2.0]]))
    other = Factor((1, 0), np.array([[4.0, 0.0], [0.0, 4.0]]))
    assert minimise({0: 2, 1: 2}, [ones, other]) == {0: 1, 1: 0}


@pytest.mark.parametrize("length", [400])
def test_long_chains_with_shortcuts_are_solved_exactly(length: int) -> None:
    """A residual network: treewidth 2. Each value wants to differ from its neighbour by one, modulo 5."""
    distance = (np.subtract.outer(np.arange(5), np.arange(5)) + 1) % 5
    chain = [Factor((one, one + 1), distance.astype(np.float64)) for one in range(length - 1)]
    shortcuts = [Factor((one, one + 2), ((distance + 1) % 5).astype(np.float64)) for one in range(length - 2)]
    start = Factor((0,), np.array([1.0, 1.0, 0.0, 1.0, 1.0]))
    chosen = minimise(dict.fromkeys(range(length), 5), [*chain, *shortcuts, start])
    assert [chosen[one] for one in range(length)] == [(2 + one) % 5 for one in range(length)]


def test_complete_graphs_are_bounded() -> None:
    """25 candidates for each of 12 variables would take 25^12 entries."""
    generator = np.random.default_rng(0)
    factors = [Factor(pair, generator.random((25, 25))) for pair in itertools.combinations(range(12), 2)]
    chosen = minimise(dict.fromkeys(range(12), 25), factors)
    samples = [{one: int(generator.integers(25)) for one in range(12)} for _ in range(1000)]
    assert total(chosen, factors) < min(total(one, factors) for one in samples)
