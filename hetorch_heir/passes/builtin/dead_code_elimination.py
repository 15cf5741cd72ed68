"""Removes what no output depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch.fx import GraphModule

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.base import TransformationPass, mark_provided


@dataclass(frozen=True)
class DeadCodeEliminationPass(TransformationPass):
    """Removes the nodes that no output depends on, and the weights that no node uses any more.

    Inputs stay, used or not: they are the program's signature.

    Before::

        %x : [num_users=2] = placeholder[target=x]
        %add : [num_users=0] = call_function[target=operator.add](args = (%x, 1), kwargs = {})
        %mul : [num_users=1] = call_function[target=operator.mul](args = (%x, 2), kwargs = {})
        return mul

    After::

        %x : [num_users=1] = placeholder[target=x]
        %mul : [num_users=1] = call_function[target=operator.mul](args = (%x, 2), kwargs = {})
        return mul
    """

    name: ClassVar[str] = "dead-code-elimination"
    description: ClassVar[str] = "Remove the nodes that no output depends on."
    provides: ClassVar[frozenset[str]] = frozenset({"dead_code_eliminated"})

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        """Erase dead nodes, in place."""
        graph = graph_module.graph
        # Users come after what they use, so one backward sweep reaches everything.
        for node in reversed(list(graph.nodes)):
            if node.op not in ("placeholder", "output") and not node.users:
                graph.erase_node(node)
        graph.lint()
        graph_module.delete_all_unused_submodules()
        delete_unused_constants(graph_module)
        graph_module.recompile()
        mark_provided(graph_module, self.provides)
        return graph_module


def delete_unused_constants(graph_module: GraphModule) -> None:
    """Delete get_attr nodes without users, and the root module's tensors that no get_attr node reads."""
    used: set[str] = set()
    for node in graph_module.graph.find_nodes(op="get_attr"):
        if node.users:
            used.add(str(node.target).split(".")[0])
        else:
            graph_module.graph.erase_node(node)
    for tensors in (graph_module._parameters, graph_module._buffers):
        for name in [name for name in tensors if name not in used]:
            del tensors[name]
