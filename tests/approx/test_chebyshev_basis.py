"""Bases of Chebyshev polynomials: closure, depths, search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.approx.chebyshev_basis import ChebyshevBasis, extensions, search_basis, starting_sets
from tests.approx.oracle import dense, even_and_linear, odd


def test_a_full_basis_has_the_least_depths():
    basis = ChebyshevBasis.of(frozenset(range(1, 33)))
    assert basis is not None
    assert basis.products == 31
    assert all(basis.depth[j] == (j - 1).bit_length() for j in range(1, 33))


def test_factors_can_be_computed_before():
    basis = ChebyshevBasis.of(frozenset({1, 2, 3, 4, 7, 8, 16}))
    assert basis is not None
    assert basis.factors[7] == (4, 3)
    for j, (a, b) in basis.factors.items():
        assert a + b == j and a >= b
        assert all(k == 0 or k in basis.depth for k in (a, b, a - b))


@pytest.mark.parametrize("indices", [{1, 3}, {1, 2, 5}, {1, 2, 4, 7}, {1, 2, 4, 8, 9}])
def test_sets_that_lack_a_factor_are_no_basis(indices):
    assert ChebyshevBasis.of(frozenset(indices)) is None


@given(st.lists(st.integers(0, 40), max_size=6))
def test_extensions_keep_a_basis_computable(choices):
    indices = frozenset({1})
    for choice in choices:
        candidates = extensions(indices, 64)
        indices |= {candidates[choice % len(candidates)]}
        assert ChebyshevBasis.of(indices) is not None


def test_extensions_respect_the_limit_and_leave_out_members():
    assert extensions(frozenset({1, 2}), 4) == [3, 4]
    assert extensions(frozenset({1, 2}), 3) == [3]
    assert extensions(frozenset({1, 2, 4}), 8) == [3, 6, 8]


@pytest.mark.parametrize("support", [dense(31), odd(31), even_and_linear(30), dense(1), 1 << 5])
def test_starting_sets_hold_a_feasible_one(support):
    degree = support.bit_length() - 1
    levels = degree.bit_length()
    starts = list(starting_sets(support, levels))
    powers = {1 << i for i in range(levels) if 1 << i <= degree}
    assert any(powers <= start and ChebyshevBasis.of(start) is not None for start in starts)


def test_the_search_descends_to_a_local_minimum():
    wanted = frozenset({1, 2, 3, 6, 12})

    def cost(indices):
        return len(wanted ^ indices) if ChebyshevBasis.of(indices) else 1000

    assert search_basis(cost, [frozenset({1, 2, 4})], limit=12, descents=1) == (0, wanted)
    assert search_basis(cost, [frozenset({1, 2, 4})], limit=6, descents=1)[0] == 1
    assert search_basis(cost, [frozenset({1, 2, 4})], limit=12, descents=0)[0] == 4
