"""Placing bootstraps by integer programming, on graphs of any shape.

Variables say "the level is at least l", so that every precedence is a difference constraint, as in
project selection (Picard, "Maximal closure of a graph", 1976). Without bootstraps the program is a
minimum cut; with them its linear relaxation stays tight enough for graphs of some thousand operations.
"""

from __future__ import annotations

import math

from hetorch_heir.passes.management.binary_program import TIME_LIMIT_SECONDS, BinaryProgram
from hetorch_heir.passes.management.level_problem import LevelProblem, Placement


def place_by_programming(
    problem: LevelProblem, *, at_most: int | None = None, time_limit: float = TIME_LIMIT_SECONDS
) -> Placement | None:
    """The cheapest placement; None if there is none, or none was found in time.

    Args:
        at_most: ciphertexts that may be refreshed.
        time_limit: seconds for the solver.
    """
    return _Placing(problem).solve(at_most, time_limit)


class _Placing:
    def __init__(self, problem: LevelProblem) -> None:
        self._problem = problem
        self._program = BinaryProgram()
        # By operation: "its level is at least 1, 2, …, the highest", and "its result is refreshed".
        self._levels: list[list[int]] = []
        self._refreshed: list[int] = []
        for index in range(len(problem.operations)):
            self._add_operation(index)

    def solve(self, at_most: int | None, time_limit: float) -> Placement | None:
        if at_most is not None:
            widths = (float(one.ciphertexts) for one in self._problem.operations)
            self._program.at_most(list(zip(self._refreshed, widths, strict=True)), float(at_most))
        values = self._program.solve(time_limit)
        if values is None:
            return None
        return self._problem.placement(
            index for index, variable in enumerate(self._refreshed) if values[variable]
        )

    def _add_operation(self, index: int) -> None:
        operation, program = self._problem.operations[index], self._program
        variables: list[int] = []
        for level in range(1, self._problem.highest + 1):
            possible = operation.latency[level] < math.inf
            cost = operation.latency[level] - operation.latency[level - 1] if possible else 0.0
            variables.append(program.variable(cost))
            if not possible:
                program.fix(variables[-1], 0)
            if level <= operation.floor:
                program.fix(variables[-1], 1)
            if level > 1:
                program.at_most([(variables[-1], 1.0), (variables[-2], -1.0)], 0.0)
        self._levels.append(variables)
        self._refreshed.append(program.variable(operation.bootstrap if operation.refreshable else 0.0))
        if not operation.refreshable:
            program.fix(self._refreshed[-1], 0)
        for operand in dict.fromkeys(operation.operands):
            self._add_use(operand, index)

    def _add_use(self, operand: int, user: int) -> None:
        """If the user's result is at level l, the operand is at l + depth, or refreshed."""
        depth, highest = self._problem.operations[user].depth, self._problem.highest
        for level in range(1, highest + 1):
            available = [(self._levels[operand][level - 1], -1.0), (self._refreshed[operand], -1.0)]
            if level <= depth:
                self._program.at_most(available, -1.0)
            elif level - depth <= highest:
                wanted = self._levels[user][level - depth - 1]
                self._program.at_most([(wanted, 1.0), *available], 0.0)
