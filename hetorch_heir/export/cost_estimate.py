"""What an exported graph is estimated to take."""

from __future__ import annotations

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
