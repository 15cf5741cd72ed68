"""Operations at the lowest level that what follows allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.fx import GraphModule, symbolic_trace

from hetorch_heir.passes.builtin import (
    InputPackingPass,
    LinearLayerBSGSPass,
    RelinearizationInsertionPass,
    RescalingInsertionPass,
)
from hetorch_heir.passes.cost import analyze
from hetorch_heir.passes.graph import CIPHERTEXT_INFO
from hetorch_heir.passes.management.annotation import annotate, check_levels, check_managed
from hetorch_heir.passes.management.sinking import sink_levels
from hetorch_heir.passes.pipeline import PassPipeline
from tests.passes.contexts import context_of, context_without_primes
from tests.passes.models import results
from tests.passes.random_models import MODEL_SETTINGS, Case, cases

HE = torch.ops.hetorch
HALF = torch.tensor(0.5)


def rescaled(function: Callable[..., Any], levels: int = 5, strategy: str = "eager") -> GraphModule:
    graph_module = InputPackingPass()(symbolic_trace(function), context_of(levels=levels))
    return RescalingInsertionPass(strategy)(graph_module, context_of(levels=levels))


def levels_of(graph_module: GraphModule) -> dict[str, int]:
    nodes = graph_module.graph.nodes
    return {node.name: node.meta[CIPHERTEXT_INFO].level for node in nodes if CIPHERTEXT_INFO in node.meta}


def shallow_and_deep(x: Tensor) -> Tensor:
    deep = HE.cmult(HE.cmult(x, x), HE.cmult(x, x))
    return HE.cadd(HE.pmult(x, HALF), HE.cmult(deep, deep))


def test_the_shallow_branch_sinks() -> None:
    graph_module = rescaled(shallow_and_deep)
    assert levels_of(graph_module)["pmult"] == 5
    sink_levels(graph_module, context_of(levels=5), to_bottom=False)
    assert levels_of(graph_module)["pmult"] == 3
    check_levels(graph_module, context_of(levels=5))
    x = torch.linspace(-1, 1, 16)
    torch.testing.assert_close(graph_module(x), x / 2 + x**8)


@pytest.mark.parametrize(("to_bottom", "lowest"), [(False, 2), (True, 0)])
def test_the_longest_path_sinks_on_demand(to_bottom: bool, lowest: int) -> None:
    graph_module = rescaled(lambda x: HE.cmult(HE.cmult(x, x), HE.cmult(x, x)), levels=4)
    sink_levels(graph_module, context_of(levels=4), to_bottom=to_bottom)
    assert min(levels_of(graph_module).values()) == lowest


def test_a_fused_product_stays_where_the_modulus_holds_it() -> None:
    """(x * y) * z leaves with scale 2^80, which level 0 can't hold."""
    graph_module = rescaled(lambda x, y, z: HE.cmult(HE.cmult(x, y), z), strategy="lazy")
    sink_levels(graph_module, context_of(levels=5), to_bottom=True)
    assert levels_of(graph_module)["rescale"] == 1


def test_too_few_levels_are_left_to_the_check() -> None:
    graph_module = rescaled(shallow_and_deep, levels=2)
    sink_levels(graph_module, context_of(levels=2), to_bottom=True)
    assert min(levels_of(graph_module).values()) == -1


@settings(MODEL_SETTINGS, max_examples=25)
@given(cases(), st.sampled_from(["eager", "lazy"]), st.booleans())
def test_sinking_keeps_results_and_depth_and_is_never_slower(
    case: Case, rescaling: str, to_bottom: bool
) -> None:
    context = context_without_primes(levels=40)
    passes = [
        InputPackingPass("auto"),
        LinearLayerBSGSPass(),
        RescalingInsertionPass(rescaling),
        RelinearizationInsertionPass("lazy"),
    ]
    graph_module = PassPipeline(passes).run(case.graph(), context)
    before = min((state.level for state in annotate(graph_module, context).values()), default=0)
    slow = analyze(graph_module, context)
    sink_levels(graph_module, context, to_bottom=to_bottom)
    check_managed(graph_module, context)
    torch.testing.assert_close(results(graph_module, *case.inputs), case.expected(), atol=1e-9, rtol=1e-7)
    after = min((state.level for state in annotate(graph_module, context).values()), default=0)
    assert after <= before if to_bottom else after == before
    assert _without_reductions(analyze(graph_module, context)) <= _without_reductions(slow) + 1e-6


def _without_reductions(analysis: Any) -> float:
    """Latency without level reductions, which cost next to nothing but are more now."""
    return analysis.estimated_latency - analysis.total_operations.get("level_reduce", 0) * 12.0
