"""What each operation of CKKS adds to the error of a slot, as a standard deviation.

An error is a polynomial of the ring whose coefficients have some variance V. The canonical embedding turns it
into slots, whose real parts then have variance d*V/2: d is the number of coefficients that a slot depends on,
the ring dimension N, or twice the slots where the library reads only the subring of sparsely packed vectors.
Dividing by the scale gives the error of the number encrypted. This is the analysis of Costache, Curtis,
Hales, Murphy, Ogilvie and Player ("On the precision loss in approximate homomorphic encryption", SAC 2023,
ePrint 2022/162), section 3, with the key switching of Kim, Polyakov and Zucca ("Revisiting homomorphic
encryption schemes for finite fields", ASIACRYPT 2021).

There digits and the special modulus are converted between bases without centering, so what is rounded off has
a mean: a polynomial with equal coefficients, which is all but zero in most slots and large in those next to
the root 1. So the error of key switching differs from slot to slot, and slot 0 has most of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.primes import log2_product

Slots = npt.NDArray[np.float64]

ERROR_DEVIATION = 3.19
"""Standard deviation of the errors in fresh samples: the standard's, which all libraries keep to."""

TERNARY_WEIGHT = 2.0 / 3.0
"""Expected square of a coefficient of a uniform ternary secret."""

ROUNDING = 1.0 / 12.0
"""Variance of rounding to the nearest integer."""

BOOTSTRAP_DEVIATION = 4.5e-6
"""Error that a bootstrap of OpenFHE adds to a slot, for scales of ``BOOTSTRAP_SCALE_BITS`` and values up to
1: measured at N = 2^16, 5.4e-6 with 2^15 slots and 3.8e-6 with 2^12."""

BOOTSTRAP_SCALE_BITS = 59

FLOODING_FLOOR = 1.0 / 32.0
"""Least variance, over N, that OpenFHE's decryption adds to a coefficient (CKKS_M_FACTOR = 1)."""

OPENFHE_SPECIAL_BITS = 60


