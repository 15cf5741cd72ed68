"""The strategies "optimal" of rescaling and relinearization, against "eager" and "lazy"."""

from __future__ import annotations

from copy import deepcopy

import torch
from hypothesis import given, settings
from torch import Tensor
from torch.fx import GraphModule, symbolic_trace

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.builtin import (
    InputPackingPass,
    LinearLayerBSGSPass,
    RelinearizationInsertionPass,
    RescalingInsertionPass,
)
from hetorch_heir.passes.cost import analyze
from hetorch_heir.passes.management.annotation import annotate, check_managed
from hetorch_heir.passes.pipeline import PassPipeline
from tests.passes.contexts import context_without_primes
from tests.passes.models import counts, results
from tests.passes.random_models import MODEL_SETTINGS, Case, cases

HE = torch.ops.hetorch
CONTEXT = context_without_primes(levels=20)
LEVEL_REDUCTION = "level_reduce"


def managed(graph_module: GraphModule, rescaling: str, relinearization: str) -> GraphModule:
    passes = [RescalingInsertionPass(rescaling), RelinearizationInsertionPass(relinearization)]
    for one in passes:
        graph_module = one(graph_module, CONTEXT)
    check_managed(graph_module, CONTEXT)
    return graph_module


def latency(graph_module: GraphModule, context: CompilationContext) -> float:
    """Estimated milliseconds without level reductions, which are not what is placed."""
    analysis = analyze(graph_module, context)
    reductions = analysis.total_operations.get(LEVEL_REDUCTION, 0)
    return analysis.estimated_latency - reductions * context.cost_model.latency(LEVEL_REDUCTION, 20)


def depth(graph_module: GraphModule) -> int:
    return 20 - min(state.level for state in annotate(graph_module, CONTEXT).values())


def test_a_product_of_several_sums_is_rescaled_with_each_where_that_is_cheaper() -> None:
    """Two sums of products that share one: two rescales of sums, where lazy makes three of products."""

    def function(x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, ...]:
        shared = HE.cmult(x, y)
        return HE.cadd(shared, HE.cmult(x, z)), HE.cadd(shared, HE.cmult(y, z))

    graph_module = InputPackingPass()(symbolic_trace(function), CONTEXT)
    lazy = managed(deepcopy(graph_module), "lazy", "lazy")
    optimal = managed(graph_module, "optimal", "optimal")
    assert (counts(lazy)["rescale"], counts(lazy)["relinearize"]) == (3, 3)
    assert (counts(optimal)["rescale"], counts(optimal)["relinearize"]) == (2, 2)
    x, y, z = torch.rand(3, 16)
    torch.testing.assert_close(results(optimal, x, y, z), results(lazy, x, y, z))


def test_rotations_are_done_after_the_rescale() -> None:
    """A ladder of four rotations: one level lower they save more than what a later rescale does."""

    def function(x: Tensor) -> Tensor:
        total = HE.pmult(x, torch.ones(16))
        for steps in (1, 2, 4, 8):
            total = HE.cadd(total, HE.rotate(total, steps))
        return total

    graph_module = InputPackingPass()(symbolic_trace(function), CONTEXT)
    names = [node.name for node in managed(graph_module, "optimal", "optimal").graph.nodes]
    assert names.index("rescale") < names.index("rotate")


@settings(MODEL_SETTINGS, max_examples=12)
@given(cases(max_steps=6))
def test_optimal_computes_the_same_and_is_never_slower(case: Case) -> None:
    passes = [InputPackingPass("auto"), LinearLayerBSGSPass()]
    packed = PassPipeline(passes).run(case.graph(), CONTEXT)
    fastest = managed(deepcopy(packed), "optimal", "optimal")
    torch.testing.assert_close(results(fastest, *case.inputs), case.expected(), atol=1e-9, rtol=1e-7)
    lazy = managed(deepcopy(packed), "lazy", "lazy")
    assert depth(fastest) <= depth(lazy)
    assert latency(fastest, CONTEXT) <= latency(lazy, CONTEXT) + 1e-6
