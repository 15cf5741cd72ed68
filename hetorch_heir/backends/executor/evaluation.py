"""Execution of a stream, instruction by instruction, on a library."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .errors import ExecutionError
from .library import Library, Vector
from .parameters import Parameters
from .stream import PLAINTEXT_OPERATIONS, Instruction, Stream

SCALE_TOLERANCE = 0.01
"""Bits by which a library's scale may differ from the one of the type, primes not being powers of two."""

Report = Callable[[int, int], None]


@dataclass
class Timing:
    """Seconds that an evaluation took, and those spent in calls of the library, by operation."""

    total: float = 0.0
    calls: dict[str, float] = field(default_factory=dict)

    @property
    def overhead(self) -> float:
        """Time outside of the library, as a fraction of the time within."""
        inside = sum(self.calls.values())
        return (self.total - inside) / inside if inside else 0.0


class Evaluator:
    """Runs one stream, any number of times.

    Registers are freed after their last use. Rotations of one ciphertext share their decomposition where
    there are two or more and the library can do it. Each plaintext is encoded once per run, or, as long as
    all of them fit ``plaintext_bytes``, once.

    Raises:
        ExecutionError: the library lacks an operation of the stream.
    """

    def __init__(self, library: Library, stream: Stream, plaintext_bytes: int = 0) -> None:
        self.library = library
        self.stream = stream
        self._instructions = stream.instructions()
        missing = {one.operation for one in self._instructions} - library.operations
        if missing:
            raise ExecutionError(
                f"{library.name} has no operation {', '.join(sorted(missing))}",
                "use the backend openfhe or seal",
            )
        self._states = [tuple(row) for row in stream.states.tolist()]
        self._last_use = self._find_last_uses()
        rotated = Counter(one.x for one in self._instructions if one.operation == "rotate")
        self._hoisted = {x for x, count in rotated.items() if count > 1} if library.hoists else set()
        self._plain_uses = Counter(self._plain_key(one) for one in self._instructions if _is_plain(one))
        self._kept: dict[tuple[int, int, int], Any] = {}
        self._room = plaintext_bytes

    def _find_last_uses(self) -> list[tuple[int, ...]]:
        """For each instruction, the registers that nothing reads after it."""
        seen = set(self.stream.outputs)
        dead: list[tuple[int, ...]] = []
        for one in reversed(self._instructions):
            read = {one.x} if _is_plain(one) or one.y < 0 else {one.x, one.y}
            dead.append(tuple((read | {one.result}) - seen))
            seen |= read
        return dead[::-1]

    def _plain_key(self, one: Instruction) -> tuple[int, int, int]:
        """Constant, level and scale of the plaintext of an instruction."""
        return one.y, self._states[one.x][0], one.argument

    def run(
        self,
        inputs: Sequence[Any],
        *,
        check: bool = False,
        timing: Timing | None = None,
        report: Report | None = None,
        before: Callable[[int], None] | None = None,
    ) -> list[Any]:
        """The outputs for ``inputs``; as :meth:`run_together` with one group."""
        (outputs,) = self.run_together([inputs], check=check, timing=timing, report=report, before=before)
        return outputs

    def run_together(
        self,
        groups: Sequence[Sequence[Any]],
        *,
        check: bool = False,
        timing: Timing | None = None,
        report: Report | None = None,
        before: Callable[[int], None] | None = None,
    ) -> list[list[Any]]:
        """The outputs for several groups of inputs, each instruction for all groups before the next.

        So plaintexts are encoded, and keys are loaded, once for all of them.

        Args:
            check: compare level, scale and dimension of every result with what the program says.
            timing: is added to.
            report: is told how many instructions are done, of how many.
            before: is called before each instruction, with its number, and at the end.

        Raises:
            ExecutionError: an operation fails, a key is missing, or a check finds a difference.
        """
        for inputs in groups:
            if len(inputs) != self.stream.inputs:
                raise ExecutionError(f"the program takes {self.stream.inputs} ciphertexts, got {len(inputs)}")
        timing = timing or Timing()
        plaintexts = _Plaintexts(self, len(groups), timing)
        runs = [_Run(self, list(inputs), timing, plaintexts) for inputs in groups]
        start = time.perf_counter()
        if check:
            for run, register in itertools.product(runs, range(self.stream.inputs)):
                run.check(register, "input")
        for index, one in enumerate(self._instructions):
            if before is not None:
                before(index)
            for run in runs:
                run.step(one, self._last_use[index])
                if check:
                    run.check(one.result, one.operation)
            if report is not None:
                report(index + 1, len(self._instructions))
        if before is not None:
            before(len(self._instructions))
        timing.total += time.perf_counter() - start
        return [[run.registers[register] for register in self.stream.outputs] for run in runs]

    def keeps(self, key: tuple[int, int, int]) -> bool:
        """Whether a plaintext just encoded is to stay for later runs."""
        size = (key[1] + 1) * 8 << self.library.parameters.log_n
        if size > self._room:
            return False
        self._room -= size
        return True


def _is_plain(one: Instruction) -> bool:
    return one.operation in PLAINTEXT_OPERATIONS


