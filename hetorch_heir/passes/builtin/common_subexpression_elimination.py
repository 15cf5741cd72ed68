"""Computes equal values once."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, ClassVar

from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.builtin.dead_code_elimination import delete_unused_constants
from hetorch_heir.passes.constants import constant_of, fingerprint
from hetorch_heir.passes.graph import FACTOR_SCALE, is_operation, node_shape
from hetorch_heir.passes.management.annotation import FACTOR_DEVIATION

_COMMUTATIVE = ("cadd", "cmult")
_MARKS = (FACTOR_SCALE, FACTOR_DEVIATION)


@dataclass(frozen=True)
class CommonSubexpressionEliminationPass(TransformationPass):
    """Merges homomorphic operations that yield equal values, and constants that are equal.

    Sums and products of two ciphertexts are equal in either order. A rotation of a rotation that nothing
    else needs becomes one, and one by no slot, or by all of them, none; so equal rotations of one
    ciphertext exist once.

    Before::

        %rotate = hetorch.rotate(%x, 3)
        %rotate_1 = hetorch.rotate(%x, 1)
        %rotate_2 = hetorch.rotate(%rotate_1, 2)
        %cmult = hetorch.cmult(%x, %rotate)
        %cmult_1 = hetorch.cmult(%rotate_2, %x)
        %cadd = hetorch.cadd(%cmult, %cmult_1)

    After::

        %rotate = hetorch.rotate(%x, 3)
        %cmult = hetorch.cmult(%x, %rotate)
        %cadd = hetorch.cadd(%cmult, %cmult)
    """

    name: ClassVar[str] = "common-subexpression-elimination"
    description: ClassVar[str] = "Merges operations that yield equal values"
    provides: ClassVar[frozenset[str]] = frozenset({"common_subexpressions_eliminated"})

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        known: dict[Hashable, Node] = {}
        for node in list(graph_module.graph.nodes):
            if is_operation(node, "rotate"):
                node = _single_rotation(node)
            key = _key(node, graph_module)
            if key is None:
                continue
            earlier = known.setdefault(key, node)
            if earlier is not node:
                node.replace_all_uses_with(earlier)
                graph_module.graph.erase_node(node)
        delete_unused_constants(graph_module)
        graph_module.recompile()
        mark_provided(graph_module, self.provides)
        return graph_module


def _single_rotation(node: Node) -> Node:
    """A rotation with a rotation before it taken in; the operand itself where nothing is left to rotate."""
    source, steps = _rotation(node)
    if is_operation(source, "rotate") and len(source.users) == 1:
        inner, before = _rotation(source)
        node.args = (inner, steps + before)
        node.graph.erase_node(source)
        source, steps = inner, steps + before
    shape = node_shape(source) or node_shape(node)
    if shape:
        steps %= shape[-1]
        node.args = (source, steps)
    if steps:
        return node
    node.replace_all_uses_with(source)
    node.graph.erase_node(node)
    return source


def _rotation(node: Node) -> tuple[Node, int]:
    source, steps = node.args
    assert isinstance(source, Node) and isinstance(steps, int)
    return source, steps


def _key(node: Node, graph_module: GraphModule) -> Hashable | None:
    """Equal for nodes that yield equal values; None for nodes that are not compared."""
    constant = constant_of(graph_module, node)
    if constant is not None:
        return ("constant", *fingerprint(constant))
    if not is_operation(node):
        return None
    arguments = tuple(map(_hashable, node.args))
    if is_operation(node, *_COMMUTATIVE):
        arguments = tuple(sorted(arguments, key=lambda argument: str(argument)))
    keywords = tuple(sorted((name, _hashable(value)) for name, value in node.kwargs.items()))
    marks = tuple(node.meta.get(mark) for mark in _MARKS)
    return (str(node.target), arguments, keywords, marks)


def _hashable(argument: Any) -> Hashable:
    if isinstance(argument, (list, tuple)):
        return tuple(map(_hashable, argument))
    return argument
