"""The layers of a compiled graph as a report shows them: ways, costs, time, memory, placements."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from torch.fx import GraphModule, Node

from hetorch_heir.backends.base import CostModel
from hetorch_heir.core.packing import PackingInfo
from hetorch_heir.export.layer_report import LayerStep, LayerWork, result_of
from hetorch_heir.passes.cost import DetailedCostAnalysis
from hetorch_heir.passes.graph import PACKING_INFO, ciphertext_info, is_operation
from hetorch_heir.passes.packing.extraction import output_nodes_of
from hetorch_heir.passes.packing.provenance import LAYERS
from hetorch_heir.report.data import DataPoint, Layer, Operation, Placement

Origin = int | str
"""Where a value comes from: the number of a layer, or the name of an input."""


class LayerCollection:
    """What the steps of each layer add up to.

    Args:
        graph_module: packed and managed.
        work: its layers and steps.
        analysis: what its nodes cost.
        model: latencies of operations, those that the analysis is by.
    """

    def __init__(
        self, graph_module: GraphModule, work: LayerWork, analysis: DetailedCostAnalysis, model: CostModel
    ) -> None:
        self._module = graph_module
        self._work = work
        self._analysis = analysis
        self._model = model
        self._origins = _origins(graph_module.graph.nodes, work.steps)

    def layers(self) -> tuple[Layer, ...]:
        return tuple(self._layer(number, own) for number, own in enumerate(self._steps()))

    def results(self) -> tuple[Node, ...]:
        """The node of the result of each layer."""
        return tuple(result_of(own) for own in self._steps())

    def _steps(self) -> list[list[LayerStep]]:
        steps: list[list[LayerStep]] = [[] for _ in self._work.layers]
        for step in self._work.steps:
            steps[step.layer].append(step)
        return steps

    def outputs(self) -> tuple[tuple[Origin, ...], ...]:
        """For each output of the model, where it comes from."""
        return tuple(tuple(self._origins[node]) for node in output_nodes_of(self._module))

    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs that the client encrypts, or packs."""
        names = (str(node.args[0]) for node in self._module.graph.nodes if is_operation(node, "pack"))
        return tuple(dict.fromkeys(names))

    def _layer(self, number: int, steps: Sequence[LayerStep]) -> Layer:
        cost, nodes = self._work.layers[number], [step.node for step in steps]
        own, last = set(nodes), result_of(steps)
        before = [one for node in nodes for one in node.all_input_nodes if one not in own and _is_packed(one)]
        info = ciphertext_info(last)
        assert info is not None
        taken = dict.fromkeys(origin for one in before for origin in self._origins[one])
        turns = Counter(turn for step in steps for turn in step.rotations)
        return Layer(
            modules=cost.modules,
            kinds=cost.kinds,
            places=_places(nodes),
            inputs=tuple(origin for origin in taken if origin != number),
            costs=cost.values(),
            operations=self._operations(steps),
            rotations=dict(sorted(turns.items())),
            last_level=info.level,
            log_scale=info.log_scale,
            takes=tuple(dict.fromkeys(placement_of(one) for one in before)),
            gives=placement_of(last),
        )

    def _operations(self, steps: Sequence[LayerStep]) -> tuple[Operation, ...]:
        counts: Counter[str] = Counter()
        levels: defaultdict[str, set[int]] = defaultdict(set)
        milliseconds: defaultdict[str, float] = defaultdict(float)
        for step in steps:
            level = _level_before(step.node)
            for name, taken in self._latencies(step, level).items():
                counts[name] += step.operations[name]
                levels[name].add(level)
                milliseconds[name] += taken
        order = sorted(counts, key=lambda name: -milliseconds[name])
        return tuple(
            Operation(name, counts[name], (min(levels[name]), max(levels[name])), milliseconds[name])
            for name in order
        )

    def _latencies(self, step: LayerStep, level: int) -> dict[str, float]:
        """The estimate of a node, by operation; rotations, which share decompositions, take what is left."""
        total = self._analysis.nodes[step.node.name].latency
        main = "rotate" if "rotate" in step.operations else next(iter(step.operations))
        taken = {
            name: count * self._model.latency(name, level)
            for name, count in step.operations.items()
            if name != main
        }
        return {main: total - sum(taken.values()), **taken}


