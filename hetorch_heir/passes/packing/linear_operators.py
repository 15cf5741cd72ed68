"""The linear operators of tensors, each as the matrix that it is.

:data:`LINEAR_OPERATORS` holds a function for every operator with one encrypted operand. It takes the
arguments of the call (operands as expressions, of which it uses the shape, or the value of a constant) and
gives the map that the call applies:

    %convolution = aten.convolution.default(%x, %weight, %bias, [2, 2], [1, 1], [1, 1], False, [0, 0], 1)
        ==>
    convolution = matrix @ x + offset
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hetorch_heir.linalg import linear_map, window_map
from hetorch_heir.linalg.linear_map import Matrix
from hetorch_heir.linalg.window_map import Window
from hetorch_heir.passes.packing.linear_expression import LinearExpression, Vector


@dataclass(frozen=True)
class AppliedMap:
    """``matrix @ operand + offset``, as a tensor of ``shape``.

    Attributes:
        matrix: from the flat operand to the flat result.
        shape: shape of the result.
        offset: flat vector; None is zero.
        operand: position of the operand among the arguments.
    """

    matrix: Matrix
    shape: tuple[int, ...]
    offset: Vector | None = None
    operand: int = 0


class TwoComputedOperandsError(Exception):
    """An operand that has to be constant is not."""


class NotInNormalFormError(Exception):
    """A call has other arguments than those of its operator's normal form."""


def applied_map(name: str, arguments: Sequence[Any]) -> AppliedMap:
    """The map that a call of the operator ``name`` of :data:`LINEAR_OPERATORS` applies.

    Args:
        name: canonical name of the operator.
        arguments: operands as expressions, the others as they are.

    Raises:
        TwoComputedOperandsError: a weight is not constant.
        NotInNormalFormError: arguments are missing, or there are others.
    """
    function = LINEAR_OPERATORS[name]
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        raise NotInNormalFormError(str(error)) from None
    return function(*arguments)


def concatenation(parts: Sequence[LinearExpression], dim: int = 0) -> LinearExpression:
    """The parts one after the other along an axis: the sum of the parts embedded in zeros."""
    extents = [part.shape[dim] for part in parts]
    result: LinearExpression | None = None
    for number, part in enumerate(parts):
        before, after = [0] * len(part.shape), [0] * len(part.shape)
        before[dim], after[dim] = sum(extents[:number]), sum(extents[number + 1 :])
        shape = list(part.shape)
        shape[dim] = sum(extents)
        embedded = part.apply(linear_map.padding(part.shape, before, after), tuple(shape))
        result = embedded if result is None else result.plus(embedded)
    assert result is not None
    return result


def _array(operand: LinearExpression) -> np.ndarray[Any, np.dtype[np.float64]]:
    if not operand.is_constant:
        raise TwoComputedOperandsError
    return operand.array


def _linear(
    x: LinearExpression, weight: LinearExpression, bias: LinearExpression | None = None
) -> AppliedMap:
    matrix = _array(weight)
    shape = (*x.shape[:-1], matrix.shape[0])
    offset = None if bias is None else np.broadcast_to(_array(bias), shape).reshape(-1)
    return AppliedMap(linear_map.on_last_axis(matrix, x.shape), shape, offset)


def _matmul(left: LinearExpression, right: LinearExpression) -> AppliedMap:
    batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    shape = (*batch, *left.shape[-2:-1], *(right.shape[-1:] if len(right.shape) > 1 else ()))
    if right.is_constant:
        weights = _array(right)
        matrix = weights if weights.ndim > 1 else weights[:, None]
        return AppliedMap(linear_map.on_columns(matrix, left.shape), shape)
    weights = _array(left)
    matrix = weights if weights.ndim > 1 else weights[None, :]
    return AppliedMap(linear_map.on_rows(matrix, right.shape), shape, operand=1)


