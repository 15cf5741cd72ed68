"""Plans of patterns, kept for the next matrix of the same pattern: in memory, and as records.

Plans here hold numbers of entries in place of entries (:mod:`hetorch_heir.linalg.plan_assembly`).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hetorch_heir.linalg.layout import Layout
from hetorch_heir.linalg.transform import LinearTransform, Product

_MEMORY = 64 << 20
"""Bytes of plans that are kept in memory: layers of one shape mostly follow each other."""


class RecentPlans:
    """The plans used last."""

    def __init__(self, limit: int = _MEMORY) -> None:
        self._limit = limit
        self._plans: OrderedDict[str, LinearTransform] = OrderedDict()

    def get(self, key: str) -> LinearTransform | None:
        if key in self._plans:
            self._plans.move_to_end(key)
        return self._plans.get(key)

    def add(self, key: str, plan: LinearTransform) -> None:
        """Keeps a plan, and drops those that have not been used for longest."""
        self._plans[key] = plan
        total = sum(one.diagonals.nbytes for one in self._plans.values())
        while total > self._limit:
            total -= self._plans.popitem(last=False)[1].diagonals.nbytes


@dataclass(frozen=True)
class RecordedPlan:
    """A plan without its layouts: those are asked for.

    Attributes:
        products: shape (products, 5): output, giant, input, baby, diagonal.
        diagonals: shape (diagonals, slots): numbers of entries.
    """

    products: npt.NDArray[np.int64]
    diagonals: npt.NDArray[np.int32]
    prelude: tuple[int, ...]
    ladder: tuple[int, ...]


def recorded(plan: LinearTransform) -> RecordedPlan:
    """What to keep of a plan."""
    products = [(one.output, one.giant, one.input, one.baby, one.diagonal) for one in plan.products]
    table = np.array(products, dtype=np.int64).reshape(-1, 5)
    return RecordedPlan(table, plan.diagonals, plan.prelude, plan.ladder)


def read_plan(source: Layout, target: Layout, known: RecordedPlan) -> LinearTransform:
    """The plan between two layouts that :func:`recorded` has kept."""
    products = tuple(Product(*row) for row in known.products.tolist())
    return LinearTransform(source, target, products, known.diagonals, known.prelude, known.ladder)
