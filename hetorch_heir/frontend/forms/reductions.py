"""Sums and means over whole axes and over windows, and other maps along one axis.

A mean is a sum, which needs no product, and one product with a number:

    %avg_pool2d = aten.avg_pool2d.default(x, [2, 2])
        ==>
    %avg_pool2d = aten.avg_pool2d.default(x, [2, 2], [2, 2], [0, 0], False, True, 1)    (the sum)
    %mul = aten.mul.Tensor(avg_pool2d, 0.25)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import fx
from torch._ops import OpOverload

from hetorch_heir.frontend.builder import Constant, GraphBuilder, RuleTable, Tensor, shape_of
from hetorch_heir.frontend.forms.arithmetic import mul
from hetorch_heir.frontend.forms.convolutions import Extents, per_axis, refuse_large_strides
from hetorch_heir.frontend.forms.products import linear
from hetorch_heir.frontend.forms.selections import moved
from hetorch_heir.frontend.forms.shapes import reshape

aten = torch.ops.aten


def sum_over(builder: GraphBuilder, value: Tensor, dims: Sequence[int] | None, keepdim: bool) -> Tensor:
    """The sum over ``dims``, over all axes if there are none."""
    shape = shape_of(value)
    reduced = _reduced(value, dims)
    kept = [1 if dim in reduced else size for dim, size in enumerate(shape) if keepdim or dim not in reduced]
    summed = [dim for dim in sorted(reduced) if shape[dim] > 1]
    result = builder.call(aten.sum.dim_IntList, value, summed) if summed else value
    return reshape(builder, result, kept)


def _reduced(value: Tensor, dims: Sequence[int] | int | None) -> set[int]:
    rank = len(shape_of(value))
    dims = [dims] if isinstance(dims, int) else dims
    return {dim % rank for dim in dims} if dims else set(range(rank))


def along_axis(builder: GraphBuilder, value: Tensor, dim: int, matrix: Constant) -> Tensor:
    """A matrix of shape (result, operand) applied to the vectors along one axis."""
    assert isinstance(value, fx.Node)
    shape = shape_of(value)
    dim %= len(shape)
    rows = matrix.shape[0]
    if dim == len(shape) - 1:
        return linear(builder, value, matrix)
    flat = reshape(builder, value, (*shape[: dim + 1], math.prod(shape[dim + 1 :])))
    product = builder.call(aten.matmul.default, builder.operand(matrix), flat)
    return reshape(builder, product, (*shape[:dim], rows, *shape[dim + 1 :]))


def _sum(builder: GraphBuilder, value: Tensor, dtype: Any) -> Tensor:
    return sum_over(builder, value, None, False)


def _sum_dim(
    builder: GraphBuilder, value: Tensor, dims: Sequence[int] | None, keepdim: bool, dtype: Any
) -> Tensor:
    return sum_over(builder, value, dims, keepdim)


def _mean(builder: GraphBuilder, value: Tensor, dtype: Any) -> Any:
    return _mean_dim(builder, value, None, False, dtype)


def _mean_dim(
    builder: GraphBuilder, value: Tensor, dims: Sequence[int] | None, keepdim: bool, dtype: Any
) -> Any:
    count = math.prod(shape_of(value)[dim] for dim in _reduced(value, dims))
    return mul(builder, sum_over(builder, value, dims, keepdim), 1.0 / count)


def _cumsum(builder: GraphBuilder, value: Tensor, dim: int, dtype: Any) -> Tensor:
    size = shape_of(value)[dim] if shape_of(value) else 1
    if size == 1:
        return value
    return along_axis(builder, value, dim, Constant(torch.ones(size, size).tril(), "cumsum"))


def _trace(builder: GraphBuilder, value: Tensor) -> Tensor:
    return sum_over(builder, moved(builder, aten.diagonal.default, value), None, False)


def _average_pool(operator: OpOverload, rank: int) -> Any:
    """Average pooling: window sums, times the reciprocals of the numbers of elements."""

    def rule(
        builder: GraphBuilder,
        value: Tensor,
        kernel: Extents,
        stride: Extents,
        padding: Extents,
        ceil_mode: bool,
        count_include_pad: bool,
        divisor: int | None = None,
    ) -> Any:
        kernel, padding = per_axis(kernel, rank), per_axis(padding, rank)
        stride = per_axis(stride, rank) if stride else kernel
        spatial = shape_of(value)[-rank:]
        refuse_large_strides(builder, spatial, stride, padding)
        summed = builder.call(operator, value, kernel, stride, padding, ceil_mode, True, 1)
        ones = torch.ones(1, *spatial, dtype=torch.float64)
        if divisor is None:
            window = (kernel, stride, padding, ceil_mode)
            elements, means = operator(ones, *window, True, 1), operator(ones, *window, count_include_pad)
            counts = (elements / means).round()[0]
            # Windows that reach beyond the input divide by another number than those inside.
            return mul(builder, summed, Constant(counts.reciprocal(), "reciprocal_counts"))
        return mul(builder, summed, 1.0 / divisor)

    return rule


_average_pool2d = _average_pool(aten.avg_pool2d.default, 2)


def _average_pool1d(
    builder: GraphBuilder,
    value: Tensor,
    kernel: Extents,
    stride: Extents,
    padding: Extents,
    ceil_mode: bool,
    count_include_pad: bool,
) -> Any:
    """Pooling of a picture of one row."""
    kernel = per_axis(kernel, 1)
    stride = per_axis(stride, 1) if stride else kernel
    padding = per_axis(padding, 1)
    refuse_large_strides(builder, shape_of(value)[-1:], stride, padding)
    row = reshape(builder, value, (*shape_of(value)[:-1], 1, shape_of(value)[-1]))
    pooled = _average_pool2d(
        builder, row, [1, *kernel], [1, *stride], [0, *padding], ceil_mode, count_include_pad
    )
    return reshape(builder, pooled, (*shape_of(pooled)[:-2], shape_of(pooled)[-1]))


def _adaptive_average_pool(rank: int) -> Any:
    """Result i on an axis is the mean of the elements from ⌊i·in/out⌋ to ⌈(i+1)·in/out⌉."""

    def rule(builder: GraphBuilder, value: Tensor, size: Extents) -> Any:
        spatial, outputs = shape_of(value)[-rank:], per_axis(size, rank)
        if rank < 3 and all(extent % out == 0 for extent, out in zip(spatial, outputs, strict=True)):
            kernel = [extent // out for extent, out in zip(spatial, outputs, strict=True)]
            pool = _average_pool1d if rank == 1 else _average_pool2d
            return pool(builder, value, kernel, kernel, 0, False, True)
        counts = torch.ones((), dtype=torch.float64)
        for axis, (extent, out) in enumerate(zip(spatial, outputs, strict=True)):
            windows = _adaptive_windows(extent, out)
            if extent != out:
                value = along_axis(builder, value, axis - rank, Constant(windows, "windows"))
            counts = counts[..., None] * windows.sum(1)
        return mul(builder, value, Constant(counts.reciprocal(), "reciprocal_counts"))

    return rule


def _adaptive_windows(extent: int, outputs: int) -> torch.Tensor:
    """Ones where an element (column) is in the window of a result (row)."""
    element, result = torch.arange(extent), torch.arange(outputs)[:, None]
    start, end = result * extent // outputs, -(-(result + 1) * extent // outputs)
    return ((element >= start) & (element < end)).double()


def _interpolation(operator: OpOverload, rank: int) -> Any:
    """Resampling with fixed weights, one axis after the other."""

    def rule(builder: GraphBuilder, value: Tensor, *arguments: Any) -> Tensor:
        spatial = shape_of(value)[-rank:]
        for axis, extent in enumerate(spatial):
            shape = [extent, 1, *spatial]
            basis = torch.eye(extent, dtype=torch.float64).reshape(
                [extent if one in (0, axis + 2) else 1 for one in range(rank + 2)]
            )
            # Unit vectors along the axis, constant along the others: every line of the result is the same.
            response = operator(basis.expand(shape).contiguous(), *arguments)
            lines = response.movedim(axis + 2, 1).reshape(extent, response.shape[axis + 2], -1)
            value = along_axis(builder, value, axis - rank, Constant(lines[..., 0].t(), "interpolation"))
        return value

    return rule


_INTERPOLATIONS = (
    (aten.upsample_linear1d, 1),
    (aten.upsample_bilinear2d, 2),
    (aten.upsample_bicubic2d, 2),
    (aten.upsample_trilinear3d, 3),
)

RULES: RuleTable = {
    aten.sum.default: _sum,
    aten.sum.dim_IntList: _sum_dim,
    aten.mean.default: _mean,
    aten.mean.dim: _mean_dim,
    aten.cumsum.default: _cumsum,
    aten.trace.default: _trace,
    aten.avg_pool1d.default: _average_pool1d,
    aten.avg_pool2d.default: _average_pool2d,
    aten.avg_pool3d.default: _average_pool(aten.avg_pool3d.default, 3),
    aten.adaptive_avg_pool1d.default: _adaptive_average_pool(1),
    aten.adaptive_avg_pool2d.default: _adaptive_average_pool(2),
    aten.adaptive_avg_pool3d.default: _adaptive_average_pool(3),
    aten._adaptive_avg_pool2d.default: _adaptive_average_pool(2),
    aten._adaptive_avg_pool3d.default: _adaptive_average_pool(3),
    **{
        overload: _interpolation(overload, rank)
        for packet, rank in _INTERPOLATIONS
        for overload in (packet.default, packet.vec)
    },
}
