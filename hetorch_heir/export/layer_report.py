"""What each layer of the model costs in the final graph, next to what it costs at least."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from torch.fx import GraphModule, Node

from hetorch_heir.export.graph_constants import array_of
from hetorch_heir.passes.cost import DetailedCostAnalysis
from hetorch_heir.passes.graph import ciphertext_info, ciphertext_nodes, is_operation, operation_name
from hetorch_heir.passes.layers import layer_key, layer_of
from hetorch_heir.passes.packing.provenance import LEAST_PRODUCTS
from hetorch_heir.report.quantities import duration, size

MAX_WIDTH = 140


@dataclass(frozen=True)
class LayerCost:
    """Operations that some layers, merged into one linear stretch, or one activation take.

    Attributes:
        modules: dotted paths of the modules, in the order of the model.
        kinds: their classes, one for each module.
        source: file and line of the first one in the user's code, empty if unknown.
        babies: rotations of operands of linear transforms; those that several transforms share count for
            the first.
        giants: rotations of sums of products.
        ladder: other rotations: of rotate-and-sum ladders and of copies made beforehand.
        least_rotations: 2 * sqrt(products) - 2 for every transform, with the products that it sums; with k
            ciphertexts in and m out, 2 * sqrt(products) - k - m.
        products: ciphertext-plaintext products.
        least_products: for every transform p_in * p_out / n where it is dense, otherwise its nonzero
            weights / n; at least 1.
        ct_products: ciphertext-ciphertext products.
        bootstraps: that it executes.
        level: of the operands, where it starts.
        levels: that it consumes, to its result.
        milliseconds: estimated, on one thread, without encoding plaintexts; 0 without an estimate.
        encoding_milliseconds: for encoding its plaintexts, once.
        held_bytes: the most bytes of ciphertexts alive at once while it is computed.
        plaintext_bytes: of its plaintexts.
    """

    modules: tuple[str, ...]
    kinds: tuple[str, ...]
    source: str
    babies: int = 0
    giants: int = 0
    ladder: int = 0
    least_rotations: int = 0
    products: int = 0
    least_products: int = 0
    ct_products: int = 0
    bootstraps: int = 0
    level: int = 0
    levels: int = 0
    milliseconds: float = 0.0
    encoding_milliseconds: float = 0.0
    held_bytes: int = 0
    plaintext_bytes: int = 0

    @property
    def rotations(self) -> int:
        return self.babies + self.giants + self.ladder

    @property
    def label(self) -> str:
        """The layers as they are shown: their paths, one in a line; the model itself by its class."""
        return "\n".join(path or kind for path, kind in zip(self.modules, self.kinds, strict=True))

    def values(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        named = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            **named,
            "modules": list(self.modules),
            "kinds": list(self.kinds),
            "rotations": self.rotations,
        }


@dataclass(frozen=True)
class LayerStep:
    """What one node of the graph makes its layer execute.

    Attributes:
        node: in the order of the graph.
        layer: number of the layer in :attr:`LayerWork.layers`.
        operations: executions of each primitive operation, by name.
        rotations: steps of the rotations among them, in order.
    """

    node: Node
    layer: int
    operations: Mapping[str, int]
    rotations: tuple[int, ...] = ()


@dataclass(frozen=True)
class LayerWork:
    """The layers with their totals, and the steps that these add up."""

    layers: tuple[LayerCost, ...]
    steps: tuple[LayerStep, ...]


def result_of(steps: Sequence[LayerStep]) -> Node:
    """What a layer gives: of its values that others take, the highest; copies at lower levels are none."""
    own = {step.node for step in steps}
    computed = [step.node for step in steps if not is_operation(step.node, "level_reduce")]

    def leaves(node: Node) -> bool:
        return any(
            user not in own or (is_operation(user, "level_reduce") and leaves(user)) for user in node.users
        )

    given = [node for node in computed if leaves(node)] or computed or [steps[-1].node]
    return max(reversed(given), key=_level)


def _level(node: Node) -> int:
    info = ciphertext_info(node)
    return info.level if info is not None else 0


def layer_costs(graph_module: GraphModule, estimate: DetailedCostAnalysis | None = None) -> list[LayerCost]:
    """The layers in the order in which their results are there, as :func:`layer_work` counts them."""
    return list(layer_work(graph_module, estimate).layers)


def layer_work(graph_module: GraphModule, estimate: DetailedCostAnalysis | None = None) -> LayerWork:
    """The layers of a packed graph in the order in which their results are there, and their steps.

    Operations are counted as the exporter writes them: a transform by its schedule, and a rotation that
    several need once. The sums over all layers are the counts of the program.

    Args:
        estimate: time and memory of the graph's nodes, if the layers should have them too.
    """
    work = _Count(graph_module).run()
    return work if estimate is None else _with_estimate(work, estimate)


def _with_estimate(work: LayerWork, estimate: DetailedCostAnalysis) -> LayerWork:
    layers = list(work.layers)
    for step in work.steps:
        node, layer = estimate.nodes[step.node.name], layers[step.layer]
        layers[step.layer] = replace(
            layer,
            milliseconds=layer.milliseconds + node.latency,
            encoding_milliseconds=layer.encoding_milliseconds + node.encoding,
            held_bytes=max(layer.held_bytes, node.live_memory),
            plaintext_bytes=layer.plaintext_bytes + node.plaintext_memory,
        )
    return LayerWork(tuple(layers), work.steps)


class _Count:
    def __init__(self, graph_module: GraphModule) -> None:
        self._module = graph_module
        self._graph = graph_module.graph
        self._encrypted = ciphertext_nodes(graph_module.graph)
        self._ciphertexts: dict[Node, list[object]] = {}
        self._rotated: dict[tuple[object, int], object] = {}
        self._products: set[tuple[object, bytes]] = set()
        self._rows: dict[Hashable, LayerCost] = {}
        self._owner: dict[Node, Hashable] = {}
        self._steps: list[tuple[Hashable, LayerStep]] = []

    def run(self) -> LayerWork:
        for node in self._graph.nodes:
            if node in self._encrypted and is_operation(node):
                self._visit(node)
        self._pass_on_copies()
        numbers = {key: number for number, key in enumerate(self._order())}
        steps = tuple(replace(step, layer=numbers[key]) for key, step in self._steps)
        members: list[list[LayerStep]] = [[] for _ in numbers]
        for step in steps:
            members[step.layer].append(step)
        layers: list[LayerCost] = []
        for key, own in zip(numbers, members, strict=True):
            end = ciphertext_info(result_of(own))
            taken = [one for step in own for one in step.node.all_input_nodes if self._owner.get(one) != key]
            first = max((_level(one) for one in taken), default=0)
            levels = max(0, first - (end.level if end is not None else first))
            layers.append(replace(self._rows[key], level=first, levels=levels))
        return LayerWork(tuple(layers), steps)

    def _pass_on_copies(self) -> None:
        """Copies of an input at lower levels belong to the layer that takes them."""
        working = {key for key, step in self._steps if not is_operation(step.node, "level_reduce")}
        for number, (key, step) in reversed(list(enumerate(self._steps))):
            taker = next((self._owner[user] for user in step.node.users if user in self._owner), key)
            if key not in working and taker in working:
                self._steps[number] = (taker, step)
                self._owner[step.node] = taker

    def _order(self) -> list[Hashable]:
        """The layers such that each comes after those that it takes values of; of equals, by their ends."""
        last = {key: position for position, (key, _) in enumerate(self._steps)}
        before: dict[Hashable, set[Hashable]] = {key: set() for key in last}
        for key, step in self._steps:
            before[key] |= {self._owner[one] for one in step.node.all_input_nodes if one in self._owner} - {
                key
            }
        order: list[Hashable] = []
        waiting = dict.fromkeys(sorted(last, key=last.__getitem__))
        while waiting:
            # Layers that take values of each other have no such order.
            ready = next((key for key in waiting if before[key].isdisjoint(waiting)), next(iter(waiting)))
            del waiting[ready]
            order.append(ready)
        return order

    def _visit(self, node: Node) -> None:
        if is_operation(node, "pack"):
            self._ciphertexts[node] = [
                (node, row) for row in range(node.meta["packing_info"].layout.ciphertexts)
            ]
            return
        operand = node.args[0]
        assert isinstance(operand, Node)
        before = self._ciphertexts[operand]
        self._ciphertexts[node] = [(node, row) for row in range(len(before))]
        if is_operation(node, "unpack"):
            self._ciphertexts[node] = before
        elif is_operation(node, "linear_transform"):
            self._transform(node, before)
        elif is_operation(node, "rotate"):
            self._rotate(node, before)
        else:
            name = operation_name(node)
            counts = {_COUNTED[name]: len(before)} if name in _COUNTED else {}
            self._add(node, counts, {name: len(before)})

    def _rotate(self, node: Node, before: Sequence[object]) -> None:
        steps = int(node.args[1])  # pyright: ignore
        turned = [self._turned(one, steps, node) for one in before]
        self._ciphertexts[node] = [value for value, _ in turned]
        made = (steps,) * sum(new for _, new in turned)
        self._add(node, {"ladder": len(made)}, {"rotate": len(made)}, made)

    def _turned(self, value: object, steps: int, node: Node) -> tuple[object, bool]:
        """A rotated ciphertext, and whether it had to be made."""
        steps %= node.meta["packing_info"].layout.slots
        if steps == 0:
            return value, False
        key = (value, steps)
        new = key not in self._rotated
        return self._rotated.setdefault(key, key), new

    def _transform(self, node: Node, before: Sequence[object]) -> None:
        arguments: Any = node.args
        _, constants, outputs, giants, inputs, babies, diagonals, count = arguments
        groups = set(zip(outputs, giants, strict=True))
        terms = list(zip(inputs, babies, strict=True))
        turned = {(row, baby): self._turned(before[row], baby, node) for row, baby in dict.fromkeys(terms)}
        digests = [
            blake2b(np.ascontiguousarray(row).data, digest_size=16).digest()
            for row in array_of(self._module, constants)
        ]
        products = {
            (turned[term][0], digests[diagonal]) for term, diagonal in zip(terms, diagonals, strict=True)
        }
        new_products = products - self._products
        self._products |= products
        ends = len({row for row, _ in turned}) + len({output for output, _ in groups})
        self._ciphertexts[node] = [(node, row) for row in range(count)]
        babies_made = [baby for (_, baby), (_, new) in turned.items() if new]
        giants_made = [giant for _, giant in groups if giant]
        counts = {
            "babies": len(babies_made),
            "giants": len(giants_made),
            "least_rotations": max(0, math.ceil(2 * math.sqrt(len(terms)) - ends)),
            "products": len(new_products),
            "least_products": node.meta.get(LEAST_PRODUCTS, 1),
        }
        operations = {
            "rotate": len(babies_made) + len(giants_made),
            "pmult": len(new_products),
            "cadd": len(terms) - len({output for output, _ in groups}),
        }
        self._add(node, counts, operations, (*babies_made, *giants_made))

    def _add(
        self,
        node: Node,
        counts: Mapping[str, int],
        operations: Mapping[str, int],
        rotations: tuple[int, ...] = (),
    ) -> None:
        key = layer_key(node)
        if key not in self._rows:
            self._rows[key] = LayerCost(**vars(layer_of(node)))
        row = self._rows[key]
        self._rows[key] = replace(row, **{name: getattr(row, name) + count for name, count in counts.items()})
        slots = node.meta["packing_info"].layout.slots
        made = {name: count for name, count in operations.items() if count}
        if made:
            turns = tuple(steps % slots for steps in rotations)
            self._steps.append((key, LayerStep(node, 0, made, turns)))
            self._owner[node] = key


_COUNTED = {"pmult": "products", "cmult": "ct_products", "bootstrap": "bootstraps"}
"""Fields that count executions of operations, by the operation."""


def layer_table(layers: Sequence[LayerCost], rotation_keys: int, levels: int) -> str:
    """The costs as a table for a terminal, with the totals of the program at its end.

    Branches take their levels side by side: ``levels`` of the program are those of the longest way.
    """
    table = Table(box=box.SIMPLE_HEAD, show_footer=True, pad_edge=False, padding=(0, 1, 0, 0))
    columns = [one for one in _COLUMNS if any(getattr(layer, one.name) for layer in layers) or one.always]
    totals = {one.name: one.shown(one.total(getattr(layer, one.name) for layer in layers)) for one in columns}
    totals |= {"level": "", "levels": str(levels)}
    table.add_column("layers", footer="total", overflow="fold")
    if any(layer.source for layer in layers):
        table.add_column("source", overflow="fold")
    for one in columns:
        table.add_column(one.heading, footer=totals[one.name], justify="right", no_wrap=True)
    for layer in layers:
        places = [layer.source] if any(one.source for one in layers) else []
        table.add_row(layer.label, *places, *(one.shown(getattr(layer, one.name)) for one in columns))
    console = Console(width=MAX_WIDTH, color_system=None, markup=False)
    with console.capture() as captured:
        console.print(table)
    notes = f"  {rotation_keys} different rotation keys; ≥ is what the transforms of a layer take at least\n"
    return "\n".join(line.rstrip() for line in captured.get().splitlines() if line.strip()) + "\n" + notes


@dataclass(frozen=True)
class _Column:
    """A column of numbers; ``always`` shows it where they are all zero too."""

    name: str
    heading: str
    shown: Callable[[Any], str] = str
    total: Callable[[Iterable[Any]], Any] = sum
    always: bool = True


_COLUMNS = (
    _Column("rotations", "rotations"),
    _Column("babies", "babies"),
    _Column("giants", "giants"),
    _Column("ladder", "ladder"),
    _Column("least_rotations", "≥"),
    _Column("products", "products"),
    _Column("least_products", "≥"),
    _Column("ct_products", "ct-ct"),
    _Column("bootstraps", "bootstraps", always=False),
    _Column("level", "level"),
    _Column("levels", "levels"),
    _Column("milliseconds", "time", duration, always=False),
    _Column("held_bytes", "memory", size, max, always=False),
)
