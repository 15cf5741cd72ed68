"""Errors of graphs: predicted, simulated, and of whole programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from he_dialects.parsing import parse_module
from torch import Tensor, nn
from torch.fx import GraphModule, Interpreter, symbolic_trace

import hetorch_heir
from hetorch_heir.backends import FakeBackend
from hetorch_heir.backends.recording import Program
from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import HETorchError, ParameterError, PassValidationError
from hetorch_heir.core.parameters import BFVParameters, CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.noise.model import openfhe_noise
from hetorch_heir.noise.programs import estimate_program, output_deviations
from hetorch_heir.passes.builtin import InputPackingPass, NoiseAnalysisPass, RescalingInsertionPass
from hetorch_heir.passes.builtin.noise_analysis import NodeNoise, NoiseAnalysis, report
from hetorch_heir.passes.noise import UNIFORM_INPUTS
from hetorch_heir.passes.pipeline import PassPipeline

HE = torch.ops.hetorch
CHAIN = choose_chain(3, 40, 60)
CONTEXT = CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(CHAIN))
MODEL = openfhe_noise(CHAIN)
X = np.random.default_rng(0).uniform(-1, 1, CHAIN.slots)


class OnBackend(Interpreter):
    """Runs a graph of homomorphic operations on ciphertexts of a backend."""

    def __init__(self, graph_module: GraphModule, backend: FakeBackend) -> None:
        super().__init__(graph_module)
        self._backend = backend
        self.results: dict[str, Any] = {}

    def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
        name = target.__name__ if hasattr(target, "__name__") else str(target)
        return getattr(self._backend, name.split(".")[0])(*args)

    def run_node(self, n: Any) -> Any:
        self.results[n.name] = super().run_node(n)
        return self.results[n.name]


def managed(function: Callable[..., Any]) -> GraphModule:
    graph_module = symbolic_trace(function)
    return PassPipeline([InputPackingPass(), RescalingInsertionPass()]).run(graph_module, CONTEXT)


def analysis_of(graph_module: GraphModule, **options: Any) -> NoiseAnalysis:
    options = {"verbose": False, **options}
    return NoiseAnalysisPass(**options)(graph_module, CONTEXT).meta["noise_analysis"]


def every_operation(x: Tensor) -> Tensor:
    square = HE.relinearize(HE.cmult(x, x))
    turned = HE.padd(HE.rotate(square, 3), 0.25)
    return HE.csub(HE.negate(HE.psub(HE.pmult(turned, 0.3), 0.1)), HE.cadd(x, x))


def test_every_ciphertext_is_annotated_with_what_is_simulated() -> None:
    graph_module = managed(every_operation)
    before = str(graph_module.graph)
    analysis = analysis_of(graph_module, samples=[(torch.from_numpy(X),)])
    assert str(graph_module.graph) == before
    backend = FakeBackend(noise=MODEL)
    noisy, clear = OnBackend(graph_module, backend), OnBackend(graph_module, FakeBackend(CHAIN))
    noisy.run(backend.encrypt(X))
    clear.run(FakeBackend(CHAIN).encrypt(X))
    operations = {
        node.name for node in graph_module.graph.nodes if node.op in ("placeholder", "call_function")
    }
    assert set(analysis.nodes) == operations
    for node in graph_module.graph.nodes:
        if node.name in operations:
            noise: NodeNoise = node.meta["noise"]
            error = noisy.results[node.name].values - clear.results[node.name].values
            assert noise == analysis.nodes[node.name]
            # Slot 0 has most of the noise of key switching, and its square a variance of its own.
            assert 0.5 < error[1:].std() / noise.deviation < 2.0 or "rotate" in before
            assert np.abs(error).max() < 8 * noise.worst
            assert noise.magnitude == pytest.approx(np.abs(clear.results[node.name].values).max(), rel=1e-3)


def test_products_of_large_values_lose_precision() -> None:
    graph_module = managed(lambda x: HE.relinearize(HE.cmult(x, x)))
    small, large = (
        analysis_of(graph_module, samples=[(torch.from_numpy(factor * X),)]).nodes["cmult"]
        for factor in (1.0, 64.0)
    )
    assert large.deviation == pytest.approx(64 * small.deviation, rel=1e-3)
    # A square has 12 bits more value, so as many less room.
    assert large.headroom == pytest.approx(small.headroom - 12, abs=0.01)


def test_of_several_inputs_the_worst_counts() -> None:
    graph_module = managed(lambda x: HE.relinearize(HE.cmult(x, x)))
    one, ten = torch.from_numpy(X), torch.from_numpy(10 * X)
    alone = analysis_of(graph_module, samples=[(ten,)])
    both = analysis_of(graph_module, samples=[(one,), (ten,)])
    assert both.samples == 2
    assert both.nodes == alone.nodes


def test_without_inputs_some_are_drawn() -> None:
    analysis = analysis_of(managed(lambda x: HE.rotate(x, 1)))
    assert analysis.assumptions == (UNIFORM_INPUTS,)
    assert 0.99 < analysis.nodes["x"].magnitude <= 1.0
    assert analysis.nodes["x"].deviation == pytest.approx(MODEL.encryption(CHAIN.scale), rel=0.02)


def test_errors_of_the_same_origin_add_up() -> None:
    """x + x has twice the error of x, and x - x none, which only draws can tell."""
    graph_module = managed(lambda x: HE.cadd(HE.cadd(x, x), HE.csub(x, x)))
    inputs = [(torch.from_numpy(X),)]
    drawn = analysis_of(graph_module, samples=inputs).nodes
    independent = analysis_of(graph_module, samples=inputs, draws=0).nodes
    assert drawn["cadd"].deviation == pytest.approx(2 * drawn["x"].deviation)
    assert drawn["csub"].deviation == 0.0
    assert independent["cadd"].deviation == pytest.approx(2**0.5 * independent["x"].deviation)


class Square(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * x


@pytest.fixture(scope="module")
def exported() -> hetorch_heir.ExportResult:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(32, 32), Square(), nn.Linear(32, 10))
    return hetorch_heir.export(model, torch.randn(1, 32), inline_limit=None)


@pytest.mark.parametrize("library", ["openfhe", "seal"])
def test_graphs_and_programs_have_the_same_errors(exported: hetorch_heir.ExportResult, library: str) -> None:
    context = CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(exported.chain))
    done = NoiseAnalysisPass(library=library, verbose=False, draws=0)(exported.graph_module, context)
    analysis: NoiseAnalysis = done.meta["noise_analysis"]
    program = Program(parse_module(exported.text), Path(), exported.text)
    inputs = [one.numpy() for one in exported.graph_module.meta["example_inputs"]]
    (deviations,) = output_deviations(program, estimate_program(program, inputs, library))
    (output,) = analysis.outputs
    assert output.deviation == pytest.approx(np.sqrt(np.mean(deviations**2)), rel=1e-2)
    assert output.worst == pytest.approx(deviations.max(), rel=1e-2)
    assert [one.layer.label for one in analysis.layers] == ["0", "1", "2"]
    assert not analysis.assumptions
    lines = list(report(analysis))
    assert lines[0] == f"=== Noise Analysis ({library}) ==="
    assert lines[2].startswith("  1: error ")
    assert lines[4].startswith("Output 0: error ")


def test_outputs_of_too_little_precision(
    exported: hetorch_heir.ExportResult, capsys: pytest.CaptureFixture[str]
) -> None:
    context = CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(exported.chain))
    found = NoiseAnalysisPass(min_precision=10)(exported.graph_module, context).meta["noise_analysis"]
    assert not found.warnings
    warned = NoiseAnalysisPass(min_precision=40)(exported.graph_module, context).meta["noise_analysis"]
    assert "and 40 are asked for" in warned.warnings[0]
    assert "Warning: output 0 has" in capsys.readouterr().out
    for precision, advice in (
        (30, r"a scale of 4\d|5\d bits would do"),
        (60, "the largest, of 59 bits, gives 19"),
    ):
        with pytest.raises(ParameterError, match=advice):
            NoiseAnalysisPass(min_precision=precision, on_loss="refuse")(exported.graph_module, context)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"library": "concrete"}, "use one of openfhe, seal"),
        ({"on_loss": "ignore"}, "use one of warn, refuse"),
        ({"min_precision": -1.0}, "use for example 10"),
        ({"draws": -1}, "use for example 8"),
        ({"samples": [(torch.zeros(2), torch.zeros(2))]}, "the model has 1 inputs, and 2 are given"),
    ],
)
def test_options_that_can_not_be_are_refused(options: dict[str, Any], message: str) -> None:
    graph_module = managed(lambda x: HE.rotate(x, 1))
    with pytest.raises(ParameterError, match=message):
        analysis_of(graph_module, **options)


def test_graphs_that_no_library_could_run_are_refused() -> None:
    unmanaged = symbolic_trace(lambda x: HE.rotate(x, 1))
    with pytest.raises(PassValidationError, match="requires 'rescaling_inserted'"):
        analysis_of(unmanaged)
    with pytest.raises(PassValidationError, match="run RelinearizationInsertionPass"):
        analysis_of(managed(lambda x: HE.rotate(HE.cmult(x, x), 1)))
    with pytest.raises(PassValidationError, match="relu is no operation on packed ciphertexts"):
        analysis_of(managed(lambda x: torch.relu(x)))
    bfv = CompilationContext(HEScheme.BFV, BFVParameters())
    with pytest.raises(HETorchError, match="is for CKKS, not for BFV"):
        NoiseAnalysisPass()(managed(lambda x: HE.rotate(x, 1)), bfv)
