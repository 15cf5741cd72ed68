"""What a library that keeps true scales takes the scales of a program for."""

from __future__ import annotations

from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.graph import FACTOR_SCALE, ciphertext_nodes
from hetorch_heir.passes.management.annotation import ScaleModel, annotate
from hetorch_heir.passes.management.kinds import Kind, is_ciphertext_product, kind_of, operands


def tracked_deviation(graph_module: GraphModule, context: CompilationContext) -> float:
    """By how much, relatively, results are off where scales are tracked exactly, as on Lattigo.

    There a rescale divides the scale by the prime itself, a sum has the larger of two scales that are nearly
    equal, and values are decoded, and bootstrapped, with the scale that has come of it. Programs give every
    plaintext the base scale and mean it everywhere: their constants make up for the primes already (see
    ExactScalesPass), and the scale that is tracked is one deviation too many. Each product of ciphertexts
    doubles it.
    """
    annotate(graph_module, context)  # levels
    model, encrypted = ScaleModel(context), ciphertext_nodes(graph_module.graph)
    tracked: dict[Node, float] = {}
    worst = 0.0
    for node in graph_module.graph.nodes:
        inputs = [one for one in operands(node, encrypted) if one in tracked] if node in encrypted else []
        kind = kind_of(node, encrypted)
        if kind in (Kind.RESULT, Kind.BOOTSTRAP):
            deviations = [abs(tracked[one] - model.base * model.degree(tracked[one])) for one in inputs]
            worst = max([worst, *deviations])
        if node in encrypted and kind is not Kind.RESULT:
            tracked[node] = _tracked(node, kind, [tracked[one] for one in inputs], model, encrypted)
    return 2.0**worst - 1.0


def _tracked(node: Node, kind: Kind, scales: list[float], model: ScaleModel, encrypted: set[Node]) -> float:
    if not scales or kind in (Kind.INPUT, Kind.BOOTSTRAP):
        return model.base
    if kind is Kind.PRODUCT:
        if is_ciphertext_product(node, encrypted):
            return scales[0] + scales[-1]
        return scales[0] + node.meta.get(FACTOR_SCALE, model.base)
    if kind is Kind.RESCALE:
        level = operands(node, encrypted)[0].meta["ciphertext_info"].level
        return scales[0] - model.dropped(level)
    return max(scales)
