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
from hetorch_heir.passes.management.bootstrap_placement import greedy_placement, optimal_placement
from hetorch_heir.passes.management.kinds import Kind, kind_of
from hetorch_heir.passes.management.sinking import nominal_states, sink_levels


@dataclass(frozen=True)
class BootstrappingInsertionPass(TransformationPass):
    """Refreshes ciphertexts that run out of levels, and aligns all levels anew.

    * ``greedy``: a value is refreshed as soon as its level is at or below the threshold.
    * ``optimal``: the values are refreshed whose refreshing makes the whole graph fastest, by the
      latencies of the backend's cost model; where a cut goes through several ciphertexts, all of them
      are refreshed and paid for. In between, operations work as low as what follows allows. Never more
      ciphertexts are refreshed than by ``greedy``, at the threshold given or at 0.

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
        level_threshold: remaining levels at which ``greedy`` acts.
        strategy: "greedy" or "optimal".
        bootstrap_cost: latency of a bootstrap for ``optimal``, in products of two fresh ciphertexts
            (multiplied, relinearized and rescaled).

    Raises:
        PassValidationError: the strategy is unknown, or the cost is not positive.
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

        if not self.bootstrap_cost > 0:
            raise PassValidationError(
                f"a bootstrap can't cost {self.bootstrap_cost:g} products",
                hint="use a positive number; 100 is near what OpenFHE takes",
            )

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        if self.strategy == "greedy":
            for node in greedy_placement(graph_module, ScaleModel(context), self._threshold(context)):
                _bootstrap(graph_module, node)
            align_levels(graph_module, context)
        else:
            for node in self._optimal(graph_module, context):
                _bootstrap(graph_module, node)
            sink_levels(graph_module, context, to_bottom=True)
        graph_module.recompile()
        mark_provided(graph_module, self.provides)
        return graph_module

    def _threshold(self, context: CompilationContext) -> float:
        return self.level_threshold if self.level_threshold < context.initial_level else 0.0

    def _optimal(self, graph_module: GraphModule, context: CompilationContext) -> list[Node]:
        states = nominal_states(graph_module, context)
        model = ScaleModel(context)
        thresholds = {self._threshold(context), 0.0}
        return optimal_placement(
            graph_module,
            context,
            states,
            bootstrap_products=self.bootstrap_cost,
            greedy=[greedy_placement(graph_module, model, one) for one in thresholds],
        )


def _bootstrap(graph_module: GraphModule, node: Node) -> None:
    """Lets operations take ``node`` refreshed; relinearized before, if it has dimension 3."""
    graph, source = graph_module.graph, node
    encrypted = ciphertext_nodes(graph)
    users = [user for user in node.users if kind_of(user, encrypted) is not Kind.RESULT]
    info = ciphertext_info(node)
    if info is not None and info.dimension > 2:
        with graph.inserting_after(node):
            source = inherit_metadata(graph.call_function(torch.ops.hetorch.relinearize, (node,)), node)
    with graph.inserting_after(source):
        fresh = inherit_metadata(graph.call_function(torch.ops.hetorch.bootstrap, (source,)), node)
    for user in users:
        user.replace_input_with(node, fresh)
