"""The error of every value of a program, slot by slot, from what its operations add.

Products multiply errors by the values of the other factor, so the program is run in the clear besides. Errors
are taken for independent, but for the two factors of a square, which are the same ciphertext.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hetorch_heir.backends.executor.stream import Instruction, Stream
from hetorch_heir.noise.model import NoiseModel

Slots = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Value:
    """Slot values and the variances of their errors."""

    values: Slots
    variances: Slots


@dataclass(frozen=True)
class NoiseEstimate:
    """What is known of the values of a program, by register.

    Attributes:
        deviations: shape (registers,): root mean square over the slots of the errors' standard deviations.
        magnitudes: shape (registers,): the largest absolute value of a slot.
        headroom: shape (registers,): bits between the largest coefficient that a value can have and half of
            the modulus; where it is negative, the value overflows.
        outputs: for each output, the standard deviation of every slot, decryption included.
        values: for each output, the slots themselves, without errors.
    """

    deviations: Slots
    magnitudes: Slots
    headroom: Slots
    outputs: tuple[Slots, ...]
    values: tuple[Slots, ...]

    @property
    def output_deviation(self) -> float:
        """The largest standard deviation of an output's slot."""
        return max((float(one.max()) for one in self.outputs), default=0.0)


def estimate_noise(stream: Stream, inputs: Sequence[Slots], model: NoiseModel) -> NoiseEstimate:
    """Propagate errors through a program.

    Args:
        stream: the program.
        inputs: slot values of its inputs; they repeat to fill the slots that the model tells apart.
        model: what the operations add.
    """
    run = _Propagation(stream, model)
    deviations, magnitudes, headroom = (np.zeros(len(stream.states)) for _ in range(3))

    def note(register: int, value: _Value) -> None:
        level, scale, _ = stream.states[register].tolist()
        deviations[register] = math.sqrt(value.variances.mean())
        magnitudes[register] = np.abs(value.values).max()
        headroom[register] = run.log_moduli[level] - 1 - scale - math.log2(max(magnitudes[register], 2**-64))

    registers: dict[int, _Value] = {}
    last_use = _last_uses(stream)
    for register, values in enumerate(inputs):
        registers[register] = run.fresh(register, values)
        note(register, registers[register])
    for one in stream.instructions():
        registers[one.result] = result = run.step(one, registers)
        note(one.result, result)
        for dead in last_use.get(one.result, ()):
            del registers[dead]
    results = [registers[register] for register in stream.outputs]
    scales = [2.0 ** int(stream.states[register][1]) for register in stream.outputs]
    outputs = tuple(run.decrypted(one, scale) for one, scale in zip(results, scales, strict=True))
    return NoiseEstimate(deviations, magnitudes, headroom, outputs, tuple(one.values for one in results))


def _last_uses(stream: Stream) -> dict[int, list[int]]:
    """The registers that nothing reads after the instruction that makes a register."""
    last: dict[int, int] = {}
    for one in stream.instructions():
        plain = one.operation.endswith("plain")
        for register in {one.x} if plain or one.y < 0 else {one.x, one.y}:
            last[register] = one.result
    dead: dict[int, list[int]] = {}
    for register, user in last.items():
        if register not in stream.outputs:
            dead.setdefault(user, []).append(register)
    return dead


class _Propagation:
    """The rules, by operation."""

    def __init__(self, stream: Stream, model: NoiseModel) -> None:
        self._stream = stream
        self._model = model
        self._slots = model.slots
        self.log_moduli = np.cumsum([math.log2(q) for q in model.chain.Q])

    def fresh(self, register: int, values: Slots) -> _Value:
        scale = 2.0 ** int(self._stream.states[register][1])
        slots = np.resize(np.asarray(values, np.float64), self._slots)
        return _Value(slots, np.full(self._slots, self._model.encryption(scale) ** 2))

    def decrypted(self, value: _Value, scale: float) -> Slots:
        """Standard deviations after decryption, which adds noise by the error of all slots."""
        overall = math.sqrt(value.variances.mean())
        added = self._model.decryption(overall, scale) ** 2 - overall**2
        return np.sqrt(value.variances + added)

    def step(self, one: Instruction, registers: dict[int, _Value]) -> _Value:
        x = registers[one.x]
        if one.operation.endswith("plain"):
            return self._with_plaintext(one, x)
        if one.operation in ("add", "sub"):
            y, sign = registers[one.y], 1.0 if one.operation == "add" else -1.0
            return _Value(x.values + sign * y.values, x.variances + y.variances)
        if one.operation == "mul":
            return _product(x, registers[one.y], square=one.x == one.y)
        if one.operation == "negate":
            return _Value(-x.values, x.variances)
        if one.operation == "rotate":
            x = _Value(np.roll(x.values, -one.argument), np.roll(x.variances, -one.argument))
        return _Value(x.values, x.variances + self._added(one) ** 2)

    def _with_plaintext(self, one: Instruction, x: _Value) -> _Value:
        y = np.resize(self._stream.constants[one.y], self._slots).astype(np.float64)
        rounding = self._model.encoding(2.0**one.argument) ** 2
        if one.operation == "mul_plain":
            return _Value(x.values * y, x.variances * y**2 + rounding * x.values**2)
        sign = 1.0 if one.operation == "add_plain" else -1.0
        return _Value(x.values + sign * y, x.variances + rounding)

    def _added(self, one: Instruction) -> float | Slots:
        """Standard deviations of what an operation adds by itself."""
        level, scale_bits, _ = self._stream.states[one.x].tolist()
        if one.operation in ("rotate", "relinearize"):
            return self._model.key_switching(2.0**scale_bits, level)
        if one.operation == "rescale":
            _, scale_after, dimension = self._stream.states[one.result].tolist()
            return self._model.rescaling(2.0**scale_after, dimension)
        return self._model.bootstrap if one.operation == "bootstrap" else 0.0


def _product(x: _Value, y: _Value, *, square: bool) -> _Value:
    if square:
        return _Value(x.values**2, 4.0 * x.values**2 * x.variances + 2.0 * x.variances**2)
    variances = x.variances * y.values**2 + y.variances * x.values**2 + x.variances * y.variances
    return _Value(x.values * y.values, variances)
