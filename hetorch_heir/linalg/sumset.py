"""Writing the shifts between layouts on a grid as sums of babies and giants.

Shifts between pixels have digits: columns, rows and blocks of the grid, to either side. Any choice of
digits makes the babies, the others the giants; the best choice balances both. Shifts without such a
structure are split by the remainder of one number (:mod:`hetorch_heir.linalg.schedule`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hetorch_heir.linalg.layout import Grid
from hetorch_heir.linalg.schedule import best_schedule, distinct

Index = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ShiftSet:
    """The shifts of a map: for every product its output and input ciphertext and its shift."""

    outputs: Index
    inputs: Index
    shifts: Index

    @property
    def products(self) -> int:
        return self.shifts.size


@dataclass(frozen=True)
class Split:
    """Babies and giants, and the rotations that they take.

    Attributes:
        babies: for every product, the rotation of its input, in [0, slots).
        giants: for every product, the rotation of its partial sum, in [0, slots).
        rotations: distinct (input, baby) and (output, giant) other than 0.
        hoisted: those of them that rotate an input.
    """

    babies: Index
    giants: Index
    rotations: int
    hoisted: int

    @property
    def keys(self) -> frozenset[int]:
        """The distinct rotation indices."""
        return frozenset(np.union1d(self.babies, self.giants).tolist()) - {0}


def best_split(
    wanted: ShiftSet,
    slots: int,
    grid: Grid | None = None,
    *,
    baby_steps: int | None = None,
    giant_steps: int | None = None,
) -> Split:
    """The split with the fewest rotations; among equals the one with the most babies, which hoist.

    Args:
        wanted: the shifts.
        slots: slots of a ciphertext.
        grid: what neighbours are.
        baby_steps: the most different babies, 0 included; None leaves it to the split.
        giant_steps: the most different giants; with ``baby_steps`` given, as many as are needed.
    """
    if not wanted.products:
        return Split(wanted.shifts, wanted.shifts, 0, 0)
    candidates = [_split(wanted, babies, slots) for babies in _babies(wanted, slots, grid)]
    if baby_steps is not None:
        giants_only = _split(wanted, np.zeros_like(wanted.shifts), slots)
        candidates = [giants_only, *(one for one in candidates if _steps(one.babies) <= baby_steps)]
    elif giant_steps is not None:
        babies_only = _split(wanted, wanted.shifts, slots)
        candidates = [babies_only, *(one for one in candidates if _steps(one.giants) <= giant_steps)]
    return min(candidates, key=lambda one: (one.rotations, -one.hoisted))


def _split(wanted: ShiftSet, babies: Index, slots: int) -> Split:
    babies = babies % slots
    giants = (wanted.shifts - babies) % slots
    hoisted = _rotations(wanted.inputs, babies, slots)
    turned = _rotations(wanted.outputs, giants, slots)
    return Split(babies, giants, hoisted + turned, hoisted)


def _steps(values: Index) -> int:
    return np.union1d(values, 0).size


def _rotations(ciphertexts: Index, steps: Index, slots: int) -> int:
    """Different (ciphertext, step) with a step other than 0."""
    if not ciphertexts.any():
        return distinct(steps, slots)
    turned = steps != 0
    codes = ciphertexts[turned] * slots + steps[turned]
    return distinct(codes, (int(ciphertexts.max()) + 1) * slots)


def _babies(wanted: ShiftSet, slots: int, grid: Grid | None) -> Iterator[Index]:
    inputs, outputs = np.unique(wanted.inputs).size, np.unique(wanted.outputs).size
    schedule = best_schedule(wanted.shifts.tolist(), slots, inputs, outputs, spread=2)
    yield wanted.shifts % schedule.step
    if grid is None:
        return
    for boundaries in _boundaries(grid, slots):
        digits = _digits(wanted.shifts, boundaries, grid.block)
        for chosen in range(1 << len(digits)):
            picked = [digit for place, digit in enumerate(digits) if chosen >> place & 1]
            yield np.sum([np.zeros_like(wanted.shifts), *picked], axis=0).astype(np.int64)


def _boundaries(grid: Grid, slots: int) -> Iterator[tuple[int, ...]]:
    """Where digits begin: at rows and at blocks, and one of them in two parts."""
    plain = {one for one in (grid.pitch, grid.block) if 1 < one < slots}
    yield tuple(sorted(plain))
    parts = [grid.block * blocks for blocks in range(2, 33) if blocks.bit_count() == 1 or blocks % 3 == 0]
    for extra in (*parts, 2 * grid.spacing, 2 * grid.spacing * grid.pitch):
        if extra not in plain and 1 < extra < slots:
            yield tuple(sorted((*plain, extra)))


def _digits(shifts: Index, boundaries: tuple[int, ...], block: int) -> list[Index]:
    """Summands of each shift: remainders by each boundary, and what is left.

    Within a block they go to either side, as neighbours do; blocks are counted forward.
    """
    digits: list[Index] = []
    rest = shifts
    for boundary in boundaries:
        half = boundary // 2 if boundary <= block else 0
        digit = (rest + half) % boundary - half
        digits.append(digit)
        rest = rest - digit
    return [*digits, rest]
