"""Reshapes, permutations and expansions.

%view = aten.view.default(x, [2, 3, 4])          %reshape = aten.reshape.default(x, [6, 4])
%flatten = aten.view.default(view, [6, 4])   ==>
%t = aten.t.default(flatten)                     %permute = aten.permute.default(reshape, [1, 0])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import fx
from torch._ops import OpOverload

from hetorch_heir.frontend.builder import Constant, GraphBuilder, RuleTable, Tensor, shape_of

aten = torch.ops.aten


def reshape(builder: GraphBuilder, value: Tensor, shape: Sequence[int]) -> Tensor:
    """``value`` in ``shape``; successive reshapes are one, and one to the same shape is none."""
    shape = list(shape)
    if isinstance(value, Constant):
        return value.map(lambda tensor: tensor.reshape(shape))
    while value.target is aten.reshape.default:
        source = value.args[0]
        assert isinstance(source, fx.Node)
        value = source
    if list(shape_of(value)) == shape:
        return value
    return builder.call(aten.reshape.default, value, shape)


def permute(builder: GraphBuilder, value: Tensor, dims: Sequence[int]) -> Tensor:
    """``value`` with dimension ``dims[i]`` at place i; a move of dimensions of size 1 is a reshape."""
    dims = list(dims)
    if isinstance(value, Constant):
        return value.map(lambda tensor: tensor.permute(dims))
    if value.target is aten.permute.default:
        source, first = value.args
        assert isinstance(source, fx.Node) and isinstance(first, Sequence)
        return permute(builder, source, [first[dim] for dim in dims])  # type: ignore[misc]
    shape = shape_of(value)
    moved = [dim for dim in dims if shape[dim] != 1]
    if moved == sorted(moved):
        return reshape(builder, value, [shape[dim] for dim in dims])
    return builder.call(aten.permute.default, value, dims)


def expand(builder: GraphBuilder, value: Tensor, shape: Sequence[int]) -> Tensor:
    """``value`` broadcast to ``shape`` (no -1); one to the same shape is none."""
    shape = list(shape)
    if isinstance(value, Constant):
        return value.map(lambda tensor: tensor.expand(shape))
    if list(shape_of(value)) == shape:
        return value
    return builder.call(aten.expand.default, value, shape)


def _result_shape(operator: OpOverload, value: Tensor, *arguments: Any) -> tuple[int, ...]:
    """The shape that ``operator`` gives for an operand of ``value``'s shape."""
    return tuple(operator(torch.empty(shape_of(value), device="meta"), *arguments).shape)


def _reshape_rule(operator: OpOverload) -> Any:
    def rule(builder: GraphBuilder, value: Tensor, *arguments: Any) -> Tensor:
        return reshape(builder, value, _result_shape(operator, value, *arguments))

    return rule


def _permute_rule(operator: OpOverload) -> Any:
    def rule(builder: GraphBuilder, value: Tensor, *arguments: Any) -> Tensor:
        # Sizes that are all different show where each dimension goes.
        rank = len(shape_of(value))
        labels = operator(torch.empty(tuple(range(2, rank + 2)), device="meta"), *arguments).shape
        return permute(builder, value, [label - 2 for label in labels])

    return rule


def _expand(builder: GraphBuilder, value: Tensor, size: Sequence[int], implicit: bool) -> Tensor:
    return expand(builder, value, _result_shape(aten.expand.default, value, size))


def _repeat(builder: GraphBuilder, value: Tensor, repeats: Sequence[int]) -> Tensor:
    """Copies along dimensions: ``expand`` along a new dimension before each, merged by ``reshape``."""
    shape = shape_of(value)
    shape = (1,) * (len(repeats) - len(shape)) + shape
    separated = [size for dim in shape for size in (1, dim)]
    expanded = [size for count, dim in zip(repeats, shape, strict=True) for size in (count, dim)]
    merged = [count * dim for count, dim in zip(repeats, shape, strict=True)]
    return reshape(builder, expand(builder, reshape(builder, value, separated), expanded), merged)


_RESHAPES = (
    aten.view.default,
    aten.reshape.default,
    aten._unsafe_view.default,
    aten.squeeze.default,
    aten.squeeze.dim,
    aten.squeeze.dims,
    aten.unsqueeze.default,
)
_PERMUTATIONS = (
    aten.t.default,
    aten.transpose.int,
    aten.permute.default,
)

RULES: RuleTable = {
    **{operator: _reshape_rule(operator) for operator in _RESHAPES},
    **{operator: _permute_rule(operator) for operator in _PERMUTATIONS},
    aten.expand.default: _expand,
    aten.repeat.default: _repeat,
}
