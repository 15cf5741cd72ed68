"""Straight-line programs in a compact form: what is left of a program when it is about to be executed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .errors import ExecutionError

CIPHERTEXT_SUMS = ("add", "sub")
PLAINTEXT_OPERATIONS = ("add_plain", "sub_plain", "mul_plain")
OPERATIONS = (
    *CIPHERTEXT_SUMS,
    "mul",
    "negate",
    *PLAINTEXT_OPERATIONS,
    "rotate",
    "relinearize",
    "rescale",
    "level_reduce",
    "bootstrap",
)
"""Operations by their codes. ``mul`` does not relinearize, and no product rescales."""

BINARY = frozenset(("add", "sub", "mul"))
_CODES = {name: code for code, name in enumerate(OPERATIONS)}

COLUMNS = ("operation", "x", "y", "argument")
"""Columns of an instruction. ``x`` is a register; ``y`` a register, a constant, or -1; ``argument`` the
steps of a rotation, the levels to drop, or the scale (log2) of a plaintext. Instruction i writes register
``inputs + i``, so registers are written once."""

STATE = ("level", "scale", "dimension")
"""Columns of the table of registers: what each ciphertext must be like."""


@dataclass(frozen=True)
class Instruction:
    """One operation, with names for its columns."""

    operation: str
    result: int
    x: int
    y: int
    argument: int


@dataclass(frozen=True)
class Stream:
    """A program without loops, calls and arithmetic of its own.

    Attributes:
        inputs: number of ciphertexts that it takes; they are the first registers.
        outputs: the registers that it gives.
        code: an int32 array of the ``COLUMNS``, a row per instruction.
        states: an int32 array of the ``STATE``, a row per register.
        constants: the vectors of plaintexts; each repeats to fill the slots.
    """

    inputs: int
    outputs: tuple[int, ...]
    code: np.ndarray[Any, np.dtype[np.int32]] = field(repr=False)
    states: np.ndarray[Any, np.dtype[np.int32]] = field(repr=False)
    constants: list[np.ndarray[Any, Any]] = field(repr=False)

    def __post_init__(self) -> None:
        registers = self.inputs + len(self.code)
        if self.code.shape != (len(self.code), len(COLUMNS)) or self.states.shape != (registers, len(STATE)):
            raise ExecutionError("the tables of the program are of the wrong size")
        for one in self.instructions():
            plain = one.operation in PLAINTEXT_OPERATIONS
            limit = len(self.constants) if plain else one.result
            takes_y = plain or one.operation in BINARY
            if not 0 <= one.x < one.result or not (0 <= one.y < limit if takes_y else one.y == -1):
                raise ExecutionError(f"instruction {one.result - self.inputs} reads what isn't there")
        if any(not 0 <= register < registers for register in self.outputs):
            raise ExecutionError("the program returns what isn't there")

    def instructions(self) -> list[Instruction]:
        rows: list[list[int]] = self.code.tolist()
        if any(not 0 <= row[0] < len(OPERATIONS) for row in rows):
            raise ExecutionError("the program has an operation that is not known")
        return [
            Instruction(OPERATIONS[operation], self.inputs + index, x, y, argument)
            for index, (operation, x, y, argument) in enumerate(rows)
        ]

    def rotations(self) -> list[int]:
        """The steps of all rotations, each once, in order."""
        steps = self.code[self.code[:, 0] == _CODES["rotate"], 3]
        return sorted(set(steps.tolist()))

    def uses(self, operation: str) -> bool:
        return bool(np.any(self.code[:, 0] == _CODES[operation]))

    def to_message(self) -> tuple[dict[str, Any], list[Any]]:
        """Body and buffers of a message; constants that single precision holds exactly are sent in it."""
        flat = np.concatenate(self.constants) if self.constants else np.zeros(0)
        single = flat.astype("<f4")
        kind = "<f4" if np.array_equal(single, flat) else "<f8"
        body = {
            "inputs": self.inputs,
            "outputs": list(self.outputs),
            "lengths": [vector.size for vector in self.constants],
            "kind": kind,
        }
        buffers = [self.code.astype("<i4"), self.states.astype("<i4"), flat.astype(kind)]
        return body, [np.ascontiguousarray(buffer).data for buffer in buffers]

    @staticmethod
    def from_message(body: dict[str, Any], buffers: list[bytes]) -> Stream:
        """The inverse of :meth:`to_message`.

        Raises:
            ExecutionError: the message isn't such a program.
        """
        try:
            code, states = (np.frombuffer(buffer, "<i4") for buffer in buffers[:2])
            flat = np.frombuffer(buffers[2], {"<f4": "<f4", "<f8": "<f8"}[body["kind"]])
            if flat.size != sum(body["lengths"]):
                raise ValueError("constants are missing")
            constants = np.split(flat, np.cumsum(body["lengths"], dtype=int)[:-1]) if body["lengths"] else []
            return Stream(
                int(body["inputs"]),
                tuple(int(register) for register in body["outputs"]),
                code.reshape(-1, len(COLUMNS)),
                states.reshape(-1, len(STATE)),
                constants,
            )
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise ExecutionError(f"the message is no program: {error}") from error


class StreamBuilder:
    """Appends instructions; equal constants are kept once."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int, int, int]] = []
        self._states: list[tuple[int, int, int]] = []
        self._inputs = 0
        self._constants: list[np.ndarray[Any, Any]] = []
        self._known: dict[bytes, int] = {}

    def input(self, level: int, scale: int, dimension: int = 2) -> int:
        """The register of the next input; inputs come before instructions."""
        assert not self._rows
        self._states.append((level, scale, dimension))
        self._inputs += 1
        return self._inputs - 1

    def constant(self, values: np.ndarray[Any, Any]) -> int:
        """The number of a constant; ``values`` is cut to its shortest period that is a power of two."""
        vector = np.ascontiguousarray(period_of(values), dtype="<f8")
        key = vector.tobytes()
        if key not in self._known:
            self._known[key] = len(self._constants)
            self._constants.append(_compact(vector))
        return self._known[key]

    def append(
        self, operation: str, state: tuple[int, int, int], x: int, y: int = -1, argument: int = 0
    ) -> int:
        """The register that an instruction writes."""
        self._rows.append((_CODES[operation], x, y, argument))
        self._states.append(state)
        return len(self._states) - 1

    def build(self, outputs: Iterable[int]) -> Stream:
        return Stream(
            self._inputs,
            tuple(outputs),
            np.array(self._rows, dtype=np.int32).reshape(-1, len(COLUMNS)),
            np.array(self._states, dtype=np.int32).reshape(-1, len(STATE)),
            self._constants,
        )


def _compact(vector: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    single = vector.astype(np.float32)
    return single if np.array_equal(single, vector) else vector


def period_of(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The part of a vector that repeats: its first half, as long as both halves are equal."""
    vector = np.asarray(values).ravel()
    while vector.size % 2 == 0:
        half = vector.size // 2
        if not np.array_equal(vector[:half], vector[half:]):
            break
        vector = vector[:half]
    return vector
