"""Where scales are brought down."""

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
from torch.nn.functional import linear

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError, PassValidationError
from hetorch_heir.core.parameters import BFVParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.export.compilation import ParameterOptions, compile_graph, default_pipeline
from hetorch_heir.passes.builtin import (
    InputPackingPass,
    LinearLayerBSGSPass,
    RelinearizationInsertionPass,
    RescalingInsertionPass,
)
from hetorch_heir.passes.graph import CIPHERTEXT_INFO, operation_name
from hetorch_heir.passes.management.annotation import annotate, check_managed, scale_drift
from hetorch_heir.passes.pipeline import PassPipeline
from tests.passes.contexts import context_of, context_without_primes
from tests.passes.models import constant, counts, graph_of, results
from tests.passes.random_models import MODEL_SETTINGS, Case, cases

HE = torch.ops.hetorch
STRATEGIES = ("eager", "lazy")


def traced(function: Callable[..., Any]) -> GraphModule:
    graph_module = symbolic_trace(function)
    for node in graph_module.graph.find_nodes(op="placeholder"):
        node.meta["public"] = node.name == "p"
    return graph_module


def rescaled(
    function: Callable[..., Any], strategy: str, context: CompilationContext | None = None, **options: Any
) -> GraphModule:
    context = context or context_of()
    graph_module = InputPackingPass().transform(traced(function), context)
    graph_module = RescalingInsertionPass(strategy, **options).transform(graph_module, context)
    graph_module.graph.lint()
    return graph_module


def levels(graph_module: GraphModule) -> list[tuple[str, int, int]]:
    """(name, level, log2 of the scale) of every ciphertext, in order."""
    infos = [(node, node.meta.get(CIPHERTEXT_INFO)) for node in graph_module.graph.nodes]
    return [(node.name, info.level, round(info.log_scale)) for node, info in infos if info]


def test_eager_rescales_after_every_product() -> None:
    assert levels(rescaled(lambda x, y, z: (x * y) * z, "eager")) == [
        ("x", 8, 40),
        ("y", 8, 40),
        ("z", 8, 40),
        ("level_reduce", 7, 40),
        ("mul", 8, 80),
        ("rescale", 7, 40),
        ("mul_1", 7, 80),
        ("rescale_1", 6, 40),
    ]


def test_lazy_fuses_products_at_the_end() -> None:
    """Twice the base scale remains at the result, and one rescale is saved."""
    assert levels(rescaled(lambda x, y, z: (x * y) * z, "lazy")) == [
        ("x", 8, 40),
        ("y", 8, 40),
        ("z", 8, 40),
        ("mul", 8, 80),
        ("mul_1", 8, 120),
        ("rescale", 7, 80),
    ]


@pytest.mark.parametrize(
    ("function", "eager", "lazy"),
    [
        (lambda x, y, z: (x * y) * z, 2, 1),
        (lambda x, y, z, w: HE.cadd(HE.cmult(x, y), HE.cmult(z, w)), 2, 1),
        (lambda x, y, z, w: (x * y - z * w) * 1.5, 3, 1),
        (lambda x: x + 1, 0, 0),
        (lambda x: x * x, 1, 1),
        (lambda x, y: x * y + x, 1, 1),
        (lambda x, y, z, w: (x * y) * (z * w), 3, 3),
        (lambda x, y: (x * x + y * y) * x, 3, 1),
        (lambda x, y: (x * x + y * y) * x + y, 3, 2),
        # Both squares take one rescale each before the constant, which has the base scale.
        (lambda x, y: (x * x + 1) + (y * y + 1), 2, 2),
        # Rotations work on the smaller ciphertext.
        (lambda x: HE.cadd(HE.rotate(HE.cmult(x, x), 1), x), 1, 1),
        (lambda x, p: HE.pmult(x, p) + HE.pmult(x, p + 1), 2, 1),
        (lambda x, p: torch.square(x * p), 2, 2),
    ],
)
def test_rescales(function: Callable[..., Any], eager: int, lazy: int) -> None:
    assert [counts(rescaled(function, one))["rescale"] for one in STRATEGIES] == [eager, lazy]


