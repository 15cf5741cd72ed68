"""What operations make of values with errors: the rules of :mod:`.propagation` and of graphs.

Products multiply errors by the values of the other factor, so values go with their errors. Errors are taken
for independent, but for the two factors of a square, which are the same ciphertext.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hetorch_heir.noise.model import NoiseModel

Slots = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NoisyValue:
    """Slot values and the variances of their errors, both of shape (..., slots)."""

    values: Slots
    variances: Slots

    @property
    def deviation(self) -> float:
        """Root mean square over the slots of the errors' standard deviations."""
        return math.sqrt(self.variances.mean())


class NoisyArithmetic:
    """The operations, by the errors that a model says they add.

    Scales are those of operands, unless said otherwise; vectors repeat to fill the slots that the model
    tells apart.
    """

    def __init__(self, model: NoiseModel) -> None:
        self.model = model
        self.log_moduli: npt.NDArray[np.float64] = np.cumsum([math.log2(q) for q in model.chain.Q])

    def resized(self, values: npt.ArrayLike) -> Slots:
        """Vectors that fill the slots: shape (..., slots)."""
        array = np.asarray(values, np.float64)
        repetitions = -(-self.model.slots // array.shape[-1])
        return np.concatenate([array] * repetitions, axis=-1)[..., : self.model.slots]

    def fresh(self, values: npt.ArrayLike, scale: float) -> NoisyValue:
        slots = self.resized(values)
        return NoisyValue(slots, np.full_like(slots, self.model.encryption(scale) ** 2))

    def decrypted(self, x: NoisyValue, scale: float) -> Slots:
        """Standard deviations after decryption, which adds noise by the error of all slots."""
        overall = np.sqrt(x.variances.mean(-1, keepdims=True))
        added = np.vectorize(lambda one: self.model.decryption(one, scale) ** 2)(overall) - overall**2
        return np.sqrt(x.variances + added)

    def sum(self, x: NoisyValue, y: NoisyValue, sign: float = 1.0) -> NoisyValue:
        return NoisyValue(x.values + sign * y.values, x.variances + y.variances)

    def product(self, x: NoisyValue, y: NoisyValue, *, square: bool) -> NoisyValue:
        if square:
            return NoisyValue(x.values**2, 4.0 * x.values**2 * x.variances + 2.0 * x.variances**2)
        variances = x.variances * y.values**2 + y.variances * x.values**2 + x.variances * y.variances
        return NoisyValue(x.values * y.values, variances)

    def plain_sum(self, x: NoisyValue, y: Slots, scale: float, sign: float = 1.0) -> NoisyValue:
        return NoisyValue(x.values + sign * y, x.variances + self.model.encoding(scale) ** 2)

    def plain_product(self, x: NoisyValue, y: Slots, scale: float) -> NoisyValue:
        """``scale`` is the plaintext's."""
        rounding = self.model.encoding(scale) ** 2
        return NoisyValue(x.values * y, x.variances * y**2 + rounding * x.values**2)

    def negated(self, x: NoisyValue) -> NoisyValue:
        return NoisyValue(-x.values, x.variances)

    def rotated(self, x: NoisyValue, steps: int, scale: float, level: int) -> NoisyValue:
        turned = NoisyValue(np.roll(x.values, -steps, -1), np.roll(x.variances, -steps, -1))
        return self._with(turned, self.model.key_switching(scale, level))

    def relinearized(self, x: NoisyValue, scale: float, level: int) -> NoisyValue:
        return self._with(x, self.model.key_switching(scale, level))

    def rescaled(self, x: NoisyValue, scale: float, dimension: int) -> NoisyValue:
        """``scale`` is the result's."""
        return self._with(x, self.model.rescaling(scale, dimension))

    def bootstrapped(self, x: NoisyValue) -> NoisyValue:
        return self._with(x, self.model.bootstrap)

    def headroom(self, x: NoisyValue, scale: float, level: int) -> float:
        """Bits between the largest coefficient that the values can have and half of the modulus."""
        largest = max(float(np.abs(x.values).max()), 2.0**-64)
        return float(self.log_moduli[level]) - 1 - math.log2(scale) - math.log2(largest)

    def _with(self, x: NoisyValue, deviation: float | Slots) -> NoisyValue:
        return NoisyValue(x.values, x.variances + np.square(deviation))
