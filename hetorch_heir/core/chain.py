"""The CKKS modulus chain: its primes, and how to choose them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hetorch_heir.core.bootstrapping import Bootstrapping
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.primes import (
    MAX_PRIME_BITS,
    is_ntt_prime,
    log2_product,
    ntt_primes_below,
    openfhe_rescaling_primes,
)
from hetorch_heir.core.security import LARGEST_LOG_N, MAX_LOG_QP, is_secure, max_log_qp

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
        bootstrapping: what bootstraps need of the chain; None for programs without.

    Raises:
        ParameterError: the primes repeat or don't fit the ring, or the slots don't.
    """

    log_n: int
    Q: tuple[int, ...]
    P: tuple[int, ...]
    log_scale: int
    slots: int
    bootstrapping: Bootstrapping | None = None

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
        """The highest level that a ciphertext can have."""
        return len(self.Q) - 1

    @property
    def fresh_level(self) -> int:
        """Level of a fresh ciphertext, and after a bootstrap: the levels above are consumed by bootstraps."""
        return self.max_level - self.bootstrap_levels

    @property
    def bootstrap_levels(self) -> int:
        """Levels that a bootstrap consumes."""
        return self.bootstrapping.levels if self.bootstrapping else 0

    @property
    def added_bits(self) -> int:
        """Bits of the primes that the library adds for bootstraps."""
        return self.bootstrapping.added_bits if self.bootstrapping else 0

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
        """Whether it has 128-bit security with a uniform ternary secret, the bits added included."""
        return is_secure(self.log_n, self.log_qp + self.added_bits)

    @property
    def key_bytes(self) -> int:
        """Bytes of one rotation or relinearization key: two polynomials modulo QP per digit."""
        return 2 * self.digits * (len(self.Q) + len(self.P)) * self.ring_dimension * 8


class TooDeepError(ParameterError):
    """No ring carries so many levels."""


