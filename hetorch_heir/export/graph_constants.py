"""The constants of a packed torch.fx graph, as vectors of slots."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.fx import GraphModule, Node

from hetorch_heir.export.constants import ConstantGroup
from hetorch_heir.passes.graph import ciphertext_info, is_operation, node_dtype


def array_of(graph_module: GraphModule, argument: Any) -> np.ndarray:
    """The numbers of an attribute of the module."""
    assert isinstance(argument, Node) and argument.op == "get_attr"
    return getattr(graph_module, str(argument.target)).detach().cpu().numpy()


def has_doubles(graph_module: GraphModule) -> bool:
    """Whether a packed input or a constant is a tensor of doubles. A single number's type decides nothing, as
    in torch: passes add double ones to graphs of any type."""
    nodes = graph_module.graph.nodes
    inputs = (node_dtype(node.all_input_nodes[0]) for node in nodes if is_operation(node, "pack"))
    arrays = (array_of(graph_module, node) for node in nodes if node.op == "get_attr")
    return torch.float64 in inputs or any(array.ndim > 0 and array.dtype == np.float64 for array in arrays)


def plaintext_rows(graph_module: GraphModule, argument: Any, rows: int, slots: int) -> list[np.ndarray]:
    """A constant operand, a number or an attribute, broadcast to vectors of slots."""
    is_node = isinstance(argument, Node)
    array = array_of(graph_module, argument) if is_node else np.asarray(float(argument))
    return list(np.broadcast_to(array, (rows, slots)))


def constant_groups(graph_module: GraphModule, slots: int) -> list[ConstantGroup]:
    """Every constant vector that operations on ciphertexts take: one group for each linear transform, and
    one for each other vector."""
    groups: list[ConstantGroup] = []
    for node in graph_module.graph.nodes:
        if is_operation(node, "linear_transform"):
            diagonals = array_of(graph_module, node.args[1])
            giants = dict(zip(node.args[6], node.args[3], strict=True))  # pyright: ignore[reportArgumentType]
            turned = tuple(int(giants.get(row, 0)) for row in range(len(diagonals)))  # pyright: ignore
            groups.append(ConstantGroup(diagonals, turned))
        elif is_operation(node, "padd", "psub", "pmult"):
            argument = node.args[1]
            if not (isinstance(argument, Node) and is_operation(argument, "pack")):
                info = ciphertext_info(node)
                rows = info.shape[0] if info is not None and info.shape else 1
                vectors = plaintext_rows(graph_module, argument, rows, slots)
                groups += [ConstantGroup(vector[None], (0,)) for vector in vectors]
    return groups
