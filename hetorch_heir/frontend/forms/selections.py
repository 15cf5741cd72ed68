"""Operators that move elements: every element of the result is one of an operand, a constant, or zero.

What such an operator does is found by applying it to labels, and written as ``take`` from the flat operand:

    %split = aten.split.Tensor(x, 2, 1)               %take = aten.take.default(x, index)
    %getitem = operator.getitem(split, 1)       ==>   %pad = aten.constant_pad_nd.default(y, [1, 1])
    %pad = aten.pad.default(y, [1, 1])                %cat = aten.cat.default([take, pad], 1)
    %cat = aten.cat.default([getitem, pad], 1)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import fx
from torch._ops import OpOverload
from torch.fx.node import map_aggregate
from torch.utils import _pytree as pytree

from hetorch_heir.core.errors import UnsupportedOperationError
from hetorch_heir.frontend.builder import Constant, GraphBuilder, RuleTable, Tensor, shape_of
from hetorch_heir.frontend.forms.arithmetic import Operand, add, mul, sub
from hetorch_heir.frontend.forms.shapes import expand, reshape

aten = torch.ops.aten


def moved(builder: GraphBuilder, operator: OpOverload, *arguments: Any) -> Any:
    """The results of an operator that only moves elements of its floating operands.

    Indices, masks and numbers among the arguments must be known; if one is not, the call stays as it is.
    """
    leaves = pytree.tree_leaves(arguments)
    sources = list(dict.fromkeys(leaf for leaf in leaves if isinstance(leaf, fx.Node)))
    if not all(source.meta["val"].is_floating_point() for source in sources):
        return builder.call(operator, *arguments)
    starts = [0]
    for source in sources:
        starts.append(starts[-1] + math.prod(shape_of(source)))
    # Labels count from 1; 0 is the label of nothing. Known elements show in the second call, without labels.
    labels = {source: _labels(start + 1, source) for source, start in zip(sources, starts, strict=False)}
    nothing = {source: torch.zeros_like(tensor) for source, tensor in labels.items()}
    labelled, known = (_applied(operator, arguments, values) for values in (labels, nothing))
    if not all(bool(torch.isfinite(one).all()) for one in pytree.tree_leaves(known)):
        return builder.call(operator, *arguments)

    def result(places: torch.Tensor, rest: torch.Tensor) -> Any:
        index = (places - rest).round().long() - 1
        taken = _taken(builder, sources, starts, index)
        return add(builder, taken, Constant(rest, operator._schema.name)) if bool(rest.any()) else taken

    return pytree.tree_map(result, labelled, known)


def _labels(first: int, source: fx.Node) -> torch.Tensor:
    shape = shape_of(source)
    return torch.arange(first, first + math.prod(shape), dtype=torch.float64).reshape(shape)


def _applied(operator: OpOverload, arguments: Any, values: dict[fx.Node, torch.Tensor]) -> Any:
    """The results of an operator on ``values``; they have the precision of labels."""

    def value(argument: Any) -> Any:
        if isinstance(argument, Constant):
            tensor = argument.tensor
            return tensor.double() if tensor.is_floating_point() else tensor
        return values[argument] if isinstance(argument, fx.Node) else argument

    given = map_aggregate(arguments, value)
    positional = [one for one in operator._schema.arguments if not one.kwarg_only]
    assert isinstance(given, tuple)
    return operator(*given[: len(positional)])


def _taken(
    builder: GraphBuilder, sources: Sequence[fx.Node], starts: Sequence[int], index: torch.Tensor
) -> Tensor:
    """Element ``index`` of the flat sources one after the other, or 0 for -1."""
    if not index.numel():
        raise UnsupportedOperationError(
            f"the result has no elements: its shape is {tuple(index.shape)}",
            where=str(builder.source),
            hint="give an input that is large enough, or leave the operation out",
        )
    used = [
        number
        for number in range(len(sources))
        if bool(((index >= starts[number]) & (index < starts[number + 1])).any())
    ]
    if not used:
        return Constant(torch.zeros(index.shape, dtype=builder.dtype), "zeros")
    shift = torch.zeros_like(index)
    length = 0
    for number in used:
        inside = (index >= starts[number]) & (index < starts[number + 1])
        shift[inside] = length - starts[number]
        length += starts[number + 1] - starts[number]
    if len(used) == 1:
        source = sources[used[0]]
    else:
        flat = [reshape(builder, sources[one], [starts[one + 1] - starts[one]]) for one in used]
        source = builder.call(aten.cat.default, flat, 0)
    index = torch.where(index < 0, length, index + shift)
    if bool((index == length).any()):
        source = pad_with_zeros(builder, reshape(builder, source, [length]), [0, 1])
        assert isinstance(source, fx.Node)
    elif torch.equal(index.reshape(-1), torch.arange(length)):
        return reshape(builder, source, index.shape)
    return builder.call(aten.take.default, source, Constant(index, f"{source.name}.index"))


def pad_with_zeros(builder: GraphBuilder, value: Tensor, pads: Sequence[int]) -> Tensor:
    """Zeros around ``value``: (before, after) for the last axis first; negative numbers cut off."""
    if not any(pads):
        return value
    if isinstance(value, Constant):
        return value.map(lambda tensor: aten.constant_pad_nd.default(tensor, list(pads)))
    return builder.call(aten.constant_pad_nd.default, value, list(pads))


def _constant_pad(builder: GraphBuilder, value: Tensor, pads: Sequence[int], number: float = 0) -> Any:
    padded = pad_with_zeros(builder, value, pads)
    if not number:
        return padded
    border = aten.constant_pad_nd.default(torch.zeros(shape_of(value)), list(pads), number)
    return add(builder, padded, Constant(border, "border"))


def _pad(builder: GraphBuilder, value: Tensor, pads: Sequence[int], mode: str, number: float | None) -> Any:
    if mode == "constant":
        return _constant_pad(builder, value, pads, number or 0)
    return moved(builder, aten.pad.default, value, pads, mode)


def _cat(builder: GraphBuilder, parts: Sequence[Tensor], dim: int) -> Tensor:
    """Empty parts add nothing (torch takes vectors of no elements along with any others)."""
    present = [builder.operand(one) if isinstance(one, Constant) else one for one in parts]
    present = [one for one in present if math.prod(shape_of(one))]
    if len(present) == 1:
        return present[0]
    return builder.call(aten.cat.default, present, dim % len(shape_of(present[0])))


def _stack(builder: GraphBuilder, parts: Sequence[Tensor], dim: int) -> Tensor:
    shape = list(shape_of(parts[0]))
    dim %= len(shape) + 1
    shape.insert(dim, 1)
    return _cat(builder, [reshape(builder, part, shape) for part in parts], dim)


def _copy(builder: GraphBuilder, value: Tensor, source: Tensor, non_blocking: bool) -> Tensor:
    return expand(builder, source, shape_of(value))


def _filled(builder: GraphBuilder, value: Tensor, number: Any = 0) -> Tensor:
    if isinstance(number, fx.Node | Constant):
        return expand(builder, number, shape_of(value))
    return Constant(torch.full(shape_of(value), float(number), dtype=builder.dtype), "filled")


def _index_put(builder: GraphBuilder, value: Tensor, indices: Any, source: Tensor, accumulate: bool) -> Any:
    if accumulate:
        return builder.call(aten.index_put.default, value, indices, source, accumulate)
    return moved(builder, aten.index_put.default, value, indices, source)


def _movement(operator: OpOverload) -> Any:
    def rule(builder: GraphBuilder, *arguments: Any) -> Any:
        return moved(builder, operator, *arguments)

    return rule


def _where(operator: OpOverload) -> Any:
    """A condition that is computed is 1 or 0 (see the comparisons): b + c * (a - b)."""

    def rule(builder: GraphBuilder, condition: Tensor, yes: Operand, no: Operand) -> Any:
        if isinstance(condition, fx.Node):
            return add(builder, no, mul(builder, condition, sub(builder, yes, no)))
        return moved(builder, operator, condition, yes, no)

    return rule


def _masked_fill(operator: OpOverload) -> Any:
    def rule(builder: GraphBuilder, value: Tensor, mask: Tensor, filling: Operand) -> Any:
        if isinstance(mask, fx.Node):
            return add(builder, value, mul(builder, mask, sub(builder, filling, value)))
        return moved(builder, operator, value, mask, filling)

    return rule


_CONDITIONS = (aten.where.self, aten.where.ScalarOther, aten.where.ScalarSelf, aten.where.Scalar)
_MASKED = (aten.masked_fill.Scalar, aten.masked_fill.Tensor)
_MOVEMENTS = (
    aten.diagonal.default,
    aten.flip.default,
    aten.gather.default,
    aten.im2col.default,
    aten.index.Tensor,
    aten.index_select.default,
    aten.narrow.default,
    aten.roll.default,
    aten.scatter.src,
    aten.scatter.value,
    aten.select.int,
    aten.select_scatter.default,
    aten.slice.Tensor,
    aten.slice_scatter.default,
    aten.split.Tensor,
    aten.split_with_sizes.default,
    aten.take.default,
    aten.tril.default,
    aten.triu.default,
    aten.unbind.int,
    aten.unfold.default,
    aten.upsample_nearest1d.default,
    aten.upsample_nearest1d.vec,
    aten.upsample_nearest2d.default,
    aten.upsample_nearest2d.vec,
    aten.upsample_nearest3d.default,
    aten.upsample_nearest3d.vec,
    aten._upsample_nearest_exact1d.default,
    aten._upsample_nearest_exact1d.vec,
    aten._upsample_nearest_exact2d.default,
    aten._upsample_nearest_exact2d.vec,
    aten._upsample_nearest_exact3d.default,
    aten._upsample_nearest_exact3d.vec,
)

RULES: RuleTable = {
    **{operator: _movement(operator) for operator in _MOVEMENTS},
    **{operator: _where(operator) for operator in _CONDITIONS},
    **{operator: _masked_fill(operator) for operator in _MASKED},
    aten.cat.default: _cat,
    aten.constant_pad_nd.default: _constant_pad,
    aten.copy.default: _copy,
    aten.fill.Scalar: _filled,
    aten.fill.Tensor: _filled,
    aten.index_put.default: _index_put,
    aten.pad.default: _pad,
    aten.stack.default: _stack,
    aten.zero.default: _filled,
}
