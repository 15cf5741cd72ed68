"""Chooses the layout of every value of a packed program, by the cost of the maps between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.core.packing import PackingInfo
from hetorch_heir.linalg import linear_map
from hetorch_heir.linalg.layout import Layout, next_power_of_two
from hetorch_heir.linalg.layout_search import Factor, minimise
from hetorch_heir.linalg.linear_map import Matrix
from hetorch_heir.linalg.planner import TransformPlanner
from hetorch_heir.passes.graph import PACKING_INFO, location
from hetorch_heir.passes.packing.program import Elementwise, PackedInput, PackedProgram, Stretch, Value

AUTO = "auto"


def choose_layouts(program: PackedProgram, planner: TransformPlanner, slots: int) -> list[Layout]:
    """The layout of every value, in the order of ``program.values``.

    Values that elementwise operations tie together share one. Inputs whose packing strategy is not
    "auto" have theirs given. The sum of the planner's costs over all maps is smallest among the
    candidates: periodic layouts, and for every map the skewed ones that suit it.

    Raises:
        PassValidationError: inputs that meet in an elementwise operation have different fixed layouts, or
            an input's layout is missing or not one for it.
    """
    classes = _classes(program)
    candidates = {
        representative: _candidates(program, planner, members, slots)
        for representative, members in classes.items()
    }
    of_value = {value: one for one, members in classes.items() for value in members}
    factors = _factors(program, planner, candidates, of_value)
    chosen = minimise({one: len(layouts) for one, layouts in candidates.items()}, factors)
    layouts: list[Layout] = []
    for number in range(len(program.values)):
        one = of_value[number]
        layouts.append(candidates[one][chosen[one]])
    return layouts


def is_pass_through(matrix: Matrix, source: Layout, target: Layout) -> bool:
    """Whether a term of a sum is the value itself, or its negative, where it already lies."""
    return source == target and linear_map.is_sign(matrix)


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


def _candidates(
    program: PackedProgram, planner: TransformPlanner, members: list[int], slots: int
) -> list[Layout]:
    fixed = [layout for layout in (_fixed(program.values[one], slots) for one in members) if layout]
    if fixed:
        for other in fixed[1:]:
            if other != fixed[0]:
                raise PassValidationError(
                    "inputs with different packings meet in an elementwise operation",
                    where=location(program.values[members[-1]].origin),
                    hint='use InputPackingPass(strategy="auto"), which lets them agree',
                )
        return fixed[:1]
    size = program.values[members[0]].size
    periodic = Layout.periodic(size, slots)
    found = {periodic: None}
    if _has_fixed_input(program):
        found[Layout.contiguous(size, slots)] = None
    if periodic.ciphertexts == 1:
        for rows in _result_sizes(program, set(members), slots):
            for step in _steps(next_power_of_two(size), rows, slots):
                found[Layout.skewed(size, slots, step, rows)] = None
    return list(found)


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


def _result_sizes(program: PackedProgram, sources: set[int], slots: int) -> set[int]:
    """Padded numbers of results of the maps that start at one of the values and fit one ciphertext."""
    sizes: set[int] = set()
    for value in program.values:
        if isinstance(value.definition, Stretch) and sources & set(value.definition.expression.terms):
            rows = next_power_of_two(value.size)
            if rows <= slots:
                sizes.add(rows)
    return sizes


def _steps(period: int, rows: int, slots: int) -> list[int]:
    """Skews that a map of ``rows`` results from ``period`` elements can use: powers of two."""
    least = max(1, period * rows // slots)
    return [step for step in (least << bit for bit in range(20)) if step < min(period, rows)]


def _factors(
    program: PackedProgram,
    planner: TransformPlanner,
    candidates: dict[int, list[Layout]],
    of_value: dict[int, int],
) -> list[Factor]:
    factors: list[Factor] = []
    zero_gaps = program.zero_gaps()
    for number, value in enumerate(program.values):
        if not isinstance(value.definition, Stretch):
            continue
        target = of_value[number]
        for source_value, matrix in value.definition.expression.terms.items():
            source = of_value[source_value]
            cost = _CostOf(planner, matrix, zero_gaps[source_value])
            if source == target:
                factors.append(Factor((source,), np.array([cost(one, one) for one in candidates[source]])))
                continue
            costs = [[cost(one, other) for other in candidates[target]] for one in candidates[source]]
            factors.append(Factor((source, target), np.array(costs)))
    return factors


@dataclass(frozen=True)
class _CostOf:
    """The cost of one term of a stretch between given layouts."""

    planner: TransformPlanner
    matrix: Matrix
    zero_gaps: bool

    def __call__(self, source: Layout, target: Layout) -> float:
        if is_pass_through(self.matrix, source, target):
            return 0.0
        return self.planner.cost(self.matrix, source, target, zero_gaps=self.zero_gaps)
