"""The built-in passes, imported on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from hetorch_heir.passes.base import TransformationPass
    from hetorch_heir.passes.builtin.addition_balancing import AdditionBalancingPass
    from hetorch_heir.passes.builtin.bootstrapping_insertion import BootstrappingInsertionPass
    from hetorch_heir.passes.builtin.common_subexpression_elimination import (
        CommonSubexpressionEliminationPass,
    )
    from hetorch_heir.passes.builtin.constant_folding import ConstantFoldingPass
    from hetorch_heir.passes.builtin.cost_analysis import CostAnalysisPass
    from hetorch_heir.passes.builtin.dead_code_elimination import DeadCodeEliminationPass
    from hetorch_heir.passes.builtin.exact_scales import ExactScalesPass
    from hetorch_heir.passes.builtin.graph_visualization import GraphVisualizationPass
    from hetorch_heir.passes.builtin.input_packing import InputPackingPass
    from hetorch_heir.passes.builtin.linear_layer_bsgs import LinearLayerBSGSPass
    from hetorch_heir.passes.builtin.memory_optimization import MemoryOptimizationPass
    from hetorch_heir.passes.builtin.noise_analysis import NoiseAnalysisPass
    from hetorch_heir.passes.builtin.nonlinear_to_polynomial import NonlinearToPolynomialPass
    from hetorch_heir.passes.builtin.print_graph import PrintGraphPass
    from hetorch_heir.passes.builtin.relinearization_insertion import RelinearizationInsertionPass
    from hetorch_heir.passes.builtin.rescaling_insertion import RescalingInsertionPass
    from hetorch_heir.passes.builtin.scalar_function_fusion import ScalarFunctionFusionPass

__all__ = [
    "AdditionBalancingPass",
    "BootstrappingInsertionPass",
    "CommonSubexpressionEliminationPass",
    "ConstantFoldingPass",
    "CostAnalysisPass",
    "DeadCodeEliminationPass",
    "ExactScalesPass",
    "GraphVisualizationPass",
    "InputPackingPass",
    "LinearLayerBSGSPass",
    "MemoryOptimizationPass",
    "NoiseAnalysisPass",
    "NonlinearToPolynomialPass",
    "PrintGraphPass",
    "RelinearizationInsertionPass",
    "RescalingInsertionPass",
    "ScalarFunctionFusionPass",
]


class BuiltinPass(NamedTuple):
    """Where a built-in pass is, and what it provides, known without importing it."""

    name: str
    class_name: str
    provides: str | None

    @property
    def module(self) -> str:
        return f"{__name__}.{self.name.replace('-', '_')}"

    @property
    def target(self) -> str:
        return f"{self.module}:{self.class_name}"

    def load(self) -> type[TransformationPass]:
        return getattr(importlib.import_module(self.module), self.class_name)


BUILTIN_PASSES = tuple(
    BuiltinPass(*row)
    for row in (
        ("input-packing", "InputPackingPass", "input_packed"),
        ("scalar-function-fusion", "ScalarFunctionFusionPass", "scalar_functions_fused"),
        ("nonlinear-to-polynomial", "NonlinearToPolynomialPass", "polynomial_activations"),
        ("linear-layer-bsgs", "LinearLayerBSGSPass", "linear_bsgs"),
        ("constant-folding", "ConstantFoldingPass", "constants_folded"),
        (
            "common-subexpression-elimination",
            "CommonSubexpressionEliminationPass",
            "common_subexpressions_eliminated",
        ),
        ("addition-balancing", "AdditionBalancingPass", "additions_balanced"),
        ("rescaling-insertion", "RescalingInsertionPass", "rescaling_inserted"),
        ("relinearization-insertion", "RelinearizationInsertionPass", "relinearization_inserted"),
        ("bootstrapping-insertion", "BootstrappingInsertionPass", "bootstrapping_inserted"),
        ("exact-scales", "ExactScalesPass", "scales_exact"),
        ("dead-code-elimination", "DeadCodeEliminationPass", "dead_code_eliminated"),
        ("memory-optimization", "MemoryOptimizationPass", "memory_optimized"),
        ("cost-analysis", "CostAnalysisPass", "cost_analyzed"),
        ("noise-analysis", "NoiseAnalysisPass", "noise_analyzed"),
        ("print-graph", "PrintGraphPass", None),
        ("graph-visualization", "GraphVisualizationPass", None),
    )
)
"""The built-in passes in the order in which a pipeline runs them."""


def provider_of(property_name: str) -> str | None:
    """Class name of the built-in pass that provides a property, if there is one."""
    return next((row.class_name for row in BUILTIN_PASSES if row.provides == property_name), None)


def __getattr__(name: str) -> Any:
    row = next((row for row in BUILTIN_PASSES if row.class_name == name), None)
    if row is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return row.load()
