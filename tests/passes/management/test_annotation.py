"""Levels, scales and dimensions of ciphertexts, and what a library would refuse."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.fx import GraphModule, symbolic_trace

from hetorch_heir.core.errors import ParameterError, PassValidationError
from hetorch_heir.passes.builtin import InputPackingPass
from hetorch_heir.passes.graph import CIPHERTEXT_INFO
from hetorch_heir.passes.management.annotation import (
    ScaleModel,
    State,
    annotate,
    check_levels,
    check_managed,
    scale_drift,
)
from tests.passes.contexts import context_of, context_without_primes

HE = torch.ops.hetorch
CONTEXT = context_without_primes(levels=3)


def traced(function: Callable[..., Any]) -> GraphModule:
    graph_module = symbolic_trace(function)
    for node in graph_module.graph.find_nodes(op="placeholder"):
        node.meta["public"] = node.name == "p"
    return InputPackingPass().transform(graph_module, CONTEXT)


def state_of(function: Callable[..., Any]) -> State:
    """The state of what a function returns."""
    graph_module = traced(function)
    states = annotate(graph_module, CONTEXT)
    result = next(iter(reversed(graph_module.graph.nodes))).args[0]
    info = result.meta[CIPHERTEXT_INFO]  # type: ignore[union-attr]
    state = states[result]  # type: ignore[index]
    assert (info.level, info.dimension) == (state.level, state.dimension)
    assert math.log2(info.scale) == pytest.approx(state.log_scale)
    return state


@pytest.mark.parametrize(
    ("function", "state"),
    [
        (lambda x: x, State(3, 40)),
        (lambda x: HE.cmult(x, x), State(3, 80, 3)),
        (lambda x, y: HE.cmult(x, HE.cmult(y, y)), State(3, 120, 4)),
        (lambda x, p: HE.pmult(x, p), State(3, 80)),
        (lambda x, p: HE.pmult(HE.cmult(x, x), p), State(3, 120, 3)),
        (lambda x, y: HE.cadd(HE.cmult(x, y), HE.pmult(y, ONES)), State(3, 80, 3)),
        (lambda x, p: HE.padd(HE.negate(x), p), State(3, 40)),
        (lambda x: HE.rescale(HE.cmult(x, x)), State(2, 40, 3)),
        (lambda x: HE.relinearize(HE.cmult(x, x)), State(3, 80)),
        (lambda x: HE.level_reduce(x), State(2, 40)),
        (lambda x: HE.level_reduce(x, 2), State(1, 40)),
        (lambda x: HE.level_reduce(x, levels=3), State(0, 40)),
        (lambda x: HE.bootstrap(HE.level_reduce(x, 3)), State(3, 40)),
        (lambda x: HE.rotate(x, 1), State(3, 40)),
    ],
)
def test_states(function: Callable[..., Any], state: State) -> None:
    assert state_of(function) == state


ONES = torch.ones(4)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: HE.cadd(x, HE.level_reduce(x)), "cadd adds ciphertexts of levels 3 and 2"),
        (lambda x: HE.cadd(x, HE.cmult(x, x)), "cadd adds ciphertexts of scales 2^40.00 and 2^80.00"),
        (lambda x: HE.cmult(x, HE.level_reduce(x)), "cmult multiplies ciphertexts of levels 3 and 2"),
        (lambda x: HE.rotate(HE.cmult(x, x), 1), "rotate is applied to a ciphertext of dimension 3"),
        (lambda x: HE.cmult(x, HE.cmult(x, x)), "cmult is applied to a ciphertext of dimension 3"),
        (lambda x: HE.bootstrap(HE.cmult(x, x)), "bootstrap is applied to a ciphertext of dimension 3"),
        (lambda x: HE.cmult(x, x), "output is applied to a ciphertext of dimension 3"),
        (lambda x: HE.rescale(x), "rescale yields scale 2^0 at level 2"),
    ],
)
def test_what_no_library_could_execute(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(PassValidationError) as caught:
        check_managed(traced(function), CONTEXT)
    assert caught.value.what == message
    assert caught.value.where
    assert caught.value.hint


def test_too_deep() -> None:
    with pytest.raises(ParameterError, match="it needs 4 levels and there are 3") as caught:
        check_managed(traced(lambda x: HE.level_reduce(x, 4)), CONTEXT)
    assert "BootstrappingInsertionPass" in (caught.value.hint or "")


def test_a_scale_that_the_modulus_can_not_hold() -> None:
    """At level 0 the modulus has 60 bits, and the scale of the square 80."""
    context = context_of(levels=3)
    graph_module = traced(lambda x: HE.relinearize(HE.cmult(HE.level_reduce(x, 3), HE.level_reduce(x, 3))))
    with pytest.raises(PassValidationError, match="cmult yields scale 2\\^80 at level 0"):
        check_managed(graph_module, context)


def test_levels_alone() -> None:
    states = check_levels(traced(lambda x: HE.rotate(HE.cmult(x, x), 1)), CONTEXT)
    assert {state.level for state in states.values()} == {3}
    with pytest.raises(ParameterError, match="too deep"):
        check_levels(traced(lambda x: HE.level_reduce(x, 7)), CONTEXT)


def test_scales_of_known_primes_are_exact() -> None:
    context = context_of(levels=3)
    model = ScaleModel(context)
    primes = context.chain.Q
    assert (model.base, model.initial_level) == (40, 3)
    assert [model.dropped(level) for level in (1, 2, 3)] == [math.log2(prime) for prime in primes[1:]]
    assert model.modulus(1) == pytest.approx(math.log2(primes[0] * primes[1]))
    assert [model.degree(scale) for scale in (0.0, 39.9, 80.1, 119.0)] == [1, 1, 2, 3]
    graph_module = traced(lambda x: HE.rescale(HE.cmult(x, x)))
    (result,) = (node for node in annotate(graph_module, context).items() if node[0].name == "rescale")
    assert result[1].log_scale == pytest.approx(80 - math.log2(primes[3]))
    assert result[1].log_scale != 40
    assert scale_drift(graph_module, context) == pytest.approx(
        abs(2.0**80 / primes[3] / 2.0**40 - 1), rel=1e-3
    )


def test_scales_without_primes_are_nominal() -> None:
    model = ScaleModel(CONTEXT)
    assert (model.dropped(2), model.modulus(0)) == (40, math.inf)
    assert scale_drift(traced(lambda x: HE.rescale(HE.cmult(x, x))), CONTEXT) == 0.0


def test_scales_beyond_floating_point() -> None:
    """Squared six times without a rescale: 2^2560."""

    def function(x: torch.Tensor) -> torch.Tensor:
        for _ in range(6):
            x = HE.relinearize(HE.cmult(x, x))
        return x

    graph_module = traced(function)
    last = list(annotate(graph_module, CONTEXT).items())[-1]
    assert last[1] == State(3, 2560)
    assert last[0].meta[CIPHERTEXT_INFO].scale == math.inf
