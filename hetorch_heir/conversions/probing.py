"""Finding out by two runs where the elements of a program's inputs end up.

A client's packing is index arithmetic in loops: what it does is a table that says which element each slot
holds. Run on two vectors of distinct numbers, it shows: a slot that holds element e has the e-th number
both times. A slot with the same number both times is a constant. Anything else was computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.linalg.layout import EMPTY

Vector = NDArray[np.float64]

MAX_ELEMENTS = 1 << 22
"""Elements of one input whose numbers are exact in single precision."""


def probe_values(size: int, run: int, offset: int = 0) -> Vector:
    """The numbers of run 0 or 1 for an input of ``size`` elements.

    Args:
        offset: elements of the inputs before this one, so that all numbers are distinct.

    Raises:
        ProgramError: there are more elements than exact numbers.
    """
    if offset + size > MAX_ELEMENTS:
        raise ProgramError(f"inputs of more than {MAX_ELEMENTS} elements can't be imported")
    positions = np.arange(offset, offset + size, dtype=np.float64)
    # The second numbers are in the opposite order, and none is among the first.
    return positions + 1 if run == 0 else 2 * MAX_ELEMENTS + 1 - positions


def element_table(first: Vector, second: Vector, size: int, offset: int = 0) -> NDArray[np.int64] | None:
    """For each slot of two runs the element of the input that it holds, or -1 where it holds zero.

    Returns:
        None if any slot holds something else.
    """
    elements = np.rint(first).astype(np.int64) - 1 - offset
    zero = (first == 0) & (second == 0)
    inside = (elements >= 0) & (elements < size)
    clipped = np.clip(elements, 0, size - 1)
    same = (first == probe_values(size, 0, offset)[clipped]) & (
        second == probe_values(size, 1, offset)[clipped]
    )
    if not np.all(zero | (inside & same)):
        return None
    return np.where(zero, EMPTY, clipped)


@dataclass
class Probe:
    """What encoded vectors are made of, found out by comparing a program's second run with its first."""

    sizes: Mapping[int, int]
    """The number of elements of each public input."""
    first_run: Sequence[Vector] | None = None
    """The vectors encoded in the first run, in order; None in that run."""
    encoded: list[Vector] = field(default_factory=list[Vector])

    def values(self, public_input: int) -> Vector:
        """The numbers to run the program with, for one public input."""
        return probe_values(self.sizes[public_input], self._run, self._offset(public_input))

    def source_of(self, vector: Vector) -> Any:
        """``vector`` itself if it is constant, or else (public input, table).

        Raises:
            ProgramError: it was computed from public inputs.
        """
        if not self.sizes:
            return vector
        self.encoded.append(vector)
        if self.first_run is None:
            return vector
        before = self.first_run[len(self.encoded) - 1]
        if np.array_equal(before, vector):
            return vector
        for public_input, size in self.sizes.items():
            table = element_table(before, vector, size, self._offset(public_input))
            if table is not None:
                return public_input, table
        raise ProgramError(
            "a plaintext is computed from public inputs, not just packed",
            hint="compute it outside the program, and pass the result as the public input",
        )

    @property
    def _run(self) -> int:
        return 0 if self.first_run is None else 1

    def _offset(self, public_input: int) -> int:
        return sum(size for other, size in self.sizes.items() if other < public_input)
