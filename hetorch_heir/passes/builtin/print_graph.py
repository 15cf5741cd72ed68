"""Prints a graph, node by node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from torch.fx import GraphModule, Node

from hetorch_heir.core.ciphertext import CiphertextInfo
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.packing import PackingInfo
from hetorch_heir.passes.base import TransformationPass

_HIDDEN_METADATA = frozenset({"val", "stack_trace", "nn_module_stack", "source_fn_stack", "from_node"})
"""What torch records for its own use: long, and shown better elsewhere."""


@dataclass(frozen=True)
class PrintGraphPass(TransformationPass):
    """Prints the graph on standard output and leaves it as it is.

    The graph of ``relu(x * 2)``::

        %x : [num_users=1] = placeholder[target=x]
        %mul : [num_users=1] = call_function[target=operator.mul](args = (%x, 2), kwargs = {})
        %relu : [num_users=1] = call_function[target=torch.relu](args = (%mul,), kwargs = {})
        return relu

    is printed as::

        === Graph Structure ===
        Scheme: CKKS
        Node 0: x (placeholder)
          Target: x
          Args: ()
          Users: [1]
        Node 1: mul (call_function)
          Target: <built-in function mul>
          Args: (x, 2)
          Users: [2]
        Node 2: relu (call_function)
          Target: <built-in method relu of type object>
          Args: (mul,)
          Users: [output]
        Total nodes: 3

    Args:
        verbose: print the metadata of every node too.
    """

    name: ClassVar[str] = "print-graph"
    description: ClassVar[str] = "Print the graph, node by node."
    reports: ClassVar[bool] = True

    verbose: bool = False

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        """Print the graph."""
        print("\n".join(self.lines(graph_module, context)))
        return graph_module

    def lines(self, graph_module: GraphModule, context: CompilationContext) -> Iterator[str]:
        """The lines of the listing."""
        nodes = [node for node in graph_module.graph.nodes if node.op != "output"]
        labels: dict[Node, int | str] = {node: index for index, node in enumerate(nodes)}
        yield "=== Graph Structure ==="
        yield f"Scheme: {context.scheme.name}"
        for index, node in enumerate(nodes):
            users = ", ".join(str(labels.get(user, user.op)) for user in node.users)
            yield f"Node {index}: {node.name} ({node.op})"
            yield f"  Target: {_target(node)}"
            yield f"  Args: {node.args}"
            if node.kwargs:
                yield f"  Kwargs: {dict(node.kwargs)}"
            if self.verbose:
                yield from _metadata(node)
            yield f"  Users: [{users}]"
        yield f"Total nodes: {len(nodes)}"


def _target(node: Node) -> str:
    # The address in the text of a built-in method differs from run to run.
    return str(node.target).split(" object at 0x")[0]


def _metadata(node: Node) -> Iterator[str]:
    shown = {
        key: value for key, value in node.meta.items() if key not in _HIDDEN_METADATA and value is not None
    }
    if not shown:
        return
    yield "  Metadata:"
    for key, value in shown.items():
        yield f"    {key}: {_describe(value)}"


def _describe(value: object) -> str:
    if isinstance(value, PackingInfo):
        return (
            f"{value.strategy}, {value.slots_used} of {value.ciphertexts} x {value.total_slots} slots used,"
            f" dimensions {value.dimensions}"
        )
    if isinstance(value, CiphertextInfo):
        noise = "" if value.noise_budget is None else f", noise budget {value.noise_budget:.1f} bits"
        return (
            f"shape {value.shape}, level {value.level}, scale 2^{value.log_scale:.2f},"
            f" dimension {value.dimension}{noise}"
        )
    return str(value)
