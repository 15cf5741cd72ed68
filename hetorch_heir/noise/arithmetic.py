"""What operations make of values with errors: the rules of :mod:`.propagation` and of graphs.

Products multiply errors by the values of the other factor, so values go with their errors. Those are known in
one of two ways (:mod:`.errors`): by their variances, or by some draws of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hetorch_heir.noise.errors import Drawn, Errors, Independent, Slots
from hetorch_heir.noise.model import NoiseModel


@dataclass(frozen=True)
class NoisyValue:
    """Slot values of shape (..., slots), and their errors."""

    values: Slots
    errors: Errors

    @property
    def variances(self) -> Slots:
        """Of the errors, of the shape of the values."""
        return self.errors.variances

    @property
    def deviation(self) -> float:
        """Root mean square over the slots of the errors' standard deviations."""
        return math.sqrt(self.variances.mean())


class NoisyArithmetic:
    """The operations, by the errors that a model says they add.

    Scales are those of operands, unless said otherwise; vectors repeat to fill the slots that the model
    tells apart.

    Args:
        model: what operations add.
        draws: how often errors are drawn; 0 takes all of them for independent, and adds their variances.
        seed: of the draws.
    """

    def __init__(self, model: NoiseModel, draws: int = 0, seed: int = 0) -> None:
        self.model = model
        self.log_moduli: npt.NDArray[np.float64] = np.cumsum([math.log2(q) for q in model.chain.Q])
        self._draws = draws
        self._generator = np.random.default_rng(seed)

    def resized(self, values: npt.ArrayLike) -> Slots:
        """Vectors that fill the slots: shape (..., slots)."""
        array = np.asarray(values, np.float64)
        repetitions = -(-self.model.slots // array.shape[-1])
        return np.concatenate([array] * repetitions, axis=-1)[..., : self.model.slots]

    def fresh(self, values: npt.ArrayLike, scale: float) -> NoisyValue:
        slots = self.resized(values)
        none = Drawn.none(slots, self._draws, self._generator) if self._draws else Independent.none(slots)
        return NoisyValue(slots, none.added(self.model.encryption(scale)))

    def decrypted(self, x: NoisyValue, scale: float) -> Slots:
        """Standard deviations after decryption, which adds noise by the error of all slots."""
        overall = np.sqrt(x.variances.mean(-1, keepdims=True))
        added = np.vectorize(lambda one: self.model.decryption(one, scale) ** 2)(overall) - overall**2
        return np.sqrt(x.variances + added)

    def sum(self, x: NoisyValue, y: NoisyValue, sign: float = 1.0) -> NoisyValue:
        return NoisyValue(x.values + sign * y.values, x.errors.plus(y.errors, sign))

    def product(self, x: NoisyValue, y: NoisyValue) -> NoisyValue:
        """Of one value with itself if the two are the same object."""
        if x is y:
            errors = x.errors.scaled(2.0 * x.values)
        else:
            errors = x.errors.scaled(y.values).plus(y.errors.scaled(x.values))
        return NoisyValue(x.values * y.values, errors.plus(x.errors.times(y.errors)))

    def plain_sum(self, x: NoisyValue, y: Slots, scale: float, sign: float = 1.0) -> NoisyValue:
        return NoisyValue(x.values + sign * y, x.errors.added(self.model.encoding(scale)))

    def plain_product(self, x: NoisyValue, y: Slots, scale: float) -> NoisyValue:
        """``scale`` is the plaintext's."""
        return self.inner_product([x], [y], scale)

    def inner_product(
        self, factors: Sequence[NoisyValue], plaintexts: Sequence[Slots], scale: float
    ) -> NoisyValue:
        """The sum of products with plaintexts; ``scale`` is theirs."""
        first, *others = zip(factors, plaintexts, strict=True)
        values, squares = first[0].values * first[1], first[0].values ** 2
        errors = first[0].errors.scaled(first[1])
        for x, y in others:
            values, squares = values + x.values * y, squares + x.values**2
            errors = errors.plus(x.errors.scaled(y))
        return NoisyValue(values, errors.added(self.model.encoding(scale) * np.sqrt(squares)))

    def negated(self, x: NoisyValue) -> NoisyValue:
        return NoisyValue(-x.values, x.errors.scaled(-1.0))

    def rotated(self, x: NoisyValue, steps: int, scale: float, level: int) -> NoisyValue:
        switched = x.errors.turned(steps).added(self.model.key_switching(scale, level))
        return NoisyValue(np.roll(x.values, -steps, -1), switched)

    def relinearized(self, x: NoisyValue, scale: float, level: int) -> NoisyValue:
        return NoisyValue(x.values, x.errors.added(self.model.key_switching(scale, level)))

    def rescaled(self, x: NoisyValue, scale: float, dimension: int) -> NoisyValue:
        """``scale`` is the result's."""
        return NoisyValue(x.values, x.errors.added(self.model.rescaling(scale, dimension)))

    def bootstrapped(self, x: NoisyValue) -> NoisyValue:
        return NoisyValue(x.values, x.errors.added(self.model.bootstrap))

    def headroom(self, x: NoisyValue, scale: float, level: int) -> float:
        """Bits between the largest coefficient that the values can have and half of the modulus."""
        largest = max(float(np.abs(x.values).max()), 2.0**-64)
        return float(self.log_moduli[level]) - 1 - math.log2(scale) - math.log2(largest)
