"""Tells of values that the ciphertext modulus has no room for.

What is encrypted are the coefficients of a polynomial, times the scale, modulo the modulus of the level.
Where one exceeds half of that modulus, decryption gives other values in all slots; not every library notices.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from xdsl.interpreter import Interpreter, PythonValues
from xdsl.ir import Operation

from hetorch_heir.interpreter.domain import FloatArray
from hetorch_heir.interpreter.values import Ciphertext


@dataclass(frozen=True)
class Overflow:
    """A ciphertext whose values are too large."""

    operation: str
    """That made it."""
    level: int
    largest: float
    """The largest absolute value of a slot."""
    allowed: float
    """The largest that a coefficient may have."""

    def __str__(self) -> str:
        return (
            f"values reach {self.largest:.3g} after a {self.operation} at level {self.level}, where the"
            f" modulus has room for {self.allowed:.3g}"
        )


class OverflowCheck(Interpreter.Listener):
    """Looks at the values of all ciphertexts; cleartext ones only.

    Args:
        moduli: the primes of the modulus, the one dropped last first; without them nothing is found.

    Attributes:
        first: the first overflow, or None.
    """

    def __init__(self, moduli: Sequence[int]) -> None:
        bits = np.cumsum([math.log2(prime) for prime in moduli])
        self._bits: list[float] = bits.tolist()
        self.first: Overflow | None = None

    def did_interpret_op(self, op: Operation, results: PythonValues) -> None:
        if self.first is not None or not self._bits:
            return
        for result in results:
            if isinstance(result, Ciphertext) and isinstance(result.payload, np.ndarray):
                self._look_at(op, result)

    def _look_at(self, op: Operation, value: Ciphertext[FloatArray]) -> None:
        room = self._bits[value.level] - 1 - value.scale_log2
        if room >= sys.float_info.max_exp:  # with the levels of bootstraps below, more than a number holds
            return
        allowed = 2.0**room
        largest = float(np.abs(value.payload).max(initial=0.0))
        if largest < allowed:  # so no coefficient is larger; where it isn't, all may still be much smaller
            return
        # Infinite values, and what comes of them, are never less than anything.
        if not (math.isfinite(largest) and largest_coefficient(value.payload) < allowed):
            self.first = Overflow(op.name.partition(".")[2], value.level, largest, allowed)


def largest_coefficient(slots: FloatArray) -> float:
    """The largest absolute coefficient of the polynomial that has these values, a power of two of them.

    Slot j is the value at the 5^j-th power of a primitive root of unity, in the ring of twice the dimension;
    repeated vectors have the same coefficients, further apart. Source: Cheon, Kim, Kim, Song, "Homomorphic
    encryption for arithmetic of approximate numbers" (2017), section 3.2.
    """
    roots = 4 * slots.size
    exponents = [pow(5, j, roots) for j in range(slots.size)]
    values = np.zeros(roots)
    values[exponents] = slots
    values[[roots - exponent for exponent in exponents]] = slots
    return float(np.abs(np.fft.fft(values)[: roots // 2]).max()) / (roots // 2)
