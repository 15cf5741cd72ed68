"""The CKKS modulus chain: its primes, and how to choose them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.primes import (
    MAX_PRIME_BITS,
    is_ntt_prime,
    log2_product,
    ntt_primes_below,
    openfhe_rescaling_primes,
)
from hetorch_heir.core.security import MAX_LOG_QP, is_secure, max_log_qp

DEFAULT_DIGITS = 3
"""Key-switching digits aimed at: fewer are faster and make smaller keys, but cost more special primes."""

DEFAULT_INSECURE_LOG_N = 13


@dataclass(frozen=True)
class CKKSChain:
    """Ring dimension, primes and scale of a CKKS instance.

    Args:
        log_n: log2 of the ring dimension N.
        Q: the primes of the ciphertext modulus; ``Q[0]`` stays to the end, ``Q[-1]`` goes first. A
            ciphertext at level l lives modulo the first l + 1 of them.
        P: the special primes of hybrid key switching; no ciphertext carries them.
        log_scale: log2 of the encoding scale.
        slots: slots that a program uses; a power of two, at most N/2. Fewer than N/2 means that
            vectors repeat with this period.

    Raises:
        ParameterError: the primes repeat or don't fit the ring, or the slots don't.
    """

    log_n: int
    Q: tuple[int, ...]
    P: tuple[int, ...]
    log_scale: int
    slots: int

    def __post_init__(self) -> None:
        primes = (*self.Q, *self.P)
        if not self.Q or len(set(primes)) != len(primes):
            raise ParameterError("the primes of a modulus chain must be distinct, and at least one")
        unfit = next((q for q in primes if not is_ntt_prime(q, self.log_n)), None)
        if unfit is not None:
            raise ParameterError(f"{unfit} is not a prime that is 1 modulo 2^{self.log_n + 1}")
        if self.slots.bit_count() != 1 or self.slots > self.ring_dimension // 2:
            raise ParameterError(
                f"{self.slots} slots don't fit ring dimension {self.ring_dimension}",
                hint=f"use a power of two, at most {self.ring_dimension // 2}",
            )

    @property
    def ring_dimension(self) -> int:
        """N, the degree of the ring's polynomial X**N + 1."""
        return 1 << self.log_n

    @property
    def max_level(self) -> int:
        """Level of a fresh ciphertext: how many times it can be rescaled."""
        return len(self.Q) - 1

    @cached_property
    def log_q(self) -> float:
        """log2 of the ciphertext modulus at the highest level."""
        return log2_product(self.Q)

    @cached_property
    def log_qp(self) -> float:
        """log2 of the whole modulus, special primes included: what security depends on."""
        return log2_product((*self.Q, *self.P))

    @property
    def scale(self) -> float:
        return float(2**self.log_scale)

    @property
    def digits(self) -> int:
        """Key-switching digits: Q cut into runs as long as P (``dnum`` in the literature)."""
        return -(-len(self.Q) // len(self.P)) if self.P else len(self.Q)

    @property
    def secure(self) -> bool:
        """Whether the chain has 128-bit security with a uniform ternary secret."""
        return is_secure(self.log_n, self.log_qp)

    @property
    def key_bytes(self) -> int:
        """Bytes of one rotation or relinearization key: two polynomials modulo QP per digit."""
        return 2 * self.digits * (len(self.Q) + len(self.P)) * self.ring_dimension * 8


def choose_chain(
    depth: int,
    scale_bits: int = 40,
    first_bits: int = 60,
    slots: int | None = None,
    insecure: bool = False,
) -> CKKSChain:
    """The smallest chain with ``depth`` levels that has 128-bit security.

    The ring carries at least one special prime, and as many more as are secure there, up to what
    makes ``DEFAULT_DIGITS`` key-switching digits.

    Args:
        depth: rescalings that the program needs.
        scale_bits: log2 of the scale, and the size of each rescaling prime.
        first_bits: size of the first prime; what it exceeds the scale by bounds the values decrypted.
        slots: slots that the program needs; None means all of the ring.
        insecure: take the smallest ring that has the slots, whatever its security.

    Raises:
        ParameterError: no standard ring is large enough, or the sizes are not usable.
    """
    if depth < 0 or first_bits < scale_bits:
        raise ParameterError(
            f"a chain of depth {depth} with scale 2^{scale_bits} and a first prime of {first_bits} bits"
            " can't be built",
            hint="the depth is at least 0 and the first prime at least as large as the scale",
        )
    if slots is not None and (slots < 1 or slots.bit_count() != 1):
        raise ParameterError(f"{slots} slots: the number of slots is a power of two")
    if insecure:
        log_n = slots.bit_length() if slots else DEFAULT_INSECURE_LOG_N
        return _build(log_n, depth, scale_bits, first_bits, _wanted_special_primes(depth), slots)
    least = MAX_PRIME_BITS + first_bits + depth * scale_bits
    for log_n in sorted(MAX_LOG_QP):
        if slots is not None and slots > 1 << (log_n - 1):
            continue
        if least > max_log_qp(log_n) + 1:  # the sizes are rounded: let the primes decide at the border
            continue
        chain = _largest_secure(log_n, depth, scale_bits, first_bits, slots)
        if chain is not None:
            return chain
    raise _too_deep(depth, scale_bits, least, slots)


def _largest_secure(
    log_n: int, depth: int, scale_bits: int, first_bits: int, slots: int | None
) -> CKKSChain | None:
    for special_primes in range(_wanted_special_primes(depth), 0, -1):
        chain = _build(log_n, depth, scale_bits, first_bits, special_primes, slots)
        if chain.secure:
            return chain
    return None


def _wanted_special_primes(depth: int) -> int:
    return -(-(depth + 1) // DEFAULT_DIGITS)


def _build(
    log_n: int, depth: int, scale_bits: int, first_bits: int, special_primes: int, slots: int | None
) -> CKKSChain:
    # Special primes at least as large as any other keep the noise of key switching small; OpenFHE's have
    # 60 bits in any case.
    largest = ntt_primes_below(MAX_PRIME_BITS, special_primes + 1, log_n)
    special = largest[:special_primes]
    (first,) = ntt_primes_below(first_bits, 1, log_n, exclude=special)
    large = (first, *special)
    scaling = openfhe_rescaling_primes(scale_bits, depth, log_n, exclude=large)
    return CKKSChain(log_n, (first, *scaling), special, scale_bits, slots or 1 << (log_n - 1))


def _too_deep(depth: int, scale_bits: int, log_qp: int, slots: int | None) -> ParameterError:
    largest = max(MAX_LOG_QP)
    if slots is not None and slots > 1 << (largest - 1):
        return ParameterError(
            f"{slots} slots need a ring larger than 2^{largest}",
            hint="split the values over several ciphertexts",
        )
    return ParameterError(
        f"the program is too deep for the parameters: {depth} levels of {scale_bits} bits need a modulus of"
        f" at least {log_qp} bits, and the largest secure one has {MAX_LOG_QP[largest]} (ring dimension"
        f" 2^{largest})",
        hint=f"{_what_fits(depth, scale_bits, largest)}; or use activations of lower degree, or bootstraps",
    )


def _what_fits(depth: int, scale_bits: int, log_n: int) -> str:
    room = MAX_LOG_QP[log_n] - 2 * MAX_PRIME_BITS
    smaller = room // depth if depth else scale_bits
    if smaller <= log_n + 2:
        return f"{room // scale_bits} levels fit"
    return f"{room // scale_bits} levels fit, or this many with a scale of {smaller} bits"
