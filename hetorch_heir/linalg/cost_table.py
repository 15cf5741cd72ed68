"""Costs of one linear map between all pairs of candidate layouts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from hetorch_heir.core.cache import NO_CACHE, Cache
from hetorch_heir.linalg import linear_map
from hetorch_heir.linalg.layout import Layout
from hetorch_heir.linalg.linear_map import Matrix
from hetorch_heir.linalg.planner import TransformPlanner

NEAR_FACTOR, NEAR_OFFSET = 2.0, 8.0
"""Layouts between which a map roughly costs more than this factor times the least, and so many rotations
more, are not looked at more closely."""

Costs = npt.NDArray[np.float64]
"""Shape (candidates of the source, candidates of the target), in rotations."""


def cost_table(
    planner: TransformPlanner,
    matrix: Matrix,
    sources: Sequence[Layout],
    targets: Sequence[Layout],
    *,
    zero_gaps: bool = True,
    cache: Cache = NO_CACHE,
) -> Costs:
    """What a map costs from each source to each target; those that are roughly far from the best are rough.

    Args:
        zero_gaps: whether slots of the source that hold no element are zero.
        cache: remembers tables from one compilation to the next.
    """
    kept = "kept-" if linear_map.is_sign(matrix) else ""
    key = planner.key_of(f"{kept}costs", matrix, sources, targets, zero_gaps)
    return cache.remember(key, lambda: _table(planner, matrix, sources, targets, zero_gaps))


def _table(
    planner: TransformPlanner,
    matrix: Matrix,
    sources: Sequence[Layout],
    targets: Sequence[Layout],
    zero_gaps: bool,
) -> Costs:
    passes = np.array([[is_pass_through(matrix, one, other) for other in targets] for one in sources])
    table = np.zeros(passes.shape)
    for row, column in np.argwhere(~passes):
        table[row, column] = planner.rough_cost(matrix, sources[row], targets[column], zero_gaps=zero_gaps)
    limit = NEAR_FACTOR * table.min() + NEAR_OFFSET
    for row, column in np.argwhere(~passes & (table <= limit)):
        table[row, column] = planner.cost(matrix, sources[row], targets[column], zero_gaps=zero_gaps)
    return table


def is_pass_through(matrix: Matrix, source: Layout, target: Layout) -> bool:
    """Whether a term of a sum is the value itself, or its negative, where it already lies."""
    return source == target and linear_map.is_sign(matrix)
