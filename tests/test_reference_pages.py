"""The examples of the builtin-passes reference page, with what they must compute."""

from __future__ import annotations

import shutil
import webbrowser
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import graphviz
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx import GraphModule, symbolic_trace

from hetorch_heir.backend import FakeBackend
from hetorch_heir.compiler import HETorchCompiler
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes import PassPipeline, PassValidationError, TransformationPass
from hetorch_heir.passes.builtin import (
    BootstrappingInsertionPass,
    CostAnalysisPass,
    DeadCodeEliminationPass,
    GraphVisualizationPass,
    InputPackingPass,
    LinearLayerBSGSPass,
    NonlinearToPolynomialPass,
    PrintGraphPass,
    RelinearizationInsertionPass,
    RescalingInsertionPass,
)
from hetorch_heir.passes.graph import operation_name
from hetorch_heir.passes.management.annotation import check_managed

HE = torch.ops.hetorch


def context_with(levels: int, degree: int = 16384) -> CompilationContext:
    parameters = CKKSParameters(degree, [60] + [40] * levels, 2**40, 100.0)
    return CompilationContext(HEScheme.CKKS, parameters, FakeBackend())


CONTEXT = context_with(24)


class Model(nn.Module):
    """A small perceptron with two kinds of activation."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.fc1 = nn.Linear(16, 16)
        self.fc2 = nn.Linear(16, 16)
        self.fc3 = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc3(F.gelu(self.fc2(torch.relu(self.fc1(x)))))


X = torch.linspace(-1, 1, 16).reshape(1, 16)


def compiled(passes: list[TransformationPass], context: CompilationContext = CONTEXT) -> GraphModule:
    return HETorchCompiler(context, PassPipeline(passes)).compile(Model(), X)


def counts(graph_module: GraphModule) -> Counter[str]:
    return Counter(operation_name(node, graph_module) for node in graph_module.graph.nodes)


def step(
    graph_module: GraphModule, *passes: TransformationPass, context: CompilationContext = CONTEXT
) -> GraphModule:
    """Direct use of passes, without a pipeline."""
    for one in passes:
        graph_module = one.transform(graph_module, context)
    return graph_module


LAZY = RescalingInsertionPass(strategy="lazy")
LAZY_RELINEARIZATION = RelinearizationInsertionPass(strategy="lazy")

BASIC: list[TransformationPass] = [InputPackingPass(), NonlinearToPolynomialPass()]

PIPELINES: dict[str, list[TransformationPass]] = {
    "input packing": [InputPackingPass(strategy="row_major")],
    "nonlinear": [InputPackingPass(), NonlinearToPolynomialPass(degree=8)],
    "nonlinear, some": [InputPackingPass(), NonlinearToPolynomialPass(degree=10, functions=["relu", "gelu"])],
    "nonlinear, range": [
        InputPackingPass(),
        NonlinearToPolynomialPass(degree=8, range_overrides={"gelu": (-5, 5)}),
    ],
    "bsgs": [*BASIC, LinearLayerBSGSPass(min_size=16)],
    "bsgs, manual": [*BASIC, LinearLayerBSGSPass(baby_step_size=8, giant_step_size=8, min_size=32)],
    "dead code": [*BASIC, RescalingInsertionPass(), DeadCodeEliminationPass()],
    "rescaling, lazy": [*BASIC, LAZY],
    "rescaling, eager": [*BASIC, RescalingInsertionPass(strategy="eager")],
    "relinearization, lazy": [*BASIC, LAZY, LAZY_RELINEARIZATION],
    "relinearization, eager": [*BASIC, LAZY, RelinearizationInsertionPass(strategy="eager")],
    "bootstrapping": [*BASIC, LAZY, BootstrappingInsertionPass(level_threshold=15.0)],
    "bootstrapping, conservative": [*BASIC, LAZY, BootstrappingInsertionPass(level_threshold=20.0)],
    "cost": [*BASIC, LAZY, DeadCodeEliminationPass(), CostAnalysisPass(verbose=True)],
    "printing": [
        PrintGraphPass(),
        InputPackingPass(),
        PrintGraphPass(),
        NonlinearToPolynomialPass(),
        PrintGraphPass(),
    ],
    "printing, verbose": [*BASIC, PrintGraphPass(verbose=True)],
    "recommended": [
        *BASIC,
        LinearLayerBSGSPass(),
        LAZY,
        LAZY_RELINEARIZATION,
        BootstrappingInsertionPass(level_threshold=15.0),
        DeadCodeEliminationPass(),
        CostAnalysisPass(verbose=True),
    ],
    "minimal": [*BASIC, DeadCodeEliminationPass()],
    "standard": [*BASIC, LAZY, LAZY_RELINEARIZATION, DeadCodeEliminationPass()],
    "optimized": [
        *BASIC,
        LinearLayerBSGSPass(),
        LAZY,
        LAZY_RELINEARIZATION,
        BootstrappingInsertionPass(level_threshold=15.0),
        DeadCodeEliminationPass(),
    ],
}

MANAGED = ["relinearization, lazy", "relinearization, eager", "recommended", "standard", "optimized"]


@pytest.mark.parametrize("name", PIPELINES)
def test_every_pipeline_keeps_the_meaning_of_the_model(name: str) -> None:
    graph_module = compiled(PIPELINES[name])
    assert (graph_module(X) - Model()(X)).abs().max() < 0.1
    names = counts(graph_module)
    assert names["relu"] + names["gelu"] == (2 if name == "input packing" else 0)
    if any(isinstance(one, LinearLayerBSGSPass) for one in PIPELINES[name]):
        assert names["linear"] == 0


@pytest.mark.parametrize("name", MANAGED)
def test_managed_pipelines_follow_the_rules_of_the_scheme(name: str) -> None:
    check_managed(compiled(PIPELINES[name]), CONTEXT)


def test_the_defaults_of_the_options() -> None:
    assert InputPackingPass() == InputPackingPass(strategy="row_major", slot_count=None)
    assert NonlinearToPolynomialPass() == NonlinearToPolynomialPass(
        degree=8, functions=None, approximation_method="chebyshev", range_overrides=None
    )
    assert LinearLayerBSGSPass() == LinearLayerBSGSPass(
        baby_step_size=None, giant_step_size=None, min_size=16
    )
    assert RescalingInsertionPass() == RescalingInsertionPass(strategy="eager", target_level=None)
    assert RelinearizationInsertionPass() == RelinearizationInsertionPass(strategy="lazy")
    assert BootstrappingInsertionPass() == BootstrappingInsertionPass(
        level_threshold=15.0, strategy="greedy", bootstrap_cost=100.0
    )
    assert CostAnalysisPass() == CostAnalysisPass(verbose=True, include_critical_path=True)
    assert PrintGraphPass() == PrintGraphPass(verbose=False)
    assert GraphVisualizationPass() == GraphVisualizationPass(
        output_dir=None, name_prefix="hetorch_graph", auto_open=False
    )


DEPENDENCIES: dict[type[TransformationPass], tuple[set[str], set[str]]] = {
    InputPackingPass: (set(), {"input_packed"}),
    NonlinearToPolynomialPass: (set(), {"polynomial_activations"}),
    LinearLayerBSGSPass: ({"input_packed"}, {"linear_bsgs"}),
    DeadCodeEliminationPass: (set(), {"dead_code_eliminated"}),
    RescalingInsertionPass: (set(), {"rescaling_inserted"}),
    RelinearizationInsertionPass: (set(), {"relinearization_inserted"}),
    BootstrappingInsertionPass: ({"rescaling_inserted"}, {"bootstrapping_inserted"}),
    CostAnalysisPass: (set(), {"cost_analyzed"}),
    PrintGraphPass: (set(), set()),
    GraphVisualizationPass: (set(), set()),
}


@pytest.mark.parametrize("pass_class", DEPENDENCIES)
def test_dependencies_and_schemes(pass_class: type[TransformationPass]) -> None:
    assert (pass_class.requires, pass_class.provides) == DEPENDENCIES[pass_class]
    if pass_class is RescalingInsertionPass:
        assert pass_class.scheme_specific == {HEScheme.CKKS}
    elif pass_class in (RelinearizationInsertionPass, BootstrappingInsertionPass):
        assert pass_class.scheme_specific == set(HEScheme)
    else:
        assert not pass_class.scheme_specific


@pytest.mark.parametrize(
    ("wrong", "missing"),
    [
        ([LinearLayerBSGSPass()], "InputPackingPass"),
        ([InputPackingPass(), BootstrappingInsertionPass()], "RescalingInsertionPass"),
    ],
)
def test_a_wrong_order_names_the_missing_pass(wrong: list[TransformationPass], missing: str) -> None:
    with pytest.raises(PassValidationError, match=missing) as caught:
        PassPipeline(wrong)
    assert "requires" in caught.value.what


def test_approximation_quality() -> None:
    """Degree 8 is within 0.02 … 0.05 on a good range, degree 10 better, and both are far off outside."""
    errors: list[float] = []
    for degree in (8, 10):
        graph_module = symbolic_trace(lambda x: torch.relu(x))
        step(graph_module, NonlinearToPolynomialPass(degree, range_overrides={"relu": (-1, 1)}))
        x = torch.linspace(-1, 1, 1001)
        errors.append(float((graph_module(x) - torch.relu(x)).abs().max()))
        assert (graph_module(torch.tensor([2.0])) - 2.0).abs() > 10 * errors[-1]
    assert 0.02 < errors[0] < 0.05
    assert errors[1] < errors[0]


@pytest.mark.parametrize(("size", "rotations"), [(64, 16), (256, 32)])
def test_bsgs_takes_at_most_the_rotations_of_the_table(size: int, rotations: int) -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(size, size), torch.randn(1, size)
    pipeline = PassPipeline([InputPackingPass(), LinearLayerBSGSPass(), CostAnalysisPass(verbose=False)])
    graph_module = HETorchCompiler(CONTEXT, pipeline).compile(layer, x)
    torch.testing.assert_close(graph_module(x), layer(x), atol=1e-4, rtol=1e-4)
    assert graph_module.meta["cost_analysis"].total_operations["rotate"] <= rotations


def test_dead_code_example() -> None:
    def function(x: Tensor) -> Tensor:
        _ = x + 1
        return x * 2

    graph_module = step(symbolic_trace(function), DeadCodeEliminationPass())
    assert [node.name for node in graph_module.graph.nodes] == ["x", "mul", "output"]


@pytest.mark.parametrize(("strategy", "rescales"), [("eager", 2), ("lazy", 1)])
def test_rescaling_example(strategy: str, rescales: int) -> None:
    graph_module = symbolic_trace(lambda x, y, z: (x * y) * z)
    step(graph_module, InputPackingPass(), RescalingInsertionPass(strategy))
    assert counts(graph_module)["rescale"] == rescales
    torch.testing.assert_close(graph_module(X, X, X), X**3)


@pytest.mark.parametrize(("strategy", "relinearizations"), [("eager", 2), ("lazy", 1)])
def test_relinearization_example(strategy: str, relinearizations: int) -> None:
    """The page counts none for "lazy": its result would not be decryptable with an ordinary key."""

    def function(x: Tensor, y: Tensor, z: Tensor, w: Tensor) -> Tensor:
        return HE.cadd(HE.cmult(x, y), HE.cmult(z, w))

    graph_module = symbolic_trace(function)
    step(graph_module, InputPackingPass(), RelinearizationInsertionPass(strategy))
    assert counts(graph_module)["relinearize"] == relinearizations
    torch.testing.assert_close(graph_module(X, X, X, X), 2 * X**2)


def test_bootstrapping_example() -> None:
    def function(x: Tensor) -> Tensor:
        y = x * x
        z = y * y
        return z * z

    context = context_with(levels=3)
    graph_module = step(
        symbolic_trace(function),
        InputPackingPass(),
        RescalingInsertionPass(),
        BootstrappingInsertionPass(level_threshold=1),
        context=context,
    )
    levels = [
        (operation_name(node), node.meta["ciphertext_info"].level)
        for node in graph_module.graph.nodes
        if operation_name(node) in ("placeholder", "rescale", "bootstrap")
    ]
    assert levels == [("placeholder", 3), ("rescale", 2), ("rescale", 1), ("bootstrap", 3), ("rescale", 2)]
    torch.testing.assert_close(graph_module(X), X**8)


def test_cost_analysis_is_in_the_metadata(capsys: pytest.CaptureFixture[str]) -> None:
    graph_module = compiled(PIPELINES["recommended"])
    analysis = graph_module.meta.get("cost_analysis")
    assert analysis
    total = sum(analysis.total_operations.values())
    assert {"rotate", "pmult", "cmult", "rescale", "relinearize"} <= set(analysis.total_operations)
    assert analysis.estimated_latency > 0
    assert analysis.estimated_memory > 0
    assert analysis.parallelism == total / analysis.depth
    out = capsys.readouterr().out
    assert out.startswith(f"=== Cost Analysis ===\nTotal Operations: {total}\n")
    assert f"Estimated Latency: {analysis.estimated_latency:.2f} ms\n" in out
    assert f"Estimated Memory: {analysis.estimated_memory:,} bytes\n" in out
    assert f"Critical Path: {len(analysis.critical_path)} operations\n  input → " in out
    assert f"Graph Depth: {analysis.depth}\nParallelism Factor: {analysis.parallelism:.2f}\n" in out


def test_printing_at_three_stages(capsys: pytest.CaptureFixture[str]) -> None:
    compiled(PIPELINES["printing"])
    before, packed, polynomial = capsys.readouterr().out.split("=== Graph Structure ===\nScheme: CKKS\n")[1:]
    assert before == packed
    assert "Target: aten.relu.default" in before
    assert "Target: hetorch.chebyshev" in polynomial


@pytest.fixture
def drawing_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if graphviz's program were there: the drawing is its own source."""
    pipe: Callable[..., bytes] = lambda drawing, format: f"<{format}>{drawing.source}".encode()  # noqa: E731
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(graphviz.Digraph, "pipe", pipe)


