"""Reports what a graph costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from torch.fx import GraphModule

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.base import TransformationPass, mark_provided
from hetorch_heir.passes.cost import DetailedCostAnalysis, analyze

__all__ = ["CostAnalysisPass", "DetailedCostAnalysis"]


@dataclass(frozen=True)
class CostAnalysisPass(TransformationPass):
    """Counts operations, estimates latency and memory, and leaves the graph as it is.

    The :class:`DetailedCostAnalysis` is put into the graph module's ``meta["cost_analysis"]``. For
    ``x * y + x`` on ciphertexts the report reads (latencies depend on the parameters)::

        === Cost Analysis ===
        Total Operations: 2
          cmult: 1 (50.0%)
          cadd: 1 (50.0%)
        Estimated Latency: 5.10 ms
        Estimated Memory: 6,291,456 bytes
        Critical Path: 4 operations
          input → cmult → cadd → output
        Graph Depth: 2
        Parallelism Factor: 1.00

    Args:
        verbose: print the report.
        include_critical_path: find the path of the longest latency too.
    """

    name: ClassVar[str] = "cost-analysis"
    description: ClassVar[str] = "Count operations and estimate latency and memory."
    provides: ClassVar[frozenset[str]] = frozenset({"cost_analyzed"})

    verbose: bool = True
    include_critical_path: bool = True

    def transform(self, graph_module: GraphModule, context: CompilationContext) -> GraphModule:
        """Analyse the graph, and print the report if verbose."""
        analysis = analyze(graph_module, context, critical_path=self.include_critical_path)
        graph_module.meta["cost_analysis"] = analysis
        if self.verbose:
            print("\n".join(report(analysis)))
        mark_provided(graph_module, self.provides)
        return graph_module


def report(analysis: DetailedCostAnalysis) -> Iterator[str]:
    """The lines of the printed report."""
    total = sum(analysis.total_operations.values())
    yield "=== Cost Analysis ==="
    yield f"Total Operations: {total}"
    for name, count in analysis.total_operations.items():
        yield f"  {name}: {count} ({100 * count / total:.1f}%)"
    yield f"Estimated Latency: {analysis.estimated_latency:.2f} ms"
    if analysis.unlowered:
        yield f"  without the operations not lowered yet: {', '.join(analysis.unlowered)}"
    yield f"Estimated Memory: {analysis.estimated_memory:,} bytes"
    if analysis.critical_path:
        yield f"Critical Path: {len(analysis.critical_path)} operations"
        yield f"  {' → '.join(analysis.critical_path)}"
    yield f"Graph Depth: {analysis.depth}"
    yield f"Parallelism Factor: {analysis.parallelism:.2f}"
    if analysis.rotation_keys:
        yield f"Rotation Keys: {analysis.rotation_keys}"
