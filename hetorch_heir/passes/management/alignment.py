"""Brings ciphertexts that meet to the same level."""

from __future__ import annotations

import torch
from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.graph import ciphertext_nodes, inherit_metadata, is_operation
from hetorch_heir.passes.management.annotation import ScaleModel, annotate
from hetorch_heir.passes.management.kinds import Kind, is_ciphertext_product, kind_of, operands


def align_levels(graph_module: GraphModule, context: CompilationContext) -> None:
    """Inserts a ``level_reduce`` wherever operands differ in level, and annotates the graph.

    Those that the graph holds are removed first, so that the result fits the rescales and bootstraps
    as they now are. A value that is brought to one level for several users is reduced once.
    """
    remove_level_reductions(graph_module)
    encrypted = ciphertext_nodes(graph_module.graph)
    model = ScaleModel(context)
    levels: dict[Node, int] = {}
    reductions = LevelReductions(graph_module)
    for node in list(graph_module.graph.nodes):
        if node not in encrypted or node.op == "output":
            continue
        inputs = operands(node, encrypted)
        kind = kind_of(node, encrypted)
        lowest = min((levels[one] for one in inputs), default=_fresh_level(node, model))
        if kind is Kind.SUM or is_ciphertext_product(node, encrypted):
            for operand in inputs:
                if levels[operand] > lowest:
                    lower = reductions.of(operand, levels[operand] - lowest)
                    node.replace_input_with(operand, lower)
        levels[node] = lowest - 1 if kind is Kind.RESCALE else lowest
        if kind is Kind.BOOTSTRAP:
            levels[node] = model.initial_level
    annotate(graph_module, context)


def remove_level_reductions(graph_module: GraphModule) -> None:
    for node in list(graph_module.graph.nodes):
        if is_operation(node, "level_reduce"):
            node.replace_all_uses_with(node.args[0])  # pyright: ignore[reportArgumentType]
            graph_module.graph.erase_node(node)


def _fresh_level(node: Node, model: ScaleModel) -> int:
    info = node.meta.get("ciphertext_info")
    return info.level if info is not None else model.initial_level


class LevelReductions:
    """Makes ``level_reduce`` nodes, one for each value and number of levels."""

    def __init__(self, graph_module: GraphModule) -> None:
        self._graph = graph_module.graph
        self._made: dict[tuple[Node, int], Node] = {}

    def of(self, operand: Node, levels: int) -> Node:
        """The value ``levels`` levels lower."""
        if (operand, levels) not in self._made:
            with self._graph.inserting_after(operand):
                node = self._graph.call_function(torch.ops.hetorch.level_reduce, (operand, levels))
            self._made[operand, levels] = inherit_metadata(node, operand)
        return self._made[operand, levels]
