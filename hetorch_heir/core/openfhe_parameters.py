"""The ring that OpenFHE chooses by itself for a program that heir-opt has lowered.

HEIR's programs say sizes of primes and the depth, and leave the ring to OpenFHE, which is careful about the
special primes of key switching: they have 60 bits, as many as exceed the longest digit by five bits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from hetorch_heir.core.chain import CKKSChain

MAX_LOG_QP: Mapping[int, int] = MappingProxyType(
    {10: 27, 11: 54, 12: 109, 13: 218, 14: 438, 15: 881, 16: 1747, 17: 3523}
)
"""OpenFHE's bounds on log2(QP) by log2 of the ring dimension, for 128 bits and ternary secrets: those of the
2018 standard, and for the largest rings of the 2024 guidelines."""

SPECIAL_PRIME_BITS = 60
DIGIT_MARGIN_BITS = 5


def openfhe_log_n(depth: int, scale_bits: int, first_bits: int) -> int | None:
    """log2 of the ring dimension that OpenFHE takes with default options; None where no ring is large enough.

    Measured with openfhe-python 1.6.1: the same for 195 combinations of sizes, up to depth 21.

    Args:
        depth: rescaling primes.
        scale_bits, first_bits: sizes of those and of the prime that stays.
    """
    sizes = [first_bits] + [scale_bits] * depth
    in_digit = -(-len(sizes) // _digits(depth))
    longest = max(sum(sizes[start : start + in_digit]) for start in range(0, len(sizes), in_digit))
    special = -(-(longest + DIGIT_MARGIN_BITS) // SPECIAL_PRIME_BITS) * SPECIAL_PRIME_BITS
    needed = sum(sizes) + special
    return next((log_n for log_n, bound in MAX_LOG_QP.items() if needed <= bound), None)


def _digits(depth: int) -> int:
    """Key-switching digits where a program doesn't say how many."""
    return min(depth + 1, 2) if depth <= 3 else 3


def openfhe_mismatch(chain: CKKSChain, least_first_bits: int) -> str | None:
    """What to tell the user of a chain for whose sizes OpenFHE takes another ring; None where it doesn't.

    Args:
        chain: of a program for OpenFHE.
        least_first_bits: of the first prime, for the values.
    """
    first = round(math.log2(chain.Q[0]))
    taken = openfhe_log_n(chain.max_level, chain.log_scale, first)
    if taken == chain.log_n or (taken is not None and taken < chain.log_n):
        return None
    fitting = _fitting_sizes(chain, first, least_first_bits)
    ring = f"a ring of 2^{taken}" if taken is not None else "no secure ring"
    advice = f"; --first-bits {fitting[1]} --scale-bits {fitting[0]} keeps it" if fitting else ""
    return (
        f"OpenFHE has {ring} for these sizes of primes, not 2^{chain.log_n}, as it takes more special primes."
        f" The program is slower there, and its scales are exact with the primes of 2^{chain.log_n}"
        f" only{advice}"
    )


def _fitting_sizes(chain: CKKSChain, first: int, least_first_bits: int) -> tuple[int, int] | None:
    """The largest scale, and with it the largest first prime, that OpenFHE takes in the ring of the chain."""
    headroom = max(2, least_first_bits - chain.log_scale)
    for scale in range(chain.log_scale, chain.log_n + 8, -1):
        for first_bits in range(first, scale + headroom - 1, -1):
            if (openfhe_log_n(chain.max_level, scale, first_bits) or math.inf) <= chain.log_n:
                return scale, first_bits
    return None
