"""Linear programs over variables that are 0 or 1, solved by HiGHS."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

TIME_LIMIT_SECONDS = 60.0

Term = tuple[int, float]
"""A variable and its factor."""


class BinaryProgram:
    """Minimises a cost, under constraints ``sum of terms <= bound``."""

    def __init__(self) -> None:
        self._costs: list[float] = []
        self._fixed: dict[int, float] = {}
        self._rows: list[tuple[Sequence[Term], float]] = []
        self._contradictory = False

    def variable(self, cost: float = 0.0) -> int:
        """A new variable, with what it costs to be 1."""
        self._costs.append(cost)
        return len(self._costs) - 1

    def fix(self, variable: int, value: int) -> None:
        self._contradictory |= self._fixed.setdefault(variable, value) != value

    def at_most(self, terms: Sequence[Term], bound: float) -> None:
        self._rows.append((terms, bound))

    def solve(self, time_limit: float = TIME_LIMIT_SECONDS) -> list[bool] | None:
        """The values of the variables; None if there are none, or none were found in so many seconds."""
        if self._contradictory:
            return None
        if not self._costs:
            return []
        lower, upper = np.zeros(len(self._costs)), np.ones(len(self._costs))
        for variable, value in self._fixed.items():
            lower[variable] = upper[variable] = value
        # HiGHS has absolute tolerances: milliseconds of a bootstrap are better not near 1e5.
        costs = np.array(self._costs) / (max(map(abs, self._costs)) or 1.0)
        answer = milp(
            costs,
            integrality=np.ones(len(costs)),
            bounds=Bounds(lower, upper),  # pyright: ignore[reportArgumentType]
            constraints=self._constraints(),
            options={"time_limit": time_limit, "mip_rel_gap": 0.0},
        )
        return None if answer.x is None else [value > 0.5 for value in answer.x]

    def _constraints(self) -> list[LinearConstraint]:
        if not self._rows:
            return []
        starts = np.cumsum([0, *(len(terms) for terms, _ in self._rows)])
        columns = [variable for terms, _ in self._rows for variable, _ in terms]
        factors = [factor for terms, _ in self._rows for _, factor in terms]
        matrix = csr_array((factors, columns, starts), shape=(len(self._rows), len(self._costs)))
        bounds = np.array([bound for _, bound in self._rows])
        return [LinearConstraint(matrix, ub=bounds)]  # pyright: ignore[reportArgumentType]
