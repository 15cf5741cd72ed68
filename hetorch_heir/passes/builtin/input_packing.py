"""Annotates the inputs with their packing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from torch.fx import GraphModule, Node

from hetorch_heir.core.ciphertext import CiphertextInfo
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError, PassValidationError
from hetorch_heir.core.packing import PackingInfo
from hetorch_heir.linalg.packing_rules import LayoutRule, laid_out
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.graph import (
    CIPHERTEXT_INFO,
    PACKING_INFO,
    element_count,
    is_public,
    node_dtype,
    node_shape,
)
from hetorch_heir.plugins import PACKINGS

CUSTOM, AUTO = "custom", "auto"


@dataclass(frozen=True)
class InputPackingPass(TransformationPass):
    """Decides, for each input, which slot of which ciphertext holds which element.

    The graph stays as it is; every placeholder gets ``meta["packing_info"]``, and every encrypted one
    ``meta["ciphertext_info"]`` (level, scale and noise budget of a fresh ciphertext). An input with
    more elements than slots takes several ciphertexts. For x of shape (1, 10) and 4096 slots:

    Before::

        %x : [num_users=1] = placeholder[target=x]

    After::

        %x : [num_users=1] = placeholder[target=x]
        #   packing_info: row_major, slots 0 … 9 of 4096 hold x[0, 0] … x[0, 9], dimensions (1, 10)
        #   ciphertext_info: level 4, scale 2^40

    Args:
        strategy: "row_major", "column_major", "diagonal" (generalised diagonals of the last two axes),
            "custom" (``custom_layout`` says), or "auto" (left to the planner of linear layers, which
            takes what its first layer likes best), or the name of a plug-in's packing.
        slot_count: slots of a ciphertext, a power of two; None takes those of the context.
        custom_layout: for "custom", a function of shape and slots. Without it the layout stays open,
            for a later pass to fill in.

    Raises:
        ParameterError: the strategy is unknown, or the slot count no power of two.
    """

    name: ClassVar[str] = "input-packing"
    description: ClassVar[str] = "Annotate the inputs with the way their elements lie in ciphertext slots."
    provides: ClassVar[frozenset[str]] = frozenset({"input_packed"})

    strategy: str = "row_major"
    slot_count: int | None = None
    custom_layout: LayoutRule | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.strategy not in (CUSTOM, AUTO) and PACKINGS.find(self.strategy) is None:
            raise ParameterError(
                f"there is no packing strategy '{self.strategy}'",
                hint=f"{PACKINGS.advice(self.strategy)}, {CUSTOM}, {AUTO}",
            )
        if self.custom_layout is not None and self.strategy != CUSTOM:
            raise ParameterError(f"a custom layout is of no use to the strategy '{self.strategy}'")
        if self.slot_count is not None and (self.slot_count < 1 or self.slot_count.bit_count() != 1):
            raise ParameterError(f"a slot count of {self.slot_count} is not a power of two")

    def validate(self, graph_module: GraphModule, context: CompilationContext) -> None:
        """Check that the ciphertexts have the slots.

        Raises:
            PassValidationError: ``slot_count`` is more than a ciphertext has.
        """
        super().validate(graph_module, context)
        if self.slot_count is not None and self.slot_count > context.slot_count:
            raise PassValidationError(
                f"a packing into {self.slot_count} slots needs larger ciphertexts than those of"
                f" {context.slot_count} slots that the parameters give",
                hint=f"use at most {context.slot_count}, or poly_modulus_degree={2 * self.slot_count}",
            )

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        """Annotate the placeholders of the graph."""
        for node in graph_module.graph.nodes:
            if node.op == "placeholder":
                self._annotate(node, context)
        mark_provided(graph_module, self.provides)
        return graph_module

    def _annotate(self, node: Node, context: CompilationContext) -> None:
        shape = node_shape(node)
        packing = self.packing(shape, self.slot_count or context.slot_count)
        node.meta[PACKING_INFO] = packing
        if not is_public(node):
            node.meta[CIPHERTEXT_INFO] = CiphertextInfo(
                shape=shape,
                dtype=node_dtype(node),
                level=context.initial_level,
                scale=context.initial_scale,
                noise_budget=context.params.noise_budget,
                packing=packing,
            )

    def packing(self, shape: tuple[int, ...] | None, slots: int) -> PackingInfo:
        """The packing of a tensor of ``shape``; one of unknown shape is taken to fill a ciphertext."""
        if shape is None:
            return PackingInfo(self.strategy, slots, slots, None)
        if self.strategy in (CUSTOM, AUTO):
            layout = None if self.custom_layout is None else self.custom_layout(shape, slots)
        else:
            layout = laid_out(self.strategy, shape, slots)
        used = int((layout.table >= 0).sum()) if layout else element_count(shape)
        return PackingInfo(self.strategy, used, slots, shape, layout)
