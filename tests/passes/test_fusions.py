"""Constants folded, equal values merged, sums balanced: the same results with less work."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.fx import symbolic_trace

from hetorch_heir.passes.base import TransformationPass
from hetorch_heir.passes.builtin import (
    AdditionBalancingPass,
    CommonSubexpressionEliminationPass,
    ConstantFoldingPass,
    InputPackingPass,
    LinearLayerBSGSPass,
    RelinearizationInsertionPass,
    RescalingInsertionPass,
)
from hetorch_heir.passes.cost import analyze
from hetorch_heir.passes.management.annotation import annotate, check_managed
from hetorch_heir.passes.pipeline import PassPipeline
from hetorch_heir.passes.textual_pipeline import PipelineSyntaxError
from tests.passes.contexts import context_without_primes
from tests.passes.models import counts, results
from tests.passes.random_models import MODEL_SETTINGS, Case, cases

HE = torch.ops.hetorch
CONTEXT = context_without_primes(levels=30)
FUSIONS = (ConstantFoldingPass(), CommonSubexpressionEliminationPass(), AdditionBalancingPass())


def number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def fused(function: Callable[..., Any], fusion: TransformationPass, inputs: int = 1) -> dict[str, int]:
    """The operations left by a pass, whose result is checked."""
    graph_module = symbolic_trace(function)
    for node in graph_module.graph.find_nodes(op="placeholder"):
        node.meta["val"] = torch.zeros(16, dtype=torch.float64)
    graph_module = InputPackingPass()(graph_module, CONTEXT)
    arguments = torch.rand(inputs, 16, dtype=torch.float64)
    expected = results(graph_module, *arguments)
    after = fusion(graph_module, CONTEXT)
    after.graph.lint()
    torch.testing.assert_close(results(after, *arguments), expected)
    return dict(counts(after))


ONES = torch.ones(1, 16, dtype=torch.float64)


def transform(x: Tensor) -> Tensor:
    return HE.linear_transform(x.reshape(1, 16), ONES, [0], [0], [0], [1], [0], 1)


@pytest.mark.parametrize(
    ("function", "left"),
    [
        (lambda x: HE.pmult(HE.pmult(x, number(2)), number(3)), {"pmult": 1}),
        (lambda x: HE.psub(HE.padd(x, number(1)), number(5)), {"padd": 1}),
        (lambda x: HE.psub(HE.psub(x, number(1)), number(5)), {"padd": 1}),
        (lambda x: HE.padd(HE.psub(x, number(5)), number(5)), {}),
        (lambda x: HE.pmult(x, number(1)), {}),
        (lambda x: HE.negate(HE.pmult(x, number(2))), {"pmult": 1}),
        (lambda x: HE.pmult(HE.pmult(x, number(2)), number(0.5)), {}),
        (lambda x: HE.pmult(transform(x), number(2)), {"reshape": 1, "linear_transform": 1}),
        # Something else needs the value between.
        (lambda x: (HE.pmult(y := HE.pmult(x, number(2)), number(3)), y), {"pmult": 2}),
        (lambda x: HE.pmult(HE.padd(x, number(2)), number(3)), {"padd": 1, "pmult": 1}),
    ],
)
def test_constants_are_folded(function: Callable[..., Any], left: dict[str, int]) -> None:
    assert fused(function, ConstantFoldingPass()) == left


@pytest.mark.parametrize(
    ("function", "left"),
    [
        (lambda x: HE.cadd(HE.rotate(x, 3), HE.rotate(x, 3)), {"rotate": 1, "cadd": 1}),
        (lambda x: HE.cadd(HE.rotate(x, 3), HE.rotate(HE.rotate(x, 1), 2)), {"rotate": 1, "cadd": 1}),
        (lambda x: HE.rotate(HE.rotate(x, 5), 11), {}),
        (lambda x: HE.cadd(HE.rotate(x, -1), HE.rotate(x, 15)), {"rotate": 1, "cadd": 1}),
        # The inner rotation is needed, so one for both would be one more key.
        (lambda x: HE.cadd(y := HE.rotate(x, 1), HE.rotate(y, 2)), {"rotate": 2, "cadd": 1}),
        (lambda x: HE.csub(HE.pmult(x, number(2)), HE.pmult(x, number(2))), {"pmult": 1, "csub": 1}),
        (lambda x: HE.csub(HE.pmult(x, number(2)), HE.pmult(x, number(3))), {"pmult": 2, "csub": 1}),
    ],
)
def test_equal_values_are_merged(function: Callable[..., Any], left: dict[str, int]) -> None:
    assert fused(function, CommonSubexpressionEliminationPass()) == left


def test_products_are_equal_in_either_order_and_differences_are_not() -> None:
    def products(x: Tensor, y: Tensor) -> Tensor:
        return HE.cadd(HE.cmult(x, y), HE.cmult(y, x))

    def differences(x: Tensor, y: Tensor) -> Tensor:
        return HE.cmult(HE.csub(x, y), HE.csub(y, x))

    merge = CommonSubexpressionEliminationPass()
    assert fused(products, merge, inputs=2) == {"cmult": 1, "cadd": 1}
    assert fused(differences, merge, inputs=2) == {"csub": 2, "cmult": 1}


def test_a_sum_of_eight_is_three_deep() -> None:
    def function(*xs: Tensor) -> Tensor:
        total = xs[0]
        for x in xs[1:]:
            total = HE.cadd(total, x)
        return total

    letters = "abcdefgh"
    eight = eval(f"lambda {', '.join(letters)}: function({', '.join(letters)})", {"function": function})
    graph_module = InputPackingPass()(symbolic_trace(eight), CONTEXT)
    assert analyze(graph_module, CONTEXT).depth == 7
    balanced = AdditionBalancingPass()(graph_module, CONTEXT)
    assert (analyze(balanced, CONTEXT).depth, counts(balanced)["cadd"]) == (3, 7)
    xs = torch.rand(8, 16)
    torch.testing.assert_close(balanced(*xs), xs.sum(0))


@pytest.mark.parametrize(
    ("function", "left"),
    [
        (lambda x, y: HE.csub(HE.csub(x, y), HE.csub(y, x)), {"cadd": 2, "csub": 1}),
        (lambda x, y: HE.negate(HE.csub(x, y)), {"csub": 1}),
        (lambda x, y: HE.cadd(HE.negate(x), HE.negate(y)), {"cadd": 1, "negate": 1}),
        (lambda x, y: HE.csub(HE.padd(x, number(1)), HE.psub(y, number(2))), {"csub": 1, "padd": 1}),
        (lambda x, y: HE.csub(HE.padd(x, number(1)), HE.padd(y, number(1))), {"csub": 1}),
        # Not a term only.
        (
            lambda x, y: HE.cadd(z := HE.padd(x, number(1)), HE.cmult(z, y)),
            {"padd": 1, "cadd": 1, "cmult": 1},
        ),
    ],
)
def test_signs_and_constants_of_sums(function: Callable[..., Any], left: dict[str, int]) -> None:
    assert fused(function, AdditionBalancingPass(), inputs=2) == left


def test_constants_force_no_rescales() -> None:
    def function(x: Tensor, y: Tensor) -> Tensor:
        return HE.cadd(HE.padd(HE.cmult(x, x), number(1)), HE.padd(HE.cmult(y, y), number(1)))

    graph_module = InputPackingPass()(symbolic_trace(function), CONTEXT)
    rescale = RescalingInsertionPass("lazy")
    assert counts(rescale(deepcopy(graph_module), CONTEXT))["rescale"] == 2
    assert counts(rescale(AdditionBalancingPass()(graph_module, CONTEXT), CONTEXT))["rescale"] == 1


@settings(MODEL_SETTINGS, max_examples=15)
@given(cases(max_steps=6), st.permutations(FUSIONS))
def test_fused_models_compute_the_same(case: Case, fusions: list[TransformationPass]) -> None:
    first = [InputPackingPass("auto"), LinearLayerBSGSPass()]
    management = [RescalingInsertionPass("lazy"), RelinearizationInsertionPass("lazy")]
    packed = PassPipeline(first).run(case.graph(), CONTEXT)
    plain = PassPipeline(management, assumes=()).run(deepcopy(packed), CONTEXT)
    less = PassPipeline([*fusions, *management, CommonSubexpressionEliminationPass()]).run(packed, CONTEXT)
    check_managed(less, CONTEXT)
    torch.testing.assert_close(results(less, *case.inputs), case.expected(), atol=1e-9, rtol=1e-7)
    levels = [
        min((state.level for state in annotate(one, CONTEXT).values()), default=0) for one in (less, plain)
    ]
    assert levels[0] >= levels[1]
    products = ("cmult", "pmult", "linear_transform", "rotate")
    assert sum(counts(less)[name] for name in products) <= sum(counts(plain)[name] for name in products)


def test_fusions_are_for_graphs_in_any_state() -> None:
    """They leave operations that aren't homomorphic as they are."""
    for fusion in FUSIONS:
        assert fused(lambda x: torch.relu(x) + torch.relu(x), fusion) == {"relu": 2, "add": 1}


def test_options_are_refused() -> None:
    for fusion in FUSIONS:
        with pytest.raises(PipelineSyntaxError, match="has no option 'level'"):
            PassPipeline.parse(f"{fusion.name}{{level=2}}")
