"""Scales made exact by the program's constants."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from math import ceil, log2
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn
from torch.fx import GraphModule, symbolic_trace

from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError, PassValidationError
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes.builtin import (
    ExactScalesPass,
    InputPackingPass,
    LinearLayerBSGSPass,
    RelinearizationInsertionPass,
    RescalingInsertionPass,
)
from hetorch_heir.passes.graph import is_operation
from hetorch_heir.passes.management.annotation import ScaleModel, check_managed, scale_mismatch
from hetorch_heir.passes.pipeline import PassPipeline
from tests.passes.contexts import context_without_primes
from tests.passes.models import counts, results
from tests.passes.random_models import MODEL_SETTINGS, Case, cases
from tests.passes.residual_networks import odd_coefficients

HE = torch.ops.hetorch
MANAGEMENT = [InputPackingPass(), RescalingInsertionPass("lazy"), RelinearizationInsertionPass("lazy")]


def context_of(levels: int, slots: int = 16) -> CompilationContext:
    """The smallest secure chain of primes of 40 bits."""
    chain = choose_chain(levels, 40, 60, slots=slots)
    return CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(chain))


def managed(model: Callable[..., Any] | nn.Module, context: CompilationContext) -> GraphModule:
    return PassPipeline(MANAGEMENT).run(symbolic_trace(model), context)


def with_primes(graph_module: GraphModule, context: CompilationContext) -> GraphModule:
    """A copy whose rescales divide by the primes, with constants as they are."""
    copy, model = deepcopy(graph_module), ScaleModel(context)
    for node in copy.graph.nodes:
        if is_operation(node, "rescale"):
            level = node.args[0].meta["ciphertext_info"].level
            node.args = (node.args[0], 2.0 ** (model.base - model.dropped(level)))
    copy.recompile()
    return copy


class DeepResidualModel(nn.Module):
    """Linear maps, polynomials and squares, with joins of random earlier values, within 20 levels."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)
        degrees = [self.random.choice([3, 5, 7, 15]) for _ in range(10)]
        self.polynomials = [odd_coefficients(degree, seed) for seed, degree in enumerate(degrees)]
        generator = torch.Generator().manual_seed(seed)
        matrix = torch.rand((4, 16), generator=generator, dtype=torch.float64) - 0.5
        self.register_buffer("diagonals", matrix / 1.5)
        self.register_buffer("bias", torch.rand(16, generator=generator, dtype=torch.float64) / 10)

    def forward(self, x: Tensor) -> Tensor:
        levels, earlier = 20, [x]
        for coefficients in self.polynomials:
            levels -= 1 + ceil(log2(len(coefficients)))
            if levels < 0:
                break
            x = HE.linear_transform(
                x, self.diagonals, [0] * 4, [0, 0, 2, 2], [0] * 4, [0, 1, 0, 1], range(4), 1
            )
            x = HE.chebyshev(HE.padd(x, self.bias), coefficients)
            if levels and self.random.random() < 0.5:
                x, levels = HE.cmult(x, x), levels - 1
            if self.random.random() < 0.7:
                x = HE.cadd(x, self.random.choice(earlier))
            earlier.append(x)
        return x


def test_the_documented_example() -> None:
    context = context_of(2)
    graph_module = managed(lambda x: HE.cadd(HE.pmult(x, torch.tensor(0.5)), x), context)
    exact = ExactScalesPass()(graph_module, context)
    (rescale,) = exact.graph.find_nodes(op="call_function", target=HE.rescale)
    ratio = 2.0**40 / context.chain.Q[2]
    assert rescale.args[1] == pytest.approx(ratio)
    x = torch.ones(16)
    torch.testing.assert_close(exact(x), 1.5 * x)
    assert counts(exact)["pmult"] == 1


