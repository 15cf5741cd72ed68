"""Choosing one candidate for every variable so that a sum of local costs is smallest.

Variables are the values of a model whose layouts are free, costs are those of the linear maps between
them. Solved exactly by eliminating one variable after the other (dynamic programming over the graph),
which takes time exponential only in the graph's treewidth: 1 for chains, 2 for residual blocks.
Source: Bertelè and Brioschi, "Nonserial Dynamic Programming" (1972), chapter 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MAX_TABLE = 1 << 22
"""Entries of the largest table that an elimination may build (32 MB)."""


@dataclass(frozen=True)
class Factor:
    """A cost that depends on some variables; axis i of ``costs`` runs over the candidates of variable i."""

    variables: tuple[int, ...]
    costs: npt.NDArray[np.float64]


def minimise(
    candidates: Mapping[int, int], factors: Sequence[Factor], *, max_table: int = MAX_TABLE
) -> dict[int, int]:
    """The candidate index of every variable that minimises the sum of all factors.

    Args:
        candidates: number of candidates of each variable.
        factors: the costs; a variable in none of them gets candidate 0.
        max_table: entries of the largest table built. Where the graph is too dense for it, as when every
            value depends on all before it, the variable that most others depend on is fixed to the
            candidate of the smallest lower bound, and the result need not be the minimum.
    """
    return _Elimination(candidates, factors, max_table).run()


class _Elimination:
    """The variables that remain, with the factors and the neighbours (sharing a factor) of each."""

    def __init__(self, candidates: Mapping[int, int], factors: Sequence[Factor], max_table: int) -> None:
        self._candidates = candidates
        self._max_table = max_table
        self._factors: dict[int, list[Factor]] = {variable: [] for variable in candidates}
        self._neighbours: dict[int, set[int]] = {variable: set() for variable in candidates}
        for factor in factors:
            self._add(factor)

    def run(self) -> dict[int, int]:
        decisions: list[tuple[int, tuple[int, ...], npt.NDArray[np.intp]]] = []
        while self._factors:
            variable = min(self._neighbours, key=lambda one: (len(self._neighbours[one]), one))
            others = tuple(sorted(self._neighbours[variable]))
            if math.prod(self._candidates[one] for one in (*others, variable)) > self._max_table:
                widest = max(self._neighbours, key=lambda one: (len(self._neighbours[one]), -one))
                decisions.append((widest, (), np.array(self._fix(widest))))
                continue
            total = self._total((*others, variable), self._remove(variable))
            decisions.append((variable, others, np.argmin(total, axis=-1)))
            if others:
                self._add(Factor(others, np.min(total, axis=-1)))
        chosen: dict[int, int] = {}
        for variable, others, best in reversed(decisions):
            chosen[variable] = int(best[tuple(chosen[one] for one in others)])
        return chosen

    def _add(self, factor: Factor) -> None:
        for variable in factor.variables:
            self._factors[variable].append(factor)
            self._neighbours[variable].update(factor.variables)
            self._neighbours[variable].remove(variable)

    def _remove(self, variable: int) -> list[Factor]:
        """Takes a variable out, and gives the factors that depended on it."""
        for other in self._neighbours.pop(variable):
            self._neighbours[other].remove(variable)
            self._factors[other] = [one for one in self._factors[other] if variable not in one.variables]
        return self._factors.pop(variable)

    def _total(self, variables: tuple[int, ...], factors: Iterable[Factor]) -> npt.NDArray[np.float64]:
        total = np.zeros([self._candidates[one] for one in variables])
        for factor in factors:
            total = total + _aligned(factor, variables)
        return total

    def _fix(self, variable: int) -> int:
        """Fixes a variable; its factors go on with the axis of the variable taken at that candidate."""
        touching = self._remove(variable)
        bound = np.zeros(self._candidates[variable])
        for factor in touching:
            axis = factor.variables.index(variable)
            others = tuple(other for other in range(factor.costs.ndim) if other != axis)
            bound += np.min(factor.costs, axis=others)
        best = int(np.argmin(bound))
        for factor in touching:
            axis = factor.variables.index(variable)
            rest = (*factor.variables[:axis], *factor.variables[axis + 1 :])
            self._add(Factor(rest, np.take(factor.costs, best, axis)))
        return best


def _aligned(factor: Factor, variables: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """The factor's costs with one axis per variable, of extent 1 where it does not depend on it."""
    order = sorted(range(len(factor.variables)), key=lambda axis: variables.index(factor.variables[axis]))
    costs = np.transpose(factor.costs, order)
    own = [factor.variables[axis] for axis in order]
    shape = [costs.shape[own.index(one)] if one in own else 1 for one in variables]
    return costs.reshape(shape)
