"""Scheme parameters as the user writes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from hetorch_heir.core.bootstrapping import Bootstrapping
from hetorch_heir.core.chain import DEFAULT_DIGITS, CKKSChain
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.primes import MAX_PRIME_BITS, ntt_primes_around, ntt_primes_below, rescaling_primes

MAX_SCALE_DISTANCE = 4
"""Bits by which a rescaling prime may differ from the scale before the chain is refused."""


class SchemeParameters(Protocol):
    """What passes ask of any scheme's parameters."""

    @property
    def poly_modulus_degree(self) -> int: ...

    @property
    def noise_budget(self) -> float: ...

    @property
    def slot_count(self) -> int: ...

    @property
    def initial_level(self) -> int: ...

    @property
    def initial_scale(self) -> float: ...


def _check_degree(degree: int) -> None:
    if degree < 2 or degree.bit_count() != 1:
        raise ParameterError(
            f"poly_modulus_degree {degree} is not a power of two", hint="use for example 16384"
        )


@dataclass(frozen=True)
class CKKSParameters:
    """Parameters of CKKS.

    ``coeff_modulus`` lists the primes of the ciphertext modulus Q from the one that stays to the end
    to the one that is dropped first, so a fresh ciphertext has ``len(coeff_modulus) - 1`` levels.
    The special primes of key switching are *not* in the list (SEAL's lists end with one): they carry no
    level, and are chosen when a chain is built unless ``special_modulus`` gives them.

    Args:
        poly_modulus_degree: ring dimension N, a power of two; a ciphertext has N/2 slots.
        coeff_modulus: sizes in bits (at most 60), or primes.
        scale: encoding scale, a power of two.
        noise_budget: noise budget of a fresh ciphertext in bits; bookkeeping of the passes only.
        special_modulus: sizes in bits, or primes; None chooses them.
        bootstrapping: what bootstraps take of ``coeff_modulus``: a fresh ciphertext has its levels fewer.

    Raises:
        ParameterError: the degree is no power of two, the modulus is empty or all taken by bootstraps, or the
            scale is not positive.
    """

    poly_modulus_degree: int = 16384
    coeff_modulus: tuple[int, ...] | list[int] = (60, 40, 40, 40, 40)
    scale: float = 2.0**40
    noise_budget: float = 100.0
    special_modulus: tuple[int, ...] | list[int] | None = None
    bootstrapping: Bootstrapping | None = None

    def __post_init__(self) -> None:
        _check_degree(self.poly_modulus_degree)
        if not self.coeff_modulus or min(self.coeff_modulus) < 2:
            raise ParameterError(
                "coeff_modulus needs at least one prime, given by its size in bits or itself"
            )
        if self.scale < 1:
            raise ParameterError(f"a scale of {self.scale} leaves no precision", hint="use for example 2**40")
        taken = self.bootstrapping.levels if self.bootstrapping else 0
        if len(self.coeff_modulus) <= taken:
            raise ParameterError(
                f"bootstraps take {taken} levels, and coeff_modulus has {len(self.coeff_modulus) - 1}",
                hint=f"give it more than {taken + 1} primes",
            )
        # A list is what the field's examples write; the fields of a frozen dataclass are hashable.
        object.__setattr__(self, "coeff_modulus", tuple(self.coeff_modulus))
        if self.special_modulus is not None:
            object.__setattr__(self, "special_modulus", tuple(self.special_modulus))

    @classmethod
    def from_chain(cls, chain: CKKSChain, noise_budget: float = 100.0) -> CKKSParameters:
        """The parameters whose :attr:`chain` is ``chain`` (but for the number of slots used)."""
        return cls(chain.ring_dimension, chain.Q, chain.scale, noise_budget, chain.P, chain.bootstrapping)

    @property
    def slot_count(self) -> int:
        """Slots of a ciphertext: N/2."""
        return self.poly_modulus_degree // 2

    @property
    def initial_level(self) -> int:
        """Level of a fresh ciphertext, and after a bootstrap: how many times it can be rescaled."""
        return len(self.coeff_modulus) - 1 - (self.bootstrapping.levels if self.bootstrapping else 0)

    @property
    def initial_scale(self) -> float:
        return self.scale

    @property
    def modulus_bits(self) -> tuple[int, ...]:
        """Sizes of the primes of Q in bits (the logarithm, rounded)."""
        return tuple(q if q <= MAX_PRIME_BITS else round(math.log2(q)) for q in self.coeff_modulus)

    @cached_property
    def chain(self) -> CKKSChain:
        """The primes themselves.

        Raises:
            ParameterError: the scale is no power of two, or dropping one of the primes would not bring
                the scale back.
        """
        log_scale = round(math.log2(self.scale))
        if 2**log_scale != self.scale:
            raise ParameterError(f"the scale {self.scale} is not a power of two")
        self._check_rescaling_primes(log_scale)
        log_n = self.poly_modulus_degree.bit_length() - 1
        special = self.special_modulus or [max(self.modulus_bits)] * -(
            -len(self.coeff_modulus) // DEFAULT_DIGITS
        )
        special_primes = _primes(special, log_n, alternate_from=len(special), exclude=self.coeff_modulus)
        q = _primes(self.coeff_modulus, log_n, alternate_from=1, exclude=special_primes)
        sizes = set(self.coeff_modulus[1:])
        if len(sizes) == 1 and max(sizes) <= MAX_PRIME_BITS:
            count, taken = len(q) - 1, (*special_primes, q[0])
            q = (q[0], *rescaling_primes(max(sizes), count, log_n, exclude=taken))
        return CKKSChain(log_n, q, special_primes, log_scale, self.slot_count, self.bootstrapping)

    def _check_rescaling_primes(self, log_scale: int) -> None:
        for position, bits in enumerate(self.modulus_bits[1:], start=1):
            if abs(bits - log_scale) > MAX_SCALE_DISTANCE:
                raise ParameterError(
                    f"dropping prime {position} of coeff_modulus ({bits} bits) does not bring a product's"
                    f" scale back to 2^{log_scale}",
                    hint="give the rescaling primes the size of the scale; a special prime, with which SEAL"
                    " ends its lists, belongs into special_modulus",
                )


