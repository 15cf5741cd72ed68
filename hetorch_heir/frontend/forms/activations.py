"""Functions of one number, applied to each element: kept as they are, for a later pass to approximate.

Different spellings of ReLU become one:

    %clamp = aten.clamp.default(x, 0)    ==>    %relu = aten.relu.default(x)
"""

from __future__ import annotations

import torch

from hetorch_heir.frontend.builder import Constant, GraphBuilder, RuleTable, Tensor, shape_of
from hetorch_heir.frontend.forms.arithmetic import Operand, add, mul, sub
from hetorch_heir.frontend.forms.selections import moved

aten = torch.ops.aten

ACTIVATIONS = frozenset(
    {
        aten.abs.default,
        aten.asinh.default,
        aten.atan.default,
        aten.celu.default,
        aten.clamp.default,
        aten.clamp_max.default,
        aten.clamp_min.default,
        aten.cos.default,
        aten.cosh.default,
        aten.elu.default,
        aten.erf.default,
        aten.erfc.default,
        aten.exp.default,
        aten.exp2.default,
        aten.expm1.default,
        aten.gelu.default,
        aten.hardshrink.default,
        aten.hardsigmoid.default,
        aten.hardswish.default,
        aten.hardtanh.default,
        aten.leaky_relu.default,
        aten.log.default,
        aten.log10.default,
        aten.log1p.default,
        aten.log2.default,
        aten.log_sigmoid.default,
        aten.mish.default,
        aten.reciprocal.default,
        aten.relu.default,
        aten.relu6.default,
        aten.rsqrt.default,
        aten.selu.default,
        aten.sigmoid.default,
        aten.sign.default,
        aten.silu.default,
        aten.sin.default,
        aten.sinh.default,
        aten.softplus.default,
        aten.softshrink.default,
        aten.sqrt.default,
        aten.tanh.default,
        aten.threshold.default,
    }
)
"""The operators that stay single nodes with their own arguments; the first argument is the operand."""


def _clamp(
    builder: GraphBuilder, value: Tensor, minimum: float | None = None, maximum: float | None = None
) -> Tensor:
    if minimum == 0 and maximum is None:
        return builder.call(aten.relu.default, value)
    return builder.call(aten.clamp.default, value, minimum, maximum)


def _clamp_min(builder: GraphBuilder, value: Tensor, minimum: float) -> Tensor:
    return _clamp(builder, value, minimum)


def _clamp_max(builder: GraphBuilder, value: Tensor, maximum: float) -> Tensor:
    return _clamp(builder, value, None, maximum)


def _threshold(builder: GraphBuilder, value: Tensor, threshold: float, replacement: float) -> Tensor:
    if threshold == 0 and replacement == 0:
        return builder.call(aten.relu.default, value)
    return builder.call(aten.threshold.default, value, threshold, replacement)


def _rrelu(
    builder: GraphBuilder, value: Tensor, lower: float, upper: float, training: bool, generator: object
) -> Tensor:
    """Outside of training the slope is the middle of its range."""
    return builder.call(aten.leaky_relu.default, value, (lower + upper) / 2)


def _prelu(builder: GraphBuilder, value: Tensor, slope: Tensor) -> Operand:
    """A slope for each channel: slope * x + (1 - slope) * relu(x)."""
    if not isinstance(slope, Constant):
        return builder.call(aten.prelu.default, value, slope)
    if slope.tensor.numel() == 1:
        return builder.call(aten.leaky_relu.default, value, float(slope.tensor))
    channels = slope.map(lambda tensor: tensor.reshape(-1, *(1 for _ in shape_of(value)[2:])))
    relu = builder.call(aten.relu.default, value)
    rest = channels.map(lambda tensor: 1 - tensor)
    return add(builder, mul(builder, value, channels), mul(builder, relu, rest))


def _glu(builder: GraphBuilder, value: Tensor, dim: int) -> Operand:
    """The first half along an axis, times the sigmoid of the second."""
    half = shape_of(value)[dim] // 2
    gated, gate = moved(builder, aten.split.Tensor, value, half, dim)
    return mul(builder, gated, builder.call(aten.sigmoid.default, gate))


def _sgn(builder: GraphBuilder, value: Tensor) -> Tensor:
    """The sign of a real number."""
    return builder.call(aten.sign.default, value)


def _maximum(builder: GraphBuilder, left: Operand, right: Operand) -> Operand:
    """b + relu(a - b)"""
    return add(builder, right, _relu(builder, sub(builder, left, right)))


def _minimum(builder: GraphBuilder, left: Operand, right: Operand) -> Operand:
    """a - relu(a - b)"""
    return sub(builder, left, _relu(builder, sub(builder, left, right)))


def _relu(builder: GraphBuilder, value: Operand) -> Operand:
    assert not isinstance(value, (int, float)), "one of the operands is computed"
    return builder.call(aten.relu.default, value)


def _greater(builder: GraphBuilder, left: Operand, right: Operand) -> Operand:
    """1 where a > b and 0 where a < b, as (1 + sign(a - b)) / 2: encrypted truth values are numbers."""
    difference = sub(builder, left, right)
    assert not isinstance(difference, (int, float)), "one of the operands is computed"
    sign = builder.call(aten.sign.default, difference)
    return add(builder, mul(builder, sign, 0.5), 0.5)


def _less(builder: GraphBuilder, left: Operand, right: Operand) -> Operand:
    return _greater(builder, right, left)


RULES: RuleTable = {
    aten.sgn.default: _sgn,
    aten.maximum.default: _maximum,
    aten.minimum.default: _minimum,
    aten.gt.Scalar: _greater,
    aten.gt.Tensor: _greater,
    aten.ge.Scalar: _greater,
    aten.ge.Tensor: _greater,
    aten.lt.Scalar: _less,
    aten.lt.Tensor: _less,
    aten.le.Scalar: _less,
    aten.le.Tensor: _less,
    aten.glu.default: _glu,
    aten.prelu.default: _prelu,
    aten.rrelu.default: _rrelu,
    aten.clamp.default: _clamp,
    aten.clamp_min.default: _clamp_min,
    aten.clamp_max.default: _clamp_max,
    aten.threshold.default: _threshold,
}
