"""Arithmetic (``arith``) on host numbers and tensors of them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.dialects import arith
from xdsl.interpreter import Interpreter, PythonValues, impl, register_impls
from xdsl.ir import Operation

from hetorch_heir.interpreter.arrays import constant_value, dtype_of, element_type_of
from hetorch_heir.interpreter.machine import functions_from_table


def truncating_division(x: Any, y: Any) -> Any:
    """Signed division that rounds towards zero, as MLIR's does and Python's doesn't."""
    quotient = x // y
    return quotient + ((quotient < 0) & (quotient * y != x))


def truncating_remainder(x: Any, y: Any) -> Any:
    """The remainder that goes with :func:`truncating_division`: of the sign of ``x``."""
    return x - truncating_division(x, y) * y


COMPARISONS: tuple[Callable[[Any, Any], Any], ...] = (
    operator.eq,
    operator.ne,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    # The unsigned ones. Indices, which is what is compared here, are never negative.
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
)
"""The predicates of ``arith.cmpi`` by their number."""

FLOAT_COMPARISONS: tuple[Callable[[Any, Any], Any], ...] = (
    lambda x, y: np.zeros(np.broadcast(x, y).shape, np.bool_)[()],
    # Ordered: false where one of the two is NaN, as Python's are but for "not equal".
    operator.eq,
    operator.gt,
    operator.ge,
    operator.lt,
    operator.le,
    lambda x, y: (x < y) | (x > y),
    lambda x, y: (x == x) & (y == y),
    # Unordered: true there.
    lambda x, y: ~((x < y) | (x > y)),
    lambda x, y: ~(x <= y),
    lambda x, y: ~(x < y),
    lambda x, y: ~(x >= y),
    lambda x, y: ~(x > y),
    operator.ne,
    lambda x, y: (x != x) | (y != y),
    lambda x, y: np.ones(np.broadcast(x, y).shape, np.bool_)[()],
)
"""The predicates of ``arith.cmpf`` by their number, on NumPy's numbers and arrays."""

INTEGER_OPERATIONS: dict[type[Operation], Callable[..., Any]] = {
    arith.AddiOp: operator.add,
    arith.SubiOp: operator.sub,
    arith.MuliOp: operator.mul,
    arith.DivSIOp: truncating_division,
    arith.DivUIOp: operator.floordiv,
    arith.FloorDivSIOp: operator.floordiv,
    arith.CeilDivSIOp: lambda x, y: -(-x // y),
    arith.CeilDivUIOp: lambda x, y: -(-x // y),
    arith.RemSIOp: truncating_remainder,
    arith.RemUIOp: operator.mod,
    arith.MinSIOp: np.minimum,
    arith.MinUIOp: np.minimum,
    arith.MaxSIOp: np.maximum,
    arith.MaxUIOp: np.maximum,
    arith.AndIOp: operator.and_,
    arith.OrIOp: operator.or_,
    arith.XOrIOp: operator.xor,
    arith.IndexCastOp: lambda x: x,
}
"""Operations on integers, ``index`` above all. Overflow isn't modelled: indices are small."""

FLOAT_OPERATIONS: dict[type[Operation], Callable[..., Any]] = {
    arith.AddfOp: operator.add,
    arith.SubfOp: operator.sub,
    arith.MulfOp: operator.mul,
    arith.DivfOp: operator.truediv,
    arith.NegfOp: operator.neg,
    arith.MaximumfOp: np.maximum,
    arith.MinimumfOp: np.minimum,
}
"""Operations on floating-point numbers and, element by element, on tensors of them."""

CONVERSIONS = (arith.ExtFOp, arith.TruncFOp, arith.SIToFPOp)
"""Operations that turn a number, or every element, into one of the result's type."""


def comparison_of(op: arith.CmpiOp) -> Callable[[Any, Any], Any]:
    """The Python function for the predicate of ``op``."""
    return COMPARISONS[op.predicate.value.data]


_TableFunctions = functions_from_table("_TableFunctions", INTEGER_OPERATIONS | FLOAT_OPERATIONS)


@register_impls
class ArithFunctions(_TableFunctions):
    """The ``arith`` dialect."""

    @impl(arith.ConstantOp)
    def run_constant(
        self, interpreter: Interpreter, op: arith.ConstantOp, args: PythonValues
    ) -> PythonValues:
        return (constant_value(op.value),)

    @impl(arith.CmpiOp)
    def run_cmpi(self, interpreter: Interpreter, op: arith.CmpiOp, args: PythonValues) -> PythonValues:
        return (comparison_of(op)(*args),)

    @impl(arith.CmpfOp)
    def run_cmpf(self, interpreter: Interpreter, op: arith.CmpfOp, args: PythonValues) -> PythonValues:
        x, y = (np.asarray(arg)[()] for arg in args)
        return (FLOAT_COMPARISONS[op.predicate.value.data](x, y),)

    @impl(arith.SelectOp)
    def run_select(self, interpreter: Interpreter, op: arith.SelectOp, args: PythonValues) -> PythonValues:
        condition, x, y = args
        return (np.where(condition, x, y) if isinstance(condition, np.ndarray) else x if condition else y,)

    @impl(arith.ExtFOp)
    def run_extf(self, interpreter: Interpreter, op: arith.ExtFOp, args: PythonValues) -> PythonValues:
        return (converted(op, args[0]),)

    @impl(arith.TruncFOp)
    def run_truncf(self, interpreter: Interpreter, op: arith.TruncFOp, args: PythonValues) -> PythonValues:
        return (converted(op, args[0]),)

    @impl(arith.SIToFPOp)
    def run_sitofp(self, interpreter: Interpreter, op: arith.SIToFPOp, args: PythonValues) -> PythonValues:
        return (converted(op, args[0]),)


def converted(op: Operation, value: Any) -> Any:
    """``value``, a number or an array, as the type of the elements of the result of ``op``."""
    dtype = dtype_of(element_type_of(op.results[0].type))
    return value.astype(dtype) if isinstance(value, np.ndarray) else dtype.type(value)
