"""Planning one linear map between two given layouts: the cheapest of the known schedules.

Schedules (n slots, matrix m x d, p_out and p_in the next powers of two; see docs/planner.md):

* *ladder*: the source offers K different columns by shifts 0 … K - 1 and the others through its
  replicas, which a rotate-and-sum ladder of strides p_out, 2 p_out, … adds up: K products.
* *nearest*: every output slot takes each column from the next slot that holds it: the diagonal method
  of Halevi and Shoup for a periodic source, into any target.
* *grid*: between layouts of images, every entry takes the shift that its neighbours take too
  (:mod:`hetorch_heir.linalg.shifts`), after which a ladder may add up slots; babies and giants are digits
  of the shifts (:mod:`hetorch_heir.linalg.sumset`).

A source that holds every element once, with zeros beside, can first be copied beside itself (the
prelude), which costs rotations but no level.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hetorch_heir.core.cache import NO_CACHE, Cache, key_of
from hetorch_heir.linalg import linear_map
from hetorch_heir.linalg.diagonals import (
    Diagonals,
    ladder_diagonals,
    nearest_diagonals,
    nearest_shifts,
    run_diagonals,
)
from hetorch_heir.linalg.grid_planner import GridPlanner, grid_of
from hetorch_heir.linalg.known_plans import RecentPlans, read_plan, recorded
from hetorch_heir.linalg.layout import EMPTY, Layout, next_power_of_two
from hetorch_heir.linalg.linear_map import Matrix, Patterns, dimensions
from hetorch_heir.linalg.plan_assembly import assembled, filled, numbered
from hetorch_heir.linalg.planner_options import CostWeights, PlannerOptions
from hetorch_heir.linalg.schedule import Schedule, best_schedule, fixed_schedule, run_schedule
from hetorch_heir.linalg.transform import LinearTransform


@dataclass(frozen=True)
class _Option:
    """A way to apply a map.

    ``shifts`` is the number of shifts 0, 1, … that each pair of ciphertexts takes (a dense map), or the
    exact set of (output, input, shift).
    """

    shifts: int | frozenset[tuple[int, int, int]]
    ladder: tuple[int, ...] = ()
    prelude: tuple[int, ...] = ()


class TransformPlanner:
    """Plans linear maps, and estimates their cost without building the diagonals.

    Args:
        options: what the user fixes.
        weights: what rotations, products and keys cost.
        cache: remembers plans from one compilation to the next.
    """

    def __init__(
        self,
        options: PlannerOptions | None = None,
        weights: CostWeights | None = None,
        cache: Cache = NO_CACHE,
    ) -> None:
        self._options = options or PlannerOptions()
        self._weights = weights or CostWeights()
        self._patterns = Patterns()
        self._grids = GridPlanner(self._options, self._weights, self._patterns)
        self._known: dict[tuple[object, ...], float] = {}
        self._plans = RecentPlans()
        self._cache = cache

    def cost(self, matrix: Matrix, source: Layout, target: Layout, *, zero_gaps: bool = True) -> float:
        """The cost of the cheapest plan, in rotations; arguments as for :meth:`plan`.

        Between layouts on a grid it is estimated from a sample of the matrix's entries. It depends on where
        the matrix is not zero only, and is known for each such pattern once it has been asked for.
        """
        if grid_of(source, target) is not None:
            return self._grids.cost(matrix, source, target)
        key = (self._patterns.of(matrix), source.key, target.key, zero_gaps)
        if key not in self._known:
            options = _options(matrix, source, target, zero_gaps)
            self._known[key] = min(self._cost_of(matrix, source, target, option) for option in options)
        return self._known[key]

    def plan(
        self, matrix: Matrix, source: Layout, target: Layout, *, zero_gaps: bool = True
    ) -> LinearTransform:
        """The cheapest plan for ``target = matrix @ source``.

        Args:
            zero_gaps: whether the slots of the source that hold no element are zero. They are when a
                client has packed them or a linear transform has yielded them, and are not after a
                polynomial with a constant term. The gaps of the result are zero.
        """
        if not matrix.has_canonical_format:
            matrix = matrix.copy()
            matrix.sum_duplicates()
        key = self.key_of("plan", matrix, (source,), (target,), zero_gaps)
        plan = self._plans.get(key)
        if plan is None:
            known = self._cache.load(key)
            if known is None:
                plan = self._plan(numbered(matrix), source, target, zero_gaps)
                self._cache.store(key, recorded(plan))
            else:
                plan = read_plan(source, target, known)
            self._plans.add(key, plan)
        return filled(plan, matrix)

    def key_of(
        self,
        kind: str,
        matrix: Matrix,
        sources: Sequence[Layout],
        targets: Sequence[Layout],
        zero_gaps: bool,
    ) -> str:
        """The key of what depends on where a map's entries are, and on the layouts that it may be between."""
        layouts = [[one.digest for one in sources], [one.digest for one in targets]]
        inputs = (self._patterns.of(matrix), *layouts, zero_gaps, self._options, self._weights)
        return key_of(kind, inputs, code=("hetorch_heir.linalg",))

    def _plan(self, matrix: Matrix, source: Layout, target: Layout, zero_gaps: bool) -> LinearTransform:
        if grid_of(source, target) is not None:
            return self._grids.plan(matrix, source, target)
        options = _options(matrix, source, target, zero_gaps)
        for option in sorted(options, key=lambda one: self._cost_of(matrix, source, target, one)):
            diagonals = _diagonals(matrix, source, target, option)
            if diagonals is not None:
                schedule = self._schedule(matrix, frozenset(diagonals))
                split = {key: schedule.split(key[2]) for key in diagonals}
                return assembled(source, target, diagonals, split, option.prelude, option.ladder)
        raise AssertionError("the diagonal method applies to every pair of layouts")

    def rough_cost(self, matrix: Matrix, source: Layout, target: Layout, *, zero_gaps: bool = True) -> float:
        """About what the cheapest plan costs, much faster between layouts on a grid."""
        if grid_of(source, target) is not None:
            return self._grids.rough_cost(matrix, source, target)
        return self.cost(matrix, source, target, zero_gaps=zero_gaps)

    def estimate(self, matrix: Matrix, slots: int) -> float:
        """About what the map costs, in rotations, when the layouts of both its sides can be chosen."""
        if not linear_map.is_dense(matrix):
            entries = matrix.tocoo()
            shifts = int(np.unique(entries.col.astype(np.int64) - entries.row).size)
            return self._weights.of(run_schedule(max(1, min(shifts, slots)))[1], shifts)
        rows, columns = (next_power_of_two(extent) for extent in dimensions(matrix))
        inputs, outputs = max(1, columns // slots), max(1, rows // slots)
        rows, columns = min(rows, slots), min(columns, slots)
        products = max(1, rows * columns // slots)
        summed = max(1, columns // products)
        rotations = run_schedule(products, inputs, outputs)[1] + summed.bit_length() - 1
        return self._weights.of(rotations, products * inputs * outputs)

    def _cost_of(self, matrix: Matrix, source: Layout, target: Layout, option: _Option) -> float:
        outer = len(option.ladder) + len(option.prelude)
        if isinstance(option.shifts, int) and self._chooses(matrix):
            inputs, outputs = source.ciphertexts, target.ciphertexts
            _, rotations = run_schedule(option.shifts, inputs, outputs)
            return self._weights.of(rotations + outer, option.shifts * inputs * outputs, rotations + outer)
        keys = _shift_keys(source, target, option)
        schedule = self._schedule(matrix, keys)
        babies = {(input_, schedule.split(shift)[0]) for _, input_, shift in keys}
        giants = {(output, schedule.split(shift)[1]) for output, _, shift in keys}
        rotations = sum(1 for _, shift in (*babies, *giants) if shift) + outer
        return self._weights.of(rotations, len(keys), len(schedule.babies | schedule.giants) + outer)

    def _chooses(self, matrix: Matrix) -> bool:
        """Whether the split into baby and giant steps is the planner's choice."""
        fixed = self._options.baby_steps or self._options.giant_steps
        return not fixed and dimensions(matrix)[1] >= self._options.min_size

    def _schedule(self, matrix: Matrix, keys: frozenset[tuple[int, int, int]]) -> Schedule:
        shifts = {shift for _, _, shift in keys}
        largest = max(shifts, default=0)
        if self._options.baby_steps or self._options.giant_steps:
            return fixed_schedule(shifts, self._options.baby_steps, self._options.giant_steps)
        if not self._chooses(matrix):
            return Schedule(largest + 1, frozenset(shifts))
        inputs = len({input_ for _, input_, _ in keys})
        outputs = len({output for output, _, _ in keys})
        return best_schedule(shifts, largest + 1, inputs, outputs)


def _options(matrix: Matrix, source: Layout, target: Layout, zero_gaps: bool) -> Iterator[_Option]:
    """Every way to apply the map; the shifts of a dense one are those of a full matrix."""
    for prelude in _preludes(source) if zero_gaps else ((),):
        copied = _after_prelude(source, prelude)
        for count, ladder in _ladders(matrix, copied, target):
            yield _Option(count, ladder, prelude)
        if linear_map.is_dense(matrix):
            shifts = _dense_shifts(copied, target, next_power_of_two(dimensions(matrix)[1]))
        else:
            shifts = frozenset(nearest_shifts(matrix, copied, target))
        yield _Option(shifts, (), prelude)


def _diagonals(matrix: Matrix, source: Layout, target: Layout, option: _Option) -> Diagonals | None:
    copied = _after_prelude(source, option.prelude)
    if option.ladder:
        assert isinstance(option.shifts, int)
        return ladder_diagonals(matrix, copied, target, option.shifts, option.ladder)
    period = next_power_of_two(dimensions(matrix)[1])
    run = run_diagonals(matrix, copied, target, period) if option.shifts == period else None
    return nearest_diagonals(matrix, copied, target) if run is None else run


def _dense_shifts(source: Layout, target: Layout, period: int) -> int:
    """How far forward an output slot must look to find every column: a period, where replicas allow it."""
    if source.ciphertexts != 1 or period >= source.slots:
        return source.slots
    table = source.table[0]
    if np.count_nonzero(np.unique(table[:period]) != EMPTY) < source.size:
        return source.slots
    differs = np.flatnonzero(table != table[np.arange(table.size) % period])
    repeated = int(differs[0]) if differs.size else table.size
    last = int(np.flatnonzero(np.any(target.table != EMPTY, axis=0))[-1])
    return period if repeated == table.size or repeated >= last + period else source.slots


def _shift_keys(source: Layout, target: Layout, option: _Option) -> frozenset[tuple[int, int, int]]:
    if not isinstance(option.shifts, int):
        return option.shifts
    ranges = (range(target.ciphertexts), range(source.ciphertexts), range(option.shifts))
    return frozenset(itertools.product(*ranges))


def _ladders(matrix: Matrix, source: Layout, target: Layout) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(number of shifts, ladder strides) if a ladder applies: K shifts, p_in / K slots per result."""
    if target.ciphertexts != 1 or not linear_map.is_dense(matrix):
        return
    rows, columns = (next_power_of_two(extent) for extent in dimensions(matrix))
    p_in = min(columns, source.slots)  # of each ciphertext of the source
    shifts = min(rows, p_in) if source.period <= p_in else _skew(source, p_in, rows)
    if not shifts or target.period > rows:
        return
    summed = p_in // shifts
    if summed > 1 and rows * summed <= source.slots:
        yield shifts, tuple(rows << bit for bit in range(summed.bit_length() - 1))


def _skew(source: Layout, period: int, rows: int) -> int:
    """The step of a source that is skewed for maps to ``rows`` results; 0 if it is not."""
    block, smaller = max(period, rows), min(period, rows)
    if block >= source.slots or source.period % block:
        return 0
    groups = source.period // block
    step = smaller // groups
    legal = 1 <= step < smaller
    return step if legal and source == Layout.skewed(source.size, source.slots, step, rows) else 0


def _preludes(source: Layout) -> Iterator[tuple[int, ...]]:
    """Strides that copy an unreplicated source into the gaps beside it: not at all, once, everywhere."""
    yield ()
    width = next_power_of_two(source.size)
    if source.ciphertexts != 1 or 2 * width > source.slots or np.any(source.table[0, width:] != EMPTY):
        return
    n, copies = source.slots, source.slots // width
    yield (n - width,)
    if copies > 2:
        yield tuple(n - (width << bit) for bit in range(copies.bit_length() - 1))


def _after_prelude(source: Layout, prelude: tuple[int, ...]) -> Layout:
    return source.replicated(1 << len(prelude)) if prelude else source
