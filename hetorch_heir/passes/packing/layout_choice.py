"""Chooses the layout of every value of a packed program, by the cost of the maps between them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hetorch_heir.core.cache import NO_CACHE, Cache
from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.core.packing import PackingInfo
from hetorch_heir.core.progress import tracked
from hetorch_heir.linalg import linear_map
from hetorch_heir.linalg.cost_table import Costs, cost_table
from hetorch_heir.linalg.layout import Layout
from hetorch_heir.linalg.layout_search import Factor, minimise
from hetorch_heir.linalg.linear_map import Matrix
from hetorch_heir.linalg.planner import TransformPlanner
from hetorch_heir.linalg.window_sum import WindowSum, window_sum
from hetorch_heir.passes.graph import PACKING_INFO, location
from hetorch_heir.passes.packing.candidates import Candidates
from hetorch_heir.passes.packing.level_cost import LEVEL_COST, level_cost_of
from hetorch_heir.passes.packing.program import (
    Elementwise,
    PackedInput,
    PackedProgram,
    SlotSum,
    Value,
)

AUTO = "auto"


@dataclass(frozen=True)
class LayoutChoice:
    """Where the values of a program lie.

    Attributes:
        layouts: of every value, in the order of ``program.values``.
        detours: (source value, target value) to a layout that the source is brought into first, because
            the map is so much cheaper from there that a further level pays.
    """

    layouts: list[Layout]
    detours: dict[tuple[int, int], Layout] = field(default_factory=dict)


def choose_layouts(
    program: PackedProgram,
    planner: TransformPlanner,
    slots: int,
    *,
    level_cost: float | None = None,
    cache: Cache = NO_CACHE,
) -> LayoutChoice:
    """The layouts for which the sum of the planner's costs over all maps is smallest.

    Values that elementwise operations tie together share one. Inputs whose packing strategy is not
    "auto" have theirs given. The others are chosen among the candidates of
    :mod:`hetorch_heir.passes.packing.candidates`, all together.

    Args:
        level_cost: what a further level is worth, in rotations; None derives it from the program: a level
            more makes every operation slower, and in a deep program bootstraps more frequent.
        cache: remembers the costs of maps from one compilation to the next.

    Raises:
        PassValidationError: inputs that meet in an elementwise operation have different fixed layouts, or
            an input's layout is missing or not one for it.
    """
    return _Choice(program, planner, slots, level_cost, cache).run()


class _Choice:
    def __init__(
        self,
        program: PackedProgram,
        planner: TransformPlanner,
        slots: int,
        level_cost: float | None,
        cache: Cache,
    ) -> None:
        self._program = program
        self._planner = planner
        self._cache = cache
        self._window_sums: dict[int, list[WindowSum | None]] = {}
        self._zero_gaps = program.zero_gaps()
        classes = _classes(program)
        self._class_of = {value: one for one, members in classes.items() for value in members}
        candidates = Candidates(program, classes, slots, fixed_input=_has_fixed_input(program))
        self._candidates: dict[int, list[Layout]] = {}
        for one, members in classes.items():
            self._candidates[one] = _fixed_layouts(program, members, slots) or self._free(candidates, members)
        self._level_cost = level_cost

    def run(self) -> LayoutChoice:
        direct = {
            (source, target): self._direct(source, target, matrix)
            for source, target, matrix in tracked(list(self._program.linear_maps), "layouts")
        }
        chosen, total = self._minimise(direct)
        level_cost = self._level_cost
        if level_cost is None:
            level_cost = level_cost_of(self._program, total)
        detours = {pair: self._with_detours(pair[0], costs, level_cost) for pair, costs in direct.items()}
        if any(np.any(via >= 0) for _, via in detours.values()):
            chosen, _ = self._minimise({pair: costs for pair, (costs, _) in detours.items()})
        classes = [self._class_of[number] for number in range(len(self._program.values))]
        layouts = [self._candidates[one][chosen[one]] for one in classes]
        taken: dict[tuple[int, int], Layout] = {}
        for (source, target), (_, via) in detours.items():
            place = int(via[chosen[self._class_of[source]], chosen[self._class_of[target]]])
            if place >= 0:
                taken[source, target] = self._candidates[self._class_of[source]][place]
        return LayoutChoice(layouts, taken)

    def _free(self, candidates: Candidates, members: list[int]) -> list[Layout]:
        """The candidates for values whose layout is not given; sums of slots lie where their operand does."""
        values = self._program.values
        found: dict[Layout, None] = {}
        for number in members:
            if isinstance(values[number].definition, SlotSum):
                found.update((place.target, None) for place in self._places(number) if place is not None)
        if not found or len(members) > 1:
            found.update(dict.fromkeys(candidates.of(members[0])))
        return list(found)

    def _places(self, number: int) -> list[WindowSum | None]:
        """The window sums that a sum of slots is, by candidate of its operand."""
        if number not in self._window_sums:
            definition = self._program.values[number].definition
            assert isinstance(definition, SlotSum)
            zero_gaps = self._zero_gaps[definition.operand]
            self._window_sums[number] = [
                window_sum(definition.matrix, source, zero_gaps=zero_gaps)
                for source in self._candidates[self._class_of[definition.operand]]
            ]
        return self._window_sums[number]

    def _direct(self, source: int, target: int, matrix: Matrix) -> Costs:
        """Cost of a map by (candidate of the source, candidate of the target)."""
        rows, columns = (self._candidates[self._class_of[one]] for one in (source, target))
        zero_gaps = self._zero_gaps[source]
        costs = cost_table(self._planner, matrix, rows, columns, zero_gaps=zero_gaps, cache=self._cache)
        if isinstance(self._program.values[target].definition, SlotSum):
            costs = costs + LEVEL_COST
            for row, place in enumerate(self._places(target)):
                if place is not None and place.target in columns:
                    costs[row, columns.index(place.target)] = place.rotations
        return costs

    def _with_detours(
        self, source: int, costs: Costs, level_cost: float
    ) -> tuple[Costs, npt.NDArray[np.int64]]:
        """The costs with detours where they pay, and which candidate each leads over (-1: none)."""
        layouts = self._candidates[self._class_of[source]]
        via = np.full(costs.shape, -1, dtype=np.int64)
        best = costs.copy()
        saving = costs.max(axis=0) - costs.min(axis=0)
        if len(layouts) == 1 or not np.any(saving > level_cost):
            return best, via
        unit = linear_map.identity(layouts[0].size)
        for start, middle in itertools.permutations(range(len(layouts)), 2):
            here, there = layouts[start], layouts[middle]
            # Replicas are exchanged or turned: a layout on another grid would take a shift per pixel.
            if (
                here.grid is None
                or here.grid != there.grid
                or not np.any(best[start] - costs[middle] > level_cost)
            ):
                continue
            moved = self._planner.cost(unit, here, there, zero_gaps=self._zero_gaps[source])
            through = moved + level_cost + costs[middle]
            better = through < best[start]
            best[start, better], via[start, better] = through[better], middle
        return best, via

    def _minimise(self, costs: Mapping[tuple[int, int], Costs]) -> tuple[dict[int, int], float]:
        """The candidate of every class, and the sum of the costs."""
        factors: list[Factor] = []
        for (source, target), table in costs.items():
            one, other = self._class_of[source], self._class_of[target]
            if one == other:
                factors.append(Factor((one,), np.diagonal(table).copy()))
            else:
                factors.append(Factor((one, other), table))
        chosen = minimise({one: len(layouts) for one, layouts in self._candidates.items()}, factors)
        total = sum(float(factor.costs[tuple(chosen[one] for one in factor.variables)]) for factor in factors)
        return chosen, total


def _classes(program: PackedProgram) -> dict[int, list[int]]:
    """Values by the first one that shares their layout."""
    first = list(range(len(program.values)))

    def root(number: int) -> int:
        while first[number] != number:
            number = first[number]
        return number

    for number, value in enumerate(program.values):
        if isinstance(value.definition, Elementwise):
            for operand in value.definition.operands:
                low, high = sorted((root(number), root(operand)))
                first[high] = low
    classes: dict[int, list[int]] = {}
    for number in range(len(program.values)):
        classes.setdefault(root(number), []).append(number)
    return classes


def _fixed_layouts(program: PackedProgram, members: list[int], slots: int) -> list[Layout]:
    """The layout that inputs among the values are given in, if any is."""
    fixed = [layout for layout in (_fixed(program.values[one], slots) for one in members) if layout]
    for other in fixed[1:]:
        if other != fixed[0]:
            raise PassValidationError(
                "inputs with different packings meet in an elementwise operation",
                where=location(program.values[members[-1]].origin),
                hint='use InputPackingPass(strategy="auto"), which lets them agree',
            )
    return fixed[:1]


def _fixed(value: Value, slots: int) -> Layout | None:
    """The layout that an input's packing strategy asks for; None if it is free."""
    if not isinstance(value.definition, PackedInput):
        return None
    packing: PackingInfo | None = value.origin.meta.get(PACKING_INFO)
    if packing is None or packing.strategy == AUTO:
        return None
    if packing.layout is not None:
        _check_fits(packing.layout, value, slots)
        return packing.layout
    if packing.strategy == "column_major":
        return Layout.column_major(value.shape, slots)
    if packing.strategy == "diagonal":
        return Layout.diagonal(value.shape, slots)
    if packing.strategy == "custom":
        raise PassValidationError(
            f"input {value.origin.name} has a custom packing without a layout",
            hint="set PackingInfo.layout to a hetorch_heir.linalg.layout.Layout, or use another strategy",
        )
    return Layout.contiguous(value.size, slots)


def _check_fits(layout: Layout, value: Value, slots: int) -> None:
    if (layout.size, layout.slots) != (value.size, slots):
        raise PassValidationError(
            f"the packing of input {value.origin.name} places {layout.size} elements in ciphertexts of"
            f" {layout.slots} slots, and the input has {value.size} elements and ciphertexts {slots} slots",
            hint="run InputPackingPass again, or correct PackingInfo.layout",
        )


def _has_fixed_input(program: PackedProgram) -> bool:
    packings = [
        value.origin.meta.get(PACKING_INFO)
        for value in program.values
        if isinstance(value.definition, PackedInput)
    ]
    return any(packing is not None and packing.strategy != AUTO for packing in packings)
