"""Orders of operations with few ciphertexts alive."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor
from torch.fx import GraphModule, Node, symbolic_trace

from hetorch_heir.passes.builtin import (
    InputPackingPass,
    LinearLayerBSGSPass,
    MemoryOptimizationPass,
    RelinearizationInsertionPass,
    RescalingInsertionPass,
)
from hetorch_heir.passes.cost import analyze, ciphertext_bytes
from hetorch_heir.passes.graph import ciphertext_nodes, is_operation
from hetorch_heir.passes.liveness import LiveRange, buffers, live_ranges, peak
from hetorch_heir.passes.management.annotation import annotate, check_managed
from hetorch_heir.passes.pipeline import PassPipeline
from hetorch_heir.passes.textual_pipeline import PipelineSyntaxError
from tests.passes.contexts import context_without_primes
from tests.passes.models import counts, results
from tests.passes.random_models import MODEL_SETTINGS, Case, cases

HE = torch.ops.hetorch
CONTEXT = context_without_primes(levels=30)


def packed(function: Callable[..., Any]) -> GraphModule:
    graph_module = InputPackingPass()(symbolic_trace(function), CONTEXT)
    annotate(graph_module, CONTEXT)
    return graph_module


def sizes(graph_module: GraphModule) -> Callable[[Node], int]:
    encrypted = ciphertext_nodes(graph_module.graph)

    def size(node: Node) -> int:
        counts = node in encrypted and node.op != "output"
        return ciphertext_bytes(node, CONTEXT.cost_model) if counts else 0

    return size


def all_at_once(x: Tensor) -> Tensor:
    """Eight rotations, all of them before the first sum."""
    turned = [HE.rotate(x, steps) for steps in range(1, 9)]
    total = turned[0]
    for one in turned[1:]:
        total = HE.cadd(total, one)
    return total


def test_values_are_made_when_they_are_needed() -> None:
    graph_module = packed(all_at_once)
    x = torch.rand(16)
    expected = graph_module(x)
    after = MemoryOptimizationPass()(graph_module, CONTEXT)
    torch.testing.assert_close(after(x), expected)
    plan = after.meta["memory_plan"]
    unit = CONTEXT.cost_model.ciphertext_bytes(30)
    assert (plan.peak_before, plan.peak_after, plan.buffers) == (9 * unit, 4 * unit, 4)
    assert analyze(after, CONTEXT).estimated_memory == plan.peak_after


def test_the_demanding_branch_comes_first() -> None:
    """A sum of x and a tree: computed last, the tree would need one place more. The optimum of all orders."""

    def function(x: Tensor) -> Tensor:
        def tree(steps: int, depth: int) -> Tensor:
            if not depth:
                return HE.rotate(x, steps)
            return HE.cadd(tree(2 * steps, depth - 1), tree(2 * steps + 1, depth - 1))

        return HE.csub(HE.rotate(x, 15), HE.cadd(HE.rotate(x, 14), tree(1, 1)))

    graph_module = packed(function)
    size = sizes(graph_module)
    nodes = list(graph_module.graph.nodes)
    inner = [node for node in nodes if node.op == "call_function"]
    orders = (order for order in itertools.permutations(inner) if is_valid(order))
    lowest = min(peak([nodes[0], *order, nodes[-1]], size) for order in orders)
    assert MemoryOptimizationPass()(graph_module, CONTEXT).meta["memory_plan"].peak_after == lowest


def is_valid(order: tuple[Node, ...]) -> bool:
    seen: set[Node] = set()
    for node in order:
        if any(operand not in seen for operand in node.all_input_nodes if operand in order):
            return False
        seen.add(node)
    return True


def test_live_ranges_and_buffers() -> None:
    graph_module = packed(lambda x: HE.cadd(HE.rotate(x, 1), HE.rotate(x, 2)))
    nodes = list(graph_module.graph.nodes)
    ranges = MemoryOptimizationPass().analyze_liveness(graph_module.graph)
    assert [ranges[node] for node in nodes[:4]] == [
        LiveRange(0, 2),
        LiveRange(1, 3),
        LiveRange(2, 3),
        LiveRange(3, 4),
    ]
    allocated = MemoryOptimizationPass().allocate_memory(graph_module.graph, CONTEXT)
    assert [allocated[node] for node in nodes[:4]] == [0, 1, 2, 0]


@settings(MODEL_SETTINGS, max_examples=15)
@given(cases(max_steps=6))
def test_programs_stay_valid_and_never_need_more(case: Case) -> None:
    passes = [
        InputPackingPass("auto"),
        LinearLayerBSGSPass(),
        RescalingInsertionPass("lazy"),
        RelinearizationInsertionPass("lazy"),
    ]
    graph_module = PassPipeline(passes).run(case.graph(), CONTEXT)
    before = deepcopy(graph_module)
    after = MemoryOptimizationPass()(graph_module, CONTEXT)
    check_managed(after, CONTEXT)
    assert counts(after) == counts(before)
    torch.testing.assert_close(results(after, *case.inputs), results(before, *case.inputs))
    plan = after.meta["memory_plan"]
    assert plan.peak_after <= plan.peak_before
    # The analysis counts what is alive inside of linear transforms too, the plan what is between operations.
    estimated = analyze(before, CONTEXT).estimated_memory
    transforms = any(is_operation(node, "linear_transform") for node in before.graph.nodes)
    assert plan.peak_before <= estimated if transforms else plan.peak_before == estimated
    check_buffers(after)


def check_buffers(graph_module: GraphModule) -> None:
    """No two ciphertexts in one buffer at a time."""
    nodes = list(graph_module.graph.nodes)
    ranges, assigned = live_ranges(nodes), buffers(nodes, sizes(graph_module))
    for one, other in itertools.combinations(assigned, 2):
        if assigned[one] == assigned[other]:
            assert ranges[one].end < ranges[other].start or ranges[other].end < ranges[one].start
    for node, buffer in assigned.items():
        assert node.meta["buffer"] == buffer


def test_options_are_refused() -> None:
    with pytest.raises(PipelineSyntaxError, match="has no option 'budget'"):
        PassPipeline.parse("memory-optimization{budget=2}")
