"""Planning maps between layouts of images: shifts from a sample, ladders as far as they pay."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hetorch_heir.linalg.diagonals import Diagonals
from hetorch_heir.linalg.layout import Grid, Layout
from hetorch_heir.linalg.linear_map import Matrix, Patterns
from hetorch_heir.linalg.plan_assembly import assembled
from hetorch_heir.linalg.planner_options import CostWeights, PlannerOptions
from hetorch_heir.linalg.shifts import Preference, ShiftProblem
from hetorch_heir.linalg.sumset import ShiftSet, Split, best_split
from hetorch_heir.linalg.transform import LinearTransform

_SAMPLE = 60_000
"""(entry, shift) pairs from which the cost of a map between layouts on a grid is estimated."""
_ROUGH_SAMPLE = 15_000
"""The same for a rough idea of the cost."""
_TOO_MANY = 3000
"""Shifts beyond which a plan is not worth splitting exactly."""


@dataclass(frozen=True)
class _Way:
    """How to apply a map: the shifts preferred, and how many slots a ladder adds up afterwards."""

    cost: float
    preference: Preference
    summed: int


class GridPlanner:
    """Plans maps between two layouts of which one at least lies on a grid."""

    def __init__(self, options: PlannerOptions, weights: CostWeights, patterns: Patterns) -> None:
        self._options = options
        self._weights = weights
        self._patterns = patterns
        self._known: dict[tuple[object, ...], _Way] = {}
        self._rough: dict[tuple[object, ...], float] = {}

    def cost(self, matrix: Matrix, source: Layout, target: Layout) -> float:
        """The cost of the cheapest plan, in rotations, estimated from a sample of the entries."""
        return self._way(matrix, source, target).cost

    def rough_cost(self, matrix: Matrix, source: Layout, target: Layout) -> float:
        """About that cost, from a smaller sample and without looking for the best split."""
        key = (self._patterns.of(matrix), source.key, target.key)
        if key not in self._rough:
            summed = ShiftProblem.ladders(target)[-1]
            preference = next(iter(_preferences(source, target)))
            wanted = ShiftProblem(matrix, source, target, summed).estimate(preference, _ROUGH_SAMPLE)
            self._rough[key] = self._least(wanted, summed, source, target)
        return self._rough[key]

    def plan(self, matrix: Matrix, source: Layout, target: Layout) -> LinearTransform:
        """The cheapest plan for ``target = matrix @ source``."""
        way = self._way(matrix, source, target)
        diagonals = ShiftProblem(matrix, source, target, way.summed).diagonals(way.preference)
        split = self._split(_shift_set(diagonals), source, target)
        steps = zip(split.babies.tolist(), split.giants.tolist(), strict=True)
        ladder = tuple(source.slots // way.summed << bit for bit in range(way.summed.bit_length() - 1))
        return assembled(source, target, diagonals, dict(zip(diagonals, steps, strict=True)), (), ladder)

    def _way(self, matrix: Matrix, source: Layout, target: Layout) -> _Way:
        """The cheapest way; a longer ladder is tried as long as it saves more than its rotations cost."""
        key = (self._patterns.of(matrix), source.key, target.key)
        if key in self._known:
            return self._known[key]
        best: _Way | None = None
        for preference in _preferences(source, target):
            for summed in reversed(ShiftProblem.ladders(target)):
                problem = ShiftProblem(matrix, source, target, summed)
                limit = math.inf if best is None else best.cost
                cost = self._cost_of(problem.estimate(preference, _SAMPLE), summed, source, target, limit)
                if best is None or cost < best.cost:
                    best = _Way(cost, preference, summed)
                elif summed > 1 and cost > 1.2 * best.cost:
                    break
        assert best is not None, "there is always the way without a ladder"
        self._known[key] = best
        return best

    def _cost_of(self, wanted: ShiftSet, summed: int, source: Layout, target: Layout, limit: float) -> float:
        """The cost of a way; less than that, but above ``limit``, if it certainly is above."""
        least = self._least(wanted, summed, source, target)
        if wanted.products > _TOO_MANY or least > limit:
            return least
        split = self._split(wanted, source, target)
        outer = summed.bit_length() - 1
        return self._weights.of(split.rotations + outer, wanted.products, len(split.keys) + outer)

    def _least(self, wanted: ShiftSet, summed: int, source: Layout, target: Layout) -> float:
        """What shifts cost at least: that of as many babies as giants, each of which gives another shift."""
        pairs = source.ciphertexts * target.ciphertexts
        rotations = 2 * math.sqrt(wanted.products / pairs) - 2 + summed.bit_length() - 1
        return self._weights.of(rotations, wanted.products)

    def _split(self, wanted: ShiftSet, source: Layout, target: Layout) -> Split:
        options, grid = self._options, grid_of(source, target)
        return best_split(
            wanted, source.slots, grid, baby_steps=options.baby_steps, giant_steps=options.giant_steps
        )


def grid_of(source: Layout, target: Layout) -> Grid | None:
    """The grid that shifts between two layouts follow: the finer one, if both have one."""
    grids = [layout.grid for layout in (source, target) if layout.grid is not None]
    return min(grids, key=lambda grid: grid.spacing, default=None)


def _preferences(source: Layout, target: Layout) -> Iterator[Preference]:
    grid = grid_of(source, target)
    assert grid is not None
    if source.grid is not None and target.grid is not None:
        yield Preference(grid.block, grid)
    else:
        yield Preference(1)
        yield Preference(grid.block)


def _shift_set(diagonals: Diagonals) -> ShiftSet:
    keys = np.array(list(diagonals), dtype=np.int64).reshape(-1, 3)
    return ShiftSet(keys[:, 0], keys[:, 1], keys[:, 2])
