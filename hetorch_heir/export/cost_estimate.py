"""What an exported graph is estimated to take."""

from __future__ import annotations

from dataclasses import dataclass

from torch.fx import GraphModule

from hetorch_heir.backends.base import CostModel
from hetorch_heir.backends.cost_tables import cost_model
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes.cost import DetailedCostAnalysis, analyze
from hetorch_heir.passes.graph import is_operation

LIBRARY = "openfhe"
"""Whose latencies and errors are estimated."""


@dataclass(frozen=True)
class CostSummary:
    """What one evaluation is estimated to take.

    Attributes:
        library: whose latencies were measured.
        milliseconds: on one thread, encoding of plaintexts excepted.
        encoding_milliseconds: for encoding all plaintexts, which can be done before.
        ciphertext_bytes: the most ciphertexts alive at once.
        plaintext_bytes: all encoded plaintexts.
        key_bytes: keys for rotations and relinearizations; those of bootstraps are not counted.
        multiplicative_depth: products on the path that has the most.
    """

    library: str
    milliseconds: float
    encoding_milliseconds: float
    ciphertext_bytes: int
    plaintext_bytes: int
    key_bytes: int
    multiplicative_depth: int

    def __str__(self) -> str:
        return (
            f"estimated for {self.library}, one thread: {self.milliseconds / 1e3:.2f} s, and"
            f" {self.encoding_milliseconds / 1e3:.2f} s to encode plaintexts;"
            f" {self.ciphertext_bytes / 1e6:,.0f} MB of ciphertexts at most,"
            f" {self.plaintext_bytes / 1e6:,.0f} MB of plaintexts, {self.key_bytes / 1e6:,.0f} MB of keys"
        )


def summarize(analysis: DetailedCostAnalysis) -> CostSummary:
    """The totals of an analysis."""
    return CostSummary(
        LIBRARY,
        analysis.estimated_latency,
        analysis.encoding_latency,
        analysis.estimated_memory,
        analysis.plaintext_memory,
        analysis.key_memory or 0,
        analysis.multiplicative_depth,
    )


def context_of(chain: CKKSChain) -> CompilationContext:
    """The context with the parameters of a chain."""
    return CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(chain))


def latencies(graph_module: GraphModule, chain: CKKSChain) -> CostModel:
    """The latencies that fit a program; contexts that bootstrap have more primes, and are slower."""
    bootstraps = any(is_operation(node, "bootstrap") for node in graph_module.graph.nodes)
    return cost_model(LIBRARY, chain, bootstraps=bootstraps)


def estimate_cost(graph_module: GraphModule, chain: CKKSChain) -> DetailedCostAnalysis:
    """Time and memory of a packed, managed graph, node by node."""
    model = latencies(graph_module, chain)
    return analyze(graph_module, context_of(chain), critical_path=False, model=model)