@pytest.mark.parametrize("seed", range(4))
def test_twenty_one_levels_with_residual_joins(seed: int) -> None:
    """Constants alone make 21 levels exact, where sums were off by 1e-6 and more."""
    context = context_of(21)
    graph_module = managed(DeepResidualModel(seed), context)
    x = torch.rand(1, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    expected = graph_module(x)
    largest = expected.abs().max()
    before = (with_primes(graph_module, context)(x) - expected).abs().max() / largest
    products = counts(graph_module)["pmult"]
    exact = ExactScalesPass()(graph_module, context)
    after = (exact(x) - expected).abs().max() / largest
    check_managed(exact, context)
    assert before > 1e-7
    assert after < 1e-14
    assert scale_mismatch(exact, context) < 1e-9
    assert counts(exact)["pmult"] == products


def test_where_no_constant_is_at_hand_a_level_reduction_adjusts() -> None:
    """x**3 + x: x is brought down by two levels, the second one by a product with a number near 1."""

    def function(x: Tensor) -> Tensor:
        cube = HE.cmult(HE.cmult(x, x), x)
        return HE.pmult(HE.cadd(cube, x), torch.tensor(0.5))

    context = context_of(3)
    graph_module = managed(function, context)
    before = counts(graph_module)
    x = torch.linspace(-1, 1, 16, dtype=torch.float64)
    expected = graph_module(x)
    tolerant = ExactScalesPass(1e-3)(deepcopy(graph_module), context)
    assert counts(tolerant) == before
    exact = ExactScalesPass()(graph_module, context)
    check_managed(exact, context)
    assert counts(exact)["pmult"] == before["pmult"] + 1
    assert (tolerant(x) - expected).abs().max() > 1e-9
    torch.testing.assert_close(exact(x), expected, atol=1e-15, rtol=1e-14)
    levels = [
        node.meta["ciphertext_info"].level for node in exact.graph.nodes if "ciphertext_info" in node.meta
    ]
    assert min(levels) == 0


def test_what_nothing_can_mend_is_told() -> None:
    """A square that is a result: there is no constant to change."""
    context = context_of(1)
    exact = ExactScalesPass()(managed(lambda x: HE.cmult(x, x), context), context)
    ratio = 2.0**40 / context.chain.Q[1]
    assert exact.meta["scale_residual"] == pytest.approx(abs(log2(ratio)) / log2(2.718281828), rel=1e-3)
    assert scale_mismatch(exact, context) == pytest.approx(exact.meta["scale_residual"])


def test_public_operands_are_taken_as_they_are() -> None:
    context = context_of(3)
    graph_module = symbolic_trace(lambda x, p: HE.padd(HE.pmult(HE.pmult(x, torch.tensor(0.5)), p), p))
    graph_module.graph.find_nodes(op="placeholder")[1].meta["public"] = True
    exact = ExactScalesPass()(PassPipeline(MANAGEMENT).run(graph_module, context), context)
    x, p = torch.rand(2, 16, dtype=torch.float64)
    torch.testing.assert_close(exact(x, p), x * p / 2 + p, rtol=1e-14, atol=1e-15)


@settings(MODEL_SETTINGS, max_examples=10)
@given(cases(max_steps=5))
def test_random_models_become_exact(case: Case) -> None:
    context = context_of(24)
    passes = [InputPackingPass("auto"), LinearLayerBSGSPass(), *MANAGEMENT[1:]]
    graph_module = PassPipeline(passes).run(case.graph(), context)
    exact = ExactScalesPass()(graph_module, context)
    check_managed(exact, context)
    # Results that are products of ciphertexts keep the deviation of their last primes.
    tolerance = 1e-12 + 20 * exact.meta["scale_residual"]
    torch.testing.assert_close(results(exact, *case.inputs), case.expected(), atol=tolerance, rtol=tolerance)


def test_it_runs_once() -> None:
    context = context_of(2)
    exact = ExactScalesPass()(managed(lambda x: HE.pmult(x, torch.tensor(0.5)), context), context)
    with pytest.raises(PassValidationError, match="exact already"):
        ExactScalesPass()(exact, context)


def test_what_is_refused() -> None:
    with pytest.raises(PassValidationError, match="is no tolerance"):
        ExactScalesPass(-1.0)
    with pytest.raises(PassValidationError, match="requires 'rescaling_inserted'"):
        PassPipeline([ExactScalesPass()])
    context = context_of(2)
    with pytest.raises(PassValidationError, match="not an operation on packed ciphertexts"):
        ExactScalesPass()(managed(lambda x: torch.relu(HE.pmult(x, torch.tensor(0.5))), context), context)
    unknown = context_without_primes()
    with pytest.raises(ParameterError, match="no primes"):
        ExactScalesPass()(managed(lambda x: HE.pmult(x, torch.tensor(0.5)), unknown), unknown)