def test_a_shared_value_costs_lazy_no_more_than_eager() -> None:
    """x * y in three sums: rescaled once, and not three times after the sums."""

    def function(x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        first, second = x * y, x * x
        return first + second, first - second, second + first

    assert [counts(rescaled(function, one))["rescale"] for one in STRATEGIES] == [2, 2]


def test_a_shared_value_is_not_fused() -> None:
    """Neither is its negative: each product would be rescaled twice."""

    def function(x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        shared = x * y
        return -shared * x, shared * y, shared

    assert [counts(rescaled(function, one))["rescale"] for one in STRATEGIES] == [3, 3]


def test_fusion_needs_room_in_the_modulus() -> None:
    """At level 0 of a first prime of 60 bits there is none for the scale 2^80."""
    product: Callable[..., Any] = lambda x, y, z: (x * y) * z  # noqa: E731
    assert counts(rescaled(product, "lazy", context_of(levels=2)))["rescale"] == 1
    with pytest.raises(ParameterError, match="too deep"):
        check_managed(rescaled(product, "lazy", context_of(levels=1)), context_of(levels=1))
    # Without primes nothing is known of the room.
    assert counts(rescaled(product, "lazy", context_without_primes()))["rescale"] == 2


def test_the_target_level_stops_rescaling() -> None:
    def function(x: Tensor) -> Tensor:
        for _ in range(3):
            x = x * x
        return x

    assert [counts(rescaled(function, "eager", target_level=one))["rescale"] for one in (0, 6, 7)] == [
        3,
        2,
        1,
    ]
    assert levels(rescaled(function, "eager", target_level=7))[-1] == ("mul_2", 7, 160)


def test_polynomials_are_expanded() -> None:
    """T_4 takes two levels, ceil(log2(4 + 1)) = 3 at most."""
    graph_module = rescaled(lambda x: HE.chebyshev(x, [0.0, 0.0, 0.0, 0.0, 1.0]), "lazy")
    found = counts(graph_module)
    assert (found["cmult"], found["rescale"], found["chebyshev"]) == (2, 2, 0)
    x = torch.linspace(-1, 1, 9, dtype=torch.float64)
    torch.testing.assert_close(graph_module(x), 8 * x**4 - 8 * x**2 + 1)


def test_unknown_strategies_and_other_schemes_are_refused() -> None:
    with pytest.raises(PassValidationError, match="unknown rescaling strategy 'greedy'") as caught:
        RescalingInsertionPass("greedy")
    assert "lazy" in (caught.value.hint or "")
    bfv = CompilationContext(HEScheme.BFV, BFVParameters())
    with pytest.raises(PassValidationError, match="is for CKKS, not for BFV"):
        RescalingInsertionPass()(traced(lambda x: x), bfv)


def test_too_deep_for_the_levels_given() -> None:
    graph_module = graph_of(lambda x: x**8, (4,))
    pipeline = PassPipeline.parse(default_pipeline(8))
    assert compile_graph(graph_module, pipeline, ParameterOptions(slots=16, levels=3)).chain.max_level == 3
    with pytest.raises(ParameterError, match="it needs 3 levels and there are 2") as caught:
        compile_graph(graph_module, pipeline, ParameterOptions(slots=16, levels=2))
    assert caught.value.hint


def test_too_deep_for_any_ring() -> None:
    def function(x: Tensor) -> Tensor:
        for _ in range(100):
            x = x * x
        return x

    pipeline = PassPipeline.parse(default_pipeline(8))
    with pytest.raises(ParameterError, match="100 levels"):
        compile_graph(graph_of(function, (4,)), pipeline, ParameterOptions(bootstraps="never"))
    # Bootstraps give levels, but nothing keeps the scales of so many squares together.
    with pytest.raises(ParameterError, match="each square doubles"):
        compile_graph(graph_of(function, (4,)), pipeline, ParameterOptions())


def test_ladders_turn_the_rescaled_sum() -> None:
    weight = constant(1, 16)
    pipeline = PassPipeline([InputPackingPass("auto"), LinearLayerBSGSPass(), RescalingInsertionPass("lazy")])
    graph_module = pipeline.run(graph_of(lambda x: linear(x, weight), (16,)), context_of(slots=16))
    names = [operation_name(node) for node in graph_module.graph.nodes if node.op == "call_function"]
    assert names == ["pack", "linear_transform", "rescale", *["rotate", "cadd"] * 4, "unpack"]


def managed(packed: GraphModule, strategy: str, context: CompilationContext) -> GraphModule:
    graph_module = deepcopy(packed)
    for one in (RescalingInsertionPass(strategy), RelinearizationInsertionPass("lazy")):
        graph_module = one(graph_module, context)
    graph_module.graph.lint()
    return graph_module


@settings(MODEL_SETTINGS, max_examples=25)
@given(cases(), st.sampled_from([16, 256]), st.sampled_from(["auto", "row_major"]))
def test_managed_models_keep_their_meaning(case: Case, slots: int, packing: str) -> None:
    context = context_without_primes(slots)
    pipeline = PassPipeline([InputPackingPass(packing), LinearLayerBSGSPass()])
    packed = pipeline.run(case.graph(), context)
    rescales: dict[str, int] = {}
    depths: dict[str, int] = {}
    for strategy in STRATEGIES:
        graph_module = managed(packed, strategy, context)
        torch.testing.assert_close(results(graph_module, *case.inputs), case.expected(), atol=1e-9, rtol=1e-7)
        check_managed(graph_module, context)
        states = annotate(graph_module, context)
        assert scale_drift(graph_module, context) == 0.0
        depths[strategy] = context.initial_level - min(state.level for state in states.values())
        rescales[strategy] = counts(graph_module)["rescale"]
    assert rescales["lazy"] <= rescales["eager"]
    assert depths["lazy"] <= depths["eager"]
    # The same with the exact scales of real primes.
    exact = context_of(slots, levels=depths["lazy"] + 1)
    graph_module = managed(pipeline.run(case.graph(), exact), "lazy", exact)
    check_managed(graph_module, exact)
    assert scale_drift(graph_module, exact) < 0.01
