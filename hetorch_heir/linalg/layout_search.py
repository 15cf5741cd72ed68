"""Choosing one candidate for every variable so that a sum of local costs is smallest, exactly.

Variables are the values of a model whose layouts are free, costs are those of the linear maps between
them. Solved by eliminating one variable after the other (dynamic programming over the graph), which
takes time exponential only in the graph's treewidth: 1 for chains, 2 for residual blocks.
Source: Bertelè and Brioschi, "Nonserial Dynamic Programming" (1972), chapter 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Factor:
    """A cost that depends on some variables; axis i of ``costs`` runs over the candidates of variable i."""

    variables: tuple[int, ...]
    costs: npt.NDArray[np.float64]


def minimise(candidates: Mapping[int, int], factors: Sequence[Factor]) -> dict[int, int]:
    """The candidate index of every variable that minimises the sum of all factors.

    Args:
        candidates: number of candidates of each variable.
        factors: the costs; a variable in none of them gets candidate 0.
    """
    open_factors = list(factors)
    decisions: list[tuple[int, tuple[int, ...], npt.NDArray[np.intp]]] = []
    remaining = set(candidates)
    while remaining:
        variable = min(remaining, key=lambda one: (len(_neighbours(one, open_factors)), one))
        remaining.remove(variable)
        touching = [factor for factor in open_factors if variable in factor.variables]
        open_factors = [factor for factor in open_factors if variable not in factor.variables]
        others = tuple(sorted(_neighbours(variable, touching)))
        total = np.zeros([candidates[one] for one in (*others, variable)])
        for factor in touching:
            total = total + _aligned(factor, (*others, variable))
        decisions.append((variable, others, np.argmin(total, axis=-1)))
        if others:
            open_factors.append(Factor(others, np.min(total, axis=-1)))
    chosen: dict[int, int] = {}
    for variable, others, best in reversed(decisions):
        chosen[variable] = int(best[tuple(chosen[one] for one in others)])
    return chosen


def _neighbours(variable: int, factors: Sequence[Factor]) -> set[int]:
    return {one for factor in factors if variable in factor.variables for one in factor.variables} - {
        variable
    }


def _aligned(factor: Factor, variables: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """The factor's costs with one axis per variable, of extent 1 where it does not depend on it."""
    order = sorted(range(len(factor.variables)), key=lambda axis: variables.index(factor.variables[axis]))
    costs = np.transpose(factor.costs, order)
    own = [factor.variables[axis] for axis in order]
    shape = [costs.shape[own.index(one)] if one in own else 1 for one in variables]
    return costs.reshape(shape)