def _convolution(
    x: LinearExpression,
    weight: LinearExpression,
    bias: LinearExpression | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> AppliedMap:
    kernels = _array(weight)
    window = Window(kernels.shape[2:], tuple(stride), tuple(padding), tuple(dilation), transposed)
    spatial = zip(x.shape[2:], *_per_axis(window), output_padding, strict=True)
    if transposed:
        outputs = tuple(
            (size - 1) * step - 2 * pad + apart * (kernel - 1) + extra + 1
            for size, kernel, step, pad, apart, extra in spatial
        )
    else:
        outputs = tuple(
            (size + 2 * pad - apart * (kernel - 1) - 1) // step + 1
            for size, kernel, step, pad, apart, _ in spatial
        )
    channels = kernels.shape[1] * groups if transposed else kernels.shape[0]
    matrix = window_map.convolution(kernels, x.shape, outputs, window, groups)
    offset = None
    if bias is not None:
        offset = np.tile(np.repeat(_array(bias).reshape(-1), math.prod(outputs)), x.shape[0])
    return AppliedMap(matrix, (x.shape[0], channels, *outputs), offset)


def _per_axis(window: Window) -> tuple[tuple[int, ...], ...]:
    return window.kernel, window.stride, window.padding, window.dilation


def _window_sum(
    x: LinearExpression,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    ceil_mode: bool,
    count_include_pad: bool,
    divisor: int | None,
) -> AppliedMap:
    """Average pooling with a fixed divisor; the padding is zero whether it is counted or not."""
    if divisor is None:
        raise NotInNormalFormError("missing a required argument: 'divisor'")
    rank = len(kernel)
    window = Window(tuple(kernel), tuple(stride), tuple(padding), (1,) * rank)
    spatial = x.shape[len(x.shape) - rank :]
    outputs = tuple(
        pooled_extent(size, extent, step, pad, ceil_mode)
        for size, extent, step, pad, _ in zip(spatial, *_per_axis(window), strict=True)
    )
    matrix = window_map.window_sum(x.shape, outputs, window)
    shape = (*x.shape[: len(x.shape) - rank], *outputs)
    return AppliedMap(matrix if divisor == 1 else matrix / divisor, shape)


def pooled_extent(size: int, kernel: int, stride: int, padding: int, ceil_mode: bool) -> int:
    """Windows along an axis; rounded up, the last one still starts inside the input or the padding before."""
    steps = size + 2 * padding - kernel
    if not ceil_mode:
        return steps // stride + 1
    windows = -(-steps // stride) + 1
    return windows - 1 if (windows - 1) * stride >= size + padding else windows


def _sum(x: LinearExpression, dims: Sequence[int]) -> AppliedMap:
    reduced = {dim % len(x.shape) for dim in dims}
    shape = tuple(extent for dim, extent in enumerate(x.shape) if dim not in reduced)
    return AppliedMap(linear_map.sums(x.shape, sorted(reduced)), shape)


def _take(x: LinearExpression, index: LinearExpression) -> AppliedMap:
    """Elements of the flat operand."""
    return AppliedMap(linear_map.selection(_array(index).astype(np.int64) % x.size, x.size), index.shape)


def _constant_pad(x: LinearExpression, pads: Sequence[int]) -> AppliedMap:
    """Zeros around the last axes; ``pads`` holds (before, after) for the last axis first."""
    free = len(x.shape) - len(pads) // 2
    before = [0] * free + list(pads[-2::-2])
    after = [0] * free + list(pads[::-2])
    shape = tuple(extent + low + high for extent, low, high in zip(x.shape, before, after, strict=True))
    return AppliedMap(linear_map.padding(x.shape, before, after), shape)


LINEAR_OPERATORS: dict[str, Callable[..., AppliedMap]] = {
    "linear": _linear,
    "matmul": _matmul,
    "mm": _matmul,
    "bmm": _matmul,
    "convolution": _convolution,
    "avg_pool2d": _window_sum,
    "avg_pool3d": _window_sum,
    "sum": _sum,
    "take": _take,
    "constant_pad_nd": _constant_pad,
}
"""Function by canonical name of the operator."""
