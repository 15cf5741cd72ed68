"""Batch normalisation with fixed statistics: one product and one sum for each channel.

    %bn = aten._native_batch_norm_legit_no_training.default(x, w, b, mean, var, …)
    %getitem = operator.getitem(bn, 0)
        ==>
    %mul = aten.mul.Tensor(x, bn_scale)
    %add = aten.add.Tensor(mul, bn_shift)

with scale = w / sqrt(var + eps) and shift = b - mean * scale, computed in double precision, of
shape (C, 1, …, 1) so that they broadcast against x of shape (N, C, …).
"""

from __future__ import annotations

import torch

from hetorch_heir.core.errors import UnsupportedOperationError
from hetorch_heir.frontend.builder import Constant, GraphBuilder, RuleTable, Tensor, shape_of
from hetorch_heir.frontend.forms.arithmetic import Operand, add, mul

aten = torch.ops.aten


def _batch_norm(
    builder: GraphBuilder,
    value: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    mean: Tensor | None,
    variance: Tensor | None,
    momentum: float,
    epsilon: float,
) -> tuple[Operand, None, None]:
    """The second and third result, statistics of the batch, are empty outside of training."""
    known = [item for item in (weight, bias, mean, variance) if isinstance(item, Constant)]
    given = [item for item in (weight, bias, mean, variance) if item is not None]
    if len(known) != len(given) or not isinstance(mean, Constant) or not isinstance(variance, Constant):
        raise UnsupportedOperationError(
            "batch normalisation without fixed statistics and weights",
            where=str(builder.source),
            hint="train it with track_running_stats=True and export the model after model.eval()",
        )
    scale = torch.rsqrt(variance.tensor.double() + epsilon)
    if isinstance(weight, Constant):
        scale = scale * weight.tensor.double()
    shift = -mean.tensor.double() * scale
    if isinstance(bias, Constant):
        shift = shift + bias.tensor.double()
    shape = (-1, *(1 for _ in shape_of(value)[2:]))
    base = (weight or mean).name.rpartition(".")[0] or "batch_norm"
    scaled = mul(builder, value, Constant(scale.reshape(shape), f"{base}.scale"))
    return add(builder, scaled, Constant(shift.reshape(shape), f"{base}.shift")), None, None


RULES: RuleTable = {aten._native_batch_norm_legit_no_training.default: _batch_norm}
