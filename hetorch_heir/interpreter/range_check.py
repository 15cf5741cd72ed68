"""Tells of activations whose input leaves the range that their polynomial is good on.

Outside of it the polynomial is far off, and its values may exceed what the modulus holds, which spoils all
slots of the ciphertext: so all of them are looked at, also those that hold no element.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from xdsl.interpreter import Interpreter, PythonValues
from xdsl.ir import Operation

from hetorch_heir.core.input_range import InputRange
from hetorch_heir.interpreter.values import Ciphertext

# Rounding of the factor that maps a range to [-1, 1].
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class RangeViolation:
    """An activation's input beyond its range, in units of the model: from ``low`` to ``high`` in a run."""

    allowed: InputRange
    low: float
    high: float

    @property
    def amount(self) -> float:
        """How far the input is out of the range."""
        return max(self.allowed.low - self.low, self.high - self.allowed.high)

    def __str__(self) -> str:
        allowed = self.allowed
        return (
            f"{allowed.layer}: the input of {allowed.function} goes from {self.low:.4g} to {self.high:.4g},"
            f" and leaves the range [{allowed.low:.4g}, {allowed.high:.4g}] of its polynomial by"
            f" {self.amount:.3g}"
        )


class RangeCheck(Interpreter.Listener):
    """Looks at the values of operations that say a range; cleartext ones only."""

    def __init__(self) -> None:
        self._extremes: dict[InputRange, tuple[float, float]] = {}

    def did_interpret_op(self, op: Operation, results: PythonValues) -> None:
        allowed = InputRange.of(op)
        if allowed is None:
            return
        for result in results:
            values = result.payload if isinstance(result, Ciphertext) else result
            if isinstance(values, np.ndarray) and values.size:
                low, high = self._extremes.get(allowed, (np.inf, -np.inf))
                self._extremes[allowed] = (min(low, float(values.min())), max(high, float(values.max())))

    @property
    def violations(self) -> list[RangeViolation]:
        """What left its range, in the order of the program."""
        return [
            RangeViolation(allowed, allowed.in_units(low), allowed.in_units(high))
            for allowed, (low, high) in self._extremes.items()
            if not (low >= -1.0 - _TOLERANCE and high <= 1.0 + _TOLERANCE)
        ]
