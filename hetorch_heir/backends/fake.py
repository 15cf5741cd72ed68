"""A backend that computes in the clear and keeps the books of a real one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hetorch_heir.backends.base import CostModel, HEBackend, Slots
from hetorch_heir.backends.cost_tables import DEFAULT_COSTS, measured_costs
from hetorch_heir.core.chain import CKKSChain, choose_chain
from hetorch_heir.core.errors import ParameterError, ProgramError
from hetorch_heir.noise.model import NoiseModel

DEFAULT_DEPTH = 7
MAX_SCALE_MISMATCH = 0.01
"""Relative difference of two scales up to which a sum is an approximation, beyond which an error."""

_ARITHMETIC = ("cadd", "csub", "cmult", "padd", "psub", "pmult", "negate", "rotate")
_MAINTENANCE = ("rescale", "relinearize", "level_reduce", "bootstrap")
SUPPORTED_OPERATIONS = frozenset((*_ARITHMETIC, *_MAINTENANCE))


@dataclass(frozen=True, eq=False)
class FakeCiphertext:
    """Slot values in the clear, with the properties that a ciphertext of them would have."""

    values: Slots
    level: int
    scale: float
    dimension: int = 2


class FakeBackend(HEBackend[FakeCiphertext]):
    """CKKS in the clear: levels, scales and dimensions are enforced, noise is optional.

    Args:
        chain: the primes; None chooses a secure chain of ``DEFAULT_DEPTH`` levels on first use.
        noise: standard deviation of the error that encryption, every product, key switch and
            rescaling adds to each slot; or a model of a library, whose errors are simulated: its chain is the
            backend's.
        seed: of the noise.
        costs: whose latencies its cost model has: "openfhe", "seal", or a file of
            :mod:`hetorch_heir.cli.measure`.
    """

    def __init__(
        self,
        chain: CKKSChain | None = None,
        noise: float | NoiseModel = 0.0,
        seed: int = 0,
        costs: str | Path = DEFAULT_COSTS,
    ) -> None:
        self._model = noise if isinstance(noise, NoiseModel) else None
        self._chain = self._model.chain if self._model is not None and chain is None else chain
        if self._model is not None and self._model.chain != self._chain:
            raise ParameterError(
                "the noise is of another modulus chain than the backend's",
                hint="leave the chain to the model",
            )
        self._noise = 0.0 if isinstance(noise, NoiseModel) else noise
        self._generator = np.random.default_rng(seed)
        self._costs = costs

    @property
    def chain(self) -> CKKSChain:
        """The primes that levels and scales refer to."""
        if self._chain is None:
            self._chain = choose_chain(DEFAULT_DEPTH)
        return self._chain

    @property
    def cost_model(self) -> CostModel:
        """Measured costs on one thread, at ring dimension 2^14 unless a chain is given."""
        costs = measured_costs(self._costs)
        return costs.for_chain(self._chain) if self._chain else costs

    def get_supported_operations(self) -> frozenset[str]:
        return SUPPORTED_OPERATIONS

    def encrypt(self, values: npt.ArrayLike, level: int | None = None) -> FakeCiphertext:
        level = self.chain.max_level if level is None else level
        if not 0 <= level <= self.chain.max_level:
            raise ProgramError(f"level {level} is not between 0 and {self.chain.max_level}")
        scale = self.chain.scale
        deviation = self._model.encryption(scale) if self._model else self._noise
        return FakeCiphertext(self._noisy(self._encode(values), deviation), level, scale)

    def decrypt(self, ct: FakeCiphertext) -> Slots:
        """The slot values; a library that floods adds the least that it adds to any."""
        return self._noisy(ct.values, self._model.decryption(0.0, ct.scale) if self._model else 0.0).copy()

    def cadd(self, ct1: FakeCiphertext, ct2: FakeCiphertext) -> FakeCiphertext:
        return self._sum(ct1, ct2, 1.0)

    def csub(self, ct1: FakeCiphertext, ct2: FakeCiphertext) -> FakeCiphertext:
        return self._sum(ct1, ct2, -1.0)

    def cmult(self, ct1: FakeCiphertext, ct2: FakeCiphertext) -> FakeCiphertext:
        _require_equal_levels(ct1, ct2)
        if ct1.dimension != 2 or ct2.dimension != 2:
            raise ProgramError(
                "a product of an unrelinearized ciphertext", hint="relinearize its factors first"
            )
        scale = self._checked_scale(ct1.scale * ct2.scale, ct1.level)
        deviation = 0.0 if self._model else self._noise
        return FakeCiphertext(self._noisy(ct1.values * ct2.values, deviation), ct1.level, scale, 3)

    def padd(self, ct: FakeCiphertext, pt: npt.ArrayLike) -> FakeCiphertext:
        return replace(ct, values=ct.values + self._plaintext(pt, ct.scale))

    def psub(self, ct: FakeCiphertext, pt: npt.ArrayLike) -> FakeCiphertext:
        return replace(ct, values=ct.values - self._plaintext(pt, ct.scale))

    def pmult(self, ct: FakeCiphertext, pt: npt.ArrayLike) -> FakeCiphertext:
        scale = self._checked_scale(ct.scale * self.chain.scale, ct.level)
        product = ct.values * self._plaintext(pt, self.chain.scale)
        return replace(ct, values=self._noisy(product, 0.0 if self._model else self._noise), scale=scale)

    def negate(self, ct: FakeCiphertext) -> FakeCiphertext:
        return replace(ct, values=-ct.values)

    def rotate(self, ct: FakeCiphertext, steps: int) -> FakeCiphertext:
        if ct.dimension != 2:
            raise ProgramError("a rotation of an unrelinearized ciphertext", hint="relinearize it first")
        values = self._noisy(np.roll(ct.values, -steps), self._key_switching(ct))
        return replace(ct, values=values)

    def rescale(self, ct: FakeCiphertext) -> FakeCiphertext:
        if ct.level == 0:
            raise ProgramError("a rescaling at level 0", hint="use parameters with more levels, or bootstrap")
        scale = ct.scale / self.chain.Q[ct.level]
        deviation = self._model.rescaling(scale, ct.dimension) if self._model else self._noise
        return replace(ct, values=self._noisy(ct.values, deviation), level=ct.level - 1, scale=scale)

    def relinearize(self, ct: FakeCiphertext) -> FakeCiphertext:
        return replace(ct, values=self._noisy(ct.values, self._key_switching(ct)), dimension=2)

    def level_reduce(self, ct: FakeCiphertext, levels: int = 1) -> FakeCiphertext:
        if not 0 < levels <= ct.level:
            raise ProgramError(f"a level reduction by {levels} at level {ct.level}")
        return replace(ct, level=ct.level - levels)

    def bootstrap(self, ct: FakeCiphertext) -> FakeCiphertext:
        if ct.dimension != 2:
            raise ProgramError("a bootstrap of an unrelinearized ciphertext", hint="relinearize it first")
        deviation = self._model.bootstrap if self._model else self._noise
        return FakeCiphertext(self._noisy(ct.values, deviation), self.chain.max_level, self.chain.scale)

    def _sum(self, ct1: FakeCiphertext, ct2: FakeCiphertext, sign: float) -> FakeCiphertext:
        _require_equal_levels(ct1, ct2)
        ratio = ct2.scale / ct1.scale
        if abs(ratio - 1.0) > MAX_SCALE_MISMATCH:
            scales = f"2^{math.log2(ct1.scale):.2f} and 2^{math.log2(ct2.scale):.2f}"
            raise ProgramError(
                f"a sum of ciphertexts with scales {scales}",
                hint="rescale them to the same scale first",
            )
        # What is added are integers: a summand of a slightly larger scale counts for slightly more.
        values = ct1.values + sign * ratio * ct2.values
        return replace(ct1, values=values, dimension=max(ct1.dimension, ct2.dimension))

    def _encode(self, values: npt.ArrayLike) -> Slots:
        vector = np.asarray(values, dtype=np.float64).reshape(-1)
        repetitions, rest = divmod(self.chain.slots, max(1, vector.size))
        if rest or not repetitions:
            raise ProgramError(f"{vector.size} values don't fill {self.chain.slots} slots evenly")
        return np.tile(vector, repetitions)

    def _checked_scale(self, scale: float, level: int) -> float:
        available = sum(map(math.log2, self.chain.Q[: level + 1]))
        if math.log2(scale) >= available:
            raise ProgramError(
                f"a product of scale 2^{math.log2(scale):.0f} at level {level}, where the modulus has only"
                f" {available:.0f} bits",
                hint="rescale its factors first, or use parameters with more levels",
            )
        return scale

    def _plaintext(self, values: npt.ArrayLike, scale: float) -> Slots:
        """Values as they are after encoding."""
        return self._noisy(self._encode(values), self._model.encoding(scale) if self._model else 0.0)

    def _key_switching(self, ct: FakeCiphertext) -> float | Slots:
        return self._model.key_switching(ct.scale, ct.level) if self._model else self._noise

    def _noisy(self, values: Slots, deviation: float | Slots) -> Slots:
        """``values`` with errors of a standard deviation, the same for all slots or one for each."""
        if isinstance(deviation, float) and deviation == 0.0:
            return values
        deviations = np.broadcast_to(deviation, max(values.size, np.size(deviation)))[: values.size]
        return values + deviations * self._generator.standard_normal(values.size)


def _require_equal_levels(ct1: FakeCiphertext, ct2: FakeCiphertext) -> None:
    if ct1.level != ct2.level:
        raise ProgramError(
            f"an operation on ciphertexts at levels {ct1.level} and {ct2.level}",
            hint="reduce the higher one first",
        )
