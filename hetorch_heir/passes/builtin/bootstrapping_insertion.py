"""Inserts bootstraps where a computation is deeper than the modulus chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.graph import ciphertext_info, ciphertext_nodes, inherit_metadata
from hetorch_heir.passes.management.alignment import align_levels
from hetorch_heir.passes.management.annotation import ScaleModel
from hetorch_heir.passes.management.kinds import Kind, kind_of, operands


@dataclass(frozen=True)
class BootstrappingInsertionPass(TransformationPass):
    """Refreshes ciphertexts that run out of levels, and aligns all levels anew.

    * ``greedy``: a value is refreshed as soon as its level is at or below the threshold.
    * ``optimal``: a value is refreshed as late as possible, at level 0; on a chain of operations no
      placement needs fewer bootstraps.

    Only values that still have levels to spend afterwards are refreshed. A threshold that fresh
    ciphertexts do not exceed can't be kept; it is read as 0 then.

    Before (threshold 1, fresh ciphertexts at level 3)::

        %rescale_1 = hetorch.rescale(%cmult_1)  # level 1
        %cmult_2 = hetorch.cmult(%rescale_1, %rescale_1)

    After::

        %rescale_1 = hetorch.rescale(%cmult_1)  # level 1
        %bootstrap = hetorch.bootstrap(%rescale_1)  # level 3
        %cmult_2 = hetorch.cmult(%bootstrap, %bootstrap)

    Args:
        level_threshold: remaining levels.
        strategy: "greedy" or "optimal".
        bootstrap_cost: cost of a bootstrap relative to a multiplication.
    """

    level_threshold: float = 15.0
    strategy: str = "greedy"
    bootstrap_cost: float = 100.0

    name: ClassVar[str] = "bootstrapping-insertion"
    description: ClassVar[str] = "Inserts bootstraps where levels run out"
    requires: ClassVar[frozenset[str]] = frozenset({"rescaling_inserted"})
    provides: ClassVar[frozenset[str]] = frozenset({"bootstrapping_inserted"})
    scheme_specific: ClassVar[frozenset[HEScheme]] = frozenset({HEScheme.CKKS, HEScheme.BFV, HEScheme.BGV})

    def __post_init__(self) -> None:
        if self.strategy not in ("greedy", "optimal"):
            raise PassValidationError(
                f"unknown bootstrapping strategy '{self.strategy}'", hint='use "greedy" or "optimal"'
            )

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        refreshed = context.initial_level
        threshold = self.level_threshold if self.strategy == "greedy" else 0.0
        if threshold >= refreshed:
            threshold = 0.0
        _insert(graph_module, ScaleModel(context), threshold)
        align_levels(graph_module, context)
        graph_module.recompile()
        mark_provided(graph_module, self.provides)
        return graph_module


def _insert(graph_module: GraphModule, model: ScaleModel, threshold: float) -> None:
    refreshed = model.initial_level
    graph = graph_module.graph
    encrypted = ciphertext_nodes(graph)
    remaining = _levels_to_spend(graph_module, encrypted)
    levels: dict[Node, int] = {}
    for node in list(graph.nodes):
        if node not in encrypted or node.op == "output":
            continue
        inputs = operands(node, encrypted)
        kind = kind_of(node, encrypted)
        levels[node] = min((levels[one] for one in inputs), default=_fresh_level(node, refreshed))
        if kind is Kind.RESCALE:
            levels[node] -= 1
        if kind is Kind.BOOTSTRAP:
            levels[node] = refreshed
        spent = remaining[node] > 0 and levels[node] <= threshold
        if not spent or not _is_refreshable(node, kind, encrypted, model):
            continue
        fresh = _bootstrap(graph_module, node)
        for added in fresh:
            encrypted.add(added)
            levels[added] = refreshed


def _is_refreshable(node: Node, kind: Kind, encrypted: set[Node], model: ScaleModel) -> bool:
    """Whether a bootstrap may follow: a value at the base scale that a rescale has just yielded."""
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


def _fresh_level(node: Node, refreshed: int) -> int:
    info = ciphertext_info(node)
    return info.level if info is not None else refreshed


def _bootstrap(graph_module: GraphModule, node: Node) -> list[Node]:
    """Lets the users of ``node`` take it refreshed; relinearized before, if it has dimension 3."""
    graph, added = graph_module.graph, []
    users, source = list(node.users), node
    info = ciphertext_info(node)
    if info is not None and info.dimension > 2:
        with graph.inserting_after(node):
            source = inherit_metadata(graph.call_function(torch.ops.hetorch.relinearize, (node,)), node)
        added.append(source)
    with graph.inserting_after(source):
        fresh = inherit_metadata(graph.call_function(torch.ops.hetorch.bootstrap, (source,)), node)
    for user in users:
        user.replace_input_with(node, fresh)
    return [*added, fresh]
