"""Which values of a graph to refresh: as soon as a threshold is reached, or where it costs least."""

from __future__ import annotations

from collections.abc import Iterable

from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.cost import ciphertexts_of
from hetorch_heir.passes.graph import ciphertext_info, ciphertext_nodes
from hetorch_heir.passes.management.annotation import ScaleModel, State
from hetorch_heir.passes.management.kinds import Kind, kind_of, operands
from hetorch_heir.passes.management.level_extraction import GraphProblem, level_problem
from hetorch_heir.passes.management.level_problem import Placement
from hetorch_heir.passes.management.level_programming import place_by_programming
from hetorch_heir.passes.management.level_search import place_by_search
from hetorch_heir.passes.management.series_parallel import place_by_dynamic_programming

PROGRAMMING_SECONDS = 20.0
"""For the exact solution of a graph that is not series-parallel; a local search may find a better one."""


def greedy_placement(graph_module: GraphModule, model: ScaleModel, threshold: float) -> list[Node]:
    """The values that are at or below the threshold and have levels to spend afterwards."""
    encrypted = ciphertext_nodes(graph_module.graph)
    remaining = _levels_to_spend(graph_module, encrypted)
    levels: dict[Node, int] = {}
    chosen: list[Node] = []
    for node in graph_module.graph.nodes:
        if node not in encrypted or node.op == "output":
            continue
        kind = kind_of(node, encrypted)
        inputs = operands(node, encrypted)
        levels[node] = min((levels[one] for one in inputs), default=_fresh_level(node, model))
        if kind is Kind.RESCALE:
            levels[node] -= 1
        if kind is Kind.BOOTSTRAP:
            levels[node] = model.initial_level
        spent = remaining[node] > 0 and levels[node] <= threshold
        if spent and _is_due(node, kind, encrypted, model):
            chosen.append(node)
            levels[node] = model.initial_level
    return chosen


def optimal_placement(
    graph_module: GraphModule,
    context: CompilationContext,
    states: dict[Node, State],
    *,
    bootstrap_products: float,
    greedy: Iterable[list[Node]],
) -> list[Node]:
    """The values whose refreshing makes the graph fastest; never more ciphertexts than a greedy placement.

    Series-parallel graphs are solved by dynamic programming, others by integer programming, and by a local
    search in case that takes too long. Polynomials
    are refreshed before and after only, unless that costs more bootstraps or is impossible.

    Args:
        states: of the ciphertexts; the graph has no level reductions.
        bootstrap_products: latency of a bootstrap, in products of two fresh ciphertexts.
        greedy: placements to be no worse than.
    """
    sizes = {_ciphertexts(chosen): chosen for chosen in greedy}
    most = min(sizes)
    for group_polynomials in (True, False):
        graph_problem = level_problem(
            graph_module,
            context,
            states,
            bootstrap_products=bootstrap_products,
            group_polynomials=group_polynomials,
        )
        placement = _fastest(graph_problem, most)
        if placement is not None:
            return [graph_problem.nodes[index] for index in sorted(placement.refreshed)]
    return sizes[most]


def _fastest(graph_problem: GraphProblem, most: int) -> Placement | None:
    """The fastest placement of at most so many ciphertexts, if one is found."""
    problem = graph_problem.problem
    placement = place_by_dynamic_programming(problem)
    if placement is not None and problem.bootstraps(placement.refreshed) > most:
        # So dear that as few as possible are taken.
        penalty = sum(one.bootstrap for one in problem.operations if one.refreshable)
        placement = place_by_dynamic_programming(problem, penalty=penalty)
    found = [placement]
    if placement is None:
        found = [
            place_by_programming(problem, at_most=most, time_limit=PROGRAMMING_SECONDS),
            place_by_search(problem),
        ]
    fitting = [one for one in found if one is not None and problem.bootstraps(one.refreshed) <= most]
    return min(fitting, key=lambda one: one.latency, default=None)


def _ciphertexts(nodes: Iterable[Node]) -> int:
    return sum(map(ciphertexts_of, nodes))


def _is_due(node: Node, kind: Kind, encrypted: set[Node], model: ScaleModel) -> bool:
    """Whether a value is at the base scale, and a rescale has just yielded it."""
    if kind not in (Kind.RESCALE, Kind.RELINEARIZE):
        return False
    info = ciphertext_info(node)
    only_relinearized = [kind_of(user, encrypted) for user in node.users] == [Kind.RELINEARIZE]
    return not only_relinearized and (info is None or model.degree(info.log_scale) == 1)


def _levels_to_spend(graph_module: GraphModule, encrypted: set[Node]) -> dict[Node, int]:
    """The largest number of rescales on a path from each value to a result."""
    remaining: dict[Node, int] = {}
    for node in reversed(list(graph_module.graph.nodes)):
        if node in encrypted:
            remaining[node] = max(
                (remaining[user] + (kind_of(user, encrypted) is Kind.RESCALE) for user in node.users),
                default=0,
            )
    return remaining


def _fresh_level(node: Node, model: ScaleModel) -> int:
    info = ciphertext_info(node)
    return info.level if info is not None else model.initial_level
