"""Sums, differences, products and powers.

The first operand of a normal form is always computed by the graph; the second is computed, or a constant,
or a Python number:

    %sub = aten.sub.Tensor(x, y, alpha=2)         %mul = aten.mul.Tensor(y, 2.0)
                                                  %sub = aten.sub.Tensor(x, mul)
    %rsub = aten.rsub.Scalar(sub, 1)        ==>   %neg = aten.neg.default(sub)
                                                  %add = aten.add.Tensor(neg, 1.0)
    %pow = aten.pow.Tensor_Scalar(rsub, 3)        %mul_1 = aten.mul.Tensor(add, add)
                                                  %mul_2 = aten.mul.Tensor(mul_1, add)
"""

from __future__ import annotations

import numbers
import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import fx

from hetorch_heir.core.errors import UnsupportedOperationError
from hetorch_heir.frontend.builder import Constant, GraphBuilder, RuleTable, Tensor, shape_of

aten = torch.ops.aten

Operand = Tensor | float
"""A tensor or a Python number."""


def add(builder: GraphBuilder, left: Operand, right: Operand) -> Operand:
    """``left + right``."""
    left, right = _computed_first(builder, left, right)
    if not isinstance(left, fx.Node):
        return _fold(operator.add, left, right)
    return left if _is_number(right, 0.0) else builder.call(aten.add.Tensor, left, right)


def sub(builder: GraphBuilder, left: Operand, right: Operand) -> Operand:
    """``left - right``."""
    if not isinstance(left, fx.Node):
        return add(builder, neg(builder, right), left)
    right = _simplified(builder, right, left)
    return left if _is_number(right, 0.0) else builder.call(aten.sub.Tensor, left, right)


def mul(builder: GraphBuilder, left: Operand, right: Operand) -> Operand:
    """``left * right``; a value times its own sigmoid is the activation silu."""
    left, right = _computed_first(builder, left, right)
    if not isinstance(left, fx.Node):
        return _fold(operator.mul, left, right)
    if _is_number(right, 1.0):
        return left
    for value, gate in ((left, right), (right, left)):
        if isinstance(gate, fx.Node) and gate.target is aten.sigmoid.default and gate.args[0] is value:
            return builder.call(aten.silu.default, value)
    return builder.call(aten.mul.Tensor, left, right)


def neg(builder: GraphBuilder, value: Operand) -> Operand:
    """``-value``."""
    if isinstance(value, fx.Node):
        return builder.call(aten.neg.default, value)
    return value.map(torch.neg) if isinstance(value, Constant) else -value


def div(builder: GraphBuilder, left: Operand, right: Operand) -> Operand:
    """``left / right``: a product with the reciprocal, which is a constant or an activation."""
    if isinstance(right, fx.Node):
        return mul(builder, builder.call(aten.reciprocal.default, right), left)
    divisor = right.tensor if isinstance(right, Constant) else torch.tensor(float(right))
    if bool((divisor == 0).any()):
        raise UnsupportedOperationError("division by zero", where=str(builder.source))
    if isinstance(right, Constant):
        return mul(builder, left, right.map(lambda tensor: tensor.double().reciprocal()))
    return mul(builder, left, 1.0 / right)


def power(builder: GraphBuilder, base: Tensor, exponent: int) -> Operand:
    """``base`` to an integer exponent >= 1, at the least multiplicative depth, ceil(log2 exponent).

    x^n is x^p · x^(n-p) with p the largest power of two below n; the parts share their squares.
    """
    if exponent == 1:
        return base
    largest = 1 << ((exponent - 1).bit_length() - 1)
    return mul(builder, power(builder, base, largest), power(builder, base, exponent - largest))


def _is_number(value: Operand, number: float) -> bool:
    return not isinstance(value, fx.Node | Constant) and value == number


def _computed_first(builder: GraphBuilder, left: Operand, right: Operand) -> tuple[Operand, Operand]:
    """The operands of a commutative operator, a computed one first, the other one simplified."""
    if not isinstance(left, fx.Node):
        left, right = right, left
    return (left, _simplified(builder, right, left)) if isinstance(left, fx.Node) else (left, right)


