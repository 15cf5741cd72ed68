"""NTT primes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.primes import (
    is_ntt_prime,
    log2_product,
    ntt_primes_around,
    ntt_primes_below,
    openfhe_rescaling_primes,
    rescaling_primes,
)


@given(st.integers(10, 16), st.integers(30, 60), st.integers(1, 6))
def test_primes_around_are_distinct_ntt_primes_of_the_size_asked_for(
    log_n: int, bits: int, count: int
) -> None:
    primes = ntt_primes_around(bits, count, log_n)
    assert len(set(primes)) == count
    for prime in primes:
        assert is_ntt_prime(prime, log_n)
        assert round(math.log2(prime)) == bits
        assert prime.bit_length() <= 60


@given(st.integers(10, 16), st.integers(30, 60))
def test_primes_below_have_exactly_the_bits(log_n: int, bits: int) -> None:
    primes = ntt_primes_below(bits, 3, log_n)
    assert all(prime.bit_length() == bits for prime in primes)
    assert list(primes) == sorted(primes, reverse=True)


def test_alternation_keeps_the_product_near_the_power_of_two() -> None:
    around = log2_product(ntt_primes_around(40, 8, 14))
    below = log2_product(ntt_primes_below(40, 8, 14))
    assert abs(around - 320) < abs(below - 320) / 4


def test_excluded_primes_are_not_returned() -> None:
    first = ntt_primes_below(60, 2, 13)
    assert not set(ntt_primes_around(60, 4, 13, exclude=first)) & set(first)


def test_is_ntt_prime_refuses_primes_of_the_wrong_residue() -> None:
    assert is_ntt_prime(65537, 14)
    assert not is_ntt_prime(65537, 16)
    assert not is_ntt_prime((1 << 15) + 1, 13)


@pytest.mark.parametrize("bits", [15, 61])
def test_sizes_that_no_library_takes_are_refused(bits: int) -> None:
    with pytest.raises(ParameterError, match=f"{bits} bits"):
        ntt_primes_around(bits, 1, 14)


def test_too_many_small_primes_are_refused() -> None:
    with pytest.raises(ParameterError, match="100 are needed"):
        ntt_primes_around(18, 100, 14)


def worst_deviation(primes: tuple[int, ...]) -> float:
    """Largest deviation of log2 of the scale from 40 when a ciphertext is squared at every level."""
    log_scale, worst = 40.0, 0.0
    for prime in reversed(primes):
        log_scale = 2 * log_scale - math.log2(prime)
        worst = max(worst, abs(log_scale - 40.0))
    return worst


def test_the_order_of_rescaling_primes_keeps_the_scale() -> None:
    ordered = rescaling_primes(40, 24, 16)
    assert len(set(ordered)) == 24
    assert worst_deviation(ordered) < 1e-3
    assert worst_deviation(ordered) < worst_deviation(ntt_primes_around(40, 24, 16)) / 100


@pytest.mark.parametrize(
    ("bits", "log_n", "offsets"),
    [
        (40, 14, [2850817, -3932159, 2686977, -3506175, 1310721, -1572863, 294913]),
        (35, 14, [-524287, 1015809, -327679, 32769]),
        (50, 15, [-3342335, 2555905, -3014655, 1769473, -2162687, 1179649]),
        (59, 16, [-5242879, 15597569, -4587519, 12058625, -3407871, 4849665]),
    ],
)
def test_openfhe_takes_these_primes(bits: int, log_n: int, offsets: list[int]) -> None:
    """Read from serialized contexts of openfhe-python 1.6.1 with FIXEDMANUAL."""
    primes = openfhe_rescaling_primes(bits, len(offsets), log_n)
    assert [prime - 2**bits for prime in primes] == offsets


def test_primes_of_sixty_bits_are_all_below() -> None:
    primes = openfhe_rescaling_primes(60, 4, 13)
    assert len(set(primes)) == 4
    assert max(primes) < 2**60
    assert openfhe_rescaling_primes(60, 3, 13, exclude=primes[-1:]) == primes[:3]
