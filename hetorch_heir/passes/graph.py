"""Reading torch.fx graphs of every flavour: ATen overloads, torch functions, methods, modules, operators."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch.fx import Graph, GraphModule, Node

from hetorch_heir.core.ciphertext import CiphertextInfo
from hetorch_heir.passes import operations

CIPHERTEXT_INFO = "ciphertext_info"
PACKING_INFO = "packing_info"

FACTOR_SCALE = "factor_scale"
"""Metadata of a ``pmult`` of an imported program whose plaintext isn't encoded at the base scale: the log2 of
the scale that it has."""

_ALIASES = {
    "subtract": "sub",
    "multiply": "mul",
    "negative": "neg",
    "divide": "div",
    "true_divide": "div",
    "truediv": "div",
    "iadd": "add",
    "isub": "sub",
    "imul": "mul",
    "itruediv": "div",
    "ipow": "pow",
    "special_expit": "sigmoid",
    "swish": "silu",
    "leakyrelu": "leaky_relu",
    "batchnorm1d": "batch_norm",
    "batchnorm2d": "batch_norm",
    "native_dropout": "dropout",
}
"""Other spellings of canonical names; every name not in here is canonical."""

_OVERLOADED = (torch._ops.OpOverload, torch._ops.OpOverloadPacket)


def operation_name(node: Node, graph_module: GraphModule | None = None) -> str:
    """Canonical name of what a node does, whatever form of call it is.

    ``aten.relu.default``, ``torch.relu``, ``F.relu``, ``x.relu()`` and ``nn.ReLU()`` are all "relu";
    ``aten.mul.Tensor``, ``x * y`` and ``torch.mul`` are all "mul"; ``torch.ops.hetorch.cmult`` is
    "cmult". Nodes that compute nothing have the name of their kind: "placeholder", "get_attr", "output".

    Args:
        graph_module: where the modules of call_module nodes are; by default the one that owns the graph.
    """
    if node.op == "call_method":
        return _canonical(str(node.target))
    if node.op == "call_module":
        owner = graph_module or node.graph.owning_module
        if owner is None:
            raise ValueError(f"the graph of {node} has no module to look up '{node.target}' in")
        return _canonical(type(owner.get_submodule(str(node.target))).__name__.lower())
    if node.op != "call_function":
        return node.op
    target = node.target
    if isinstance(target, torch._ops.OpOverload):
        return _canonical(target._schema.name.split("::")[-1])
    if isinstance(target, torch._ops.OpOverloadPacket):
        return _canonical(target.__name__)
    return _canonical(getattr(target, "__name__", str(target)))


def _canonical(name: str) -> str:
    bare = re.sub(r"^_+|_+$", "", name) or name
    return _ALIASES.get(bare, bare)


def is_operation(node: Node, *names: str) -> bool:
    """Whether a node is one of our ``torch.ops.hetorch`` operators, and one of ``names`` if any are given."""
    target = node.target
    if node.op != "call_function" or not isinstance(target, _OVERLOADED):
        return False
    qualified = (
        target._schema.name if isinstance(target, torch._ops.OpOverload) else target._qualified_op_name
    )
    namespace, name = qualified.split("::")
    return namespace == operations.NAMESPACE and (not names or name in names)


def is_public(node: Node) -> bool:
    """Whether a placeholder is a plaintext input."""
    return bool(node.meta.get("public", False))


def ciphertext_nodes(graph: Graph) -> set[Node]:
    """The nodes whose values depend on an encrypted input."""
    encrypted: set[Node] = set()
    for node in graph.nodes:
        secret_input = node.op == "placeholder" and not is_public(node)
        if secret_input or any(argument in encrypted for argument in node.all_input_nodes):
            encrypted.add(node)
    return encrypted


def is_ciphertext(node: object) -> bool:
    """Whether a value is encrypted: it says so, or it depends on an encrypted input."""
    if not isinstance(node, Node):
        return False
    pending, seen = [node], {node}
    while pending:
        current = pending.pop()
        if CIPHERTEXT_INFO in current.meta or (current.op == "placeholder" and not is_public(current)):
            return True
        fresh = [argument for argument in current.all_input_nodes if argument not in seen]
        seen.update(fresh)
        pending.extend(fresh)
    return False


def ciphertext_info(node: Node) -> CiphertextInfo | None:
    """What is known of the ciphertext that a node yields."""
    return node.meta.get(CIPHERTEXT_INFO)


def node_shape(node: Node) -> tuple[int, ...] | None:
    """Shape of a node's value, if any earlier step has recorded it."""
    value = node.meta.get("val")
    if isinstance(value, torch.Tensor):
        return tuple(value.shape)
    tensor_meta = node.meta.get("tensor_meta")
    if tensor_meta is not None:
        return tuple(tensor_meta.shape)
    info = ciphertext_info(node)
    return info.shape if info else None


def node_dtype(node: Node) -> torch.dtype:
    """Element type of a node's value; float32 where nothing is recorded."""
    value = node.meta.get("val")
    recorded = value if isinstance(value, torch.Tensor) else node.meta.get("tensor_meta")
    return getattr(recorded, "dtype", torch.float32)


def element_count(shape: Iterable[int]) -> int:
    return math.prod(shape)


def inherit_metadata(new: Node, old: Node) -> Node:
    """Give ``new`` the metadata of the node it stands for, but keep what it has; returns ``new``."""
    for key, value in old.meta.items():
        new.meta.setdefault(key, value)
    return new


def insert_call(graph: Graph, old: Node, target: Any, *args: Any) -> Node:
    """A call before ``old`` that stands for it, or for a part of it, with its metadata."""
    with graph.inserting_before(old):
        new = graph.call_function(target, args)
    return inherit_metadata(new, old)


def replace_node(old: Node, new: Node) -> None:
    """Let the users of ``old`` use ``new``, and erase ``old``."""
    old.replace_all_uses_with(new)
    old.graph.erase_node(old)


def module_path(node: Node) -> str | None:
    """Dotted path of the module of the user's model that a node comes from."""
    if node.op == "call_module":
        return str(node.target)
    source = node.meta.get("source")
    if source is not None:
        return source.module or None
    stack = node.meta.get("nn_module_stack")
    if not stack:
        return None
    path = next(reversed(stack.values()))[0]
    return path.removeprefix("L['self'].").removeprefix("L['self']") or None


def location(node: Node) -> str:
    """Where in the user's model a node comes from, for messages."""
    source = node.meta.get("source")
    if source is not None:
        return str(source)
    path = module_path(node)
    return f"{path} ({node.name})" if path else node.name


def constant_of(module: GraphModule, node: Node) -> np.ndarray:
    """The constant that a ``get_attr`` node reads, in double precision."""
    value: object = module
    for part in str(node.target).split("."):
        value = getattr(value, part)
    return value.detach().cpu().double().numpy()  # pyright: ignore
