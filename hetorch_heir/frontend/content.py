"""What a captured model consists of, as plain values: equal for models that export to the same program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import fx
from torch.export import ExportedProgram

from hetorch_heir.core.records import NotRecordable
from hetorch_heir.frontend.source import source_from_meta


def program_content(program: ExportedProgram) -> tuple[Any, ...]:
    """Everything that a program computes, and where it comes from.

    Returns:
        Nested tuples of numbers, text and arrays.

    Raises:
        NotRecordable: the program holds something that can't be compared, such as a script object.
    """
    modules = dict(program.graph_module.named_modules())
    graphs = [(name, one.graph) for name, one in modules.items() if isinstance(one, fx.GraphModule)]
    return (
        tuple((name, *map(_node_content, graph.nodes)) for name, graph in graphs),
        tuple((name, tensor_content(one)) for name, one in program.state_dict.items()),
        tuple((name, _content(one)) for name, one in program.constants.items()),
        str(program.graph_signature),
        str(program.call_spec),
        _content(program.example_inputs),
    )


def tensor_content(tensor: torch.Tensor) -> tuple[Any, ...]:
    """Type, shape and bytes of a tensor.

    Raises:
        NotRecordable: it has no bytes of its own (a fake, sparse or quantised tensor).
    """
    if tensor.layout != torch.strided or tensor.is_quantized or type(tensor).__name__ == "FakeTensor":
        raise NotRecordable(f"a tensor of {tensor.layout} can't be compared")
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    data = flat.view(torch.uint8).numpy() if flat.numel() else np.zeros(0, dtype=np.uint8)
    return str(tensor.dtype), tuple(tensor.shape), data


def _node_content(node: fx.Node) -> tuple[Any, ...]:
    value = node.meta.get("val")
    known = (str(value.dtype), tuple(value.shape)) if isinstance(value, torch.Tensor) else str(value)
    source = source_from_meta(node.meta)
    return (node.op, node.name, _name(node.target), _content(node.args), _content(node.kwargs), known, source)


_NAMED = (torch.dtype, torch.device, torch.layout, torch.memory_format)


def _content(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, complex, str)):
        return value
    if isinstance(value, fx.Node):
        return ("node", value.name)
    if isinstance(value, torch.Tensor):
        return tensor_content(value)
    if isinstance(value, Mapping):
        return tuple((_content(key), _content(one)) for key, one in value.items())
    if isinstance(value, (tuple, list)):
        return (type(value).__name__, *map(_content, value))
    if isinstance(value, slice):
        return ("slice", _content((value.start, value.stop, value.step)))
    if isinstance(value, _NAMED):
        return (type(value).__name__, str(value))
    raise NotRecordable(f"{type(value).__qualname__} can't be compared")


def _name(target: str | Callable[..., Any]) -> str:
    if isinstance(target, str):
        return target
    return f"{getattr(target, '__module__', '')}.{getattr(target, '__qualname__', '')} {target}"
