"""Which layers of the user's model a packed value is made of, kept for reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from torch.fx import Node

from hetorch_heir.linalg.layout import next_power_of_two
from hetorch_heir.linalg.linear_map import Matrix, dimensions
from hetorch_heir.passes.packing.linear_operators import LINEAR_OPERATORS

LAYERS = "layers"
"""Metadata of the operations of a linear stretch: the places of the layers that it merges, a tuple."""

LEAST_PRODUCTS = "least_products"
"""Metadata of a linear transform: the ciphertext-plaintext products that no plan of its map goes below."""

FULL = 0.9
"""Part of the entries that are not zero from which on a matrix counts as full."""


@dataclass(frozen=True)
class MergedLayers:
    """The layers that became one linear map of a value, in the order of the model; ``sources`` are their
    places (:class:`hetorch_heir.frontend.source.SourceLocation`), each once."""

    sources: tuple[Any, ...]

    @classmethod
    def of(cls, nodes: Iterable[Node]) -> MergedLayers:
        return cls(tuple(dict.fromkeys(node.meta["source"] for node in nodes if "source" in node.meta)))

    @classmethod
    def joined(cls, parts: Iterable[MergedLayers]) -> MergedLayers:
        return cls(tuple(dict.fromkeys(source for part in parts for source in part.sources)))


def layers_before(
    node: Node, starts: Mapping[Node, Collection[int]], names: Mapping[Node, str]
) -> dict[int, MergedLayers]:
    """The layers on the ways from values to a node, by value.

    Args:
        node: what is computed.
        starts: nodes at which values are read, with the numbers of the values; they are not passed.
        names: canonical name of every call.
    """
    order: list[Node] = []
    seen: set[Node] = set()
    pending = [(node, False)]
    while pending:
        current, done = pending.pop()
        if done:
            order.append(current)
        elif current not in seen:
            seen.add(current)
            pending.append((current, True))
            if current not in starts:
                pending += [(one, False) for one in current.all_input_nodes]
    below: dict[Node, dict[int, dict[Node, None]]] = {}
    for current in order:
        found: dict[int, dict[Node, None]] = {number: {} for number in starts.get(current, ())}
        for argument in () if current in starts else current.all_input_nodes:
            for number, nodes in below[argument].items():
                found.setdefault(number, {}).update(nodes)
        if current not in starts and _is_layer(current, names.get(current, "")):
            for nodes in found.values():
                nodes[current] = None
        below[current] = found
    return {number: MergedLayers.of(nodes) for number, nodes in below[node].items()}


def _is_layer(node: Node, name: str) -> bool:
    """Whether a call is a layer, or a factor or summand with weights (batch norm); not a mere number."""
    return name in LINEAR_OPERATORS or any(one.op == "get_attr" for one in node.all_input_nodes)


def least_products(matrix: Matrix, slots: int) -> int:
    """The products that a map takes at least, as each multiplies as many weights as there are slots.

    A full matrix counts in powers of two, p_in * p_out / n; another one with the entries that it has, which
    for a convolution is c_in * c_out * k^2 * h * w / n.
    """
    rows, columns = dimensions(matrix)
    dense = matrix.nnz >= FULL * rows * columns
    entries = next_power_of_two(rows) * next_power_of_two(columns) if dense else matrix.nnz
    return max(1, -(-entries // slots))
