"""Arguments of operators by the operator's schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch._ops import OpOverload


def bind_arguments(target: OpOverload, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments of a call by name, in the order of the schema, defaults filled in.

    ``aten::gelu(Tensor self, *, str approximate='none')`` called as ``gelu(x)`` gives
    ``{"self": x, "approximate": "none"}``.
    """
    bound: dict[str, Any] = {}
    for position, argument in enumerate(target._schema.arguments):
        if position < len(args):
            bound[argument.name] = args[position]
        elif argument.name in kwargs:
            bound[argument.name] = kwargs[argument.name]
        else:
            bound[argument.name] = argument.default_value
    return bound


def operator_name(target: object) -> str:
    """``aten.max_pool2d`` for ``aten.max_pool2d.default``: the operator without its overload."""
    if isinstance(target, OpOverload):
        return f"{target.namespace}.{target._schema.name.split('::')[1]}"
    return getattr(target, "__name__", str(target))
