"""Packs the model and lowers its linear layers to baby-step/giant-step transforms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch.fx import GraphModule

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.linalg.planner import PlannerOptions, TransformPlanner
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.graph import PACKING_INFO, node_dtype, node_shape
from hetorch_heir.passes.packing.emission import emit
from hetorch_heir.passes.packing.extraction import extract
from hetorch_heir.passes.packing.layout_choice import choose_layouts


@dataclass(frozen=True)
class LinearLayerBSGSPass(TransformationPass):
    """Replaces tensors by packed ciphertexts and linear stretches by planned transforms.

    Every stretch of linear operators becomes one matrix between two layouts, applied by about
    2 * sqrt(n) rotations instead of n. Source: Halevi and Shoup, "Faster homomorphic linear
    transformations in HElib" (2018); the choice of layouts is described in docs/planner.md.

    Before::

        %linear = aten.linear.default(%x, %weight, %bias)
        return linear

    After::

        %pack = hetorch.pack(%x, %index)
        %linear_transform = hetorch.linear_transform(%pack, %diagonals, ...)
        %padd = hetorch.padd(%linear_transform, %bias)
        %unpack = hetorch.unpack(%padd, %index_1, [1, 10])
        return unpack

    Args:
        baby_step_size: number of baby steps of every transform; None lets the planner choose.
        giant_step_size: number of giant steps; with ``baby_step_size`` given, as many as are needed.
        min_size: layers with fewer inputs use the diagonal method without giant steps.
        level_cost: what a further level is worth, in rotations: a value is moved to another layout, which
            takes a level, where that saves more. None derives it from the depth of the model.
    """

    baby_step_size: int | None = None
    giant_step_size: int | None = None
    min_size: int = 16
    level_cost: float | None = None

    name: ClassVar[str] = "linear-layer-bsgs"
    description: ClassVar[str] = "Packs values and plans linear layers with baby and giant steps"
    requires: ClassVar[frozenset[str]] = frozenset({"input_packed"})
    provides: ClassVar[frozenset[str]] = frozenset({"linear_bsgs"})

    def __post_init__(self) -> None:
        for option in ("baby_step_size", "giant_step_size", "min_size"):
            value = getattr(self, option)
            if value is not None and value < 1:
                raise PassValidationError(f"{option} is {value}, and must be at least 1")

        if self.level_cost is not None and not self.level_cost >= 0:
            raise PassValidationError(f"level_cost is {self.level_cost}, and must not be negative")

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        graph_module = _normalised(graph_module)
        options = PlannerOptions(self.baby_step_size, self.giant_step_size, self.min_size)
        planner = TransformPlanner(options, cache=context.cache)
        slots = _slots(graph_module, context)
        program = extract(graph_module, planner, slots)
        choice = choose_layouts(program, planner, slots, level_cost=self.level_cost, cache=context.cache)
        emit(graph_module, program, choice, planner, context)
        mark_provided(graph_module, self.provides)
        return graph_module


def _slots(graph_module: GraphModule, context: CompilationContext) -> int:
    """Slots of a ciphertext, as the input packing has fixed them."""
    for node in graph_module.graph.nodes:
        if node.op == "placeholder" and PACKING_INFO in node.meta:
            return node.meta[PACKING_INFO].total_slots
    return context.slot_count


def _normalised(graph_module: GraphModule) -> GraphModule:
    """The graph in ATen form: symbolic traces hold calls of modules and torch functions instead."""
    nodes = list(graph_module.graph.nodes)
    if all(node.op not in ("call_module", "call_method") and _is_operator(node) for node in nodes):
        return graph_module
    from hetorch_heir.frontend import to_graph

    placeholders = [node for node in nodes if node.op == "placeholder"]
    shapes = [node_shape(node) for node in placeholders]
    if any(shape is None for shape in shapes):
        raise PassValidationError(
            "the graph is a symbolic trace without shapes",
            hint="compile through HETorchCompiler, or run torch.fx.passes.shape_prop.ShapeProp first",
        )
    examples = tuple(
        torch.zeros(shape or (), dtype=node_dtype(node))
        for shape, node in zip(shapes, placeholders, strict=True)
    )
    public = [node.name for node in placeholders if node.meta.get("public")]
    result = to_graph(graph_module, examples, public_inputs=public)
    fresh = [node for node in result.graph.nodes if node.op == "placeholder"]
    for old, new in zip(placeholders, fresh, strict=True):
        new.meta.update({key: value for key, value in old.meta.items() if key not in new.meta})
    result.meta.update(graph_module.meta)
    return result


def _is_operator(node: torch.fx.Node) -> bool:
    if node.op != "call_function":
        return True
    return isinstance(node.target, (torch._ops.OpOverload, torch._ops.OpOverloadPacket))
