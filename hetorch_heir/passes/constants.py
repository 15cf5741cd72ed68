"""Constants of graphs: tensors that get_attr nodes read."""

from __future__ import annotations

import hashlib

import torch
from torch.fx import GraphModule, Node


def constant_of(graph_module: GraphModule, argument: object) -> torch.Tensor | None:
    """The tensor that an argument reads; None if it is no constant."""
    if not isinstance(argument, Node) or argument.op != "get_attr":
        return None
    value: object = graph_module
    for part in str(argument.target).split("."):
        value = getattr(value, part)
    return value.detach() if isinstance(value, torch.Tensor) else None


def add_constant(graph_module: GraphModule, value: torch.Tensor, before: Node, name: str) -> Node:
    """A node, placed before another, that reads ``value``, stored under a name that starts with ``name``."""
    number = 0
    while hasattr(graph_module, f"{name}_{number}"):
        number += 1
    graph_module.register_buffer(f"{name}_{number}", value)
    with before.graph.inserting_before(before):
        return before.graph.get_attr(f"{name}_{number}")


def fingerprint(value: torch.Tensor) -> tuple[object, ...]:
    """Equal for tensors of equal type, shape and content."""
    data = value.cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return (value.dtype, tuple(value.shape), hashlib.sha256(data).digest())
