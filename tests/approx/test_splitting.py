"""The dynamic program over supports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import chebyshev

from hetorch_heir.approx.chebyshev_basis import ChebyshevBasis
from hetorch_heir.approx.splitting import (
    IMPOSSIBLE,
    PRODUCT,
    CorrectedSplit,
    Corrections,
    Lead,
    Leaf,
    Split,
    Splitter,
    correct_support,
    divide_support,
)
from tests.approx.oracle import dense, odd


def splitter(indices: set[int], levels: int, corrections: Corrections = "none") -> Splitter:
    basis = ChebyshevBasis.of(frozenset(indices))
    assert basis is not None
    return Splitter(basis, levels, corrections)


def test_a_leaf_takes_one_level_more_than_its_members():
    choices = splitter({1, 2, 3}, 3)
    assert choices.choice(dense(3), 3) == (3, Leaf())
    assert choices.choice(0b110, 2) == (2, Leaf())
    assert choices.choice(0b010, 1) == (1, Leaf())
    assert choices.choice(0b010, 0).cost >= IMPOSSIBLE


def test_the_depth_critical_chain_is_split_down_to_degree_one():
    # Two levels don't suffice for c T_3, but do for T_2 (c t + …) + …
    choice = splitter({1, 2, 3}, 2).choice(dense(3), 2)
    assert choice.decision == Split(2)
    assert choice.cost == PRODUCT + 2


def test_too_few_levels_are_impossible():
    assert splitter({1, 2, 4, 8}, 4).choice(dense(16), 4).cost >= IMPOSSIBLE
    assert splitter({1, 2, 4, 8}, 4).choice(dense(15), 4).cost < IMPOSSIBLE


def test_a_constant_quotient_is_no_ciphertext_product():
    choice = splitter({1, 2, 4}, 4).choice(1 << 4 | 1 << 3, 4)
    assert choice.cost == PRODUCT + 2  # c T_4, and t (2c T_2 - c)
    assert choice.decision == Split(4)


def test_monic_quotients_halve_the_products():
    # Degree 55 over T_1 … T_8, T_16, T_32: six splits. With T_24 and T_56: three.
    plain = splitter({*range(1, 9), 16, 32}, 6).choice(dense(55), 6)
    led = splitter({*range(1, 9), 16, 24, 32, 56}, 6, "leads").choice(dense(55), 6)
    assert plain.cost // PRODUCT == 6
    assert led.cost // PRODUCT == 3
    assert led.decision == Lead(56)


def test_corrections_of_any_polynomial():
    choice = splitter({1, 2, 4}, 3, "all").choice(dense(7), 3)
    assert choice.cost // PRODUCT == 2
    assert choice.decision == CorrectedSplit(4, remainder_lead=False)


@given(st.sets(st.integers(1, 40), min_size=1), st.integers(1, 40))
def test_division_covers_the_terms_of_the_quotient_and_the_remainder(indices, giant):
    support = sum(1 << j for j in indices)
    quotient, remainder = divide_support(support, giant)
    # Distinct weights, so that no terms cancel by accident.
    poly = [float(1 + j**3) if j in indices else 0.0 for j in range(max(indices) + 1)]
    numeric_quotient, numeric_remainder = chebyshev.chebdiv(poly, [0.0] * giant + [1.0])
    assert {j for j, c in enumerate(numeric_quotient) if abs(c) > 1e-6} <= bits(quotient)
    assert {j for j, c in enumerate(numeric_remainder) if abs(c) > 1e-6} <= bits(remainder)
    assert remainder < 1 << giant


def test_division_keeps_parity():
    quotient, remainder = divide_support(odd(15), 8)
    assert (bits(quotient), bits(remainder)) == ({1, 3, 5, 7}, {1, 3, 5, 7})


@pytest.mark.parametrize(
    ("quotient", "remainder", "degree", "correction", "rest"),
    [
        (odd(3), odd(7), 3, {0, 2, 4}, {1}),
        (dense(3) | 1, dense(7) | 1, 3, {0, 1, 2, 3, 4}, {0, 1, 2}),
        (1 << 4 | 1, 0b101 | 1 << 6, 4, {0, 2}, {0, 2}),
        (odd(3), 0b10, 3, {0}, {1}),
    ],
)
def test_corrections_fill_up_their_parity_only(quotient, remainder, degree, correction, rest):
    assert tuple(map(bits, correct_support(quotient, remainder, degree))) == (correction, rest)


def bits(support):
    return {j for j in range(support.bit_length()) if support >> j & 1}
