"""Choice of modulus chains."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hetorch_heir.core.chain import CKKSChain, choose_chain
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.security import MAX_LOG_QP, is_secure, max_log_qp, smallest_secure_log_n


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 40), st.integers(30, 50))
def test_chosen_chains_are_secure_and_as_deep_as_asked(depth: int, scale_bits: int) -> None:
    chain = choose_chain(depth, scale_bits, 60)
    assert chain.max_level == depth
    assert chain.log_qp <= MAX_LOG_QP[chain.log_n]
    assert chain.slots == chain.ring_dimension // 2
    assert all(round(math.log2(q)) == scale_bits for q in chain.Q[1:])
    assert min(chain.P) > max(chain.Q)
    # One ring smaller would not do, even with a single special prime.
    assert chain.log_n == 10 or 120 + depth * scale_bits > max_log_qp(chain.log_n - 1) - 1


@pytest.mark.parametrize(
    ("depth", "log_n"), [(0, 13), (2, 13), (3, 14), (7, 14), (8, 15), (18, 15), (19, 16), (40, 16), (41, 17)]
)
def test_ring_for_a_scale_of_40_bits(depth: int, log_n: int) -> None:
    assert choose_chain(depth, 40, 60).log_n == log_n


def test_special_primes_make_three_digits_where_they_fit() -> None:
    assert choose_chain(10, 40, 60).digits == 3
    assert choose_chain(7, 40, 60).digits == 8


def test_key_size_of_a_measured_instance() -> None:
    """OpenFHE's rotation keys at N = 2^14, depth 7, 8 digits take 18.0 MiB."""
    assert choose_chain(7, 40, 60).key_bytes == 18 * 2**20


def test_slots_may_be_fewer_than_the_ring_has() -> None:
    chain = choose_chain(7, 40, 60, slots=1024)
    assert (chain.log_n, chain.slots) == (14, 1024)


def test_slots_may_ask_for_a_larger_ring() -> None:
    assert choose_chain(1, 40, 60, slots=16384).log_n == 15


def test_insecure_chains_are_as_small_as_the_slots() -> None:
    chain = choose_chain(10, 40, 60, slots=1024, insecure=True)
    assert chain.log_n == 11
    assert not chain.secure


def test_too_deep_says_what_is_needed_and_what_to_do() -> None:
    with pytest.raises(ParameterError, match=r"120 levels of 40 bits .* 4920 bits.* 3523") as caught:
        choose_chain(120, 40, 60)
    assert "bootstraps" in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [{"depth": -1}, {"depth": 1, "scale_bits": 50, "first_bits": 40}, {"depth": 1, "slots": 1000}],
)
def test_impossible_requests_are_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(ParameterError):
        choose_chain(**arguments)  # pyright: ignore[reportArgumentType]


def test_too_many_slots_are_refused() -> None:
    with pytest.raises(ParameterError, match="131072 slots"):
        choose_chain(1, slots=1 << 17)


def test_a_chain_checks_its_primes_and_slots() -> None:
    chain = choose_chain(2)
    with pytest.raises(ParameterError, match="distinct"):
        CKKSChain(chain.log_n, (*chain.Q, chain.Q[0]), chain.P, 40, chain.slots)
    with pytest.raises(ParameterError, match="not a prime"):
        CKKSChain(chain.log_n, (chain.Q[0] + 2,), chain.P, 40, chain.slots)
    with pytest.raises(ParameterError, match="slots"):
        CKKSChain(chain.log_n, chain.Q, chain.P, 40, chain.ring_dimension)


def test_security_table() -> None:
    assert is_secure(14, 430.0)
    assert not is_secure(14, 430.5)
    assert not is_secure(9, 1.0)
    assert smallest_secure_log_n(431) == 15
    assert smallest_secure_log_n(4000) is None
    with pytest.raises(ParameterError, match=r"2\^18"):
        max_log_qp(18)


def test_special_primes_are_those_of_openfhe_whatever_the_first_prime() -> None:
    chain = choose_chain(3, 30, 34)
    assert [round(math.log2(q)) for q in chain.P] == [60] * len(chain.P)
    assert round(math.log2(chain.Q[0])) == 34
    assert (chain.log_n, chain.secure) == (13, True)


def test_a_program_too_deep_is_told_what_fits() -> None:
    with pytest.raises(ParameterError, match="levels of 40 bits") as refusal:
        choose_chain(100, 40, 60)
    assert "85 levels fit, or this many with a scale of 34 bits" in str(refusal.value)
    assert choose_chain(85, 40, 60).log_n == choose_chain(100, 34, 60).log_n == 17
