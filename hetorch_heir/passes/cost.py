"""What a graph of homomorphic operations costs: time, memory, keys, depth."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from torch.fx import Graph, GraphModule, Node

from hetorch_heir.backends.base import CostModel
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.passes.graph import ciphertext_info, ciphertext_nodes, is_operation, operation_name
from hetorch_heir.passes.layers import Layer, layer_key, layer_of
from hetorch_heir.passes.liveness import live_ranges
from hetorch_heir.passes.node_cost import (
    NodeCost,
    ciphertext_bytes,
    ciphertexts_of,
    latency_at,
    node_cost,
)
from hetorch_heir.passes.shared_work import shared_costs

__all__ = [
    "DetailedCostAnalysis",
    "LayerEstimate",
    "NodeCost",
    "NodeEstimate",
    "analyze",
    "ciphertext_bytes",
    "ciphertexts_of",
    "latency_at",
    "node_cost",
]

ASSUMED_LEVELS = (
    "levels are not known before RescalingInsertionPass: all operations are taken at the level of fresh"
    " ciphertexts"
)
UNKNOWN_PARAMETERS = (
    "parameters are not chosen yet: levels count down from an arbitrary one, keys have no size"
)
MEASURED_FOR_CKKS = "latencies were measured for CKKS, at the same ring and number of primes"
BOOTSTRAP_KEYS = "the keys of bootstraps are not counted: their number is the library's choice"


@dataclass(frozen=True)
class NodeEstimate:
    """What one node takes, without what nodes before it have done already.

    Attributes:
        operations: executions of homomorphic operations, by name.
        latency: milliseconds on one thread, encoding of plaintexts excepted.
        encoding: milliseconds for encoding the plaintexts that no node before it has.
        critical: milliseconds with as many threads as it can use.
        live_memory: bytes of the ciphertexts that are alive while it runs.
        plaintext_memory: bytes of the plaintexts that no node before it has encoded.
    """

    operations: Mapping[str, int]
    latency: float
    encoding: float
    critical: float
    live_memory: int
    plaintext_memory: int


@dataclass(frozen=True)
class LayerEstimate:
    """What some layers, merged into one linear stretch, or one activation take.

    Attributes:
        layer: their places in the model.
        operations: executions of homomorphic operations, by name.
        latency, encoding: sums of those of its nodes, milliseconds.
        live_memory: the most bytes of ciphertexts alive while one of its nodes runs.
        plaintext_memory: bytes of its plaintexts.
    """

    layer: Layer
    operations: Mapping[str, int]
    latency: float
    encoding: float
    live_memory: int
    plaintext_memory: int


@dataclass(frozen=True)
class DetailedCostAnalysis:
    """The cost of a graph.

    Attributes:
        total_operations: executions of each operation; structured operations count as what they stand
            for, and operations that are not lowered yet under their own names.
        estimated_latency: milliseconds on one thread, by the backend's cost model; encoding of plaintexts,
            which can be done before, is ``encoding_latency``.
        estimated_memory: the most bytes of ciphertext alive at any time, those inside of linear transforms
            included.
        critical_path: names of the operations on the path of the longest latency, input to output.
        critical_path_latency: milliseconds along it, the least with any number of threads.
        depth: operations on the longest path.
        parallelism: operations divided by depth.
        rotation_keys: different rotation indices, each of which needs a key.
        unlowered: executions of operations that are not lowered yet, which have no estimated latency.
        encoding_latency: milliseconds for encoding all plaintexts once.
        plaintext_memory: bytes of all encoded plaintexts.
        key_memory: bytes of the keys for rotations and relinearizations; None while the parameters are not
            chosen.
        multiplicative_depth: products on the path that has the most, those with plaintexts included.
        bootstraps: executions of bootstraps.
        layers: the same by layer of the model, in the order in which they are computed.
        nodes: the same by the name of the node.
        assumptions: what could not be known at this stage of compilation.
    """

    total_operations: dict[str, int]
    estimated_latency: float
    estimated_memory: int
    critical_path: tuple[str, ...]
    critical_path_latency: float
    depth: int
    parallelism: float
    rotation_keys: int = 0
    unlowered: dict[str, int] = field(default_factory=dict)
    encoding_latency: float = 0.0
    plaintext_memory: int = 0
    key_memory: int | None = None
    multiplicative_depth: int = 0
    bootstraps: int = 0
    layers: tuple[LayerEstimate, ...] = ()
    nodes: Mapping[str, NodeEstimate] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()

    @property
    def thread_parallelism(self) -> float:
        """How many threads are busy on average, if there are as many as can be used: total over critical."""
        return self.estimated_latency / self.critical_path_latency if self.critical_path_latency else 1.0


def analyze(
    graph_module: GraphModule,
    context: CompilationContext,
    *,
    critical_path: bool = True,
    model: CostModel | None = None,
) -> DetailedCostAnalysis:
    """The cost of a graph.

    Args:
        graph_module: at any stage of compilation.
        context: gives the parameters, and the backend whose cost model is asked.
        critical_path: False leaves that out.
        model: latencies of another backend, at the ring of the parameters.
    """
    return _Analysis(graph_module, context, model or _model_of(graph_module, context)).run(critical_path)


class _Analysis:
    def __init__(self, graph_module: GraphModule, context: CompilationContext, model: CostModel) -> None:
        self._module, self._graph, self._model = graph_module, graph_module.graph, model
        self._encrypted = ciphertext_nodes(self._graph)
        self._costs = shared_costs(graph_module, self._encrypted)
        self._chain = _chain(context)
        self._scheme = context.scheme
        known = self._chain is not None or context.scheme is not HEScheme.CKKS
        self._fresh = context.initial_level if known else None
        """Level of operands of which nothing is known; None takes the highest measured."""

    def run(self, critical_path: bool) -> DetailedCostAnalysis:
        totals, unlowered, steps = Counter[str](), Counter[str](), set[int]()
        for cost in self._costs.values():
            totals.update(cost.counts)
            steps |= cost.rotation_steps
            if not cost.lowered:
                unlowered.update(cost.counts)
        live = self._live_memory()
        nodes = {node: self._estimate(node, live[node]) for node in self._graph.nodes}
        critical = {node: one.critical for node, one in nodes.items()}
        path, path_latency = _longest_path(self._graph, critical) if critical_path else ([], 0.0)
        _, depth = _longest_path(self._graph, {node: cost.depth for node, cost in self._costs.items()})
        products = {node: _products(cost) for node, cost in self._costs.items()}
        return DetailedCostAnalysis(
            total_operations=dict(totals.most_common()),
            estimated_latency=math.fsum(one.latency for one in nodes.values()),
            estimated_memory=max(live.values(), default=0),
            critical_path=tuple(_path_labels(path, self._costs, self._module)),
            critical_path_latency=path_latency,
            depth=int(depth),
            parallelism=totals.total() / depth if depth else 0.0,
            rotation_keys=len(steps),
            unlowered=dict(unlowered.most_common()),
            encoding_latency=math.fsum(one.encoding for one in nodes.values()),
            plaintext_memory=sum(one.plaintext_memory for one in nodes.values()),
            key_memory=self._key_memory(len(steps), totals),
            multiplicative_depth=int(_longest_path(self._graph, products)[1]),
            bootstraps=totals["bootstrap"],
            layers=tuple(_layers(nodes)),
            nodes={node.name: one for node, one in nodes.items() if one.operations},
            assumptions=tuple(self._assumptions(totals)),
        )

    def _estimate(self, node: Node, live_memory: int) -> NodeEstimate:
        cost, model = self._costs[node], self._model
        infos = [info for one in node.all_input_nodes if (info := ciphertext_info(one)) is not None]
        level = infos[0].level if infos else self._fresh
        # On three polynomials everything takes half as long again, but for the relinearization itself.
        dimension = max((info.dimension for info in infos), default=2)
        larger = 1.0 if {"relinearize", "cmult"} & cost.counts.keys() else dimension / 2
        latency = larger * latency_at(cost, model, level)
        critical = sum(larger * model.latency(name, level) for name in cost.chain) if cost.lowered else 0.0
        encoding = cost.plaintexts * model.latency("encode", level) if cost.plaintexts else 0.0
        plaintext_bytes = cost.plaintexts * model.ciphertext_bytes(level, dimension=1)
        # Rotations that share a decomposition are faster than the one that the chain counts.
        return NodeEstimate(
            cost.counts, latency, encoding, min(critical, latency), live_memory, plaintext_bytes
        )

    def _live_memory(self) -> dict[Node, int]:
        """Bytes of ciphertexts alive at each node, when nodes run in order and die at their last use."""
        nodes = list(self._graph.nodes)
        size = {
            node: self._bytes(node) if node in self._encrypted and node.op != "output" else 0
            for node in nodes
        }
        changes = [0] * (len(nodes) + 1)
        for node, alive in live_ranges(nodes).items():
            changes[alive.start] += size[node]
            changes[alive.end + 1] -= size[node]
        held, live = 0, dict[Node, int]()
        for node, change in zip(nodes, changes, strict=False):
            held += change
            live[node] = held + self._workspace(node)
        return live

    def _bytes(self, node: Node) -> int:
        if ciphertext_info(node) is None and self._fresh is not None:
            return ciphertext_bytes(node, self._model, self._fresh)
        return ciphertext_bytes(node, self._model)

    def _workspace(self, node: Node) -> int:
        """Bytes inside of a linear transform: the rotated operands, a product and a sum."""
        cost = self._costs[node]
        if not is_operation(node, "linear_transform"):
            return 0
        info = ciphertext_info(node.all_input_nodes[0])
        one = self._model.ciphertext_bytes(info.level if info else self._fresh)
        return one * (cost.hoisted + 2)

    def _key_memory(self, rotations: int, totals: Mapping[str, int]) -> int | None:
        if self._chain is None:
            return None
        relinearizes = bool(totals.get("cmult") or totals.get("relinearize"))
        return (rotations + relinearizes) * self._chain.key_bytes

    def _assumptions(self, totals: Mapping[str, int]) -> Iterable[str]:
        if self._scheme is not HEScheme.CKKS:
            yield MEASURED_FOR_CKKS
        elif self._chain is None:
            yield UNKNOWN_PARAMETERS
        elif not any(ciphertext_info(node) for node in self._encrypted if node.op != "placeholder"):
            yield ASSUMED_LEVELS
        if totals.get("bootstrap"):
            yield BOOTSTRAP_KEYS


def _model_of(graph_module: GraphModule, context: CompilationContext) -> CostModel:
    """The costs of the backend; its contexts that bootstrap have more primes, and are slower."""
    chain, bootstraps = (
        _chain(context),
        any(is_operation(one, "bootstrap") for one in graph_module.graph.nodes),
    )
    if chain is None or not bootstraps:
        return context.cost_model
    return context.backend.cost_model.for_chain(chain, bootstraps=True)


def _chain(context: CompilationContext) -> CKKSChain | None:
    try:
        return context.chain
    except ParameterError:
        return None


def _products(cost: NodeCost) -> int:
    return sum(name in ("cmult", "pmult") for name in cost.chain)


def _layers(nodes: Mapping[Node, NodeEstimate]) -> Iterable[LayerEstimate]:
    members: dict[Hashable, list[Node]] = {}
    for node, estimate in nodes.items():
        if estimate.operations:
            members.setdefault(layer_key(node), []).append(node)
    for group in members.values():
        estimates = [nodes[node] for node in group]
        operations = Counter[str]()
        for one in estimates:
            operations.update(one.operations)
        yield LayerEstimate(
            layer_of(group[0]),
            dict(operations.most_common()),
            math.fsum(one.latency for one in estimates),
            math.fsum(one.encoding for one in estimates),
            max(one.live_memory for one in estimates),
            sum(one.plaintext_memory for one in estimates),
        )


def _longest_path(graph: Graph, weights: Mapping[Node, float]) -> tuple[list[Node], float]:
    """The heaviest path from an input to an output, and its weight."""
    heaviest: dict[Node, float] = {}
    previous: dict[Node, Node | None] = {}
    for node in graph.nodes:
        before = max(node.all_input_nodes, key=lambda argument: heaviest[argument], default=None)
        previous[node] = before
        heaviest[node] = weights[node] + (heaviest[before] if before is not None else 0.0)
    last = next(iter(reversed(graph.nodes)), None)
    weight = heaviest[last] if last is not None else 0.0
    path: list[Node] = []
    while last is not None:
        path.append(last)
        last = previous[last]
    return path[::-1], weight


def _path_labels(
    path: Iterable[Node], costs: Mapping[Node, NodeCost], graph_module: GraphModule
) -> Iterable[str]:
    for node in path:
        if node.op == "placeholder":
            yield "input"
        elif node.op == "output":
            yield "output"
        elif costs[node].counts:
            only = next(iter(costs[node].counts)) if len(costs[node].counts) == 1 else None
            yield only or operation_name(node, graph_module)
