"""Max pooling as a tree of maxima of two, where the user allows it.

max(a, b) = (a + b) / 2 + |a - b| / 2, whose absolute value a later pass replaces by a polynomial. Every level
of the tree halves the elements of all windows at once, so that a window of k elements takes ⌈log2 k⌉
activations:

    %take = aten.take.default(x, index)          (the first half of each window)
    %take_1 = aten.take.default(x, index_1)      (the second half)
    %add = aten.add.Tensor(take, take_1)
    %sub = aten.sub.Tensor(take, take_1)
    %abs = aten.abs.default(sub)
    %add_1 = aten.add.Tensor(add, abs)
    %mul = aten.mul.Tensor(add_1, 0.5)

A window is filled up with its own elements, which leaves its maximum as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch._ops import OpOverload

from hetorch_heir.frontend.builder import Constant, GraphBuilder, RuleTable, Tensor, shape_of
from hetorch_heir.frontend.forms.arithmetic import Operand, add, mul, sub
from hetorch_heir.frontend.forms.convolutions import Extents, per_axis, refuse_large_strides
from hetorch_heir.frontend.forms.shapes import reshape

aten = torch.ops.aten


def _maximum(builder: GraphBuilder, left: Operand, right: Operand) -> Any:
    distance = builder.call(aten.abs.default, sub(builder, left, right))
    return mul(builder, add(builder, add(builder, left, right), distance), 0.5)


def _max_of_windows(builder: GraphBuilder, value: Tensor, windows: Sequence[torch.Tensor]) -> Tensor:
    """The maxima of windows of the last axes.

    Args:
        windows: for each of these axes the positions in each window, of shape (windows, elements).
    """
    rank, shape = len(windows), shape_of(value)
    leading = shape[: len(shape) - rank]
    index = torch.arange(math.prod(leading)).reshape(1, -1)
    for axis, positions in enumerate(windows):
        # (elements of a window, windows), over the axes so far and this one.
        index = index[:, None, :, None] * shape[len(leading) + axis] + positions.t()[None, :, None, :]
        index = index.reshape(index.shape[0] * index.shape[1], -1)
    if len(index) == 1:
        value = builder.call(aten.take.default, value, Constant(index, "window"))
    while len(index) > 1:
        index = torch.cat([index, index[-1:]]) if len(index) % 2 else index
        halves = [builder.call(aten.take.default, value, Constant(half, "window")) for half in index.chunk(2)]
        value = _maximum(builder, *halves)
        index = torch.arange(index.numel() // 2).reshape(len(index) // 2, -1)
    return reshape(builder, value, [*leading, *(len(positions) for positions in windows)])


def _max_pool(operator: OpOverload, rank: int, with_indices: bool) -> Any:
    def rule(
        builder: GraphBuilder,
        value: Tensor,
        kernel: Extents,
        stride: Extents,
        padding: Extents,
        dilation: Extents,
        ceil_mode: bool,
    ) -> Any:
        arguments = (kernel, stride, padding, dilation, ceil_mode)
        steps = per_axis(stride or kernel, rank)
        refuse_large_strides(builder, shape_of(value)[-rank:], steps, per_axis(padding, rank))
        if not builder.polynomial_max:
            return builder.call(operator, value, *arguments)
        outputs = _first(operator(torch.empty(shape_of(value), device="meta"), *arguments)).shape[-rank:]
        windows: list[torch.Tensor] = []
        for axis, extent in enumerate(shape_of(value)[-rank:]):
            start = torch.arange(outputs[axis])[:, None] * steps[axis] - per_axis(padding, rank)[axis]
            positions = start + torch.arange(per_axis(kernel, rank)[axis]) * per_axis(dilation, rank)[axis]
            windows.append(_filled_up(positions, (positions >= 0) & (positions < extent)))
        result = _max_of_windows(builder, value, windows)
        return (result, None) if with_indices else result

    return rule


def _adaptive_max_pool(operator: OpOverload, rank: int) -> Any:
    def rule(builder: GraphBuilder, value: Tensor, size: Extents) -> Any:
        if not builder.polynomial_max:
            return builder.call(operator, value, size)
        windows: list[torch.Tensor] = []
        for extent, outputs in zip(shape_of(value)[-rank:], per_axis(size, rank), strict=True):
            window = torch.arange(outputs)[:, None]
            start, end = window * extent // outputs, -(-(window + 1) * extent // outputs)
            positions = start + torch.arange(int((end - start).max()))
            windows.append(_filled_up(positions, positions < end))
        return _max_of_windows(builder, value, windows), None

    return rule


def _filled_up(positions: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
    """Positions (windows, elements), those outside replaced by the first of the same window inside."""
    first = positions.gather(1, inside.long().argmax(1, keepdim=True))
    return torch.where(inside, positions, first)


def _first(results: Any) -> torch.Tensor:
    return results if isinstance(results, torch.Tensor) else results[0]


RULES: RuleTable = {
    aten.max_pool1d.default: _max_pool(aten.max_pool1d.default, 1, False),
    aten.max_pool2d.default: _max_pool(aten.max_pool2d.default, 2, False),
    aten.max_pool3d.default: _max_pool(aten.max_pool3d.default, 3, False),
    aten.max_pool1d_with_indices.default: _max_pool(aten.max_pool1d_with_indices.default, 1, True),
    aten.max_pool2d_with_indices.default: _max_pool(aten.max_pool2d_with_indices.default, 2, True),
    aten.max_pool3d_with_indices.default: _max_pool(aten.max_pool3d_with_indices.default, 3, True),
    aten.adaptive_max_pool1d.default: _adaptive_max_pool(aten.adaptive_max_pool1d.default, 1),
    aten.adaptive_max_pool2d.default: _adaptive_max_pool(aten.adaptive_max_pool2d.default, 2),
    aten.adaptive_max_pool3d.default: _adaptive_max_pool(aten.adaptive_max_pool3d.default, 3),
}