@dataclass(frozen=True)
class NoiseModel:
    """The errors of one instance of CKKS; of OpenFHE unless said otherwise.

    Args:
        chain: ring, primes and scale.
        digit_primes: primes of Q in a key-switching digit.
        special_primes: how many primes the special modulus of key switching has.
        special_bits: its size.
        generator: of the slots' roots: slot j is the value at the root's power generator**j.
        sparse: whether slots that vectors repeat over are read from a subring (OpenFHE), so that errors
            average out, or are slots of the whole ring (SEAL).
        secret_key_encryption: whether fresh ciphertexts come from the secret key, whose holder makes less
            noise than the public key does.
        lowers_fresh: whether encryption drops a prime in the end, which leaves only rounding (SEAL).
        centered: whether key switching rounds to nearest (SEAL) or converts bases as they are (OpenFHE).
        floods: whether decryption adds noise of its own, so that results don't tell the secret key (OpenFHE;
            Li and Micciancio, "On the security of homomorphic encryption on approximate numbers", 2021).
        bootstrap: standard deviation that a bootstrap adds to a slot.

    Raises:
        ParameterError: a size that can't be.
    """

    chain: CKKSChain
    digit_primes: int = 1
    special_primes: int = 1
    special_bits: float = OPENFHE_SPECIAL_BITS
    generator: int = 5
    sparse: bool = True
    secret_key_encryption: bool = False
    lowers_fresh: bool = False
    centered: bool = False
    floods: bool = True
    bootstrap: float = BOOTSTRAP_DEVIATION

    def __post_init__(self) -> None:
        if self.digit_primes < 1 or self.special_primes < 1 or not self.bootstrap >= 0.0:
            raise ParameterError(
                f"no noise can be told for digits of {self.digit_primes} primes, {self.special_primes}"
                f" special primes and bootstraps that add {self.bootstrap:g}",
                hint="there is at least one prime of each kind, and a deviation is at least 0",
            )

    @property
    def secret_weight(self) -> float:
        """Expected square of the secret's norm: of its coefficients, two thirds aren't zero."""
        return TERNARY_WEIGHT * self.chain.ring_dimension

    @property
    def slots(self) -> int:
        """Slots whose errors are told apart."""
        return self.chain.slots if self.sparse else self.chain.ring_dimension // 2

    def deviation(self, variance: float, scale: float) -> float:
        """Standard deviation of a slot, for the variance of an error's coefficients and a scale."""
        return math.sqrt(self.slots * variance) / scale

    @cached_property
    def mean_shape(self) -> Slots:
        """Squares of the slots of a polynomial with equal coefficients: shape (slots,), 1 on average."""
        degree = self.chain.ring_dimension
        roots, power = np.empty(degree // 2), 1
        for slot in range(degree // 2):
            roots[slot] = power
            power = power * self.generator % (2 * degree)
        # 1 + x + ... + x^(N-1) = 2 / (1 - x), as x^N = -1.
        squares = 1.0 / np.sin(np.pi * roots / (2 * degree)) ** 2 / degree
        return squares.reshape(-1, self.slots).mean(0)

    def encoding(self, scale: float) -> float:
        """Encoding: coefficients are rounded to integers."""
        return self.deviation(ROUNDING, scale)

    def encryption(self, scale: float) -> float:
        """A fresh ciphertext, rounding of the encoding included."""
        if self.lowers_fresh:
            return self.deviation(ROUNDING + ROUNDING * (1.0 + self.secret_weight), scale)
        samples = 1.0
        if not self.secret_key_encryption:
            # e_0 + v * e_key + e_1 * s, where v is as ternary as s.
            samples += 2.0 * self.secret_weight
        return self.deviation(ERROR_DEVIATION**2 * samples + ROUNDING, scale)

    def rescaling(self, scale: float, dimension: int = 2) -> float:
        """Rescaling to ``scale``: each polynomial is rounded; decryption multiplies them by 1, s and s^2."""
        weight = 1.0 + self.secret_weight
        if dimension > 2:
            # A slot of s is a complex Gaussian, whose fourth moment is twice the square of the second.
            weight += 2.0 * self.secret_weight**2
        return self.deviation(ROUNDING * weight, scale)

    def key_switching(self, scale: float, level: int) -> Slots:
        """A rotation or relinearization of a ciphertext at ``level``; shape (slots,)."""
        chain, width = self.chain, self.digit_primes
        primes = chain.Q[: level + 1]
        varying = steady = 0.0
        for start in range(0, len(primes), width):
            digit = primes[start : start + width]
            ratio = 2.0 ** (log2_product(digit) - self.special_bits)
            noise = ERROR_DEVIATION**2 * chain.ring_dimension * ratio**2
            varying += noise * _converted(len(digit))
            steady += noise * _converted_mean(len(digit)) ** 2
        weight = 1.0 + self.secret_weight
        varying += weight * (ROUNDING if self.centered else _converted(self.special_primes))
        steady += weight * (0.0 if self.centered else _converted_mean(self.special_primes) ** 2)
        return self.deviation(1.0, scale) * np.sqrt(varying + steady * self.mean_shape)

    def decryption(self, deviation: float, scale: float) -> float:
        """What decryption makes of an error of a standard deviation."""
        if not self.floods:
            return deviation
        # The library estimates the error from the slots' imaginary parts and adds as much again.
        # Scales above that of inputs are brought down to it before.
        floor = self.deviation(FLOODING_FLOOR * self.chain.ring_dimension, min(scale, self.chain.scale))
        return math.hypot(deviation, max(deviation, floor))


def _converted(primes: int) -> float:
    """Variance of a value modulo ``primes`` primes, over their product, after fast base conversion.

    It is a sum of ``primes`` terms, each uniform between 0 and 1.
    """
    return primes * ROUNDING


def _converted_mean(primes: int) -> float:
    return primes / 2.0


def openfhe_noise(chain: CKKSChain, *, secret_key_encryption: bool = False) -> NoiseModel:
    """The errors of OpenFHE on ``chain``, whose special primes have 60 bits whatever those of P have."""
    width = -(-len(chain.Q) // chain.digits)
    digits = (chain.Q[start : start + width] for start in range(0, len(chain.Q), width))
    special = round(max(map(log2_product, digits))) // OPENFHE_SPECIAL_BITS + 1
    return NoiseModel(
        chain,
        width,
        special,
        special * OPENFHE_SPECIAL_BITS,
        secret_key_encryption=secret_key_encryption,
        bootstrap=BOOTSTRAP_DEVIATION * 2.0 ** (BOOTSTRAP_SCALE_BITS - chain.log_scale),
    )


def seal_noise(chain: CKKSChain) -> NoiseModel:
    """The errors of SEAL on ``chain``: one special prime, and each prime of Q a digit."""
    special = math.log2(max(chain.P)) if chain.P else OPENFHE_SPECIAL_BITS
    return NoiseModel(
        chain, special_bits=special, generator=3, sparse=False, lowers_fresh=True, centered=True, floods=False
    )


NOISE_MODELS = {"openfhe": openfhe_noise, "seal": seal_noise}
"""By the names of backends."""
