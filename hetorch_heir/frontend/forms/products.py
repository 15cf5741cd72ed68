"""Matrix products with a constant: ``linear`` when the constant acts on the last dimension, else ``matmul``.

%t = aten.t.default(weight)                        %linear = aten.linear.default(x, weight, bias)
%addmm = aten.addmm.default(bias, x, t)      ==>
%mm = aten.mm.default(a, addmm)                    %matmul = aten.matmul.default(a, linear)
"""

from __future__ import annotations

import torch
from torch import fx

from hetorch_heir.frontend.builder import Constant, GraphBuilder, RuleTable, Tensor, shape_of
from hetorch_heir.frontend.forms.arithmetic import Operand, add, mul
from hetorch_heir.frontend.forms.shapes import expand, permute, reshape

aten = torch.ops.aten


def linear(builder: GraphBuilder, value: fx.Node, weight: Constant, bias: Tensor | None = None) -> Tensor:
    """``value @ weight.T + bias`` with ``weight`` of shape (out, in).

    ``bias`` becomes part of the ``linear`` when it is a constant that holds one number for each of the
    ``out`` features; any other is added.
    """
    weight = builder.operand(weight)
    features = weight.shape[0]
    shape = (*shape_of(value)[:-1], features)
    if isinstance(bias, Constant) and _is_row(bias.shape, shape):
        row = builder.operand(bias).map(lambda tensor: tensor.reshape(-1).expand(features))
        return builder.call(aten.linear.default, value, weight, row)
    product = builder.call(aten.linear.default, value, weight)
    return product if bias is None else _tensor(add(builder, product, bias))


def _is_row(shape: tuple[int, ...], result: tuple[int, ...]) -> bool:
    """Whether a tensor of ``shape`` adds the same row to each row of ``result``, and doesn't enlarge it."""
    return (
        len(shape) <= len(result)
        and all(size == 1 for size in shape[:-1])
        and (not shape or shape[-1] in (1, result[-1]))
    )


def matmul(builder: GraphBuilder, left: Tensor, right: Tensor) -> Tensor:
    """``torch.matmul(left, right)``, at least one operand computed."""
    if isinstance(right, Constant) and isinstance(left, fx.Node):
        return _times_constant(builder, left, right)
    if isinstance(left, Constant) and isinstance(right, fx.Node):
        return _constant_times(builder, left, right)
    return builder.call(aten.matmul.default, left, right)


def _times_constant(builder: GraphBuilder, left: fx.Node, right: Constant) -> Tensor:
    """``left @ right`` for a constant ``right``: a linear map of the last dimension of ``left``."""
    result = tuple(torch.matmul(_meta(left), _meta(right)).shape)
    matrix = right if len(right.shape) > 1 else right.map(lambda tensor: tensor.unsqueeze(-1))
    matrices = matrix.map(lambda tensor: tensor.reshape(-1, *tensor.shape[-2:]))
    if matrices.shape[0] == 1 or bool((matrices.tensor == matrices.tensor[:1]).all()):
        product = linear(builder, left, matrices.map(lambda tensor: tensor[0].t()))
        # A vector drops the last dimension; batch dimensions that only ``right`` has repeat the product.
        return (reshape if len(right.shape) == 1 else expand)(builder, product, result)
    # Another matrix for each item of the batch: (right^T @ left^T)^T has the constant on the left.
    column = left if len(shape_of(left)) > 1 else reshape(builder, left, (1, *shape_of(left)))
    swapped = _constant_times(builder, matrix.map(lambda tensor: tensor.mT), _transpose(builder, column))
    return reshape(builder, _transpose(builder, swapped), result)


def _constant_times(builder: GraphBuilder, left: Constant, right: Tensor) -> Tensor:
    """``left @ right`` for a constant ``left``: a linear map of the last but one dimension of ``right``."""
    assert isinstance(right, fx.Node)
    if len(shape_of(right)) == 1 and len(left.shape) <= 2:
        matrix = left if len(left.shape) == 2 else left.map(lambda tensor: tensor.unsqueeze(0))
        return reshape(builder, linear(builder, right, matrix), left.shape[:-1])
    result = tuple(torch.matmul(_meta(left), _meta(right)).shape)
    left = builder.operand(left)
    if len(left.shape) == 1:
        left = left.map(lambda tensor: tensor.unsqueeze(0))
    return reshape(builder, builder.call(aten.matmul.default, left, right), result)


def _transpose(builder: GraphBuilder, value: Tensor) -> Tensor:
    rank = len(shape_of(value))
    return permute(builder, value, [*range(rank - 2), rank - 1, rank - 2])


def _meta(value: Tensor) -> torch.Tensor:
    return torch.empty(shape_of(value), device="meta")


def _tensor(value: Operand) -> Tensor:
    assert isinstance(value, fx.Node | Constant)
    return value


def _linear_rule(builder: GraphBuilder, value: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    if isinstance(value, fx.Node) and isinstance(weight, Constant):
        if len(weight.shape) == 2:
            return linear(builder, value, weight, bias)
        product = linear(builder, value, weight.map(lambda tensor: tensor.unsqueeze(0)))
        product = reshape(builder, product, shape_of(product)[:-1])
    else:
        transposed = _transpose(builder, weight) if len(shape_of(weight)) == 2 else weight
        product = matmul(builder, value, transposed)
    return product if bias is None else _tensor(add(builder, product, bias))


def _scaled_product(
    builder: GraphBuilder, bias: Tensor, left: Tensor, right: Tensor, beta: float, alpha: float
) -> Tensor:
    """``beta * bias + alpha * (left @ right)``; a ``beta`` of 0 ignores ``bias``, as torch does."""
    if alpha != 1:
        if isinstance(left, Constant):
            left = _tensor(mul(builder, left, alpha))
        else:
            right = _tensor(mul(builder, right, alpha))
    scaled = None if beta == 0 else bias if beta == 1 else _tensor(mul(builder, bias, beta))
    if isinstance(left, fx.Node) and isinstance(right, Constant) and len(right.shape) == 2:
        return linear(builder, left, right.map(torch.t), scaled)
    if isinstance(left, Constant) and isinstance(right, Constant):
        product: Tensor = left.map(lambda tensor: tensor @ right.tensor)
    else:
        product = matmul(builder, left, right)
    return product if scaled is None else _tensor(add(builder, product, scaled))


RULES: RuleTable = {
    aten.linear.default: _linear_rule,
    aten.matmul.default: matmul,
    aten.mm.default: matmul,
    aten.bmm.default: matmul,
    aten.mv.default: matmul,
    aten.dot.default: matmul,
    aten.vdot.default: matmul,
    aten.addmm.default: _scaled_product,
    aten.addmv.default: _scaled_product,
    aten.baddbmm.default: _scaled_product,
}
