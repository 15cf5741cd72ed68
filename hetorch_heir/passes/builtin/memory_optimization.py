"""Orders operations such that few ciphertexts are alive at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch.fx import Graph, GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.cost import ciphertext_bytes
from hetorch_heir.passes.graph import ciphertext_nodes
from hetorch_heir.passes.liveness import LiveRange, Size, buffers, live_ranges, peak, schedules

BUFFER = "buffer"
"""Metadata of a ciphertext: the number of the buffer that holds it."""


@dataclass(frozen=True)
class MemoryPlan:
    """What the schedule of a graph takes.

    Attributes:
        peak_before, peak_after: bytes of the ciphertexts alive at once, before and after reordering.
        buffers: places for the ciphertexts of one node that are needed in all, if they are used again.
    """

    peak_before: int
    peak_after: int
    buffers: int


@dataclass(frozen=True)
class MemoryOptimizationPass(TransformationPass):
    """Reorders a graph for a low peak of ciphertext memory, and assigns buffers.

    Several orders are tried, and the best is taken, which is never worse than the one before: depth
    first with the most demanding operand first, and at every step what frees the most. Which values share
    a buffer is in ``meta["buffer"]`` of the nodes, the :class:`MemoryPlan` in ``meta["memory_plan"]`` of
    the graph module.

    Before, with x and four rotations of it alive at once::

        %rotate = hetorch.rotate(%x, 1)
        %rotate_1 = hetorch.rotate(%x, 2)
        %rotate_2 = hetorch.rotate(%x, 3)
        %rotate_3 = hetorch.rotate(%x, 4)
        %cadd = hetorch.cadd(%rotate, %rotate_1)
        %cadd_1 = hetorch.cadd(%cadd, %rotate_2)
        %cadd_2 = hetorch.cadd(%cadd_1, %rotate_3)

    After::

        %rotate = hetorch.rotate(%x, 1)
        %rotate_1 = hetorch.rotate(%x, 2)
        %cadd = hetorch.cadd(%rotate, %rotate_1)
        %rotate_2 = hetorch.rotate(%x, 3)
        %cadd_1 = hetorch.cadd(%cadd, %rotate_2)
        %rotate_3 = hetorch.rotate(%x, 4)
        %cadd_2 = hetorch.cadd(%cadd_1, %rotate_3)
    """

    name: ClassVar[str] = "memory-optimization"
    description: ClassVar[str] = "Orders operations such that few ciphertexts are alive at once"
    provides: ClassVar[frozenset[str]] = frozenset({"memory_optimized"})

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        size = _sizes(graph_module.graph, context)
        before = list(graph_module.graph.nodes)
        best = min(schedules(graph_module.graph, size), key=lambda order: peak(order, size))
        if best != before:
            _reorder(graph_module.graph, best)
        assigned = buffers(best, size)
        for node in best:
            node.meta.pop(BUFFER, None)
        for node, buffer in assigned.items():
            node.meta[BUFFER] = buffer
        graph_module.meta["memory_plan"] = MemoryPlan(
            peak(before, size), peak(best, size), len(set(assigned.values()))
        )
        graph_module.graph.lint()
        graph_module.recompile()
        mark_provided(graph_module, self.provides)
        return graph_module

    def analyze_liveness(self, graph: Graph) -> Mapping[Node, LiveRange]:
        """From where to where in the graph's order each value is alive."""
        return live_ranges(list(graph.nodes))

    def allocate_memory(self, graph: Graph, context: CompilationContext) -> Mapping[Node, int]:
        """The buffer of each ciphertext, as few as there are ciphertexts alive at once."""
        return buffers(list(graph.nodes), _sizes(graph, context))


def _sizes(graph: Graph, context: CompilationContext) -> Size:
    encrypted, model = ciphertext_nodes(graph), context.cost_model
    known = {node: ciphertext_bytes(node, model) for node in encrypted if node.op != "output"}
    return lambda node: known.get(node, 0)


def _reorder(graph: Graph, order: list[Node]) -> None:
    """Constants are read where they are needed first."""
    previous: Node | None = None
    for node in order:
        if node.op == "get_attr":
            continue
        if previous is not None:
            previous.append(node)
        previous = node
    position = {node: index for index, node in enumerate(graph.nodes)}
    for node in order:
        if node.op == "get_attr" and node.users:
            min(node.users, key=lambda user: position[user]).prepend(node)
