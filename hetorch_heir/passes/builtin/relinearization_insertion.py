"""Inserts relinearizations after products of two ciphertexts."""

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
from hetorch_heir.passes.management.deferral_extraction import deferred_relinearizations
from hetorch_heir.passes.management.kinds import (
    Kind,
    is_ciphertext_product,
    kind_of,
    operands,
    switches_keys,
)


@dataclass(frozen=True)
class RelinearizationInsertionPass(TransformationPass):
    """Brings ciphertexts of dimension 3 back to dimension 2.

    * ``eager``: after every product of two ciphertexts.
    * ``lazy``: only before an operation that needs dimension 2 (another product, a rotation or a linear
      transform, a bootstrap, the result), or at a value with several users; so a sum of products is
      relinearized once, and after its rescale, where it is cheaper.
    * ``optimal``: where the whole graph gets fastest by the backend's latencies per level, found by an
      integer program; a value with several users may be relinearized for some of them only.

    Before::

        %cmult = hetorch.cmult(%x, %y)
        %cmult_1 = hetorch.cmult(%z, %w)
        %cadd = hetorch.cadd(%cmult, %cmult_1)
        %rescale = hetorch.rescale(%cadd)
        return rescale

    After, lazy::

        ...
        %rescale = hetorch.rescale(%cadd)
        %relinearize = hetorch.relinearize(%rescale)
        return relinearize

    Args:
        strategy: "eager", "lazy" or "optimal".
    """

    strategy: str = "lazy"

    name: ClassVar[str] = "relinearization-insertion"
    description: ClassVar[str] = "Inserts relinearizations after products of ciphertexts"
    provides: ClassVar[frozenset[str]] = frozenset({"relinearization_inserted"})
    scheme_specific: ClassVar[frozenset[HEScheme]] = frozenset({HEScheme.CKKS, HEScheme.BFV, HEScheme.BGV})

    def __post_init__(self) -> None:
        if self.strategy not in ("eager", "lazy", "optimal"):
            raise PassValidationError(
                f"unknown relinearization strategy '{self.strategy}'", hint='use "eager", "lazy" or "optimal"'
            )

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        kept = deferred_relinearizations(graph_module, context) if self.strategy == "optimal" else None
        _Relinearization(graph_module, self.strategy, kept or set()).run()
        graph_module.recompile()
        mark_provided(graph_module, self.provides)
        return graph_module


class _Relinearization:
    def __init__(self, graph_module: GraphModule, strategy: str, kept: set[tuple[Node, Node]]) -> None:
        self._graph = graph_module.graph
        self._strategy = strategy
        self._kept = kept
        self._encrypted = ciphertext_nodes(self._graph)
        self._dimensions: dict[Node, int] = {}
        self._relinearized: dict[Node, Node] = {}

    def run(self) -> None:
        for node in list(self._graph.nodes):
            if node not in self._encrypted:
                continue
            inputs = operands(node, self._encrypted)
            for operand in inputs:
                if self._dimensions[operand] > 2 and self._takes_two(node, operand):
                    node.replace_input_with(operand, self._relinearize(operand))
            if node.op == "output":
                continue
            self._set_dimension(node, self._dimension_of(node, operands(node, self._encrypted)))
            if self._dimensions[node] > 2 and self._is_at_once(node):
                lower = self._relinearize(node)
                for user in [user for user in node.users if user is not lower]:
                    user.replace_input_with(node, lower)

    def _is_at_once(self, node: Node) -> bool:
        """Whether a value is relinearized for all its users."""
        return self._strategy == "eager" or (self._strategy == "lazy" and len(node.users) > 1)

    def _takes_two(self, node: Node, operand: Node) -> bool:
        """Whether an operation needs an operand relinearized, or is better off with it."""
        if kind_of(node, self._encrypted) is Kind.RELINEARIZE:
            return False
        if self._strategy == "optimal" and (operand, node) not in self._kept:
            return True
        result = kind_of(node, self._encrypted) is Kind.RESULT
        return result or switches_keys(node) or is_ciphertext_product(node, self._encrypted)

    def _dimension_of(self, node: Node, inputs: list[Node]) -> int:
        if is_ciphertext_product(node, self._encrypted):
            return 3
        if kind_of(node, self._encrypted) is Kind.RELINEARIZE:
            return 2
        return max((self._dimensions[one] for one in inputs), default=2)

    def _relinearize(self, node: Node) -> Node:
        if node not in self._relinearized:
            with self._graph.inserting_after(node):
                lower = self._graph.call_function(torch.ops.hetorch.relinearize, (node,))
            self._relinearized[node] = inherit_metadata(lower, node)
            self._encrypted.add(lower)
            self._set_dimension(lower, 2)
        return self._relinearized[node]

    def _set_dimension(self, node: Node, dimension: int) -> None:
        self._dimensions[node] = dimension
        info = ciphertext_info(node)
        if info is not None:
            node.meta["ciphertext_info"] = info.with_dimension(dimension)
