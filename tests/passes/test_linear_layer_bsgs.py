"""Packing and planned transforms of whole models."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.fx import GraphModule, symbolic_trace
from torch.fx.passes.shape_prop import ShapeProp
from torch.nn.functional import linear

from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.export.compilation import CompiledGraph, ParameterOptions, compile_graph, default_pipeline
from hetorch_heir.frontend import to_graph
from hetorch_heir.passes.builtin import InputPackingPass, LinearLayerBSGSPass
from hetorch_heir.passes.cost import DetailedCostAnalysis, analyze
from hetorch_heir.passes.graph import PACKING_INFO, is_operation, operation_name
from hetorch_heir.passes.pipeline import PassPipeline
from tests.passes.contexts import context_of, context_without_primes
from tests.passes.models import constant, graph_of, results
from tests.passes.random_models import MODEL_SETTINGS, Case, cases

SQUARE = constant(64, 64)


class Perceptron(nn.Module):
    """Linear layers with squares in between."""

    def __init__(self, *widths: int) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in itertools.pairwise(widths))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = layer(x)
            x = x * x
        return self.layers[-1](x)


def compiled(model: nn.Module, x: Tensor, slots: int) -> tuple[CompiledGraph, DetailedCostAnalysis]:
    pipeline = PassPipeline.parse(default_pipeline(8))
    result = compile_graph(to_graph(model.eval(), (x,)), pipeline, ParameterOptions(slots=slots))
    return result, analyze(result.graph_module, result.context)


@pytest.mark.parametrize(
    ("slots", "rotations", "products", "keys"), [(8192, 40, 145, 30), (4096, 43, 161, 30)]
)
def test_counts_of_a_perceptron(slots: int, rotations: int, products: int, keys: int) -> None:
    """784-128-128-10; the layers are checked one by one in tests/linalg/test_planner.py."""
    model, x = Perceptron(784, 128, 128, 10), torch.randn(1, 784)
    result, cost = compiled(model, x, slots)
    counts = cost.total_operations
    assert (counts["rotate"], counts["pmult"], cost.rotation_keys) == (rotations, products, keys)
    assert (counts["cmult"], counts["relinearize"], counts["rescale"]) == (2, 2, 5)
    assert result.chain.max_level == 5
    torch.testing.assert_close(results(result.graph_module, x), (model(x),), atol=1e-4, rtol=1e-4)


def packed(graph_module: GraphModule, slots: int, strategy: str = "auto", **options: int) -> GraphModule:
    pipeline = PassPipeline([InputPackingPass(strategy), LinearLayerBSGSPass(**options)])
    return pipeline.run(graph_module, context_without_primes(slots))


def transform_of(graph_module: GraphModule) -> tuple[int, int]:
    """(babies, giants) of the only transform, without 0."""
    nodes = graph_module.graph.find_nodes(
        op="call_function", target=torch.ops.hetorch.linear_transform, sort=False
    )
    (node,) = nodes
    _, _, _, giants, _, babies, *_ = node.args
    return len({*babies} - {0}), len({*giants} - {0})  # type: ignore[misc]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (7, 7)),
        ({"baby_step_size": 16}, (15, 3)),
        ({"giant_step_size": 2}, (31, 1)),
        ({"baby_step_size": 4, "giant_step_size": 4}, (3, 15)),
        ({"min_size": 65}, (63, 0)),
    ],
)
def test_options(options: dict[str, int], expected: tuple[int, int]) -> None:
    graph_module = packed(graph_of(lambda x: linear(x, SQUARE), (64,)), 64, "auto", **options)
    assert transform_of(graph_module) == expected


@pytest.mark.parametrize("option", ["baby_step_size", "giant_step_size", "min_size"])
def test_sizes_below_one_are_refused(option: str) -> None:
    with pytest.raises(PassValidationError, match=f"{option} is 0, and must be at least 1"):
        LinearLayerBSGSPass(**{option: 0})


def test_it_needs_packed_inputs() -> None:
    graph_module = graph_of(lambda x: x, (4,))
    with pytest.raises(PassValidationError, match="LinearLayerBSGSPass requires 'input_packed'") as caught:
        LinearLayerBSGSPass()(graph_module, context_of())
    assert "InputPackingPass" in (caught.value.hint or "")


def test_it_runs_once() -> None:
    graph_module = packed(graph_of(lambda x: linear(x, SQUARE), (64,)), 16)
    with pytest.raises(PassValidationError, match="packed or managed already"):
        LinearLayerBSGSPass()(graph_module, context_of())


def test_fewer_slots_than_the_ciphertext_has() -> None:
    pipeline = PassPipeline([InputPackingPass("row_major", slot_count=8), LinearLayerBSGSPass()])
    graph_module = pipeline.run(graph_of(lambda x: x * x, (12,)), context_of(slots=16))
    for node in graph_module.graph.nodes:
        if PACKING_INFO in node.meta:
            layout = node.meta[PACKING_INFO].layout
            assert (layout.ciphertexts, layout.slots) == (2, 8)


class Symbolic(nn.Module):
    """Calls modules, functions, methods and operators."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(6, 4)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return (torch.square(self.layer(x)) + y).flatten() * 2.0


def test_symbolic_traces_are_normalised() -> None:
    model, x, y = Symbolic(), torch.randn(1, 6), torch.randn(1, 4)
    graph_module = symbolic_trace(model)
    ShapeProp(graph_module).propagate(x, y)
    graph_module = packed(graph_module, 16)
    torch.testing.assert_close(results(graph_module, x, y), (model(x, y),))
    names = {operation_name(node) for node in graph_module.graph.nodes if node.op == "call_function"}
    assert names <= {"pack", "linear_transform", "rotate", "cadd", "padd", "cmult", "unpack"}


def test_symbolic_traces_without_shapes_are_refused() -> None:
    with pytest.raises(PassValidationError, match="a symbolic trace without shapes"):
        packed(symbolic_trace(Symbolic()), 16)


def test_models_in_single_precision() -> None:
    model, x = Perceptron(50, 20, 3).eval(), torch.randn(2, 50)
    graph_module = packed(to_graph(model, (x,)), 32)
    torch.testing.assert_close(results(graph_module, x), (model(x),), atol=1e-4, rtol=1e-4)


OPTIONS = st.sampled_from(
    [{}, {"min_size": 1}, {"baby_step_size": 3}, {"giant_step_size": 2}, {"baby_step_size": 2, "min_size": 4}]
)
STRATEGIES = st.sampled_from(["auto", "row_major", "column_major", "diagonal"])


@settings(MODEL_SETTINGS, max_examples=40)
@given(cases(), st.sampled_from([16, 64, 256, 1024]), STRATEGIES, OPTIONS)
def test_models_keep_their_meaning(case: Case, slots: int, strategy: str, options: dict[str, int]) -> None:
    """Also models with values larger than a ciphertext, of 16 slots."""
    graph_module = packed(case.graph(), slots, strategy, **options)
    graph_module.graph.lint()
    torch.testing.assert_close(results(graph_module, *case.inputs), case.expected(), atol=1e-9, rtol=1e-7)
    for node in graph_module.graph.nodes:
        if node.op == "call_function":
            assert is_operation(node)
