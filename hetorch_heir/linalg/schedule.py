"""Baby-step/giant-step schedules: writing a set of rotations as sums of few.

A set of shifts S is covered by babies B and giants G when every shift is a baby plus a giant. The
babies rotate the input (and can be hoisted: its decomposition is shared), the giants rotate partial
sums. Source: Halevi and Shoup, "Faster homomorphic linear transformations in HElib" (2018), section 3.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Schedule:
    """Splits every shift d into a baby ``d % step`` and a giant ``d - baby``."""

    step: int
    shifts: frozenset[int]

    def split(self, shift: int) -> tuple[int, int]:
        """(baby, giant) of a shift."""
        baby = shift % self.step
        return baby, shift - baby

    @cached_property
    def babies(self) -> frozenset[int]:
        """The babies that are rotations, so without 0."""
        return frozenset(shift % self.step for shift in self.shifts) - {0}

    @cached_property
    def giants(self) -> frozenset[int]:
        """The giants that are rotations, so without 0."""
        return frozenset(shift - shift % self.step for shift in self.shifts) - {0}

    def rotations(self, inputs: int = 1, outputs: int = 1) -> int:
        """Rotations when the babies turn each of ``inputs`` ciphertexts and the giants each output."""
        return len(self.babies) * inputs + len(self.giants) * outputs


def best_schedule(
    shifts: Collection[int], slots: int, inputs: int = 1, outputs: int = 1, *, spread: int = 8
) -> Schedule:
    """The schedule with the fewest rotations; among equals the one with the most babies (they hoist).

    Args:
        shifts: rotations in [0, slots).
        slots: the length of a ciphertext; bounds the step.
        inputs: ciphertexts that the babies rotate.
        outputs: ciphertexts that the giants rotate.
        spread: how many times as large as the balanced step the steps tried may be.
    """
    wanted = np.fromiter(set(shifts), dtype=np.int64)
    largest = int(wanted.max(initial=0))
    best, fewest = largest + 1, np.inf
    for step in sorted(_candidate_steps(wanted.size, largest, slots, spread), reverse=True):
        babies = distinct(wanted % step, step)
        giants = distinct(wanted // step, largest // step + 1)
        count = babies * inputs + giants * outputs
        if count < fewest:
            best, fewest = step, count
    return Schedule(best, frozenset(wanted.tolist()))


def distinct(values: npt.NDArray[np.int64], bound: int) -> int:
    """How many different values other than 0 there are among values in [0, bound)."""
    seen = np.zeros(bound, dtype=bool)
    seen[values] = True
    seen[0] = False
    return int(np.count_nonzero(seen))


def _candidate_steps(count: int, largest: int, slots: int, spread: int) -> set[int]:
    """Steps worth trying: all of the order of the balanced one, and the powers of two (blocks of slots)."""
    balanced = spread * math.isqrt(count) + 2
    powers = {1 << bit for bit in range(slots.bit_length())}
    return {step for step in {*range(1, balanced + 1), *powers, largest + 1} if step <= largest + 1}


def fixed_schedule(shifts: Collection[int], baby_steps: int | None, giant_steps: int | None) -> Schedule:
    """A schedule with the number of baby steps given, or derived from that of giant steps.

    With both given the number of baby steps rules: the giants are as many as the shifts need.
    """
    wanted = frozenset(shifts)
    if baby_steps is None:
        span = max(wanted, default=0) + 1
        baby_steps = -(-span // (giant_steps or 1))
    return Schedule(max(1, baby_steps), wanted)


@lru_cache(maxsize=4096)
def run_schedule(length: int, inputs: int = 1, outputs: int = 1) -> tuple[int, int]:
    """(step, rotations) of the best schedule of the run of shifts 0 … ``length`` - 1."""
    steps = np.arange(length, 0, -1)
    rotations = (steps - 1) * inputs + (-(-length // steps) - 1) * outputs
    best = int(np.argmin(rotations))
    return int(steps[best]), int(rotations[best])
