"""What a report holds: the numbers of the export, and ways that lead from inputs to outputs."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from hetorch_heir import export
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.export.result import ExportResult
from hetorch_heir.passes.cost import analyze
from hetorch_heir.report.data import Report
from hetorch_heir.report.page import render_page


@pytest.fixture(scope="module")
def report(exported: ExportResult) -> Report:
    return exported.report()


def test_the_layers_add_up_to_the_program(report: Report, exported: ExportResult) -> None:
    counts = exported.counts
    done = dict.fromkeys(("rotate", "pmult", "cmult", "relinearize", "rescale"), 0)
    for operation in (one for layer in report.layers for one in layer.operations):
        if operation.name in done:
            done[operation.name] += operation.count
    assert done == {
        "rotate": counts.rotations,
        "pmult": counts.products,
        "cmult": counts.ct_products,
        "relinearize": counts.relinearizations,
        "rescale": counts.rescales,
    }
    assert sum(sum(layer.rotations.values()) for layer in report.layers) == counts.rotations
    assert [layer.costs for layer in report.layers] == [layer.values() for layer in exported.layer_costs()]


def test_times_and_memory_are_those_of_the_cost_analysis(report: Report, exported: ExportResult) -> None:
    parameters = CKKSParameters.from_chain(exported.chain)
    analysis = analyze(exported.graph_module, CompilationContext(HEScheme.CKKS, parameters))
    assert report.milliseconds == pytest.approx(analysis.estimated_latency)
    assert report.encoding_milliseconds == pytest.approx(analysis.encoding_latency)
    assert report.plaintext_bytes == analysis.plaintext_memory
    assert report.key_bytes == analysis.key_memory
    for layer in report.layers:
        assert layer.milliseconds == pytest.approx(sum(one.milliseconds for one in layer.operations))
        assert all(one.milliseconds >= 0 for one in layer.operations)
        assert 0 < layer.costs["held_bytes"] <= report.held_bytes
    assert report.held_bytes == max(layer.costs["held_bytes"] for layer in report.layers)


def test_ways_lead_from_the_input_to_the_output(report: Report) -> None:
    assert report.inputs == ("x",)
    names = [layer.name for layer in report.layers]
    first, branch, last = names.index("first"), names.index("a<b>&!"), names.index("last")
    assert report.layers[first].inputs == ("x",)
    activation = next(number for number, layer in enumerate(report.layers) if layer.inputs == (first,))
    assert report.layers[branch].inputs == (activation,)
    assert report.outputs == ((last,),)
    reached: set[int] = set()
    pending = [origin for output in report.outputs for origin in output]
    while pending:
        origin = pending.pop()
        if isinstance(origin, int) and origin not in reached:
            reached.add(origin)
            pending += report.layers[origin].inputs
    assert reached == set(range(len(report.layers)))


def test_levels_fall_along_every_layer(report: Report, exported: ExportResult) -> None:
    assert report.data[0].level == exported.counts.levels
    assert report.data[-1].level == 0
    for before, after in zip(report.data[:-1], report.data[1:], strict=True):
        if before.layer == after.layer:
            assert after.level <= before.level


def test_activations_come_with_curve_and_histogram(report: Report, exported: ExportResult) -> None:
    (part,) = report.activations
    assert part.values == exported.activations[0].values()
    low, high = part.values["range"]
    assert (part.curve.x[0], part.curve.x[-1]) == pytest.approx((low, high))
    largest = max(map(abs, part.curve.errors))
    assert 0 < largest <= part.values["max_error"] * (1 + 1e-9)
    assert sum(part.curve.counts) == 60 * 16
    assert len(part.curve.edges) == len(part.curve.counts) + 1


def test_keys_are_those_of_the_program(report: Report, exported: ExportResult) -> None:
    rotations = [key for key in report.keys if key.kind == "rotation"]
    assert {key.steps for key in rotations} == set(exported.counts.rotation_keys)
    assert sum(key.uses for key in rotations) == exported.counts.rotations
    (relinearization,) = [key for key in report.keys if key.kind == "relinearization"]
    assert relinearization.uses == exported.counts.relinearizations
    for key in report.keys:
        (first, last) = key.stays[0]
        assert 0 <= first <= last < report.schedule_length
        assert key.bytes == exported.chain.key_bytes
    assert [key.stays[0][0] for key in report.keys] == sorted(key.stays[0][0] for key in report.keys)


def test_a_budget_shows_the_planned_stays_of_keys() -> None:
    torch.manual_seed(0)
    options = {"slots": 64, "insecure": True, "target": "ckks"}
    model, example = nn.Sequential(nn.Linear(16, 16), nn.Linear(16, 4)), torch.rand(1, 16)
    free = export(model, example, **options)
    budget = 2 * free.chain.key_bytes
    result = export(model, example, key_budget=budget, **options)
    report = result.report()
    plan = result.key_plans[result.function]
    assert report.key_plan is not None
    assert (report.key_plan.budget, report.key_plan.loads) == (plan.budget, plan.loads)
    assert sum(len(key.stays) for key in report.keys if key.kind == "rotation") == plan.loads
    for position in range(report.schedule_length):
        held = [key for key in report.keys for first, last in key.stays if first <= position <= last]
        assert sum(key.bytes or 0 for key in held) <= budget
    assert "loads." in render_page(report)
