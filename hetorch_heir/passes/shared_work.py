"""What the nodes of a packed graph execute, when what several of them need is done once.

That is how the exporter writes programs: a rotation of a ciphertext by some steps exists once, so does a
product of a transform, and a plaintext is encoded once for each level and scale. Rotations of one ciphertext
share its decomposition (hoisting), whichever nodes need them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import numpy as np
import torch
from torch.fx import GraphModule, Node

from hetorch_heir.passes.graph import (
    FACTOR_SCALE,
    PACKING_INFO,
    ciphertext_info,
    is_operation,
    node_shape,
    operation_name,
)
from hetorch_heir.passes.node_cost import NodeCost, ciphertexts_of, node_cost

_WITH_PLAINTEXT = frozenset(("padd", "psub", "pmult"))


def shared_costs(graph_module: GraphModule, encrypted: set[Node]) -> dict[Node, NodeCost]:
    """The cost of every node, without what nodes before it have done already."""
    return _Sharing(graph_module, encrypted).run()


class _Sharing:
    def __init__(self, graph_module: GraphModule, encrypted: set[Node]) -> None:
        self._module = graph_module
        self._encrypted = encrypted
        self._values: dict[Node, list[Hashable]] = {}
        self._rotated: set[tuple[Hashable, int]] = set()
        self._products: set[tuple[Hashable, Hashable]] = set()
        self._encoded: set[Hashable] = set()
        self._made: dict[Node, list[Hashable]] = {}
        """For each node the ciphertexts that it rotates, once per rotation."""

    def run(self) -> dict[Node, NodeCost]:
        costs = {node: self._visit(node) for node in self._module.graph.nodes}
        rotations = Counter(value for values in self._made.values() for value in values)
        decomposed: set[Hashable] = set()
        for node, values in self._made.items():
            hoisted = [value for value in values if rotations[value] > 1]
            fresh = set(hoisted) - decomposed
            decomposed |= fresh
            costs[node] = replace(costs[node], hoisted=len(hoisted), decompositions=len(fresh))
        return costs

    def _visit(self, node: Node) -> NodeCost:
        cost = node_cost(node, self._module, self._encrypted)
        if node not in self._encrypted:
            return cost
        self._values[node] = [(node, row) for row in range(ciphertexts_of(node))]
        name = operation_name(node, self._module)
        if is_operation(node, "linear_transform"):
            return self._transform(node, cost)
        if is_operation(node, "rotate"):
            return self._rotation(node, cost)
        if is_operation(node, "unpack"):
            self._values[node] = self._rows(node)
        if is_operation(node) and name in _WITH_PLAINTEXT:
            return replace(cost, plaintexts=sum(map(self._encode, self._plaintexts(node, name))))
        return cost

    def _rows(self, node: Node) -> list[Hashable]:
        """The ciphertexts of the operand of a node."""
        operand = node.args[0]
        return self._values[operand] if isinstance(operand, Node) and operand in self._values else []

    def _row(self, node: Node, number: int) -> Hashable:
        rows = self._rows(node)
        # Where nothing says how many ciphertexts a value has, the schedule does.
        return rows[number] if number < len(rows) else (node.args[0], number)

    def _rotation(self, node: Node, cost: NodeCost) -> NodeCost:
        steps: Any = node.args[1]
        turned = [self._turned(value, steps, node) for value in self._rows(node)]
        self._values[node] = [value for value, _ in turned]
        made = sum(new for _, new in turned)
        return replace(cost, counts={"rotate": made} if made else {})

    def _turned(self, value: Hashable, steps: int, node: Node) -> tuple[Hashable, bool]:
        """A rotated ciphertext, and whether it had to be made."""
        slots = _slots(node)
        steps = steps % slots if slots else steps
        if steps == 0:
            return value, False
        key = (value, steps)
        new = key not in self._rotated
        if new:
            self._rotated.add(key)
            self._made.setdefault(node, []).append(value)
        return key, new

    def _transform(self, node: Node, cost: NodeCost) -> NodeCost:
        rows = _digests(self._constant(node.args[1]))
        groups: dict[tuple[int, int], list[tuple[Hashable, Hashable]]] = {}
        columns: Any = node.args[2:7]
        rotations = products = plaintexts = 0
        for output, giant, input_, baby, diagonal in zip(*columns, strict=True):
            turned, new = self._turned(self._row(node, input_), baby, node)
            rotations += new
            plaintexts += self._encode((rows[diagonal], _level(node.args[0]), None))
            product = (turned, rows[diagonal])
            products += product not in self._products
            self._products.add(product)
            groups.setdefault((output, giant), []).append(product)
        for (output, giant), terms in groups.items():
            total = terms[0] if len(terms) == 1 else (node, output, giant)
            rotations += self._turned(total, giant, node)[1]
        counts = {"rotate": rotations, "pmult": products, "cadd": cost.counts.get("cadd", 0)}
        made = {name: count for name, count in counts.items() if count}
        return replace(cost, counts=made, plaintexts=plaintexts)

    def _encode(self, plaintext: Hashable) -> bool:
        """Whether a plaintext is encoded here for the first time."""
        new = plaintext not in self._encoded
        self._encoded.add(plaintext)
        return new

    def _plaintexts(self, node: Node, name: str) -> Sequence[Hashable]:
        """The plaintexts of a product or sum, one for each ciphertext."""
        ct, argument = node.args[:2]
        info = ciphertext_info(ct) if isinstance(ct, Node) else None
        factor = node.meta.get(FACTOR_SCALE)
        scale = factor if name == "pmult" else info and round(info.log_scale)
        count, level = ciphertexts_of(node), _level(ct)
        if not isinstance(argument, Node):
            rows: Sequence[Hashable] = [str(argument)] * count
        elif argument.op != "get_attr":
            rows = [(argument, row) for row in range(count)]
        else:
            rows = _digests(self._constant(argument))
            rows = list(rows) * count if len(rows) == 1 else rows
        return [(row, level, scale) for row in rows]

    def _constant(self, argument: Any) -> np.ndarray:
        value: Any = self._module
        for part in str(argument.target).split("."):
            value = getattr(value, part)
        return value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)


def _level(operand: Any) -> int | None:
    info = ciphertext_info(operand) if isinstance(operand, Node) else None
    return info.level if info else None


def _slots(node: Node) -> int | None:
    packing = node.meta.get(PACKING_INFO)
    if packing is not None and packing.layout is not None:
        return packing.layout.slots
    shape = node_shape(node)
    return shape[-1] if shape else None


def _digests(array: np.ndarray) -> list[bytes]:
    """What tells the vectors of slots of a constant apart."""
    rows = np.ascontiguousarray(array if array.ndim > 1 else array.reshape(1, -1))
    return [blake2b(row.tobytes(), digest_size=16).digest() for row in rows]