def _primes(
    given: tuple[int, ...] | list[int], log_n: int, alternate_from: int, exclude: tuple[int, ...] | list[int]
) -> tuple[int, ...]:
    """Primes for sizes and primes; those from ``alternate_from`` on lie around their powers of two."""
    taken = [value for value in (*given, *exclude) if value > MAX_PRIME_BITS]
    primes: list[int] = []
    for position, value in enumerate(given):
        if value <= MAX_PRIME_BITS:
            choose = ntt_primes_around if position >= alternate_from else ntt_primes_below
            value = choose(value, 1, log_n, taken)[0]
            taken.append(value)
        primes.append(value)
    return tuple(primes)


@dataclass(frozen=True)
class BFVParameters:
    """Parameters of BFV.

    Args:
        poly_modulus_degree: ring dimension N, a power of two; a ciphertext has N slots in two rows.
        plain_modulus: values are integers modulo this prime.
        coeff_modulus: sizes in bits of the primes of the ciphertext modulus.
        noise_budget: noise budget of a fresh ciphertext in bits.
    """

    poly_modulus_degree: int = 16384
    plain_modulus: int = 65537
    coeff_modulus: tuple[int, ...] | list[int] = (60, 60, 60)
    noise_budget: float = 100.0

    def __post_init__(self) -> None:
        _check_degree(self.poly_modulus_degree)
        if not self.coeff_modulus or self.plain_modulus < 2:
            raise ParameterError("coeff_modulus needs at least one prime, and plain_modulus is at least 2")
        object.__setattr__(self, "coeff_modulus", tuple(self.coeff_modulus))

    @property
    def slot_count(self) -> int:
        """Slots of one of the two rows, within which rotations are cyclic: N/2."""
        return self.poly_modulus_degree // 2

    @property
    def initial_level(self) -> int:
        """Primes that can be dropped by modulus switching."""
        return len(self.coeff_modulus) - 1

    @property
    def initial_scale(self) -> float:
        """Integers are encoded as they are."""
        return 1.0


@dataclass(frozen=True)
class BGVParameters(BFVParameters):
    """Parameters of BGV; the fields are those of BFV."""
