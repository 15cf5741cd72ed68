"""Rearranges sums of many terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.builtin.dead_code_elimination import delete_unused_constants
from hetorch_heir.passes.constants import add_constant, constant_of
from hetorch_heir.passes.graph import ciphertext_nodes, insert_call, is_operation, node_shape, replace_node
from hetorch_heir.passes.management.expansion import expand_polynomials
from hetorch_heir.passes.management.kinds import Kind, kind_of, operands

OPS = torch.ops.hetorch
_SUMS = ("cadd", "csub", "padd", "psub", "negate")


@dataclass(frozen=True)
class AdditionBalancingPass(TransformationPass):
    """Adds the terms of long sums pairwise, alike ones first, and all their constants at once.

    Products are added before the rest, so that they share a rescale, and terms of the same multiplicative
    depth before others, each group as a balanced tree; so a sum of n terms has a chain of ceil(log2 n)
    additions instead of n - 1, and constants, which need the base scale, do not force rescales in between.
    Negations become subtractions. Polynomials are expanded first.

    Before::

        %cmult = hetorch.cmult(%x, %x)
        %padd = hetorch.padd(%cmult, %one)
        %cmult_1 = hetorch.cmult(%y, %y)
        %padd_1 = hetorch.padd(%cmult_1, %one)
        %cadd = hetorch.cadd(%padd, %padd_1)

    After::

        %cmult = hetorch.cmult(%x, %x)
        %cmult_1 = hetorch.cmult(%y, %y)
        %cadd_1 = hetorch.cadd(%cmult, %cmult_1)
        %padd_2 = hetorch.padd(%cadd_1, %constants_0)  # 2
    """

    name: ClassVar[str] = "addition-balancing"
    description: ClassVar[str] = "Rearranges sums of many terms"
    provides: ClassVar[frozenset[str]] = frozenset({"additions_balanced"})

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        expand_polynomials(graph_module)
        _Balancing(graph_module).run()
        delete_unused_constants(graph_module)
        graph_module.recompile()
        mark_provided(graph_module, self.provides)
        return graph_module


@dataclass
class _Sum:
    """The terms of a sum by sign, its constants, and the nodes that add them."""

    added: list[Node] = field(default_factory=list)
    subtracted: list[Node] = field(default_factory=list)
    constants: list[tuple[Node, bool]] = field(default_factory=list)
    inner: list[Node] = field(default_factory=list)

    @property
    def worth_rearranging(self) -> bool:
        negations = any(is_operation(node, "negate") for node in self.inner)
        terms = len(self.added) + len(self.subtracted)
        return len(self.inner) > 1 and (terms > 2 or len(self.constants) > 1 or negations)


class _Balancing:
    def __init__(self, graph_module: GraphModule) -> None:
        self._module = graph_module
        self._encrypted = ciphertext_nodes(graph_module.graph)
        self._depths = self._multiplicative_depths()

    def _multiplicative_depths(self) -> dict[Node, int]:
        depths: dict[Node, int] = {}
        for node in self._module.graph.nodes:
            if node in self._encrypted:
                before = max((depths[one] for one in operands(node, self._encrypted)), default=0)
                depths[node] = before + (kind_of(node, self._encrypted) is Kind.PRODUCT)
        return depths

    def run(self) -> None:
        for node in reversed(list(self._module.graph.nodes)):
            if not node._erased and self._is_sum(node) and not self._is_inside(node):
                terms = _Sum()
                self._collect(node, positive=True, into=terms)
                if terms.worth_rearranging:
                    self._rebuild(node, terms)

    def _is_sum(self, node: Node) -> bool:
        """Whether a node adds or negates ciphertexts of one shape, or adds a constant to one."""
        if node not in self._encrypted or not is_operation(node, *_SUMS):
            return False
        if is_operation(node, "padd", "psub"):
            return constant_of(self._module, node.args[1]) is not None
        shapes = {node_shape(one) for one in node.all_input_nodes} | {node_shape(node)}
        return len(shapes - {None}) <= 1 and all(one in self._encrypted for one in node.args)

    def _is_inside(self, node: Node) -> bool:
        """Whether the sum of a node is only a term of another one, and only once."""
        (user,) = node.users if len(node.users) == 1 else (None,)
        return user is not None and self._is_sum(user) and list(user.args).count(node) == 1

    def _collect(self, node: Node, *, positive: bool, into: _Sum) -> None:
        into.inner.append(node)
        first, *others = node.args
        if is_operation(node, "padd", "psub"):
            assert isinstance(others[0], Node)
            into.constants.append((others[0], positive == is_operation(node, "padd")))
            others = []
        signs = [positive != is_operation(node, "negate"), positive != is_operation(node, "csub")]
        for term, sign in zip((first, *others), signs, strict=False):
            assert isinstance(term, Node)
            if self._is_sum(term) and self._is_inside(term):
                self._collect(term, positive=sign, into=into)
            else:
                (into.added if sign else into.subtracted).append(term)

    def _rebuild(self, node: Node, terms: _Sum) -> None:
        added, subtracted = self._total(node, terms.added), self._total(node, terms.subtracted)
        if added is None:
            assert subtracted is not None
            result = self._call(node, OPS.negate, subtracted)
        elif subtracted is None:
            result = added
        else:
            result = self._call(node, OPS.csub, added, subtracted)
        constant = self._constant(node, terms.constants)
        if constant is not None:
            result = self._call(node, OPS.padd, result, constant)
        replace_node(node, result)
        for inner in terms.inner[1:]:
            node.graph.erase_node(inner)

    def _constant(self, node: Node, constants: list[tuple[Node, bool]]) -> Node | None:
        """What the constants add up to; None if that is nothing."""
        if len(constants) == 1 and constants[0][1]:
            return constants[0][0]
        values = [(constant_of(self._module, constant), positive) for constant, positive in constants]
        total = sum((value if positive else -value for value, positive in values if value is not None), 0)
        if not isinstance(total, torch.Tensor) or not bool(torch.any(total != 0.0)):
            return None
        return add_constant(self._module, total, node, "constants")

    def _total(self, node: Node, terms: list[Node]) -> Node | None:
        """The sum of ciphertexts: products, which share a rescale, then the rest; by depth, pairwise."""
        total: Node | None = None
        for group in self._groups(terms):
            while len(group) > 1:
                pairs = zip(group[::2], group[1::2], strict=False)
                sums = [self._call(node, OPS.cadd, *pair) for pair in pairs]
                group = [*sums, *group[len(group) // 2 * 2 :]]
            total = group[0] if total is None else self._call(node, OPS.cadd, total, group[0])
        return total

    def _groups(self, terms: list[Node]) -> Iterator[list[Node]]:
        groups: dict[tuple[bool, int], list[Node]] = {}
        for term in terms:
            product = kind_of(term, self._encrypted) is Kind.PRODUCT
            groups.setdefault((not product, self._depths[term]), []).append(term)
        for key in sorted(groups):
            yield groups[key]

    def _call(self, node: Node, target: Callable[..., Any], *arguments: Node) -> Node:
        new = insert_call(node.graph, node, target, *arguments)
        self._encrypted.add(new)
        self._depths[new] = max(self._depths[one] for one in arguments if one in self._depths)
        return new
