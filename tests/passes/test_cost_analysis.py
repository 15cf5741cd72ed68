"""Counting operations, latency, memory and paths."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from he_dialects.parsing import parse_module
from torch import Tensor, nn
from torch.fx import Graph, GraphModule, symbolic_trace

import hetorch_heir
from hetorch_heir.backends.cost_tables import cost_model, measured_costs
from hetorch_heir.backends.program_cost import program_cost
from hetorch_heir.backends.recording import Program
from hetorch_heir.core.ciphertext import CiphertextInfo
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.packing import PackingInfo
from hetorch_heir.core.parameters import BFVParameters, CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes.builtin import CostAnalysisPass, NonlinearToPolynomialPass
from hetorch_heir.passes.builtin.cost_analysis import DetailedCostAnalysis, report
from hetorch_heir.passes.cost import (
    ASSUMED_LEVELS,
    BOOTSTRAP_KEYS,
    MEASURED_FOR_CKKS,
    UNKNOWN_PARAMETERS,
)

CONTEXT = CompilationContext(HEScheme.CKKS, CKKSParameters(16384, [60, 40, 40, 40, 40, 40, 40, 40]))
MODEL = CONTEXT.cost_model
HE = torch.ops.hetorch


class Square(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * x


def analysis_of(graph_module: GraphModule) -> DetailedCostAnalysis:
    return CostAnalysisPass(verbose=False).transform(graph_module, CONTEXT).meta["cost_analysis"]


def test_report(capsys: pytest.CaptureFixture[str]) -> None:
    def function(x: Tensor, y: Tensor) -> Tensor:
        return HE.cadd(HE.rescale(HE.relinearize(HE.cmult(x, y))), HE.rescale(HE.pmult(HE.rotate(x, 3), 2.0)))

    graph_module = symbolic_trace(function)
    before = str(graph_module.graph)
    CostAnalysisPass().transform(graph_module, CONTEXT)
    assert str(graph_module.graph) == before
    names = ("cmult", "relinearize", "rescale", "rescale", "pmult", "rotate", "cadd")
    milliseconds = sum(MODEL.latency(name, 7) for name in names)
    chain = ("cmult", "relinearize", "rescale", "cadd")
    threads = milliseconds / sum(MODEL.latency(name, 7) for name in chain)
    assert capsys.readouterr().out == (
        "=== Cost Analysis ===\n"
        "Total Operations: 7\n"
        "  rescale: 2 (28.6%)\n"
        "  cmult: 1 (14.3%)\n"
        "  relinearize: 1 (14.3%)\n"
        "  rotate: 1 (14.3%)\n"
        "  pmult: 1 (14.3%)\n"
        "  cadd: 1 (14.3%)\n"
        f"Estimated Latency: {milliseconds:.2f} ms\n"
        f"  encoding of plaintexts besides: {MODEL.latency('encode', 7):.2f} ms\n"
        "Estimated Memory: 6,291,456 bytes\n"
        "  plaintexts: 1,048,576 bytes\n"
        f"  keys: {2 * CONTEXT.chain.key_bytes:,} bytes\n"
        "Critical Path: 6 operations\n"
        "  input → cmult → relinearize → rescale → cadd → output\n"
        "Graph Depth: 4\n"
        "Parallelism Factor: 1.75\n"
        f"  threads that can be busy on average: {threads:.2f}\n"
        "Multiplicative Depth: 1\n"
        "Rotation Keys: 1\n"
        f"Note: {ASSUMED_LEVELS}\n"
    )


def test_latency_follows_the_level_of_the_operand() -> None:
    graph_module = symbolic_trace(lambda x: HE.rotate(x, 1))
    (x,) = graph_module.graph.find_nodes(op="placeholder")
    x.meta["ciphertext_info"] = CiphertextInfo((8192,), torch.float32, level=4, scale=2.0**40)
    assert analysis_of(graph_module).estimated_latency == pytest.approx(MODEL.latency("rotate", 4))
    x.meta["ciphertext_info"] = x.meta["ciphertext_info"].with_level(1)
    assert analysis_of(graph_module).estimated_latency == pytest.approx(MODEL.latency("rotate", 1))


def test_memory_counts_what_is_alive_at_once() -> None:
    one = MODEL.ciphertext_bytes(level=7)
    chain = symbolic_trace(lambda x: HE.negate(HE.negate(HE.negate(x))))
    assert analysis_of(chain).estimated_memory == 2 * one
    tree = symbolic_trace(lambda x: HE.cadd(HE.rotate(x, 1), HE.cadd(HE.rotate(x, 2), HE.rotate(x, 3))))
    assert analysis_of(tree).estimated_memory == 4 * one


def linear_transform(ciphertexts: int = 2) -> GraphModule:
    """Two outputs, inputs 0 and 1, babies 0 … 2, giants 0 and 3."""
    terms = [(o, g, i, b) for o in (0, 1) for g in (0, 3) for i in (0, 1) for b in (0, 1, 2)]
    outputs, giants, inputs, babies = (list(column) for column in zip(*terms, strict=True))
    graph = Graph()
    x, diagonals = graph.placeholder("x"), graph.get_attr("diagonals")
    arguments = (x, diagonals, outputs, giants, inputs, babies, list(range(len(terms))), ciphertexts)
    graph.output(graph.call_function(HE.linear_transform, arguments))
    root = nn.Module()
    root.register_buffer("diagonals", torch.arange(8.0 * len(terms)).reshape(-1, 8))
    return GraphModule(root, graph)


def test_a_linear_transform_counts_as_what_it_stands_for() -> None:
    analysis = analysis_of(linear_transform())
    babies, giants = 2 * 2, 2 * 1
    assert analysis.total_operations == {"pmult": 24, "cadd": 22, "rotate": babies + giants}
    assert analysis.rotation_keys == 3
    # Baby, product, 3 sums of 6 in a tree, giant, 1 sum of 2.
    assert analysis.depth == 1 + 1 + 3 + 1 + 1
    counts = {"pmult": 24, "cadd": 22, "rotate": giants, "hoist": 2, "hoisted_rotate": babies}
    expected = sum(count * MODEL.latency(name, 7) for name, count in counts.items())
    assert analysis.estimated_latency == pytest.approx(expected)
    assert analysis.critical_path == ("input", "linear_transform", "output")
    path = ("rotate", "pmult", *["cadd"] * 3, "rotate", "cadd")
    assert analysis.critical_path_latency == pytest.approx(sum(MODEL.latency(name, 7) for name in path))
    # The input and the output (nothing says that they are two each), the rotations, a product and a sum.
    assert analysis.estimated_memory == (1 + 1 + babies + 2) * MODEL.ciphertext_bytes(level=7)
    assert analysis.encoding_latency == pytest.approx(24 * MODEL.latency("encode", 7))
    assert analysis.multiplicative_depth == 1


def test_work_that_several_transforms_need_is_done_once() -> None:
    graph_module = linear_transform()
    (first,) = graph_module.graph.find_nodes(op="call_function", target=HE.linear_transform)
    with graph_module.graph.inserting_after(first):
        again = graph_module.graph.call_function(HE.linear_transform, first.args)
    with graph_module.graph.inserting_after(again):
        total = graph_module.graph.call_function(HE.cadd, (first, again))
    first.replace_all_uses_with(total, lambda user: user.op == "output")
    graph_module.recompile()
    analysis = analysis_of(graph_module)
    assert analysis.total_operations == {"cadd": 45, "pmult": 24, "rotate": 8}
    second = analysis.nodes[again.name]
    assert dict(second.operations) == {"rotate": 2, "cadd": 22}  # the giant steps rotate other sums
    assert (second.encoding, second.plaintext_memory) == (0.0, 0)


def test_a_polynomial_counts_as_its_evaluation_plan() -> None:
    graph_module = symbolic_trace(lambda x: torch.sigmoid(x))
    NonlinearToPolynomialPass(7, range_overrides={"sigmoid": (-1, 1)}).transform(graph_module, CONTEXT)
    analysis = analysis_of(graph_module)
    # Depth 3, so at least 3 products of ciphertexts, and not the 7 of Horner's rule.
    assert 3 <= analysis.total_operations["cmult"] < 7
    assert not analysis.unlowered


def test_every_ciphertext_of_a_packed_value_counts() -> None:
    graph_module = symbolic_trace(lambda x: HE.rotate(x, 1))
    for node in graph_module.graph.nodes:
        node.meta["packing_info"] = PackingInfo("row_major", 10000, 4096, (10000,))
    analysis = analysis_of(graph_module)
    assert analysis.total_operations == {"rotate": 3}
    assert analysis.depth == 1


def test_tensor_operations_count_as_homomorphic_ones() -> None:
    def function(x: Tensor, y: Tensor, w: Tensor) -> Tensor:
        return -((x + y) * x - (y * 0.5 + w) * (w * 3) + x**2).reshape(-1)

    graph_module = symbolic_trace(function)
    graph_module.graph.find_nodes(op="placeholder")[2].meta["public"] = True
    assert analysis_of(graph_module).total_operations == {
        "cadd": 2,
        "cmult": 2,
        "pmult": 2,
        "padd": 1,
        "csub": 1,
        "negate": 1,
    }


def test_what_is_not_lowered_is_counted_by_name_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    graph_module = symbolic_trace(nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
    CostAnalysisPass().transform(graph_module, CONTEXT)
    analysis = graph_module.meta["cost_analysis"]
    assert analysis.unlowered == {"linear": 1, "relu": 1}
    assert analysis.estimated_latency == 0.0
    assert "not lowered yet: linear, relu" in capsys.readouterr().out


def test_client_operations_cost_the_server_nothing() -> None:
    index = torch.zeros(1, 8, dtype=torch.int64)
    graph_module = symbolic_trace(lambda x: HE.unpack(HE.pack(x, index), index, [8]))
    analysis = analysis_of(graph_module)
    assert analysis.total_operations == {}
    assert (analysis.depth, analysis.parallelism) == (0, 0.0)
    assert analysis.estimated_memory == MODEL.ciphertext_bytes(level=7)


def test_the_critical_path_can_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    graph_module = symbolic_trace(lambda x: HE.negate(x))
    CostAnalysisPass(include_critical_path=False).transform(graph_module, CONTEXT)
    assert graph_module.meta["cost_analysis"].critical_path == ()
    assert "Critical Path" not in capsys.readouterr().out


def test_any_pass_can_tell_the_cost_of_a_graph() -> None:
    graph_module = symbolic_trace(lambda x: HE.rotate(x, 5))
    analysis = NonlinearToPolynomialPass().analyze_cost(graph_module, CONTEXT)
    assert analysis.total_operations == {"rotate": 1}


def test_costs_of_another_library() -> None:
    graph_module = symbolic_trace(lambda x: HE.rotate(x, 5))
    seal = measured_costs("seal").for_chain(CONTEXT.chain).latency("rotate", 7)
    done = CostAnalysisPass(verbose=False, costs="seal").transform(graph_module, CONTEXT)
    assert done.meta["cost_analysis"].estimated_latency == seal != MODEL.latency("rotate", 7)
    with pytest.raises(ParameterError, match="no measured costs 'concrete'"):
        CostAnalysisPass(costs="concrete").transform(graph_module, CONTEXT)


def test_what_can_not_be_known_is_said() -> None:
    graph_module = symbolic_trace(lambda x: HE.bootstrap(HE.rescale(HE.cmult(x, x))))
    analysis = analysis_of(graph_module)
    assert analysis.bootstraps == 1
    assert analysis.assumptions == (ASSUMED_LEVELS, BOOTSTRAP_KEYS)
    unusable = CompilationContext(HEScheme.CKKS, CKKSParameters(16384, [60, 20], scale=2.0**40))
    before = CostAnalysisPass(verbose=False).transform(graph_module, unusable).meta["cost_analysis"]
    assert before.key_memory is None
    assert UNKNOWN_PARAMETERS in before.assumptions
    bfv = CompilationContext(HEScheme.BFV, BFVParameters(16384))
    integers = symbolic_trace(lambda x: HE.rotate(x, 1))
    other = CostAnalysisPass(verbose=False).transform(integers, bfv).meta["cost_analysis"]
    assert other.assumptions == (MEASURED_FOR_CKKS,)
    assert other.estimated_latency == bfv.cost_model.latency("rotate", bfv.initial_level)


def test_totals_are_those_of_the_program_and_of_its_layers() -> None:
    """The graph is counted as the executor works: both give the same numbers."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(32, 32), Square(), nn.Linear(32, 10))
    result = hetorch_heir.export(model, torch.randn(1, 32), inline_limit=None)
    context = CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(result.chain))
    analysis = CostAnalysisPass(verbose=False).transform(result.graph_module, context).meta["cost_analysis"]
    program = Program(parse_module(result.text), Path(), result.text)
    cost = program_cost(program.record(), program.parameters(), cost_model("openfhe", result.chain))
    assert analysis.estimated_latency + analysis.encoding_latency == pytest.approx(cost.total)
    assert analysis.encoding_latency == pytest.approx(cost.milliseconds["encode"])
    assert analysis.plaintext_memory == cost.plaintext_bytes
    assert analysis.key_memory == cost.key_bytes
    assert analysis.estimated_memory == pytest.approx(cost.ciphertext_bytes, rel=0.3)
    assert analysis.critical_path_latency == pytest.approx(cost.critical_path, rel=0.3)
    assert analysis.total_operations["rotate"] == result.counts.rotations
    assert not analysis.assumptions
    assert [one.layer.label for one in analysis.layers] == ["0", "1", "2"]
    for name in ("latency", "encoding"):
        total = {"latency": analysis.estimated_latency, "encoding": analysis.encoding_latency}[name]
        assert sum(getattr(one, name) for one in analysis.layers) == pytest.approx(total)
        assert sum(getattr(one, name) for one in analysis.nodes.values()) == pytest.approx(total)
    lines = list(report(analysis))
    assert any(line.startswith("  1: ") and "1 cmult" in line for line in lines)