def data_points(steps: Iterable[LayerStep]) -> tuple[DataPoint, ...]:
    """The way of the data through each layer, from a value that it takes to its result."""
    by_layer: defaultdict[int, list[LayerStep]] = defaultdict(list)
    for step in steps:
        by_layer[step.layer].append(step)
    return tuple(point for layer in sorted(by_layer) for point in _way(layer, by_layer[layer]))


def _way(layer: int, steps: Sequence[LayerStep]) -> Iterable[DataPoint]:
    """The longest way to the last step: with the most bootstraps, and past copies at lower levels."""
    operation = {step.node: _main_operation(step) for step in steps}
    rank: dict[Node, tuple[int, int, int]] = {}
    before: dict[Node, Node] = {}
    for node, name in operation.items():
        bootstraps, copies, length = 0, 0, 0
        operands = [one for one in node.all_input_nodes if one in rank]
        if operands:
            before[node] = max(operands, key=rank.__getitem__)
            bootstraps, copies, length = rank[before[node]]
        rank[node] = (bootstraps + (name == "bootstrap"), copies - (name == "level_reduce"), length + 1)
    way: list[Node] = []
    node: Node | None = result_of(steps)
    while node is not None:
        way.append(node)
        node = before.get(node)
    start = next((one for one in way[-1].all_input_nodes if ciphertext_info(one) is not None), way[-1])
    for node in (start, *reversed(way)):
        info = ciphertext_info(node)
        assert info is not None
        yield DataPoint(layer, operation.get(node, "start"), info.level, info.log_scale)


def _main_operation(step: LayerStep) -> str:
    return "bootstrap" if "bootstrap" in step.operations else next(iter(step.operations))


def placement_of(node: Node) -> Placement:
    """How the value of a node lies in slots."""
    packing: PackingInfo = node.meta[PACKING_INFO]
    layout = packing.layout
    assert layout is not None
    filled = int((layout.table >= 0).sum())
    total = layout.ciphertexts * layout.slots
    return Placement(
        packing.dimensions,
        layout.ciphertexts,
        layout.slots,
        layout.size,
        filled / layout.size,
        filled / total,
        layout.name,
    )


def _is_packed(node: Node) -> bool:
    packing = node.meta.get(PACKING_INFO)
    return packing is not None and packing.layout is not None and node.op != "placeholder"


def _origins(nodes: Iterable[Node], steps: Iterable[LayerStep]) -> dict[Node, dict[Origin, None]]:
    """For each value the layers or inputs that it comes from; what executes nothing passes them on."""
    layer_of = {step.node: step.layer for step in steps}
    origins: dict[Node, dict[Origin, None]] = {}
    for node in nodes:
        if node in layer_of:
            origins[node] = {layer_of[node]: None}
        elif is_operation(node, "pack"):
            origins[node] = {str(node.args[0]): None}
        else:
            origins[node] = {one: None for before in node.all_input_nodes for one in origins[before]}
    return origins


def _level_before(node: Node) -> int:
    """Level of the operand of a node."""
    info = next((info for one in node.all_input_nodes if (info := ciphertext_info(one)) is not None), None)
    return info.level if info is not None else 0


def _places(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Files and lines of the user's code that nodes come from."""
    places: dict[str, None] = {}
    for node in nodes:
        sources: tuple[Any, ...] = node.meta.get(LAYERS) or (node.meta.get("source"),)
        for one in sources:
            file, line = getattr(one, "file", None), getattr(one, "line", None)
            if file is not None:
                places[str(file) if line is None else f"{file}:{line}"] = None
    return tuple(places)
