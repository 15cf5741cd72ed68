"""Operators that change nothing outside of training and outside of autograd, and so disappear.

%dropout = aten.dropout.default(x, 0.5, False)
%clone = aten.clone.default(dropout)             ==>   (x)
"""

from __future__ import annotations

from typing import Any

import torch
from torch import fx

from hetorch_heir.frontend.builder import Constant, GraphBuilder, RuleTable, Tensor, shape_of

aten = torch.ops.aten


def _same(builder: GraphBuilder, value: Tensor, *arguments: Any) -> Tensor:
    return value


def _same_first(builder: GraphBuilder, value: Tensor, *arguments: Any) -> tuple[Tensor, None]:
    return value, None


def _to_copy(
    builder: GraphBuilder,
    value: Tensor,
    dtype: torch.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    *arguments: Any,
) -> Tensor:
    """Real numbers have no type under encryption; a conversion to integers or truth values has no form."""
    if dtype is None or dtype.is_floating_point:
        return value
    return builder.call(aten._to_copy.default, value, dtype=dtype)


def _filled(number: float) -> Any:
    def rule(builder: GraphBuilder, value: Tensor, *arguments: Any) -> Constant:
        return Constant(torch.full(shape_of(value), number, dtype=builder.dtype), "filled")

    return rule


def _full_like(builder: GraphBuilder, value: Tensor, number: float, *arguments: Any) -> Constant:
    return Constant(torch.full(shape_of(value), float(number), dtype=builder.dtype), "filled")


def _new_filled(number: float) -> Any:
    def rule(builder: GraphBuilder, value: Tensor, size: list[int], *arguments: Any) -> Constant:
        return Constant(torch.full(tuple(size), number, dtype=builder.dtype), "filled")

    return rule


def _new_full(builder: GraphBuilder, value: Tensor, size: list[int], number: float, *rest: Any) -> Constant:
    return Constant(torch.full(tuple(size), float(number), dtype=builder.dtype), "filled")


_IDENTITIES = (aten.clone.default, aten.detach.default, aten.alias.default)

RULES: RuleTable = {
    **dict.fromkeys(_IDENTITIES, _same),
    aten.native_dropout.default: _same_first,
    aten._to_copy.default: _to_copy,
    # Tensors that only take the shape of their operand.
    aten.zeros_like.default: _filled(0.0),
    aten.ones_like.default: _filled(1.0),
    aten.full_like.default: _full_like,
    aten.new_zeros.default: _new_filled(0.0),
    aten.new_ones.default: _new_filled(1.0),
    aten.new_full.default: _new_full,
}

# Checks of types, sizes and values that torch.export leaves in a graph; they compute nothing.
ASSERTIONS = frozenset(
    {
        aten._assert_tensor_metadata.default,
        aten._assert_async.default,
        aten._assert_async.msg,
        aten._assert_scalar.default,
        aten.sym_constrain_range.default,
        aten.sym_constrain_range_for_size.default,
    }
)


def is_assertion(node: fx.Node) -> bool:
    """Whether a node only checks something."""
    return node.target in ASSERTIONS
