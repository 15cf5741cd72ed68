"""Reports what a graph costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from torch.fx import GraphModule

from hetorch_heir.backends.base import CostModel
from hetorch_heir.backends.cost_tables import measured_costs
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.cost import DetailedCostAnalysis, LayerEstimate, NodeEstimate, analyze

__all__ = ["CostAnalysisPass", "DetailedCostAnalysis", "LayerEstimate", "NodeEstimate", "report"]

MEGABYTE = 1e6


@dataclass(frozen=True)
class CostAnalysisPass(TransformationPass):
    """Counts operations, estimates latency and memory, and leaves the graph as it is.

    The :class:`DetailedCostAnalysis` is put into the graph module's ``meta["cost_analysis"]``. For
    ``x * y + x`` on ciphertexts the report reads (latencies depend on the parameters)::

        === Cost Analysis ===
        Total Operations: 2
          cmult: 1 (50.0%)
          cadd: 1 (50.0%)
        Estimated Latency: 0.89 ms
        Estimated Memory: 3,932,160 bytes
          plaintexts: 0 bytes
          keys: 5,242,880 bytes
        Critical Path: 4 operations
          input → cmult → cadd → output
        Graph Depth: 2
        Parallelism Factor: 1.00
          threads that can be busy on average: 1.00
        Multiplicative Depth: 1
        Note: levels are not known before RescalingInsertionPass: all operations are taken at the level of
        fresh ciphertexts

    After the passes that manage levels, every operation costs what it costs at its level, and the report ends
    with the totals of every layer of the model.

    Args:
        verbose: print the report.
        include_critical_path: find the path of the longest latency too.
        costs: whose latencies: "openfhe", "seal", or a file of ``python -m hetorch_heir.cli.measure``; empty
            takes those of the context's backend.
    """

    name: ClassVar[str] = "cost-analysis"
    description: ClassVar[str] = "Count operations and estimate latency and memory."
    provides: ClassVar[frozenset[str]] = frozenset({"cost_analyzed"})
    reports: ClassVar[bool] = True

    verbose: bool = True
    include_critical_path: bool = True
    costs: str = ""

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        """Analyse the graph, and print the report if verbose.

        Raises:
            ParameterError: nothing was measured for ``costs``.
        """
        model = self._model(context) if self.costs else None
        analysis = analyze(graph_module, context, critical_path=self.include_critical_path, model=model)
        graph_module.meta["cost_analysis"] = analysis
        if self.verbose:
            print("\n".join(report(analysis)))
        mark_provided(graph_module, self.provides)
        return graph_module

    def _model(self, context: CompilationContext) -> CostModel:
        costs = measured_costs(self.costs)
        try:
            return costs.for_chain(context.chain)
        except ParameterError:
            return costs.for_ring(context.params.poly_modulus_degree.bit_length() - 1)


def report(analysis: DetailedCostAnalysis) -> Iterator[str]:
    """The lines of the printed report."""
    total = sum(analysis.total_operations.values())
    yield "=== Cost Analysis ==="
    yield f"Total Operations: {total}"
    for name, count in analysis.total_operations.items():
        yield f"  {name}: {count} ({100 * count / total:.1f}%)"
    yield f"Estimated Latency: {analysis.estimated_latency:.2f} ms"
    if analysis.encoding_latency:
        yield f"  encoding of plaintexts besides: {analysis.encoding_latency:.2f} ms"
    if analysis.unlowered:
        yield f"  without the operations not lowered yet: {', '.join(analysis.unlowered)}"
    yield f"Estimated Memory: {analysis.estimated_memory:,} bytes"
    yield f"  plaintexts: {analysis.plaintext_memory:,} bytes"
    if analysis.key_memory is not None:
        yield f"  keys: {analysis.key_memory:,} bytes"
    if analysis.critical_path:
        yield f"Critical Path: {len(analysis.critical_path)} operations"
        yield f"  {' → '.join(analysis.critical_path)}"
    yield f"Graph Depth: {analysis.depth}"
    yield f"Parallelism Factor: {analysis.parallelism:.2f}"
    if analysis.critical_path:
        yield f"  threads that can be busy on average: {analysis.thread_parallelism:.2f}"
    yield f"Multiplicative Depth: {analysis.multiplicative_depth}"
    if analysis.bootstraps:
        yield f"Bootstraps: {analysis.bootstraps}"
    if analysis.rotation_keys:
        yield f"Rotation Keys: {analysis.rotation_keys}"
    if any(one.layer.label != "model" for one in analysis.layers):
        yield "Layers:"
        yield from map(_layer_line, analysis.layers)
    for assumption in analysis.assumptions:
        yield f"Note: {assumption}"


def _layer_line(estimate: LayerEstimate) -> str:
    operations = ", ".join(f"{count} {name}" for name, count in estimate.operations.items())
    return (
        f"  {', '.join(estimate.layer.label.splitlines())}: {estimate.latency:.1f} ms"
        f" + {estimate.encoding:.1f} ms encoding, {estimate.live_memory / MEGABYTE:.1f} MB alive,"
        f" {estimate.plaintext_memory / MEGABYTE:.1f} MB of plaintexts ({operations})"
    )
