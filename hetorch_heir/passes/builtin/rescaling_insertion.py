"""Inserts rescales after products, and brings values that meet to the same level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.graph import ciphertext_info, ciphertext_nodes, inherit_metadata, operation_name
from hetorch_heir.passes.management.alignment import align_levels
from hetorch_heir.passes.management.annotation import ScaleModel
from hetorch_heir.passes.management.deferral_extraction import deferred_rescales
from hetorch_heir.passes.management.expansion import expand_polynomials
from hetorch_heir.passes.management.kinds import (
    LINEAR_MAPS,
    Kind,
    is_ciphertext_product,
    kind_of,
    operands,
)
from hetorch_heir.passes.management.sinking import HEADROOM_BITS, sink_levels

_TAKE_BASE_SCALE = frozenset((Kind.PRODUCT, Kind.PLAIN_SUM, Kind.ROTATION, Kind.BOOTSTRAP, Kind.RESULT))


@dataclass(frozen=True)
class RescalingInsertionPass(TransformationPass):
    """Keeps the scales of CKKS ciphertexts near the base scale.

    * ``eager``: a rescale after every product.
    * ``lazy``: a rescale only where the scale must come down, and never more of them than ``eager``: sums
      of products are rescaled once, and products in a row at the end of the computation are fused when
      the modulus can hold their scale.
    * ``optimal``: as ``lazy``, but where a rescale is put off is decided for the whole graph, by the
      backend's latencies per level: an integer program weighs rescales against operations that work one
      level higher meanwhile. Values are brought down as early as what follows allows.

    Polynomials (``hetorch.chebyshev``) are expanded to products and sums, and ``level_reduce`` is inserted
    wherever values of different levels meet. Source: Dathathri et al., "EVA" (PLDI 2020), section 5.

    Before::

        %cmult = hetorch.cmult(%x, %y)
        %cmult_1 = hetorch.cmult(%z, %w)
        %cadd = hetorch.cadd(%cmult, %cmult_1)

    After, lazy::

        %cmult = hetorch.cmult(%x, %y)
        %cmult_1 = hetorch.cmult(%z, %w)
        %cadd = hetorch.cadd(%cmult, %cmult_1)
        %rescale = hetorch.rescale(%cadd)

    Args:
        strategy: "eager", "lazy" or "optimal".
        target_level: values at this level or below are not rescaled any more; None means no limit.
    """

    strategy: str = "eager"
    target_level: int | None = None

    name: ClassVar[str] = "rescaling-insertion"
    description: ClassVar[str] = "Inserts rescales after products and aligns levels"
    provides: ClassVar[frozenset[str]] = frozenset({"rescaling_inserted"})
    scheme_specific: ClassVar[frozenset[HEScheme]] = frozenset({HEScheme.CKKS})

    def __post_init__(self) -> None:
        if self.strategy not in ("eager", "lazy", "optimal"):
            raise PassValidationError(
                f"unknown rescaling strategy '{self.strategy}'", hint='use "eager", "lazy" or "optimal"'
            )

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        expand_polynomials(graph_module)
        optimal = self.strategy == "optimal"
        deferred = deferred_rescales(graph_module, context) if optimal else set[Node]()
        _Rescaling(graph_module, context, self, deferred).run()
        if optimal:
            sink_levels(graph_module, context, to_bottom=False)
        else:
            align_levels(graph_module, context)
        graph_module.recompile()
        mark_provided(graph_module, self.provides)
        return graph_module


class _Rescaling:
    """Walks the graph with the level and the degree (factors of the base scale) of every value."""

    def __init__(
        self,
        graph_module: GraphModule,
        context: CompilationContext,
        options: RescalingInsertionPass,
        deferred: set[Node],
    ) -> None:
        self._graph = graph_module.graph
        self._options = options
        self._deferred = deferred
        self._model = ScaleModel(context)
        self._encrypted = ciphertext_nodes(self._graph)
        self._degrees: dict[Node, int] = {}
        self._levels: dict[Node, int] = {}
        self._rescaled: dict[Node, Node] = {}

    def run(self) -> None:
        for node in list(self._graph.nodes):
            if node not in self._encrypted:
                continue
            kind = kind_of(node, self._encrypted)
            self._prepare_operands(node, kind)
            if node.op == "output":
                continue
            inputs = operands(node, self._encrypted)
            self._levels[node] = min((self._levels[one] for one in inputs), default=self._fresh(node))
            self._degrees[node] = self._degree_of(node, kind, inputs)
            if kind is Kind.RESCALE:
                self._levels[node] -= 1
            if kind is Kind.BOOTSTRAP:
                self._levels[node] = self._model.initial_level
            # A value that several others need would be rescaled by each of them, or by sums of it with them.
            single = len(node.users) <= 1
            waits = self._options.strategy == "optimal" or (self._options.strategy == "lazy" and single)
            if not waits and kind is not Kind.RESULT:
                self._replace_by_rescaled(node)

    def _prepare_operands(self, node: Node, kind: Kind) -> None:
        inputs = operands(node, self._encrypted)
        at_once = self._options.strategy == "optimal" and node not in self._deferred
        if kind is Kind.SUM and not at_once:
            wanted = min(self._degrees[one] for one in inputs)
        elif (kind in _TAKE_BASE_SCALE and node not in self._deferred) or (
            kind in (Kind.SUM, Kind.KEPT) and at_once
        ):
            wanted = 1
        else:
            return
        for operand in inputs:
            if kind_of(operand, self._encrypted) is Kind.RESULT:
                continue  # the client's already
            if kind is Kind.PRODUCT and self._may_fuse(node, operand, inputs):
                continue
            while self._degrees[operand] > wanted and not (kind is Kind.RESULT and self._holds(operand)):
                lower = self._rescale(operand)
                if lower is operand:
                    break
                node.replace_input_with(operand, lower)
                operand = lower

    def _degree_of(self, node: Node, kind: Kind, inputs: list[Node]) -> int:
        degrees = [self._degrees[one] for one in inputs]
        if kind is Kind.PRODUCT:
            if not is_ciphertext_product(node, self._encrypted):
                return degrees[0] + 1
            return sum(degrees) if len(degrees) == 2 else 2 * degrees[0]
        if kind is Kind.RESCALE:
            return max(1, degrees[0] - 1)
        if kind is Kind.BOOTSTRAP or not degrees:
            return 1
        return max(degrees)

    def _fresh(self, node: Node) -> int:
        info = ciphertext_info(node)
        return info.level if info is not None else self._model.initial_level

    def _rescale(self, node: Node) -> Node:
        """The rescaled value, made once however many users need it; the value itself at the target level."""
        if self._options.target_level is not None and self._levels[node] <= self._options.target_level:
            return node
        if node not in self._rescaled:
            with self._graph.inserting_after(node):
                lower = self._graph.call_function(torch.ops.hetorch.rescale, (node,))
            self._rescaled[node] = inherit_metadata(lower, node)
            self._encrypted.add(lower)
            self._degrees[lower] = self._degrees[node] - 1
            self._levels[lower] = self._levels[node] - 1
        return self._rescaled[node]

    def _replace_by_rescaled(self, node: Node) -> None:
        lower = node
        while self._degrees[lower] > 1:
            below = self._rescale(lower)
            if below is lower:
                return
            users = [user for user in lower.users if user is not below]
            for user in users:
                user.replace_input_with(lower, below)
            lower = below

    def _may_fuse(self, node: Node, operand: Node, inputs: list[Node]) -> bool:
        """Whether a product may take an unrescaled operand: at the end, if the modulus can hold it."""
        if self._options.strategy == "eager" or operation_name(node) in LINEAR_MAPS:
            return False
        if self._degrees[operand] != 2 or len(operand.users) > 1 or self._model.modulus(0) == float("inf"):
            return False
        others = [one for one in inputs if one is not operand]
        if len(inputs) == 1 and is_ciphertext_product(node, self._encrypted):
            return False
        if any(self._degrees[one] > 1 for one in others) or not self._ends_at(node):
            return False
        level = min(self._levels[one] for one in inputs) - 1
        return level >= 0 and self._model.modulus(level) >= 2 * self._model.base + HEADROOM_BITS

    def _ends_at(self, node: Node) -> bool:
        """Whether a value goes to results only, without meeting any other value."""
        for user in node.users:
            kind = kind_of(user, self._encrypted)
            if kind is not Kind.RESULT and not (kind is Kind.KEPT and self._ends_at(user)):
                return False
        return True

    def _holds(self, operand: Node) -> bool:
        """Whether a fused product may leave with twice the base scale, after its one rescale."""
        if self._options.strategy == "eager" or self._degrees[operand] != 2:
            return False
        source = operand
        while kind_of(source, self._encrypted) is Kind.KEPT:
            source = operands(source, self._encrypted)[0]
        return kind_of(source, self._encrypted) is Kind.RESCALE
