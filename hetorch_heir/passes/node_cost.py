"""The homomorphic operations that a node of a graph stands for, and what they take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch.fx import GraphModule, Node

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
from hetorch_heir.passes.graph import PACKING_INFO, ciphertext_info, is_operation, node_shape, operation_name
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
        decompositions: operands that those are of.
        chain: the operations on the longest chain, where they are known.
        plaintexts: of the products and sums with plaintexts, those that have one of their own to encode.
        lowered: whether ``counts`` are homomorphic operations, or the node's own name because no pass
            has lowered it yet.
    """

    counts: Mapping[str, int]
    depth: int
    rotation_steps: frozenset[int] = frozenset()
    hoisted: int = 0
    lowered: bool = True
    decompositions: int = 0
    chain: tuple[str, ...] = ()
    plaintexts: int = 0


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
    return NodeCost({primitive: count}, 1, steps, chain=(primitive,))


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
    chain = ("rotate",) * bool(baby_steps) + ("pmult",) + ("cadd",) * _tree_depth(max(groups.values()))
    chain += ("rotate",) * bool(giant_steps) + ("cadd",) * _tree_depth(max(giants_per_output.values()))
    # A rotation that is the only one of its operand has nobody to share the decomposition with.
    sharing = [count for count in Counter(source for source, _ in baby_steps).values() if count > 1]
    return NodeCost(
        {name: count for name, count in counts.items() if count},
        len(chain),
        frozenset(step for _, step in baby_steps | giant_steps),
        hoisted=sum(sharing),
        decompositions=len(sharing),
        chain=chain,
    )


def _tree_depth(summands: int) -> int:
    return (summands - 1).bit_length()


def chebyshev_cost(node: Node) -> NodeCost:
    """The operations of the evaluation plan of the node's coefficients, without rescaling and
    relinearization: those are counted where passes have inserted them."""
    coefficients: Any = node.args[1]
    plan = plan_evaluation(coefficients)
    counts = Counter(_STEP_OPERATIONS[type(step)] for step in plan.steps if not isinstance(step, Input))
    chains: list[tuple[str, ...]] = []
    for step in plan.steps:
        before = max((chains[operand] for operand in operands(step)), key=len, default=())
        chains.append(before if isinstance(step, Input) else (*before, _STEP_OPERATIONS[type(step)]))
    ciphertexts, chain = ciphertexts_of(node), chains[plan.result]
    return NodeCost({name: count * ciphertexts for name, count in counts.items()}, len(chain), chain=chain)


def _rotation_step(node: Node) -> int:
    steps, shape = node.args[1], node_shape(node)
    assert isinstance(steps, int)
    return steps % shape[-1] if shape else steps


def latency_at(cost: NodeCost, model: CostModel, level: int | None) -> float:
    """Milliseconds of operations whose operands are at ``level``; None means the highest measured."""
    total = 0.0
    for operation, count in cost.counts.items():
        if operation in PRIMITIVE_OPERATIONS and cost.lowered:
            plain = count - (cost.hoisted if operation == "rotate" else 0)
            total += plain * model.latency(operation, level)
    if cost.hoisted and {"hoist", "hoisted_rotate"} <= model.operations:
        total += cost.decompositions * model.latency("hoist", level)
        total += cost.hoisted * model.latency("hoisted_rotate", level)
    elif cost.hoisted:
        total += cost.hoisted * model.latency("rotate", level)
    return total


def ciphertext_bytes(node: Node, model: CostModel, level: int | None = None) -> int:
    """Bytes of the ciphertexts that carry the value of a node; 0 for what the client holds.

    Args:
        level: of a value of which nothing is known; None takes the highest measured.
    """
    packed_by_client = (
        node.op == "placeholder" and node.users and all(is_operation(u, "pack") for u in node.users)
    )
    if packed_by_client or is_operation(node, "unpack"):
        return 0  # the client's plaintext
    info = ciphertext_info(node)
    level, dimension = (info.level, info.dimension) if info else (level, 2)
    return ciphertexts_of(node) * model.ciphertext_bytes(level, dimension)