@dataclass(frozen=True)
class _Wanted:
    """What a chain is chosen for.

    Attributes:
        depth: levels of the program.
    """

    depth: int
    scale_bits: int
    first_bits: int
    slots: int | None
    bootstrapping: Bootstrapping | None

    @property
    def rescaling_primes(self) -> int:
        taken = self.bootstrapping
        return self.depth + (taken.spare + taken.levels if taken else 0)

    @property
    def special_primes(self) -> int:
        """As many as make ``DEFAULT_DIGITS`` digits."""
        return -(-(self.rescaling_primes + 1) // DEFAULT_DIGITS)

    @property
    def least_log_qp(self) -> int:
        added = self.bootstrapping.added_bits if self.bootstrapping else 0
        return MAX_PRIME_BITS + self.first_bits + self.rescaling_primes * self.scale_bits + added

    def fits(self, log_n: int) -> bool:
        """Whether a ring has the slots and could be secure; at the border primes decide."""
        if self.slots is not None and self.slots > 1 << (log_n - 1):
            return False
        if self.bootstrapping is not None and log_n < self.bootstrapping.smallest_log_n:
            return False
        return self.least_log_qp <= max_log_qp(log_n) + 1


def choose_chain(
    depth: int,
    scale_bits: int = 40,
    first_bits: int = 60,
    slots: int | None = None,
    insecure: bool = False,
    bootstrapping: Bootstrapping | None = None,
) -> CKKSChain:
    """The smallest chain with ``depth`` levels that has 128-bit security.

    The ring carries at least one special prime, and as many more as are secure there, up to what
    makes ``DEFAULT_DIGITS`` key-switching digits. With bootstraps a larger ring, which has room for more
    special primes, is taken where its keys are smaller: the smallest would switch keys in a digit per prime.

    Args:
        depth: rescalings that the program needs; with bootstraps, from one to the next.
        scale_bits: log2 of the scale, and the size of each rescaling prime.
        first_bits: size of the first prime; what it exceeds the scale by bounds the values decrypted.
        slots: slots that the program needs; None means all of the ring.
        insecure: take the smallest ring that has the slots, whatever its security.
        bootstrapping: what bootstraps take of the chain, where the program has any.

    Raises:
        TooDeepError: no standard ring is large enough.
        ParameterError: the sizes are not usable.
    """
    if depth < 0 or scale_bits < 1 or first_bits < scale_bits:
        raise ParameterError(
            f"a chain of depth {depth} with scale 2^{scale_bits} and a first prime of {first_bits} bits"
            " can't be built",
            hint=f"the depth is at least 0, and 0 < scale <= first prime <= {MAX_PRIME_BITS} bits;"
            " 40 and 60 are the usual ones",
        )
    if slots is not None and (slots < 1 or slots.bit_count() != 1):
        raise ParameterError(f"{slots} slots: the number of slots is a power of two")
    if bootstrapping is not None:
        bootstrapping.check_sizes(scale_bits, first_bits)
    wanted = _Wanted(depth, scale_bits, first_bits, slots, bootstrapping)
    if insecure:
        log_n = slots.bit_length() if slots else DEFAULT_INSECURE_LOG_N
        return _build(log_n, wanted, wanted.special_primes)
    rings = (log_n for log_n in sorted(MAX_LOG_QP) if wanted.fits(log_n))
    chains = (chain for log_n in rings if (chain := _largest_secure(log_n, wanted)) is not None)
    smallest = next(chains, None)
    if smallest is None:
        raise _too_deep(wanted)
    return smallest if bootstrapping is None else min([smallest, *chains], key=lambda one: one.key_bytes)


def _largest_secure(log_n: int, wanted: _Wanted) -> CKKSChain | None:
    for special_primes in range(wanted.special_primes, 0, -1):
        chain = _build(log_n, wanted, special_primes)
        if chain.secure:
            return chain
    return None


def _build(log_n: int, wanted: _Wanted, special_primes: int) -> CKKSChain:
    # Special primes at least as large as any other keep the noise of key switching small; OpenFHE's have
    # 60 bits in any case.
    largest = ntt_primes_below(MAX_PRIME_BITS, special_primes + 1, log_n)
    special = largest[:special_primes]
    (first,) = ntt_primes_below(wanted.first_bits, 1, log_n, exclude=special)
    large = (first, *special)
    scaling = openfhe_rescaling_primes(wanted.scale_bits, wanted.rescaling_primes, log_n, exclude=large)
    slots = wanted.slots or 1 << (log_n - 1)
    return CKKSChain(log_n, (first, *scaling), special, wanted.scale_bits, slots, wanted.bootstrapping)


def _too_deep(wanted: _Wanted) -> ParameterError:
    largest = LARGEST_LOG_N
    if wanted.slots is not None and wanted.slots > 1 << (largest - 1):
        return ParameterError(
            f"{wanted.slots} slots need a ring larger than 2^{largest}",
            hint="split the values over several ciphertexts",
        )
    bootstraps = f" and bootstraps on {wanted.bootstrapping.library}" if wanted.bootstrapping else ""
    return TooDeepError(
        f"the program is too deep for the parameters: {wanted.depth} levels of {wanted.scale_bits} bits"
        f"{bootstraps} need a modulus of at least {wanted.least_log_qp} bits, and the largest secure one has"
        f" {MAX_LOG_QP[largest]} (ring dimension 2^{largest})",
        hint=f"{_what_fits(wanted, largest)}; or use activations of lower degree, or bootstraps",
    )


def _what_fits(wanted: _Wanted, log_n: int) -> str:
    taken = wanted.least_log_qp - wanted.depth * wanted.scale_bits
    room = MAX_LOG_QP[log_n] - taken
    smaller = room // wanted.depth if wanted.depth else wanted.scale_bits
    if smaller <= log_n + 2 or wanted.bootstrapping is not None:
        return f"{room // wanted.scale_bits} levels fit"
    return f"{room // wanted.scale_bits} levels fit, or this many with a scale of {smaller} bits"