def _simplified(builder: GraphBuilder, value: Operand, other: fx.Node) -> Operand:
    """A constant in the graph's type; one of equal elements that doesn't enlarge ``other`` as a number."""
    if isinstance(value, fx.Node):
        return value
    if not isinstance(value, Constant):
        return float(value)
    value = builder.operand(value)
    elements = value.tensor.reshape(-1)
    enlarges = torch.broadcast_shapes(value.shape, shape_of(other)) != shape_of(other)
    if not enlarges and elements.numel() and bool((elements == elements[0]).all()):
        return float(elements[0])
    return value


def _fold(function: Callable[[Any, Any], Any], left: Operand, right: Operand) -> Operand:
    """``function`` of known operands."""
    assert not isinstance(left, fx.Node) and not isinstance(right, fx.Node)
    values = [item.tensor if isinstance(item, Constant) else item for item in (left, right)]
    names = [item.name for item in (left, right) if isinstance(item, Constant)]
    return Constant(function(*values), names[0]) if names else function(*values)


def _add_rule(builder: GraphBuilder, left: Operand, right: Operand, alpha: float = 1) -> Operand:
    return add(builder, left, mul(builder, right, alpha) if alpha != 1 else right)


def _sub_rule(builder: GraphBuilder, left: Operand, right: Operand, alpha: float = 1) -> Operand:
    return sub(builder, left, mul(builder, right, alpha) if alpha != 1 else right)


def _rsub_rule(builder: GraphBuilder, value: Operand, other: Operand, alpha: float = 1) -> Operand:
    return _sub_rule(builder, other, value, alpha)


def _addcmul(builder: GraphBuilder, value: Operand, left: Operand, right: Operand, factor: float) -> Operand:
    return add(builder, value, mul(builder, mul(builder, left, right), factor))


def _addcdiv(builder: GraphBuilder, value: Operand, left: Operand, right: Operand, factor: float) -> Operand:
    return add(builder, value, mul(builder, div(builder, left, right), factor))


def _lerp(builder: GraphBuilder, start: Operand, end: Operand, weight: Operand) -> Operand:
    return add(builder, start, mul(builder, sub(builder, end, start), weight))


def _square(builder: GraphBuilder, value: Tensor) -> Operand:
    return mul(builder, value, value)


_POWER_HINTS = {
    0.5: "use torch.sqrt, which is approximated on the range of its input",
    -0.5: "use torch.rsqrt, which is approximated on the range of its input",
    -1.0: "use torch.reciprocal, which is approximated on the range of its input",
}


def _pow(builder: GraphBuilder, base: Operand, exponent: Operand) -> Operand:
    """Only integer exponents >= 1; a tensor of equal exponents counts as a number."""
    if not isinstance(base, fx.Node):
        raise UnsupportedOperationError(
            "power with an encrypted exponent", where=str(builder.source), hint="use torch.exp"
        )
    if isinstance(exponent, Constant) and exponent.tensor.numel():
        exponent = _simplified(builder, exponent, base)
    if not isinstance(exponent, numbers.Real):
        raise UnsupportedOperationError(
            "power with an exponent that is not one known number", where=str(builder.source)
        )
    number = float(exponent)
    if not number.is_integer() or number < 1:
        raise UnsupportedOperationError(
            f"power with exponent {exponent:g}; only integers from 1 on are products",
            where=str(builder.source),
            hint=_POWER_HINTS.get(number, "replace it by an activation or by a polynomial"),
        )
    return power(builder, base, int(number))


RULES: RuleTable = {
    aten.add.Tensor: _add_rule,
    aten.add.Scalar: _add_rule,
    aten.sub.Tensor: _sub_rule,
    aten.sub.Scalar: _sub_rule,
    aten.rsub.Tensor: _rsub_rule,
    aten.rsub.Scalar: _rsub_rule,
    aten.mul.Tensor: mul,
    aten.mul.Scalar: mul,
    aten.div.Tensor: div,
    aten.div.Scalar: div,
    aten.true_divide.Tensor: div,
    aten.neg.default: neg,
    aten.addcmul.default: _addcmul,
    aten.addcdiv.default: _addcdiv,
    aten.lerp.Scalar: _lerp,
    aten.lerp.Tensor: _lerp,
    aten.square.default: _square,
    aten.pow.Tensor_Scalar: _pow,
    aten.pow.Tensor_Tensor: _pow,
    aten.pow.Scalar: _pow,
}
