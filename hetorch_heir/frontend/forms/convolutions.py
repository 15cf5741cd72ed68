"""Convolutions of every rank, padding and direction, as ``convolution`` with a constant kernel.

%conv2d = aten.conv2d.padding(x, weight, bias, [1, 1], 'same')
    ==>
%convolution = aten.convolution.default(x, weight, bias, [1, 1], [1, 1], [1, 1], False, [0, 0], 1)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import fx

from hetorch_heir.core.errors import UnsupportedOperationError
from hetorch_heir.frontend.builder import Constant, GraphBuilder, RuleTable, Tensor, shape_of
from hetorch_heir.frontend.forms.arithmetic import add
from hetorch_heir.frontend.forms.selections import pad_with_zeros
from hetorch_heir.frontend.forms.shapes import reshape

aten = torch.ops.aten

Extents = Sequence[int] | int
"""One number for each spatial axis, or one for all."""


def per_axis(extents: Extents, rank: int) -> list[int]:
    """One number for each of ``rank`` spatial axes."""
    given = [extents] if isinstance(extents, int) else list(extents)
    return given * rank if len(given) == 1 else given


def refuse_large_strides(
    builder: GraphBuilder, spatial: Sequence[int], stride: Sequence[int], padding: Sequence[int]
) -> None:
    """Raise if windows move beyond all of the padded input, so that there is one on an axis.

    Raises:
        UnsupportedOperationError: names the place, the strides and the extents.
    """
    padded = [size + 2 * pad for size, pad in zip(spatial, padding, strict=True)]
    if any(step > size for step, size in zip(stride, padded, strict=True)):
        raise UnsupportedOperationError(
            f"the stride {tuple(stride)} is larger than the padded input, whose extents are {tuple(padded)}",
            where=str(builder.source),
            hint="use a stride up to the extent of the input, or give a larger input",
        )


def _convolution(
    builder: GraphBuilder,
    value: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Extents,
    padding: Extents,
    dilation: Extents,
    transposed: bool,
    output_padding: Extents,
    groups: int,
    *flags: bool,
) -> Any:
    """Flags choose among kernels of a library, and don't matter here."""
    rank = len(shape_of(weight)) - 2
    stride, padding, dilation = (per_axis(one, rank) for one in (stride, padding, dilation))
    if not transposed:
        refuse_large_strides(builder, shape_of(value)[-rank:], stride, padding)
    is_item = len(shape_of(value)) == rank + 1
    batch = reshape(builder, value, (1, *shape_of(value))) if is_item else value
    kernels = builder.operand(weight) if isinstance(weight, Constant) else weight
    row = builder.operand(bias) if isinstance(bias, Constant) else None
    geometry = (stride, padding, dilation, transposed, per_axis(output_padding, rank), groups)
    result: Any = builder.call(aten.convolution.default, batch, kernels, row, *geometry)
    if isinstance(bias, fx.Node):
        result = add(builder, result, reshape(builder, bias, (-1, *(1,) * rank)))
    return reshape(builder, result, shape_of(result)[1:]) if is_item else result


def _forward(
    builder: GraphBuilder,
    value: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Extents,
    padding: Extents | str,
    dilation: Extents,
    groups: int,
) -> Any:
    """A padding of "same" keeps the extents, with the odd zero at the end."""
    rank = len(shape_of(weight)) - 2
    if padding == "same":
        kernel = shape_of(weight)[2:]
        total = [apart * (size - 1) for apart, size in zip(per_axis(dilation, rank), kernel, strict=True)]
        odd = [pad for one in reversed(total) for pad in (0, one % 2)]
        value = pad_with_zeros(builder, value, odd)
        padding = [one // 2 for one in total]
    elif isinstance(padding, str):
        padding = 0
    return _convolution(builder, value, weight, bias, stride, padding, dilation, False, 0, groups)


def _transposed(
    builder: GraphBuilder,
    value: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Extents,
    padding: Extents,
    output_padding: Extents,
    groups: int,
    dilation: Extents,
) -> Any:
    return _convolution(builder, value, weight, bias, stride, padding, dilation, True, output_padding, groups)


RULES: RuleTable = {
    aten.convolution.default: _convolution,
    aten._convolution.default: _convolution,
    aten._convolution.deprecated: _convolution,
    **dict.fromkeys(
        (
            aten._convolution_mode.default,
            aten.conv1d.default,
            aten.conv1d.padding,
            aten.conv2d.default,
            aten.conv2d.padding,
            aten.conv3d.default,
            aten.conv3d.padding,
        ),
        _forward,
    ),
    **dict.fromkeys(
        (aten.conv_transpose1d.default, aten.conv_transpose2d.input, aten.conv_transpose3d.input),
        _transposed,
    ),
}
