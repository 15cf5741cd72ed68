"""What a graph of homomorphic operations costs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch.fx import Graph, GraphModule, Node

from hetorch_heir.approx.evaluation_plan import (
    Add,
    AddConstant,
    Input,
    Product,
    Scale,
    Step,
    Subtract,
    operands,
)
from hetorch_heir.approx.planner import plan_evaluation
from hetorch_heir.backends.base import CostModel
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.passes.graph import (
    PACKING_INFO,
    ciphertext_info,
    ciphertext_nodes,
    is_operation,
    node_shape,
    operation_name,
)
from hetorch_heir.passes.operations import OPERATIONS, PRIMITIVE_OPERATIONS

_WITH_CIPHERTEXT = {"add": "cadd", "sub": "csub", "rsub": "csub", "mul": "cmult", "square": "cmult"}
_WITH_PLAINTEXT = {"add": "padd", "sub": "psub", "rsub": "psub", "mul": "pmult", "div": "pmult"}
_UNARY = {"neg": "negate"}
_STEP_OPERATIONS: dict[type[Step], str] = {
    Product: "cmult",
    Scale: "pmult",
    Add: "cadd",
    Subtract: "csub",
    AddConstant: "padd",
}

_STRUCTURE = frozenset(("placeholder", "get_attr", "output", "getitem", "size"))
_CLIENT = frozenset(("pack", "unpack"))
_RESHAPES = frozenset(
    (
        "view",
        "unsafe_view",
        "reshape",
        "flatten",
        "unflatten",
        "squeeze",
        "unsqueeze",
        "permute",
        "transpose",
        "t",
    )
)
_IDENTITIES = frozenset(
    ("expand", "clone", "contiguous", "detach", "alias", "dropout", "identity", "to", "to_copy")
)
_FREE = _STRUCTURE | _CLIENT | _RESHAPES | _IDENTITIES
"""Operations that the server does not execute: the client's, or changes of a tensor's shape only."""


@dataclass(frozen=True)
class NodeCost:
    """The operations that one node stands for.

    Args:
        counts: how often each primitive operation is executed.
        depth: operations on the longest chain of them.
        rotation_steps: the different rotation indices.
        hoisted: of the rotations, those that share the decomposition of their operand.
        lowered: whether ``counts`` are homomorphic operations, or the node's own name because no pass
            has lowered it yet.
    """

    counts: Mapping[str, int]
    depth: int
    rotation_steps: frozenset[int] = frozenset()
    hoisted: int = 0
    lowered: bool = True


@dataclass(frozen=True)
class DetailedCostAnalysis:
    """The cost of a graph.

    Args:
        total_operations: executions of each operation; structured operations count as what they stand
            for, and operations that are not lowered yet under their own names.
        estimated_latency: milliseconds on one thread, by the backend's cost model.
        estimated_memory: the most bytes of ciphertext alive at any time.
        critical_path: names of the operations on the path of the longest latency, input to output.
        critical_path_latency: milliseconds along it.
        depth: operations on the longest path.
        parallelism: operations divided by depth.
        rotation_keys: different rotation indices, each of which needs a key.
        unlowered: executions of operations that are not lowered yet, which have no estimated latency.
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


def analyze(
    graph_module: GraphModule, context: CompilationContext, *, critical_path: bool = True
) -> DetailedCostAnalysis:
    """The cost of a graph on the context's backend; ``critical_path`` False leaves that out."""
    graph, model = graph_module.graph, context.cost_model
    encrypted = ciphertext_nodes(graph)
    costs = {node: node_cost(node, graph_module, encrypted) for node in graph.nodes}
    totals, unlowered, steps = Counter[str](), Counter[str](), set[int]()
    for cost in costs.values():
        totals.update(cost.counts)
        steps |= cost.rotation_steps
        if not cost.lowered:
            unlowered.update(cost.counts)
    latencies = {node: _latency(node, cost, model) for node, cost in costs.items()}
    path, path_latency = _longest_path(graph, latencies) if critical_path else ([], 0.0)
    _, depth = _longest_path(graph, {node: cost.depth for node, cost in costs.items()})
    return DetailedCostAnalysis(
        total_operations=dict(totals.most_common()),
        estimated_latency=math.fsum(latencies.values()),
        estimated_memory=_peak_memory(graph, encrypted, model),
        critical_path=tuple(_path_labels(path, costs, graph_module)),
        critical_path_latency=path_latency,
        depth=int(depth),
        parallelism=totals.total() / depth if depth else 0.0,
        rotation_keys=len(steps),
        unlowered=dict(unlowered.most_common()),
    )


def node_cost(node: Node, graph_module: GraphModule, encrypted: set[Node]) -> NodeCost:
    """The operations that ``node`` stands for; none where it handles plaintext only."""
    name = operation_name(node, graph_module)
    if node not in encrypted or name in _FREE:
        return NodeCost({}, 0)
    if is_operation(node, "linear_transform"):
        return linear_transform_cost(node)
    if is_operation(node, "chebyshev"):
        return chebyshev_cost(node)
    primitive = name if name in OPERATIONS else _primitive(node, name, encrypted)
    count = ciphertexts_of(node)
    if primitive is None:
        return NodeCost({name: count}, 1, lowered=False)
    steps = frozenset({_rotation_step(node)} if primitive == "rotate" else ())
    return NodeCost({primitive: count}, 1, steps)


