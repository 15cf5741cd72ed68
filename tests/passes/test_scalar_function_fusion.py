"""Functions of one number, found in graphs and approximated as a whole."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.fx import GraphModule, Node

from hetorch_heir import CKKSParameters, CompilationContext, HEScheme
from hetorch_heir.export.api import export
from hetorch_heir.frontend import to_graph
from hetorch_heir.passes.builtin import ScalarFunctionFusionPass
from hetorch_heir.passes.scalar_functions import FusedFunction

Function = Callable[[Tensor], Tensor]
INPUT = torch.linspace(-2.0, 2.0, 8).reshape(1, 8)


class Applied(nn.Module):
    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def fused(function: Function) -> tuple[GraphModule, list[Node]]:
    graph = to_graph(Applied(function), (INPUT,), {})
    context = CompilationContext(HEScheme.CKKS, CKKSParameters())
    graph = ScalarFunctionFusionPass()(graph, context)
    return graph, [node for node in graph.graph.nodes if isinstance(node.target, FusedFunction)]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x / (1 + x.abs()),
        lambda x: torch.log(x * x + 1) * 0.5 - 1,
        lambda x: torch.where(x > 0, x, 0.3 * x),
        lambda x: torch.where(x > 0, x, x.exp() - 1),
        lambda x: torch.sigmoid(torch.tanh(x) + x),
        lambda x: (x > 0.5).float() * x,
        nn.Softshrink(),
    ],
)
def test_one_call_computes_what_the_operations_did(function: Function) -> None:
    graph, calls = fused(function)
    assert len(calls) == 1
    torch.testing.assert_close(graph(INPUT)[0], function(INPUT))
    torch.testing.assert_close(copy.deepcopy(graph)(INPUT)[0], function(INPUT))


def shared(x: Tensor) -> Tensor:
    magnitude = x.abs()
    return torch.cat([torch.reciprocal(magnitude + 1), magnitude], 1)


@pytest.mark.parametrize(
    "function",
    [
        nn.ReLU(),
        lambda x: 2 * torch.relu(x) + 1,
        lambda x: x + torch.relu(x),
        lambda x: x * x * x,
        lambda x: (x > 0).float() * x.exp(),
        lambda x: torch.tanh(x) * torch.tanh(x.flip(1)),
        lambda x: torch.relu(torch.tanh(x) * torch.arange(8.0)),
        shared,
    ],
    ids=["one", "affine", "sum", "polynomial", "jump", "two values", "factors", "shared"],
)
def test_others_are_left(function: Function) -> None:
    graph, calls = fused(function)
    assert not calls
    torch.testing.assert_close(graph(INPUT)[0], function(INPUT))


@pytest.mark.parametrize(
    ("function", "kinks"),
    [
        (lambda x: torch.where(x > 0.25, x, -x), [0.25]),
        (lambda x: torch.clamp(torch.relu(x) - 0.5, max=1.0), [0.0, 1.5]),
        (nn.Softshrink(), [-0.5, 0.5]),
    ],
)
def test_piecewise_linear_functions_are_known_as_such(function: Function, kinks: list[float]) -> None:
    (call,) = fused(function)[1]
    pieces = call.target.activation.resolve().pieces  # pyright: ignore
    points = np.linspace(-3.0, 3.0, 999)
    expected = function(torch.from_numpy(points)).numpy()
    np.testing.assert_allclose(pieces(points), expected, atol=1e-12)
    assert [kink.position for kink in pieces.kinks] == pytest.approx(kinks)


def levels_and_error(function: Function, **options: Any) -> tuple[int, float]:
    model = nn.Sequential(nn.Linear(8, 8), Applied(function), nn.Linear(8, 2))
    torch.manual_seed(1)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.4)
    data = torch.randn(32, 8)
    result = export(model, (data[:1],), calibration=data, verify=True, **options)
    assert result.verification is not None
    return result.counts.levels, max(stage.max_error for stage in result.verification.stages)


def test_the_whole_takes_fewer_levels_and_is_no_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    levels, error = levels_and_error(nn.Softsign())
    monkeypatch.setattr("hetorch_heir.export.api.fuse_scalar_functions", lambda graph_module: 0)
    separate_levels, separate_error = levels_and_error(nn.Softsign())
    assert levels <= 8 < separate_levels
    assert error <= separate_error


def test_jumps_and_methods_reach_the_fused_function() -> None:
    levels, error = levels_and_error(nn.Softshrink(), activation_method="composite", activation_precision=8)
    assert levels <= 14
    assert error < 2e-2


def test_passes_that_name_functions_find_them() -> None:
    steps = [f"nonlinear-to-polynomial{{degree=7 functions={name}}}" for name in ("tanh", "sigmoid")]
    pipeline = ",".join(["input-packing{strategy=auto}", *steps, "linear-layer-bsgs", "rescaling-insertion"])
    result = export(
        Applied(lambda x: torch.sigmoid(torch.tanh(x))),
        (INPUT,),
        calibration=[INPUT],
        pipeline=f"{pipeline},relinearization-insertion",
        target="hetorch",
    )
    assert [one.about.function for one in result.activations] == ["tanh", "sigmoid"]


unary = st.sampled_from([torch.tanh, torch.sigmoid, torch.relu, torch.abs, torch.sin, nn.functional.silu])
operations = st.lists(
    st.one_of(
        st.tuples(st.just("apply"), unary),
        st.tuples(st.just("affine"), st.tuples(st.integers(1, 4), st.integers(-2, 2))),
        st.tuples(st.just("times x"), st.none()),
        st.tuples(st.just("plus x"), st.none()),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, deadline=None)
@given(operations)
def test_random_functions_keep_their_values(path: list[tuple[str, object]]) -> None:
    def function(x: Tensor) -> Tensor:
        value = x
        for kind, what in path:
            if kind == "apply":
                value = what(value)  # pyright: ignore[reportCallIssue]
            elif kind == "affine":
                factor, shift = what  # pyright: ignore
                value = value * (factor / 4) + shift
            else:
                value = value * x if kind == "times x" else value + x
        return value.clone() if value is x else value

    graph, calls = fused(function)
    torch.testing.assert_close(graph(INPUT)[0], function(INPUT))
    for call in calls:
        pieces = call.target.activation.resolve().pieces  # pyright: ignore
        if pieces is not None:
            points = np.linspace(-2.0, 2.0, 101) + 1e-6
            values = call.target(torch.from_numpy(points)).numpy()  # pyright: ignore
            np.testing.assert_allclose(pieces(points), values, atol=1e-8)


@pytest.mark.parametrize(
    ("function", "low", "high"),
    [
        (lambda x: torch.sqrt(x) * torch.log(x), 0.05, 2.0),
        (lambda x: torch.sqrt(x) * x, 0.0, 2.0),
        (lambda x: x * torch.reciprocal(x - 3.0), 0.0, 2.9),
        (lambda x: torch.reciprocal(x * x) + torch.exp(x), 0.1, 2.0),
        (lambda x: x * torch.log(2.0 - x), -2.0, 1.9),
    ],
    ids=["both", "from 0 on", "pole above", "pole touched", "end above"],
)
def test_ranges_are_not_widened_beyond_where_functions_end(
    function: Function, low: float, high: float
) -> None:
    samples = torch.linspace(low, high, 64).reshape(8, 1, 8)
    result = export(Applied(function), samples[0], calibration=samples, cache=False)
    (activation,) = result.activations
    a, b = activation.about.domain
    assert a <= low + 1e-6 and b >= high - 1e-6
    assert np.isfinite(activation.about.max_error)


def test_ranges_are_widened_where_a_function_only_touches_its_end() -> None:
    _, (call,) = fused(lambda x: torch.sqrt(torch.abs(x)) * x)
    assert isinstance(call.target, FusedFunction)
    assert call.target.singular_points(-0.2, 2.0) == ()
