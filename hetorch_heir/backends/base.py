"""The interface of backends, and the cost of operations on them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.errors import ParameterError

Slots = npt.NDArray[np.float64]
Ciphertext = TypeVar("Ciphertext")


@dataclass(frozen=True)
class CostModel:
    """Latency and size of operations by ring dimension and level.

    Args:
        samples: for each log2 of a ring dimension measured, for each operation, milliseconds by the
            number of primes that the operand has (its level plus one).
        log_n: log2 of the ring dimension that the model is asked about.
    """

    samples: Mapping[int, Mapping[str, Mapping[int, float]]]
    log_n: int

    def for_ring(self, log_n: int) -> CostModel:
        """The same measurements, for another ring dimension."""
        return CostModel(self.samples, log_n)

    def for_chain(self, chain: CKKSChain, *, bootstraps: bool = False) -> CostModel:
        """The same measurements, for a program with these primes; ``bootstraps`` if its context does that."""
        return self.for_ring(chain.log_n)

    @property
    def operations(self) -> frozenset[str]:
        return frozenset(self._nearest_ring()[1])

    def latency(self, operation: str, level: int | None = None) -> float:
        """Milliseconds of one operation on an operand at ``level``; None means the highest measured.

        Between measurements the latency is interpolated, beyond them extrapolated in proportion to
        the number of primes, and from another ring dimension scaled by N log N. A bootstrap costs the same
        at all levels: it starts by dropping what is left of them.

        Raises:
            ParameterError: the operation has not been measured.
        """
        measured_log_n, table = self._nearest_ring()
        if operation not in table:
            raise ParameterError(
                f"the cost model does not know the operation '{operation}'",
                hint=f"it knows {', '.join(sorted(table))}",
            )
        ring_factor = 2.0 ** (self.log_n - measured_log_n) * self.log_n / measured_log_n
        primes = None if level is None or operation == "bootstrap" else level + 1
        return ring_factor * _interpolate(table[operation], primes)

    def ciphertext_bytes(self, level: int | None = None, dimension: int = 2) -> int:
        """Bytes of a ciphertext: ``dimension`` polynomials of N 64-bit coefficients per prime."""
        if level is None:
            _, table = self._nearest_ring()
            level = max(max(column) for name, column in table.items() if name != "bootstrap") - 1
        return dimension * (level + 1) * (1 << self.log_n) * 8

    def _nearest_ring(self) -> tuple[int, Mapping[str, Mapping[int, float]]]:
        log_n = min(self.samples, key=lambda measured: abs(measured - self.log_n))
        return log_n, self.samples[log_n]


def _interpolate(samples: Mapping[int, float], primes: int | None) -> float:
    counts = sorted(samples)
    if primes is None:
        return samples[counts[-1]]
    if primes <= counts[0] or primes >= counts[-1]:
        nearest = counts[0] if primes <= counts[0] else counts[-1]
        return samples[nearest] * primes / nearest
    return float(np.interp(primes, counts, [samples[count] for count in counts]))


class HEBackend(ABC, Generic[Ciphertext]):
    """Executes homomorphic operations on ciphertexts of its own type.

    Slots are numpy vectors; a vector shorter than the ciphertext's slots is repeated cyclically. An
    operation on operands that the scheme can't combine raises :class:`ProgramError`.
    """

    @property
    @abstractmethod
    def cost_model(self) -> CostModel:
        """Latencies and sizes of the operations."""

    @abstractmethod
    def get_supported_operations(self) -> frozenset[str]:
        """Names of the operations that :meth:`execute` takes."""

    @abstractmethod
    def encrypt(self, values: npt.ArrayLike, level: int | None = None) -> Ciphertext:
        """Encrypt slot values at ``level`` (None: the highest)."""

    @abstractmethod
    def decrypt(self, ct: Ciphertext) -> Slots:
        """The slot values of ``ct``."""

    @abstractmethod
    def cadd(self, ct1: Ciphertext, ct2: Ciphertext) -> Ciphertext:
        """Sum of two ciphertexts of equal level and scale."""

    @abstractmethod
    def csub(self, ct1: Ciphertext, ct2: Ciphertext) -> Ciphertext:
        """Difference of two ciphertexts of equal level and scale."""

    @abstractmethod
    def cmult(self, ct1: Ciphertext, ct2: Ciphertext) -> Ciphertext:
        """Product of two ciphertexts, of three polynomials until it is relinearized."""

    @abstractmethod
    def padd(self, ct: Ciphertext, pt: npt.ArrayLike) -> Ciphertext:
        """Sum with a plaintext, encoded at the scale of ``ct``."""

    @abstractmethod
    def psub(self, ct: Ciphertext, pt: npt.ArrayLike) -> Ciphertext:
        """Difference with a plaintext, encoded at the scale of ``ct``."""

    @abstractmethod
    def pmult(self, ct: Ciphertext, pt: npt.ArrayLike) -> Ciphertext:
        """Product with a plaintext, encoded at the scheme's scale."""

    @abstractmethod
    def negate(self, ct: Ciphertext) -> Ciphertext:
        """``-ct``."""

    @abstractmethod
    def rotate(self, ct: Ciphertext, steps: int) -> Ciphertext:
        """Slots moved ``steps`` to the left, cyclically."""

    @abstractmethod
    def rescale(self, ct: Ciphertext) -> Ciphertext:
        """Scale divided by the last prime, which is dropped."""

    @abstractmethod
    def relinearize(self, ct: Ciphertext) -> Ciphertext:
        """The same values in two polynomials."""

    @abstractmethod
    def level_reduce(self, ct: Ciphertext, levels: int = 1) -> Ciphertext:
        """The same values and scale with ``levels`` primes fewer."""

    @abstractmethod
    def bootstrap(self, ct: Ciphertext) -> Ciphertext:
        """The same values at a fresh level."""
