"""Merges constants that meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.builtin.dead_code_elimination import delete_unused_constants
from hetorch_heir.passes.constants import add_constant, constant_of
from hetorch_heir.passes.graph import is_operation, replace_node

OPS = torch.ops.hetorch


@dataclass(frozen=True)
class ConstantFoldingPass(TransformationPass):
    """Applies constants to constants instead of to ciphertexts.

    * Products with constants one after the other become one, which saves a level; a product with a number
      before or after a linear transform is taken into its diagonals.
    * Sums with constants one after the other become one.
    * A negation is taken into the constant of the product before it.
    * Products with 1 and sums with 0 vanish.

    Values that something else needs as they are stay.

    Before::

        %pmult = hetorch.pmult(%x, %two)
        %pmult_1 = hetorch.pmult(%pmult, %three)
        %padd = hetorch.padd(%pmult_1, %one)
        %psub = hetorch.psub(%padd, %five)

    After::

        %pmult_1 = hetorch.pmult(%x, %folded_0)  # 6
        %psub = hetorch.padd(%pmult_1, %folded_1)  # -4
    """

    name: ClassVar[str] = "constant-folding"
    description: ClassVar[str] = "Merges constants that meet"
    provides: ClassVar[frozenset[str]] = frozenset({"constants_folded"})

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        folding = _Folding(graph_module)
        for node in list(graph_module.graph.nodes):
            if is_operation(node):
                folding.fold(node)
        delete_unused_constants(graph_module)
        graph_module.recompile()
        mark_provided(graph_module, self.provides)
        return graph_module


class _Folding:
    def __init__(self, graph_module: GraphModule) -> None:
        self._module = graph_module
        self._rules: dict[str, Callable[[Node], None]] = {
            "pmult": self._product,
            "linear_transform": self._transform,
            "padd": self._sum,
            "psub": self._sum,
            "negate": self._negation,
        }

    def fold(self, node: Node) -> None:
        for name, rule in self._rules.items():
            if is_operation(node, name):
                rule(node)
                return

    def _constant(self, node: Node) -> torch.Tensor | None:
        return constant_of(self._module, node.args[1])

    def _before(self, node: Node, *names: str) -> tuple[Node, torch.Tensor] | None:
        """The operation that only this one needs, and its constant, if it is one of these."""
        source = node.args[0]
        if not isinstance(source, Node) or not is_operation(source, *names) or len(source.users) > 1:
            return None
        constant = self._constant(source)
        return None if constant is None else (source, constant)

    def _set(self, node: Node, operand: object, constant: torch.Tensor) -> None:
        folded = add_constant(self._module, constant, node, "folded")
        node.args = (operand, folded, *node.args[2:])  # pyright: ignore[reportAttributeAccessIssue]

    def _product(self, node: Node) -> None:
        constant = self._constant(node)
        if constant is None:
            return
        if before := self._before(node, "pmult"):
            source, inner = before
            constant = inner * constant
            self._set(node, source.args[0], constant)
            node.graph.erase_node(source)
        elif constant.numel() == 1 and (before := self._before(node, "linear_transform")):
            source, diagonals = before
            self._set(source, source.args[0], _scaled(diagonals, constant))
            replace_node(node, source)
            return
        if bool(torch.all(constant == 1.0)):
            replace_node(node, node.args[0])  # pyright: ignore[reportArgumentType]

    def _transform(self, node: Node) -> None:
        diagonals, before = self._constant(node), self._before(node, "pmult")
        if diagonals is not None and before is not None and before[1].numel() == 1:
            source, number = before
            self._set(node, source.args[0], _scaled(diagonals, number))
            node.graph.erase_node(source)

    def _sum(self, node: Node) -> None:
        constant = self._constant(node)
        if constant is None:
            return
        if before := self._before(node, "padd", "psub"):
            source, inner = before
            signed = -inner if is_operation(source, "psub") else inner
            constant = signed - constant if is_operation(node, "psub") else signed + constant
            self._set(node, source.args[0], constant)
            node.target = OPS.padd
            node.graph.erase_node(source)
        if bool(torch.all(constant == 0.0)):
            replace_node(node, node.args[0])  # pyright: ignore[reportArgumentType]

    def _negation(self, node: Node) -> None:
        if before := self._before(node, "pmult", "linear_transform"):
            source, constant = before
            self._set(source, source.args[0], -constant)
            replace_node(node, source)


def _scaled(diagonals: torch.Tensor, number: torch.Tensor) -> torch.Tensor:
    """Diagonals times a number, in their own precision."""
    return diagonals * float(number)
