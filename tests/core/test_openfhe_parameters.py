"""The ring that OpenFHE takes: what openfhe-python 1.6.1 has answered, and what users are told."""

from __future__ import annotations

import re

import pytest

from hetorch_heir.core.bootstrapping import BOOTSTRAPPING
from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.openfhe_parameters import openfhe_log_n, openfhe_mismatch


@pytest.mark.parametrize(
    ("depth", "scale_bits", "first_bits", "log_n"),
    [
        (1, 50, 58, 14),
        (1, 45, 55, 13),
        (4, 59, 60, 15),
        (4, 55, 60, 14),
        (7, 30, 56, 15),
        (7, 30, 55, 14),
        (8, 30, 55, 14),
        (9, 59, 60, 16),
        (13, 45, 55, 15),
        (18, 30, 56, 16),
        (18, 30, 55, 15),
    ],
)
def test_openfhe_takes_this_ring(depth: int, scale_bits: int, first_bits: int, log_n: int) -> None:
    assert openfhe_log_n(depth, scale_bits, first_bits) == log_n


def test_too_much_for_any_ring() -> None:
    assert openfhe_log_n(60, 59, 60) is None


def test_equal_rings_are_not_worth_a_word() -> None:
    assert openfhe_mismatch(choose_chain(5), 44) is None
    assert openfhe_mismatch(choose_chain(16, 59, 60, bootstrapping=BOOTSTRAPPING["openfhe"]), 60) is None


def test_users_are_told_of_sizes_that_keep_the_ring() -> None:
    chain = choose_chain(7)
    assert chain.log_n == 14
    message = openfhe_mismatch(chain, 44) or ""
    assert "ring of 2^15" in message and "not 2^14" in message
    found = re.search(r"--first-bits (\d+) --scale-bits (\d+)", message)
    assert found
    first_bits, scale_bits = map(int, found.groups())
    assert first_bits >= scale_bits + 4
    assert choose_chain(7, scale_bits, first_bits).log_n == 14
    assert openfhe_log_n(7, scale_bits, first_bits) == 14
    assert openfhe_log_n(7, scale_bits + 1, scale_bits + 5) == 15
