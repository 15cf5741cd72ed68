"""The level problem of a graph: which operations it has, what they cost, what can be refreshed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.cost import NodeCost, ciphertexts_of, latency_at, node_cost
from hetorch_heir.passes.graph import ciphertext_info, ciphertext_nodes
from hetorch_heir.passes.management.annotation import ScaleModel, State
from hetorch_heir.passes.management.expansion import POLYNOMIAL
from hetorch_heir.passes.management.kinds import Kind, kind_of, operands
from hetorch_heir.passes.management.level_problem import LevelProblem, Operation
from hetorch_heir.passes.management.sinking import floor_of


@dataclass(frozen=True)
class GraphProblem:
    """The level problem of a graph, and the node whose value each of its operations yields."""

    problem: LevelProblem
    nodes: tuple[Node, ...]


def level_problem(
    graph_module: GraphModule,
    context: CompilationContext,
    states: dict[Node, State],
    *,
    bootstrap_products: float,
    group_polynomials: bool = True,
) -> GraphProblem:
    """The problem of a graph without level reductions.

    Args:
        states: of its ciphertexts; only their scales and dimensions count.
        bootstrap_products: latency of a bootstrap, in products of two fresh ciphertexts.
        group_polynomials: take each polynomial as one operation, so that nothing is refreshed inside.
    """
    return _Extraction(graph_module, context, states, bootstrap_products).run(group_polynomials)


class _Extraction:
    def __init__(
        self,
        graph_module: GraphModule,
        context: CompilationContext,
        states: dict[Node, State],
        bootstrap_products: float,
    ) -> None:
        self._module = graph_module
        self._states = states
        self._model = ScaleModel(context)
        self._encrypted = ciphertext_nodes(graph_module.graph)
        self._nodes = [
            node
            for node in graph_module.graph.nodes
            if node in self._encrypted and kind_of(node, self._encrypted) is not Kind.RESULT
        ]
        cost_model, highest = context.cost_model, self._model.initial_level

        @cache
        def latency(operation: str, level: int) -> float:
            return latency_at(NodeCost({operation: 1}, 1), cost_model, level)

        self._latency: Callable[[str, int], float] = latency
        self._cost_model = cost_model
        product = sum(latency(one, highest) for one in ("cmult", "relinearize", "rescale"))
        self._bootstrap = bootstrap_products * product

    def run(self, group_polynomials: bool) -> GraphProblem:
        groups = self._groups() if group_polynomials else [[node] for node in self._nodes]
        number = {node: index for index, group in enumerate(groups) for node in group}
        made = [self._operation(group, number) for group in groups]
        problem = LevelProblem(tuple(made), self._model.initial_level)
        return GraphProblem(problem, tuple(group[-1] for group in groups))

    def _groups(self) -> list[list[Node]]:
        """Nodes one by one, and the polynomials that have one operand and one result."""
        by_polynomial: dict[str, list[Node]] = {}
        for node in self._nodes:
            if POLYNOMIAL in node.meta:
                by_polynomial.setdefault(node.meta[POLYNOMIAL], []).append(node)
        grouped = {group[-1]: group for group in by_polynomial.values() if self._is_unit(group)}
        inside = {node for group in grouped.values() for node in group}
        return [grouped.get(node, [node]) for node in self._nodes if node in grouped or node not in inside]

    def _is_unit(self, group: Sequence[Node]) -> bool:
        members = set(group)
        entries = {one for node in group for one in operands(node, self._encrypted)} - members
        exits = [node for node in group if any(user not in members for user in node.users)]
        plain = all(kind_of(node, self._encrypted) is not Kind.BOOTSTRAP for node in group)
        if len(entries) != 1 or exits != [group[-1]] or not plain:
            return False
        return max(self._relative(group).values()) <= self._model.initial_level

    def _relative(self, group: Sequence[Node]) -> dict[Node, int]:
        """How many levels each node's operands lie above the result of the group."""
        relative: dict[Node, int] = {}
        for node in reversed(group):
            below = max((relative[user] for user in node.users if user in relative), default=0)
            relative[node] = below + (kind_of(node, self._encrypted) is Kind.RESCALE)
        return relative

    def _operation(self, group: Sequence[Node], number: dict[Node, int]) -> Operation:
        last, members, highest = group[-1], set(group), self._model.initial_level
        entries = {one for node in group for one in operands(node, self._encrypted)} - members
        relative = self._relative(group)
        depth = max(relative.values())
        latency = [0.0] * (highest + 1)
        for node in group:
            for level, milliseconds in enumerate(self._latencies(node, relative[node])):
                latency[level] += milliseconds
        floor = max(
            floor_of(node, self._states[node], self._encrypted, self._model) - relative[node]
            for node in group
        )
        kind = kind_of(last, self._encrypted)
        if not entries:
            info = ciphertext_info(last)
            fresh = info.level if info is not None else highest
            latency = [0.0 if level <= fresh else math.inf for level in range(highest + 1)]
        return Operation(
            operands=tuple(sorted(number[one] for one in entries)),
            latency=tuple(latency),
            depth=-highest if kind is Kind.BOOTSTRAP else depth,
            floor=max(0, floor),
            bootstrap=self._bootstrap_latency(last, kind),
            ciphertexts=ciphertexts_of(last),
            result=any(kind_of(user, self._encrypted) is Kind.RESULT for user in last.users),
        )

    def _latencies(self, node: Node, relative: int) -> list[float]:
        """By the level of the group's result; a faster operation at a higher level is noise."""
        cost, highest = node_cost(node, self._module, self._encrypted), self._model.initial_level
        latencies: list[float] = []
        for level in range(highest + 1):
            if level + relative > highest and kind_of(node, self._encrypted) is not Kind.BOOTSTRAP:
                latencies.append(math.inf)
                continue
            if cost.hoisted:
                milliseconds = latency_at(cost, self._cost_model, level + relative)
            elif cost.lowered:
                counts = cost.counts.items()
                milliseconds = sum(count * self._latency(name, level + relative) for name, count in counts)
            else:
                milliseconds = 0.0
            latencies.append(max(milliseconds, latencies[-1] if latencies else 0.0))
        return latencies

    def _bootstrap_latency(self, node: Node, kind: Kind) -> float:
        """Infinite for values that can't be refreshed, or would be better a step later."""
        state = self._states[node]
        fresh = kind in (Kind.INPUT, Kind.BOOTSTRAP) and state.level >= self._model.initial_level
        only_relinearized = [kind_of(user, self._encrypted) for user in node.users] == [Kind.RELINEARIZE]
        if fresh or only_relinearized or self._model.degree(state.log_scale) > 1:
            return math.inf
        highest = self._model.initial_level
        relinearization = self._latency("relinearize", highest) if state.dimension > 2 else 0.0
        return ciphertexts_of(node) * (self._bootstrap + relinearization)
