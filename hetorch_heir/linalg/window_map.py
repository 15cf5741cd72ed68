"""Convolutions, window sums and their transposes as sparse matrices, by index arithmetic.

An output position p of one spatial axis meets the input position

    p * stride - padding + tap * dilation                          convolution
    (p + padding - tap * dilation) / stride, where it divides      transposed convolution

at every kernel tap, where that lies inside the axis. Axes combine by outer sums, channels by repetition, so
that the rows of the matrix come out in order, with sorted columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from hetorch_heir.linalg.linear_map import Matrix, repeated

IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Window:
    """How a kernel moves over the spatial axes of a tensor; one entry per axis.

    Attributes:
        kernel: extents of the kernel.
        stride: steps between neighbouring windows (of a transposed convolution, between their results).
        padding: zeros before the first element (of a transposed convolution, results that are cut off).
        dilation: distance of neighbouring kernel taps.
        transposed: whether the map is that of a transposed convolution.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    transposed: bool = False


def convolution(
    weight: npt.ArrayLike, shape: Sequence[int], outputs: Sequence[int], window: Window, groups: int = 1
) -> Matrix:
    """A convolution without bias, as ``torch.ops.aten.convolution`` computes it.

    Args:
        weight: shape (output channels, input channels / groups, *kernel), or if it is transposed
            (input channels, output channels / groups, *kernel).
        shape: of the input, (batch, channels, *spatial).
        outputs: spatial extents of the result.
        window: how the kernel moves.
        groups: groups of channels that don't mix.

    Returns:
        The matrix from the flat input to the flat result, of shape (batch, output channels, *outputs).
    """
    spatial = tuple(shape[2:])
    kernels = _kernels(np.asarray(weight, dtype=np.float64), groups, window.transposed)
    channels, per_group, _ = kernels.shape
    starts, taps, inputs = _window_entries(spatial, tuple(outputs), window)
    # For one output channel: row p holds its entries for the first input channel, the second, …
    counts = np.diff(starts)
    rows = np.repeat(np.arange(counts.size), counts)
    first = per_group * starts[rows] + np.arange(inputs.size) - starts[rows]
    channel = np.arange(per_group)[:, None]
    places = first + channel * counts[rows]
    entries = channels * per_group * inputs.size
    index_type = sparse.get_index_dtype(maxval=max(entries, shape[1] * math.prod(spatial)))
    columns = np.empty(per_group * inputs.size, dtype=index_type)
    elements = np.empty_like(columns)
    columns[places] = inputs + channel * math.prod(spatial)
    elements[places] = taps + channel * kernels.shape[2]
    # The same pattern for every output channel, in the input channels of its group.
    group = np.arange(channels) // (channels // groups)
    all_columns = columns + (group * per_group * math.prod(spatial)).astype(index_type)[:, None]
    data = kernels.reshape(channels, -1).take(elements, axis=1)  # in the order of rows, unlike [:, elements]
    all_starts = np.arange(channels)[:, None] * columns.size + per_group * starts[:-1]
    indptr = np.append(all_starts.reshape(-1), entries).astype(index_type)
    size = (channels * counts.size, shape[1] * math.prod(spatial))
    matrix = sparse.csr_array((data.reshape(-1), all_columns.reshape(-1), indptr), shape=size)
    matrix.eliminate_zeros()
    return repeated(matrix, shape[0])


def window_sum(shape: Sequence[int], outputs: Sequence[int], window: Window) -> Matrix:
    """The sums of all elements in a window that moves over the last axes of a tensor of ``shape``.

    Args:
        shape: of the input; as many axes at its end as the window has are spatial.
        outputs: extents of the result on the spatial axes; windows beyond the input hold zeros.
        window: how the window moves.
    """
    rank = len(window.kernel)
    spatial = tuple(shape[len(shape) - rank :])
    matrix = convolution(np.ones((1, 1, *window.kernel)), (1, 1, *spatial), outputs, window)
    return repeated(matrix, math.prod(shape[: len(shape) - rank]))


def _kernels(weight: npt.NDArray[np.float64], groups: int, transposed: bool) -> npt.NDArray[np.float64]:
    """The weights as (output channels, input channels / groups, taps)."""
    if not transposed:
        return weight.reshape(*weight.shape[:2], -1)
    parts = weight.reshape(groups, weight.shape[0] // groups, weight.shape[1], -1)
    return parts.transpose(0, 2, 1, 3).reshape(groups * weight.shape[1], weight.shape[0] // groups, -1)


def _window_entries(
    spatial: tuple[int, ...], outputs: tuple[int, ...], window: Window
) -> tuple[IndexArray, IndexArray, IndexArray]:
    """What each output position of one channel meets.

    Returns:
        Where the entries of each position start (and where the last ones end), and of each entry the flat
        kernel tap and the flat input position; input positions ascend.
    """
    rank = len(spatial)
    inputs, taps = np.zeros((1,) * 2 * rank, dtype=np.int64), np.zeros((1,) * 2 * rank, dtype=np.int64)
    valid = np.ones((1,) * 2 * rank, dtype=bool)
    for axis, extent in enumerate(spatial):
        positions, order, inside = _axis_entries(extent, outputs[axis], window, axis)
        # Axes of the table: output position on every axis, then kernel tap on every axis.
        table = tuple(
            outputs[axis] if one == axis else window.kernel[axis] if one == rank + axis else 1
            for one in range(2 * rank)
        )
        inputs = inputs * extent + positions.reshape(table)
        taps = taps * window.kernel[axis] + np.broadcast_to(order, positions.shape).reshape(table)
        valid = valid & inside.reshape(table)
    taps = np.broadcast_to(taps, valid.shape)
    counts = valid.reshape(math.prod(outputs), -1).sum(axis=1)
    return np.append(0, np.cumsum(counts)), taps[valid], inputs[valid]


def _axis_entries(
    extent: int, outputs: int, window: Window, axis: int
) -> tuple[IndexArray, IndexArray, npt.NDArray[np.bool_]]:
    """Input position, kernel tap, and whether there is such a position, by output position and entry."""
    stride, padding, dilation = window.stride[axis], window.padding[axis], window.dilation[axis]
    position, tap = np.arange(outputs)[:, None], np.arange(window.kernel[axis])
    if window.transposed:
        tap = tap[::-1]
        inputs, remainder = np.divmod(position + padding - tap * dilation, stride)
        return inputs, tap, (remainder == 0) & (inputs >= 0) & (inputs < extent)
    inputs = position * stride - padding + tap * dilation
    return inputs, tap, (inputs >= 0) & (inputs < extent)