def _primitive(node: Node, name: str, encrypted: set[Node]) -> str | None:
    """The homomorphic operation that an elementwise ATen or torch operation becomes."""
    if name == "pow":
        return "cmult" if node.args[1:] == (2,) else None
    operands = [argument for argument in node.args if argument in encrypted]
    both_encrypted = len(operands) > 1 or name == "square"
    return _UNARY.get(name) or (_WITH_CIPHERTEXT if both_encrypted else _WITH_PLAINTEXT).get(name)


def ciphertexts_of(node: Node) -> int:
    """Ciphertexts that carry the value of a node; 1 where nothing says."""
    packing = node.meta.get(PACKING_INFO)
    if packing is None:
        info = ciphertext_info(node)
        packing = info.packing if info else None
    return packing.ciphertexts if packing else 1


def linear_transform_cost(node: Node) -> NodeCost:
    """Babies are rotated once per input, giants once per output, each diagonal multiplied once with each."""
    columns: Any = node.args[2:6]
    diagonals: Any = node.args[6]
    terms = list(zip(*columns, strict=True))
    products = {(*term[2:], diagonal) for term, diagonal in zip(terms, diagonals, strict=True)}
    baby_steps = {(source, baby) for _, _, source, baby in terms if baby}
    giant_steps = {(output, giant) for output, giant, _, _ in terms if giant}
    groups = Counter((output, giant) for output, giant, _, _ in terms)
    giants_per_output = Counter(output for output, _ in groups)
    counts = {
        "rotate": len(baby_steps) + len(giant_steps),
        "pmult": len(products),
        "cadd": len(terms) - len(giants_per_output),
    }
    sums = _tree_depth(max(groups.values())) + _tree_depth(max(giants_per_output.values()))
    return NodeCost(
        {name: count for name, count in counts.items() if count},
        bool(baby_steps) + 1 + bool(giant_steps) + sums,
        frozenset(step for _, step in baby_steps | giant_steps),
        hoisted=len(baby_steps),
    )


def _tree_depth(summands: int) -> int:
    return (summands - 1).bit_length()


def chebyshev_cost(node: Node) -> NodeCost:
    """The operations of the evaluation plan of the node's coefficients, without rescaling and
    relinearization: those are counted where passes have inserted them."""
    coefficients: Any = node.args[1]
    plan = plan_evaluation(coefficients)
    counts = Counter(_STEP_OPERATIONS[type(step)] for step in plan.steps if not isinstance(step, Input))
    chains: list[int] = []
    for step in plan.steps:
        longest = max((chains[operand] for operand in operands(step)), default=-1)
        chains.append(longest + 1)
    ciphertexts = ciphertexts_of(node)
    return NodeCost({name: count * ciphertexts for name, count in counts.items()}, chains[plan.result])


def _rotation_step(node: Node) -> int:
    steps, shape = node.args[1], node_shape(node)
    assert isinstance(steps, int)
    return steps % shape[-1] if shape else steps


def _latency(node: Node, cost: NodeCost, model: CostModel) -> float:
    """Milliseconds of the operations of a node, all at the level of its first encrypted operand.

    On three polynomials everything takes half as long again, but for the relinearization itself.
    """
    infos = [info for one in node.all_input_nodes if (info := ciphertext_info(one)) is not None]
    level = infos[0].level if infos else None
    dimension = max((info.dimension for info in infos), default=2)
    larger = 1.0 if "relinearize" in cost.counts else dimension / 2
    return larger * latency_at(cost, model, level)


def latency_at(cost: NodeCost, model: CostModel, level: int | None) -> float:
    """Milliseconds of operations whose operands are at ``level``; None means the highest measured."""
    total = 0.0
    for operation, count in cost.counts.items():
        if operation in PRIMITIVE_OPERATIONS and cost.lowered:
            plain = count - (cost.hoisted if operation == "rotate" else 0)
            total += plain * model.latency(operation, level)
    if cost.hoisted and {"hoist", "hoisted_rotate"} <= model.operations:
        total += model.latency("hoist", level) + cost.hoisted * model.latency("hoisted_rotate", level)
    elif cost.hoisted:
        total += cost.hoisted * model.latency("rotate", level)
    return total


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


def _peak_memory(graph: Graph, encrypted: set[Node], model: CostModel) -> int:
    """The most bytes of ciphertexts alive at once, when nodes run in order and die at their last use."""
    order = {node: position for position, node in enumerate(graph.nodes)}
    dying: dict[int, list[Node]] = {}
    for node in encrypted:
        dying.setdefault(max((order[user] for user in node.users), default=order[node]), []).append(node)
    alive = peak = 0
    for position, node in enumerate(graph.nodes):
        if node in encrypted and node.op != "output":
            alive += ciphertext_bytes(node, model)
        peak = max(peak, alive)
        alive -= sum(ciphertext_bytes(dead, model) for dead in dying.get(position, ()) if dead.op != "output")
    return peak


def ciphertext_bytes(node: Node, model: CostModel) -> int:
    """Bytes of the ciphertexts that carry the value of a node; 0 for what the client holds."""
    packed_by_client = (
        node.op == "placeholder" and node.users and all(is_operation(u, "pack") for u in node.users)
    )
    if packed_by_client or is_operation(node, "unpack"):
        return 0  # the client's plaintext
    info = ciphertext_info(node)
    level, dimension = (info.level, info.dimension) if info else (None, 2)
    return ciphertexts_of(node) * model.ciphertext_bytes(level, dimension)
