"""Where ciphertexts are refreshed."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.fx import GraphModule, symbolic_trace

from hetorch_heir.core.errors import ParameterError, PassValidationError
from hetorch_heir.passes.builtin import (
    BootstrappingInsertionPass,
    InputPackingPass,
    LinearLayerBSGSPass,
    RelinearizationInsertionPass,
    RescalingInsertionPass,
)
from hetorch_heir.passes.cost import ciphertexts_of
from hetorch_heir.passes.graph import CIPHERTEXT_INFO, is_operation
from hetorch_heir.passes.management.annotation import annotate, check_managed
from hetorch_heir.passes.pipeline import PassPipeline
from tests.passes.contexts import context_of, context_without_primes
from tests.passes.models import counts, results
from tests.passes.random_models import MODEL_SETTINGS, Case, cases
from tests.passes.residual_networks import residual_network


def squares(times: int) -> Callable[[Tensor], Tensor]:
    def function(x: Tensor) -> Tensor:
        for _ in range(times):
            x = x * x
        return x

    return function


def bootstrapped(
    function: Callable[..., Any],
    threshold: float,
    levels: int = 3,
    *,
    relinearize: str | None = "before",
    **options: Any,
) -> GraphModule:
    context = context_of(levels=levels)
    relinearization = [RelinearizationInsertionPass("lazy")]
    passes = [
        InputPackingPass(),
        RescalingInsertionPass(),
        *(relinearization if relinearize == "before" else []),
        BootstrappingInsertionPass(threshold, **options),
        *(relinearization if relinearize == "after" else []),
    ]
    graph_module = PassPipeline(passes).run(symbolic_trace(function), context)
    graph_module.graph.lint()
    return graph_module


def trail(graph_module: GraphModule) -> list[tuple[str, int]]:
    """(operation, level) of rescales and bootstraps."""
    return [
        (node.name.rstrip("_0123456789"), node.meta[CIPHERTEXT_INFO].level)
        for node in graph_module.graph.nodes
        if is_operation(node, "rescale", "bootstrap")
    ]


def test_the_documented_example() -> None:
    """Three levels and threshold 1: the value is refreshed at level 1, and goes on at level 3."""
    graph_module = bootstrapped(squares(3), threshold=1)
    assert trail(graph_module) == [("rescale", 2), ("rescale", 1), ("bootstrap", 3), ("rescale", 2)]
    check_managed(graph_module, context_of(levels=3))


@pytest.mark.parametrize(
    ("times", "threshold", "expected"),
    [
        # As late as possible.
        (3, 0, [2, 1, 0]),
        (4, 0, [2, 1, 0, 3, 2]),
        (7, 0, [2, 1, 0, 3, 2, 1, 0, 3, 2]),
        # At level 2 already, so after every product but the last.
        (3, 2, [2, 3, 2, 3, 2]),
        # Nothing is refreshed that has no levels to spend any more.
        (1, 2, [2]),
        # The default of 15 is more than there are: read as 0.
        (4, 15, [2, 1, 0, 3, 2]),
        (4, 3, [2, 1, 0, 3, 2]),
    ],
)
def test_thresholds(times: int, threshold: float, expected: list[int]) -> None:
    assert [level for _, level in trail(bootstrapped(squares(times), threshold))] == expected


def test_the_optimal_strategy_works_as_low_as_it_can() -> None:
    """One bootstrap in the middle: the products run at levels 2, 1, 2 and 1 instead of 3, 2, 1 and 3."""
    graph_module = bootstrapped(squares(4), 2, strategy="optimal", bootstrap_cost=10.0)
    assert [level for _, level in trail(graph_module)] == [1, 0, 3, 1, 0]


def test_branches_are_refreshed_where_they_need_it() -> None:
    """The branch of x^16 runs out, that of x does not."""

    def function(x: Tensor) -> Tensor:
        return squares(4)(x) + x

    graph_module = bootstrapped(function, 0)
    assert counts(graph_module)["bootstrap"] == 1
    check_managed(graph_module, context_of(levels=3))


def test_a_refreshed_value_is_shared() -> None:
    def function(x: Tensor) -> tuple[Tensor, ...]:
        low = squares(3)(x)
        return low * low, low * x, low

    graph_module = bootstrapped(function, 0)
    assert counts(graph_module)["bootstrap"] == 1
    check_managed(graph_module, context_of(levels=3))


@pytest.mark.parametrize("order", ["before", "after"])
def test_relinearization_before_or_after(order: str) -> None:
    """A bootstrap takes dimension 2: where the relinearization is not there yet, it is inserted."""
    graph_module = bootstrapped(squares(4), 0, relinearize=order)
    found = counts(graph_module)
    assert (found["bootstrap"], found["relinearize"]) == (1, 4)
    check_managed(graph_module, context_of(levels=3))
    for node in graph_module.graph.nodes:
        if is_operation(node, "bootstrap"):
            assert is_operation(node.args[0], "relinearize")


def test_without_levels_nothing_can_be_refreshed() -> None:
    context = context_of(levels=0)
    passes = [InputPackingPass(), RescalingInsertionPass(), BootstrappingInsertionPass(0)]
    graph_module = PassPipeline(passes).run(symbolic_trace(squares(1)), context)
    with pytest.raises(ParameterError, match="it needs 1 levels and there are 0"):
        check_managed(graph_module, context)


def test_it_needs_rescales() -> None:
    with pytest.raises(PassValidationError, match="requires 'rescaling_inserted'") as caught:
        PassPipeline([BootstrappingInsertionPass()])
    assert "RescalingInsertionPass" in (caught.value.hint or "")


@pytest.mark.parametrize(("levels", "most"), [(10, 38), (15, 19), (16, 18), (20, 18)])
def test_residual_network_of_twenty_layers(levels: int, most: int) -> None:
    """With composite ReLU: 38 bootstraps in Orion at depth 10, 19 in ANT-ACE at 15 and above."""
    context = context_without_primes(levels=levels)
    passes = [
        InputPackingPass(),
        RescalingInsertionPass("lazy"),
        RelinearizationInsertionPass("lazy"),
        BootstrappingInsertionPass(0, "optimal"),
    ]
    graph_module = PassPipeline(passes).run(residual_network(), context)
    check_managed(graph_module, context)
    assert counts(graph_module)["bootstrap"] <= most


def test_polynomials_deeper_than_the_chain_are_refreshed_inside() -> None:
    context = context_without_primes(levels=3)
    passes = [InputPackingPass(), RescalingInsertionPass("lazy"), RelinearizationInsertionPass("lazy")]
    graph_module = PassPipeline(passes).run(residual_network(blocks=0, degrees=(15,)), context)
    greedy = BootstrappingInsertionPass(0)(deepcopy(graph_module), context)
    graph_module = BootstrappingInsertionPass(0, "optimal")(graph_module, context)
    check_managed(graph_module, context)
    assert 0 < counts(graph_module)["bootstrap"] <= counts(greedy)["bootstrap"]


@settings(MODEL_SETTINGS, max_examples=25)
@given(cases(), st.integers(2, 5), st.integers(0, 4), st.sampled_from([1.0, 100.0]))
def test_optimal_is_never_worse_than_greedy(case: Case, levels: int, threshold: int, cost: float) -> None:
    context = context_without_primes(levels=levels)
    passes = [
        InputPackingPass("auto"),
        LinearLayerBSGSPass(),
        RescalingInsertionPass("lazy"),
        RelinearizationInsertionPass("lazy"),
    ]
    managed = PassPipeline(passes).run(case.graph(), context)
    greedy = BootstrappingInsertionPass(threshold)(deepcopy(managed), context)
    optimal = BootstrappingInsertionPass(threshold, "optimal", cost)(managed, context)
    torch.testing.assert_close(results(optimal, *case.inputs), case.expected(), atol=1e-9, rtol=1e-7)
    check_managed(optimal, context)
    assert refreshed_ciphertexts(optimal) <= refreshed_ciphertexts(greedy)


def refreshed_ciphertexts(graph_module: GraphModule) -> int:
    nodes = graph_module.graph.nodes
    return sum(ciphertexts_of(node) for node in nodes if is_operation(node, "bootstrap"))


def test_a_bootstrap_that_costs_nothing_is_refused() -> None:
    with pytest.raises(PassValidationError, match="a bootstrap can't cost 0 products"):
        BootstrappingInsertionPass(strategy="optimal", bootstrap_cost=0.0)


def test_unknown_strategies_are_refused() -> None:
    with pytest.raises(PassValidationError, match="unknown bootstrapping strategy 'lazy'") as caught:
        BootstrappingInsertionPass(strategy="lazy")
    assert "greedy" in (caught.value.hint or "")


@settings(MODEL_SETTINGS, max_examples=25)
@given(cases(), st.sampled_from(["eager", "lazy"]), st.integers(2, 5), st.integers(0, 4))
def test_any_depth_fits_a_short_chain(case: Case, rescaling: str, levels: int, threshold: int) -> None:
    unbounded = context_without_primes()
    passes = [
        InputPackingPass("auto"),
        LinearLayerBSGSPass(),
        RescalingInsertionPass(rescaling),
        RelinearizationInsertionPass("lazy"),
    ]
    deep = PassPipeline(passes).run(case.graph(), unbounded)
    depth = unbounded.initial_level - min(state.level for state in annotate(deep, unbounded).values())
    context = context_without_primes(levels=levels)
    passes.append(BootstrappingInsertionPass(threshold))
    graph_module = PassPipeline(passes).run(case.graph(), context)
    torch.testing.assert_close(results(graph_module, *case.inputs), case.expected(), atol=1e-9, rtol=1e-7)
    check_managed(graph_module, context)
    bootstraps = [node for node in graph_module.graph.nodes if is_operation(node, "bootstrap")]
    if threshold == 0:
        assert bool(bootstraps) == (depth > levels)
    for node in bootstraps:
        before = node.args[0].meta[CIPHERTEXT_INFO]
        assert before.level <= (threshold if threshold < levels else 0)
        assert (before.dimension, round(before.log_scale)) == (2, 40)
        assert node.meta[CIPHERTEXT_INFO].level == levels
