"""When values of a schedule are alive, what they take together, and which schedules need less."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from torch.fx import Graph, Node

from hetorch_heir.passes.graph import is_operation

Size = Callable[[Node], int]
"""Bytes of a value; 0 for what is no ciphertext."""


@dataclass(frozen=True)
class LiveRange:
    """Positions of the first and the last node of a schedule at which a value must be held."""

    start: int
    end: int


def live_ranges(schedule: Sequence[Node]) -> dict[Node, LiveRange]:
    """From where each value is computed to its last use, both included."""
    position = {node: index for index, node in enumerate(schedule)}
    return {
        node: LiveRange(index, max((position[user] for user in node.users), default=index))
        for node, index in position.items()
    }


def peak(schedule: Sequence[Node], size: Size) -> int:
    """The most bytes alive at once; operands are held until the result is there."""
    changes = [0] * (len(schedule) + 1)
    for node, range_ in live_ranges(schedule).items():
        changes[range_.start] += size(node)
        changes[range_.end + 1] -= size(node)
    alive = highest = 0
    for change in changes:
        alive += change
        highest = max(highest, alive)
    return highest


def buffers(schedule: Sequence[Node], size: Size) -> dict[Node, int]:
    """A buffer for each ciphertext, such that those alive at once differ.

    Live ranges are intervals, so taking the lowest free buffer in the order of their starts uses as few
    as there are values alive at once (Poletto, Sarkar, "Linear scan register allocation", 1999).
    """
    ranges = live_ranges(schedule)
    busy: dict[int, int] = {}
    assigned: dict[Node, int] = {}
    for node in schedule:
        if size(node) == 0:
            continue
        taken = {buffer for buffer, end in busy.items() if end >= ranges[node].start}
        assigned[node] = next(index for index in range(len(busy) + 1) if index not in taken)
        busy[assigned[node]] = ranges[node].end
    return assigned


def schedules(graph: Graph, size: Size) -> Iterable[list[Node]]:
    """The order of the graph, and orders that promise lower peaks."""
    nodes = list(graph.nodes)
    yield nodes
    yield _smallest_growth_first(nodes, size)
    yield _largest_need_first(nodes, size)


def _smallest_growth_first(nodes: list[Node], size: Size) -> list[Node]:
    """At every step what frees the most bytes over what it takes; of equals, the first of the order."""
    waiting = {node: len(node.all_input_nodes) for node in nodes}
    uses = {node: len(node.users) for node in nodes}
    position = {node: index for index, node in enumerate(nodes)}
    ready = {node for node in nodes if not waiting[node]}
    order: list[Node] = []

    def growth(node: Node) -> tuple[int, int, int]:
        freed = sum(size(one) for one in node.all_input_nodes if uses[one] == 1)
        rank = 0 if _comes_first(node) else 2 if node.op == "output" else 1
        return (rank, size(node) - freed, position[node])

    while ready:
        node = min(ready, key=growth)
        ready.remove(node)
        order.append(node)
        for operand in node.all_input_nodes:
            uses[operand] -= 1
        for user in node.users:
            waiting[user] -= 1
            if not waiting[user]:
                ready.add(user)
    return order


def _largest_need_first(nodes: list[Node], size: Size) -> list[Node]:
    """Depth first from the results, the operand first whose computation needs the most.

    Optimal for trees of values of equal size (Sethi, Ullman, "The generation of optimal code for
    arithmetic expressions", 1970).
    """
    needs: dict[Node, int] = {}
    for node in nodes:
        held = need = 0
        for operand in sorted(node.all_input_nodes, key=lambda one: needs[one] - size(one), reverse=True):
            need = max(need, held + needs[operand])
            held += size(operand)
        needs[node] = max(need, held + size(node))
    order = dict.fromkeys(node for node in nodes if _comes_first(node))
    pending = [node for node in nodes if node.op == "output"]
    while pending:
        node = pending[-1]
        missing = [operand for operand in node.all_input_nodes if operand not in order]
        if not missing:
            order.setdefault(pending.pop())
        else:
            pending.append(max(missing, key=lambda one: needs[one] - size(one)))
    return list(order) if len(order) == len(nodes) else nodes  # dead operations have no place in it


def _comes_first(node: Node) -> bool:
    """Inputs, which are there from the start, and constants."""
    return node.op in ("placeholder", "get_attr") or is_operation(node, "pack")
