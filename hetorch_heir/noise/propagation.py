"""The error of every value of a program, slot by slot, from what its operations add.

Products multiply errors by the values of the other factor, so the program is run in the clear besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hetorch_heir.backends.executor.stream import Instruction, Stream
from hetorch_heir.noise.arithmetic import NoisyArithmetic, NoisyValue
from hetorch_heir.noise.errors import Slots
from hetorch_heir.noise.model import NoiseModel


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


def estimate_noise(
    stream: Stream, inputs: Sequence[Slots], model: NoiseModel, *, draws: int = 0
) -> NoiseEstimate:
    """Propagate errors through a program.

    Args:
        stream: the program.
        inputs: slot values of its inputs; they repeat to fill the slots that the model tells apart.
        model: what the operations add.
        draws: how often errors are drawn; 0 takes all of them for independent, which is as much faster, and
            too optimistic for models that add up values computed from the same ones, as convolutions do.
    """
    run = _Propagation(stream, model, draws)
    deviations, magnitudes, headroom = (np.zeros(len(stream.states)) for _ in range(3))

    def note(register: int, value: NoisyValue) -> None:
        level, scale, _ = stream.states[register].tolist()
        deviations[register] = value.deviation
        magnitudes[register] = np.abs(value.values).max()
        headroom[register] = run.arithmetic.headroom(value, 2.0**scale, level)

    registers: dict[int, NoisyValue] = {}
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
    outputs = tuple(run.arithmetic.decrypted(one, scale) for one, scale in zip(results, scales, strict=True))
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
    """The operations of streams."""

    def __init__(self, stream: Stream, model: NoiseModel, draws: int) -> None:
        self._stream = stream
        self.arithmetic = NoisyArithmetic(model, draws)

    def fresh(self, register: int, values: Slots) -> NoisyValue:
        return self.arithmetic.fresh(values, 2.0 ** int(self._stream.states[register][1]))

    def step(self, one: Instruction, registers: dict[int, NoisyValue]) -> NoisyValue:
        rules, x = self.arithmetic, registers[one.x]
        level, scale_bits, _ = self._stream.states[one.x].tolist()
        scale = 2.0**scale_bits
        match one.operation:
            case "add" | "sub":
                return rules.sum(x, registers[one.y], 1.0 if one.operation == "add" else -1.0)
            case "add_plain" | "sub_plain":
                sign = 1.0 if one.operation == "add_plain" else -1.0
                return rules.plain_sum(x, self._constant(one), 2.0**one.argument, sign)
            case "mul_plain":
                return rules.plain_product(x, self._constant(one), 2.0**one.argument)
            case "mul":
                return rules.product(x, registers[one.y])
            case "negate":
                return rules.negated(x)
            case "rotate":
                return rules.rotated(x, one.argument, scale, level)
            case "relinearize":
                return rules.relinearized(x, scale, level)
            case "rescale":
                _, scale_after, dimension = self._stream.states[one.result].tolist()
                return rules.rescaled(x, 2.0**scale_after, dimension)
            case "bootstrap":
                return rules.bootstrapped(x)
            case _:
                return x

    def _constant(self, one: Instruction) -> Slots:
        return self.arithmetic.resized(self._stream.constants[one.y])
