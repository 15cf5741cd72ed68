"""What putting off rescales and relinearizations costs in a graph."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.cost import ciphertexts_of, latency_at, node_cost
from hetorch_heir.passes.graph import ciphertext_info, ciphertext_nodes
from hetorch_heir.passes.management.annotation import ScaleModel
from hetorch_heir.passes.management.deferral import DeferralStep, Use, defer
from hetorch_heir.passes.management.kinds import (
    Kind,
    is_ciphertext_product,
    kind_of,
    operands,
    switches_keys,
)

_PASS_SCALES = frozenset((Kind.SUM, Kind.ROTATION, Kind.KEPT, Kind.LEVEL_REDUCE, Kind.RELINEARIZE))
_DIMENSION_3 = 0.5
"""An operation on three polynomials instead of two takes that much longer."""


def deferred_rescales(graph_module: GraphModule, context: CompilationContext) -> set[Node]:
    """The operations that work on unrescaled operands in the fastest program."""
    graph = _Graph(graph_module, context)
    levels = graph.levels(Kind.PRODUCT)

    def step(node: Node) -> DeferralStep:
        kind, level = kind_of(node, graph.encrypted), levels[node]
        return DeferralStep(
            graph.operands(node),
            source=kind is Kind.PRODUCT,
            passing=kind in _PASS_SCALES,
            restore=graph.latency(node, "rescale", level + 1),
            extra=graph.own_latency(node, level + 1) - graph.own_latency(node, level),
        )

    return {graph.nodes[user] for _, user in graph.defer(step, alike=True)}


def deferred_relinearizations(
    graph_module: GraphModule, context: CompilationContext
) -> set[tuple[Node, Node]]:
    """The (operand, operation) in which dimension 3 is taken as it is in the fastest program."""
    graph = _Graph(graph_module, context)
    levels = graph.levels(Kind.RESCALE)

    def step(node: Node) -> DeferralStep:
        kind, level = kind_of(node, graph.encrypted), levels[node]
        product = is_ciphertext_product(node, graph.encrypted)
        needs_two = product or switches_keys(node) or kind is Kind.RESULT
        return DeferralStep(
            graph.operands(node),
            source=product,
            passing=not needs_two and kind is not Kind.RELINEARIZE,
            restore=graph.latency(node, "relinearize", level),
            extra=_DIMENSION_3 * graph.own_latency(node, level + (kind is Kind.RESCALE)),
        )

    return {(graph.nodes[operand], graph.nodes[user]) for operand, user in graph.defer(step, alike=False)}


class _Graph:
    """The ciphertexts of a graph by number, with their latencies."""

    def __init__(self, graph_module: GraphModule, context: CompilationContext) -> None:
        self._module = graph_module
        self._cost_model = context.cost_model
        self._model = ScaleModel(context)
        self.encrypted = ciphertext_nodes(graph_module.graph)
        self.nodes = [node for node in graph_module.graph.nodes if node in self.encrypted]
        self._number = {node: index for index, node in enumerate(self.nodes)}

    def operands(self, node: Node) -> tuple[int, ...]:
        return tuple(self._number[one] for one in operands(node, self.encrypted))

    def defer(self, step: Callable[[Node], DeferralStep], *, alike: bool) -> frozenset[Use]:
        return defer(tuple(map(step, self.nodes)), alike=alike)

    def levels(self, spending: Kind) -> dict[Node, int]:
        """Of all results, if the operations of one kind spend a level each; not below 0.

        While the primes are not chosen, there are more levels than will be used: the lowest is 0 then.
        """
        levels: dict[Node, int] = {}
        for node in self.nodes:
            kind = kind_of(node, self.encrypted)
            inputs = [levels[one] for one in operands(node, self.encrypted)]
            info = ciphertext_info(node)
            fresh = info.level if info is not None else self._model.initial_level
            level = min(inputs, default=fresh) - (kind is spending)
            if kind is Kind.LEVEL_REDUCE:
                level -= int(node.args[1]) if len(node.args) > 1 else 1  # pyright: ignore[reportArgumentType]
            levels[node] = fresh if kind is Kind.BOOTSTRAP else max(0, level)
        unused = min(levels.values(), default=0) if self._model.modulus(0) == math.inf else 0
        return {node: level - unused for node, level in levels.items()}

    def latency(self, node: Node, operation: str, level: int) -> float:
        return ciphertexts_of(node) * self._cost_model.latency(operation, level)

    def own_latency(self, node: Node, level: int) -> float:
        return latency_at(node_cost(node, self._module, self.encrypted), self._cost_model, level)
