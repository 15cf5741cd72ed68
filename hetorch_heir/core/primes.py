"""Primes q with q = 1 mod 2N, for which negacyclic number-theoretic transforms of size N exist."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from itertools import islice
from typing import cast

from sympy import isprime  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

from hetorch_heir.core.errors import ParameterError

MAX_PRIME_BITS = 60
"""The largest prime that OpenFHE, SEAL and Lattigo all accept."""


def is_ntt_prime(value: int, log_n: int) -> bool:
    """Whether ``value`` is a prime that is 1 modulo 2N, N = 2**log_n."""
    return value % (2 << log_n) == 1 and cast(bool, isprime(value))


def ntt_primes_below(bits: int, count: int, log_n: int, exclude: Collection[int] = ()) -> tuple[int, ...]:
    """The ``count`` largest NTT primes below 2**bits, largest first.

    Raises:
        ParameterError: there are not so many primes of ``bits`` bits.
    """
    _check_bits(bits, log_n)
    candidates = _descending(bits, log_n)
    return _take(candidates, bits, count, log_n, exclude)


def ntt_primes_around(bits: int, count: int, log_n: int, exclude: Collection[int] = ()) -> tuple[int, ...]:
    """``count`` NTT primes nearest to 2**bits, by turns from above and from below.

    Raises:
        ParameterError: there are not so many primes of about ``bits`` bits.
    """
    _check_bits(bits, log_n)
    # Above 2**60 a prime has 61 bits, more than the libraries take.
    alternating = _descending(bits, log_n) if bits == MAX_PRIME_BITS else _alternating(bits, log_n)
    return _take(alternating, bits, count, log_n, exclude)


def rescaling_primes(bits: int, count: int, log_n: int, exclude: Collection[int] = ()) -> tuple[int, ...]:
    """``count`` NTT primes near 2**bits in the order that keeps the scale of products near 2**bits.

    A ciphertext of scale s is squared and divided by the prime of its level; any deviation of s doubles
    on the way. So each prime, from the last one on, which is dropped first, is the one nearest to
    s**2 / 2**bits among those that are left (Kim, Papadimitriou, Polyakov: "Approximate homomorphic
    encryption with reduced approximation error", CT-RSA 2022, section 4).

    Raises:
        ParameterError: there are not so many primes of about ``bits`` bits.
    """
    _check_bits(bits, log_n)
    # Above 2**60 a prime has 61 bits, more than the libraries take.
    nearest = _descending(bits, log_n) if bits == MAX_PRIME_BITS else _alternating(bits, log_n)
    wanted = (q for q in nearest if q not in exclude and is_ntt_prime(q, log_n))
    pool = {q: math.log2(q) - bits for q in islice(wanted, 2 * count)}
    if len(pool) < count:
        raise _too_few_primes(len(pool), count, bits, log_n)
    chosen: list[int] = []
    deviation = 0.0
    for _ in range(count):
        prime = min(pool, key=lambda q: abs(2 * deviation - pool[q]))
        deviation = 2 * deviation - pool.pop(prime)
        chosen.append(prime)
    return tuple(reversed(chosen))


def openfhe_rescaling_primes(
    bits: int, count: int, log_n: int, exclude: Collection[int] = ()
) -> tuple[int, ...]:
    """The primes that OpenFHE takes for rescaling when the scaling technique is FIXEDMANUAL.

    The last one, which is dropped first, is the first above 2**bits; before it come by turns the next
    below and above. Other libraries take any primes: with these, scales are known on all of them.
    Measured with openfhe-python 1.6.1 for 3 to 21 primes of 30 to 59 bits; they are not excluded there.

    Raises:
        ParameterError: there are not so many primes of about ``bits`` bits.
    """
    _check_bits(bits, log_n)
    if bits == MAX_PRIME_BITS:
        return _take(_descending(bits, log_n), bits, count, log_n, exclude)[::-1]
    step = 2 << log_n
    above = iter(range((1 << bits) + 1, 5 << (bits - 2), step))
    primes = [
        *_take(above, bits, (count + 1) // 2, log_n, exclude),
        *_take(_descending(bits, log_n), bits, count // 2, log_n, exclude),
    ]
    above_count = (count + 1) // 2
    by_turns = [primes[turn // 2 + (turn % 2) * above_count] for turn in range(count)]
    return tuple(reversed(by_turns))


def _check_bits(bits: int, log_n: int) -> None:
    if not log_n + 2 <= bits <= MAX_PRIME_BITS:
        raise ParameterError(
            f"a prime of {bits} bits can't serve ring dimension 2^{log_n}",
            hint=f"use between {log_n + 2} and {MAX_PRIME_BITS} bits",
        )


def _take(
    candidates: Iterator[int], bits: int, count: int, log_n: int, exclude: Collection[int]
) -> tuple[int, ...]:
    wanted = (q for q in candidates if q not in exclude and is_ntt_prime(q, log_n))
    found = tuple(islice(wanted, count))
    if len(found) < count:
        raise _too_few_primes(len(found), count, bits, log_n)
    return found


def _too_few_primes(found: int, count: int, bits: int, log_n: int) -> ParameterError:
    return ParameterError(
        f"there are only {found} usable primes of about {bits} bits for ring dimension 2^{log_n},"
        f" and {count} are needed",
        hint="use a larger scale",
    )


def _descending(bits: int, log_n: int) -> Iterator[int]:
    step = 2 << log_n
    return iter(range((1 << bits) + 1 - step, 1 << (bits - 1), -step))


def _alternating(bits: int, log_n: int) -> Iterator[int]:
    step = 2 << log_n
    # A quarter of the way to the next power of two: the logarithm still rounds to ``bits``.
    for distance in range(step, 1 << (bits - 2), step):
        yield (1 << bits) + 1 + distance - step
        yield (1 << bits) + 1 - distance


def log2_product(primes: Collection[int]) -> float:
    """The base-2 logarithm of the product of ``primes``."""
    return math.fsum(math.log2(q) for q in primes)
