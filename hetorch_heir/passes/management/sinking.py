"""Lets every operation work at the lowest level that what follows allows."""

from __future__ import annotations

from torch.fx import GraphModule, Node

from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.graph import CIPHERTEXT_INFO, ciphertext_info, ciphertext_nodes
from hetorch_heir.passes.management.alignment import (
    LevelReductions,
    align_levels,
    remove_level_reductions,
)
from hetorch_heir.passes.management.annotation import ScaleModel, State, annotate
from hetorch_heir.passes.management.kinds import Kind, kind_of, operands

HEADROOM_BITS = 10
"""Bits that the modulus must exceed the scale by where a product is left unrescaled to the end."""


def sink_levels(graph_module: GraphModule, context: CompilationContext, *, to_bottom: bool) -> None:
    """Inserts level reductions as early as they can be, where ``align_levels`` has them late.

    An operation is the cheaper the fewer primes its operands have. Before, with levels on the left::

        5  %x
        5  %pmult = hetorch.pmult(%x, %w)
        4  %rescale = hetorch.rescale(%pmult)
        2  %level_reduce = hetorch.level_reduce(%rescale, 2)
        2  %cadd = hetorch.cadd(%level_reduce, %deep)

    After::

        5  %x
        3  %level_reduce = hetorch.level_reduce(%x, 2)
        3  %pmult = hetorch.pmult(%level_reduce, %w)
        2  %rescale = hetorch.rescale(%pmult)
        2  %cadd = hetorch.cadd(%rescale, %deep)

    Where levels run out whatever is done, they are only aligned.

    Args:
        to_bottom: also if that reduces all inputs; otherwise the longest path keeps its levels.
    """
    remove_level_reductions(graph_module)
    encrypted = ciphertext_nodes(graph_module.graph)
    states = nominal_states(graph_module, context)
    model = ScaleModel(context)
    needed = lowest_levels(graph_module, encrypted, states, model)
    available = {node: _available(node, needed, encrypted, model) for node in needed}
    slack = min((available[node] - level for node, level in needed.items()), default=0)
    if slack < 0:
        align_levels(graph_module, context)
        return
    refreshed = any(kind_of(node, encrypted) is Kind.BOOTSTRAP for node in encrypted)
    shift = 0 if to_bottom or refreshed else slack
    _reduce(graph_module, encrypted, {node: level + shift for node, level in needed.items()}, available)
    annotate(graph_module, context)


def lowest_levels(
    graph_module: GraphModule, encrypted: set[Node], states: dict[Node, State], model: ScaleModel
) -> dict[Node, int]:
    """The lowest level of each value from which all that follows can be computed."""
    needed: dict[Node, int] = {}
    for node in reversed(list(graph_module.graph.nodes)):
        if node not in encrypted or kind_of(node, encrypted) is Kind.RESULT:
            continue
        wanted = (operand_level(user, needed, encrypted) for user in node.users if user in encrypted)
        needed[node] = max(*wanted, 0, floor_of(node, states[node], encrypted, model))
    return needed


def operand_level(user: Node, levels: dict[Node, int], encrypted: set[Node]) -> int:
    """The level that an operation takes its operands at, if its result has the level given."""
    kind = kind_of(user, encrypted)
    if kind in (Kind.RESULT, Kind.BOOTSTRAP):
        return 0
    return levels[user] + (kind is Kind.RESCALE)


def floor_of(node: Node, state: State, encrypted: set[Node], model: ScaleModel) -> int:
    """The lowest level whose modulus holds a scale that is not rescaled any more."""
    if model.degree(state.log_scale) == 1 or any(
        kind_of(user, encrypted) is Kind.RESCALE for user in node.users
    ):
        return 0
    level = 0
    while level < model.initial_level and model.modulus(level) < state.log_scale + HEADROOM_BITS:
        level += 1
    return level


def nominal_states(graph_module: GraphModule, context: CompilationContext) -> dict[Node, State]:
    """The scales and dimensions of a graph, whose level reductions are removed."""
    align_levels(graph_module, context)
    states = {
        node: State(info.level, info.log_scale, info.dimension)
        for node in graph_module.graph.nodes
        if (info := ciphertext_info(node)) is not None
    }
    remove_level_reductions(graph_module)
    return states


def _available(node: Node, needed: dict[Node, int], encrypted: set[Node], model: ScaleModel) -> int:
    kind = kind_of(node, encrypted)
    if operands(node, encrypted) and kind not in (Kind.BOOTSTRAP, Kind.INPUT):
        return model.initial_level + needed[node]  # its operands decide
    if kind is Kind.BOOTSTRAP or CIPHERTEXT_INFO not in node.meta:
        return model.initial_level
    return node.meta[CIPHERTEXT_INFO].level


def _reduce(
    graph_module: GraphModule, encrypted: set[Node], levels: dict[Node, int], available: dict[Node, int]
) -> None:
    reductions = LevelReductions(graph_module)
    for node in list(graph_module.graph.nodes):
        if node not in levels:
            continue
        kind = kind_of(node, encrypted)
        wanted = operand_level(node, levels, encrypted)
        inputs = operands(node, encrypted)
        if kind in (Kind.BOOTSTRAP, Kind.INPUT) or not inputs:
            levels[node] = available[node]
            continue  # what the client packs has no level yet
        for operand in inputs:
            if levels[operand] > wanted:
                node.replace_input_with(operand, reductions.of(operand, levels[operand] - wanted))
