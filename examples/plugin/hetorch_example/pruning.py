"""A pass."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch.fx import GraphModule

from hetorch_heir import CompilationContext
from hetorch_heir.passes import TransformationPass


@dataclass(frozen=True)
class MagnitudePruningPass(TransformationPass):
    """Sets the small weights of linear layers to zero; diagonals of zeros take no product.

    Before::

        %linear = aten.linear.default(%x, %weight)    # weight = [[0.5, 0.001], [0.002, 0.3]]

    After::

        %linear = aten.linear.default(%x, %weight)    # weight = [[0.5, 0.0], [0.0, 0.3]]

    Args:
        threshold: the smallest magnitude that stays.
    """

    name: ClassVar[str] = "magnitude-pruning"
    provides: ClassVar[frozenset[str]] = frozenset({"weights_pruned"})

    threshold: float = 0.01

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        for node in graph_module.graph.find_nodes(op="call_function", target=torch.ops.aten.linear.default):
            weight = graph_module.get_buffer(node.args[1].target)
            weight[weight.abs() < self.threshold] = 0.0
        return graph_module
