"""Collects what the report of an export shows (:mod:`hetorch_heir.report`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

import hetorch_heir
from hetorch_heir.export.activation_report import ActivationSummary
from hetorch_heir.export.cost_estimate import LIBRARY, context_of, estimate_cost, latencies
from hetorch_heir.export.key_report import key_parts, planned_parts
from hetorch_heir.export.layer_report import layer_work
from hetorch_heir.export.noise_report import basis, noise_of_layers
from hetorch_heir.export.report_layers import LayerCollection, data_points
from hetorch_heir.passes.approximation import APPROXIMATED, Approximated
from hetorch_heir.report.data import ActivationPart, Curve, KeyPlanPart, Report

if TYPE_CHECKING:
    from hetorch_heir.export.result import ExportResult

CURVE_POINTS = 241
HISTOGRAM_BINS = 48


def collect_report(result: ExportResult) -> Report:
    """What is known of an export, as plain values."""
    graph_module, chain = result.graph_module, result.chain
    estimate = estimate_cost(graph_module, chain)
    work = layer_work(graph_module, estimate)
    collection = LayerCollection(graph_module, work, estimate, latencies(graph_module, chain))
    keys, length = key_parts(work.steps, chain), len(work.steps)
    plan = result.key_plans.get(result.function)
    if plan is not None:
        keys, length = planned_parts(keys, plan, chain.slots)
    replaced: list[Approximated] = graph_module.meta.get(APPROXIMATED, [])
    return Report(
        name=result.function,
        summary=result.summary(),
        layers=collection.layers(),
        inputs=collection.inputs(),
        outputs=collection.outputs(),
        data=data_points(work.steps),
        noise=noise_of_layers(graph_module, context_of(chain), LIBRARY, collection.results()),
        noise_basis=basis(graph_module),
        activations=tuple(_activation_parts(replaced, result.activations)),
        keys=keys,
        key_plan=None if plan is None else KeyPlanPart(plan.budget, plan.peak_bytes, plan.loads),
        schedule_length=length,
        held_bytes=estimate.estimated_memory,
        latency_source=f"{LIBRARY}, one thread",
        version=hetorch_heir.__version__,
    )


def _activation_parts(
    replaced: Iterable[Approximated], summaries: Iterable[ActivationSummary]
) -> Iterable[ActivationPart]:
    for one, summary in zip(replaced, summaries, strict=True):
        yield ActivationPart(summary.values(), _curve(one))


def _curve(one: Approximated) -> Curve:
    x = np.linspace(*one.about.domain, CURVE_POINTS)
    exact, approximate = (np.asarray(function(x), np.float64) for function in (one.exact, one.approximant))
    counts, edges = np.empty(0, np.int64), np.empty(0)
    if one.samples is not None and one.samples.size:
        counts, edges = np.histogram(one.samples, bins=HISTOGRAM_BINS, range=one.about.domain)
    return Curve(
        tuple(x.tolist()),
        tuple(exact.tolist()),
        tuple(approximate.tolist()),
        tuple(edges.tolist()),
        tuple(counts.tolist()),
    )