class _Plaintexts:
    """The encoded constants of executions that go in step."""

    def __init__(self, evaluator: Evaluator, runs: int, timing: Timing) -> None:
        self._evaluator = evaluator
        self._timing = timing
        self._held: dict[tuple[int, int, int], Any] = {}
        self._uses = Counter({key: uses * runs for key, uses in evaluator._plain_uses.items()})

    def of(self, one: Instruction) -> Any:
        """The plaintext of an instruction, freed after the last use of it."""
        key = self._evaluator._plain_key(one)
        kept = self._evaluator._kept
        if key in kept:
            return kept[key]
        plaintext = self._held.get(key)
        if plaintext is None:
            library = self._evaluator.library
            values = spread(self._evaluator.stream.constants[key[0]], library.parameters)
            plaintext = _timed(self._timing, library, "encode", values, key[1], key[2])
            if self._evaluator.keeps(key):
                kept[key] = plaintext
                return plaintext
        self._uses[key] -= 1
        if self._uses[key]:
            self._held[key] = plaintext
        else:
            self._held.pop(key, None)
        return plaintext


class _Run:
    """The values of one execution."""

    def __init__(
        self, evaluator: Evaluator, inputs: list[Any], timing: Timing, plaintexts: _Plaintexts
    ) -> None:
        self.registers: dict[int, Any] = dict(enumerate(inputs))
        self.timing = timing
        self._evaluator = evaluator
        self._library = evaluator.library
        self._lanes = evaluator.library.parameters.lanes
        self._digits: dict[int, Any] = {}
        self._plaintexts = plaintexts

    def step(self, one: Instruction, dead: tuple[int, ...]) -> None:
        x = self.registers[one.x]
        try:
            self.registers[one.result] = self._execute(one, x)
        except ExecutionError:
            raise
        except Exception as error:  # the libraries raise RuntimeError, ValueError and others
            raise self._explained(one, error) from error
        for register in dead:
            del self.registers[register]
            self._digits.pop(register, None)

    def _execute(self, one: Instruction, x: Any) -> Any:
        operation = one.operation
        if operation in PLAINTEXT_OPERATIONS:
            return self._timed(operation, x, self._plaintexts.of(one))
        if operation == "rotate":
            return self._rotate(one, x)
        if one.y >= 0:
            return self._timed(operation, x, self.registers[one.y])
        if operation == "rescale":
            return self._timed(operation, x, self._evaluator._states[one.result][1])
        if operation == "level_reduce":
            return self._timed(operation, x, one.argument)
        if operation == "bootstrap":
            return self._timed(operation, x, self._evaluator._states[one.result][0])
        return self._timed(operation, x)

    def _rotate(self, one: Instruction, x: Any) -> Any:
        steps = one.argument * self._lanes
        if one.x not in self._evaluator._hoisted:
            return self._timed("rotate", x, steps)
        if one.x not in self._digits:
            self._digits[one.x] = self._timed("decompose", x)
        return self._timed("rotate_decomposed", x, steps, self._digits[one.x])

    def _timed(self, name: str, *arguments: Any) -> Any:
        return _timed(self.timing, self._library, name, *arguments)

    def check(self, register: int, operation: str) -> None:
        if register not in self.registers:  # nothing reads it
            return
        said = self._evaluator._states[register]
        got = self._library.state(self.registers[register])
        dimension = said[2] if self._library.keeps_dimensions else got[2]
        if (got[0], got[2]) != (said[0], dimension) or abs(got[1] - said[1]) > SCALE_TOLERANCE:
            raise ExecutionError(
                f"the {operation} that makes value {register} gives level {got[0]}, scale 2^{got[1]:.3f},"
                f" dimension {got[2]}; the program says level {said[0]}, scale 2^{said[1]},"
                f" dimension {said[2]}"
            )

    def _explained(self, one: Instruction, error: Exception) -> ExecutionError:
        text = str(error).strip().splitlines()
        message = f"{one.operation} failed at instruction {one.result - self._evaluator.stream.inputs}"
        if one.operation == "rotate":
            message = f"a rotation by {one.argument} failed"
            hint = "generate the keys for this program, and keep all of its rotation keys together"
        else:
            hint = None
        return ExecutionError(f"{message}: {text[0] if text else type(error).__name__}", hint)


def _timed(timing: Timing, library: Library, name: str, *arguments: Any) -> Any:
    """The result of a call of the library, whose time is added to that of its name."""
    method = getattr(library, name)
    start = time.perf_counter()
    result = method(*arguments)
    timing.calls[name] = timing.calls.get(name, 0.0) + time.perf_counter() - start
    return result


def spread(values: np.ndarray[Any, Any], parameters: Parameters) -> Vector:
    """A vector that repeats every ``slots`` as the ring's slots: one copy per lane, side by side."""
    return np.repeat(np.resize(values, parameters.slots), parameters.lanes).astype(np.float64)


def interleave(vectors: Sequence[np.ndarray[Any, Any]], parameters: Parameters) -> Vector:
    """Up to ``lanes`` vectors in one.

    The lanes left over repeat them: values that no input leads to, as zeros may be, could grow until they
    overflow the modulus.
    """
    table = np.stack([np.resize(vector, parameters.slots) for vector in vectors], axis=1)
    return np.resize(table.T, (parameters.lanes, parameters.slots)).T.reshape(-1).astype(np.float64)


def separate(values: Vector, lanes: int, parameters: Parameters) -> list[Vector]:
    """The vectors of the first ``lanes`` lanes."""
    table = values[: parameters.width].reshape(parameters.slots, parameters.lanes)
    return [np.ascontiguousarray(table[:, lane]) for lane in range(lanes)]