@pytest.mark.usefixtures("drawing_program")
def test_drawing_at_every_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    compiled(
        [
            GraphVisualizationPass(prefix="01_original"),
            InputPackingPass(),
            GraphVisualizationPass(prefix="02_packed"),
            NonlinearToPolynomialPass(),
            GraphVisualizationPass(prefix="03_polynomial"),
            RescalingInsertionPass(strategy="lazy"),
            GraphVisualizationPass(prefix="04_rescaled"),
            DeadCodeEliminationPass(),
            GraphVisualizationPass(prefix="05_final"),
            PrintGraphPass(verbose=True),
            CostAnalysisPass(verbose=True),
        ]
    )
    drawings = sorted((tmp_path / "graph_exports").glob("*.svg"))
    stages = ["01_original", "02_packed", "03_polynomial", "04_rescaled", "05_final"]
    assert [path.name.rsplit("_", 1)[0] for path in drawings] == stages
    texts = [path.read_text() for path in drawings]
    assert ["rescale" in text for text in texts] == [False, False, False, True, True]
    assert "level 24" in texts[1]
    assert capsys.readouterr().out.count("Graph visualization saved to: graph_exports/") == 5


@pytest.mark.usefixtures("drawing_program")
def test_drawing_elsewhere_and_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    compiled(
        [GraphVisualizationPass(output_dir=str(tmp_path / "my_graphs"), prefix="my_model", auto_open=True)]
    )
    (path,) = (tmp_path / "my_graphs").iterdir()
    assert path.name.startswith("my_model_")
    assert opened == [path.as_uri()]


def test_packing_example() -> None:
    graph_module = compiled([InputPackingPass(strategy="row_major", slot_count=8192)], CONTEXT)
    packing = graph_module.graph.find_nodes(op="placeholder")[0].meta["packing_info"]
    slots = packing.layout.pack(X.numpy())
    np.testing.assert_allclose(slots[0, :16], X.numpy()[0], rtol=1e-6)
    assert np.count_nonzero(slots[0, 16:]) == 0
    assert slots.size - packing.slots_used == 8176
