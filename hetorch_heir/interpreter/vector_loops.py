"""Loops that fill a tensor slot by slot, as operations on arrays of all their iterations at once.

    %r = scf.for %s = %c0 to %c4 step %c1 iter_args(%some = %all) -> (tensor<3x4xf32>) {
      %e = arith.remsi %s, %c2 : index
      %v = tensor.extract %x[%e] : tensor<784xf32>
      %more = tensor.insert %v into %some[%row, %s] : tensor<3x4xf32>
      scf.yield %more : tensor<3x4xf32>
    }

No iteration sees what another one did, so :mod:`.loops` writes

    v7 = arange(v0, v1, v2)
    v8 = f0(v7, v4)
    v9 = v5[at_all(v8)]
    v6[at_all(v10), at_all(v7)] = v9

instead of a loop in Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Operation

from hetorch_heir.core.errors import ProgramError

DIVISIONS = frozenset(
    operation.name
    for operation in (
        arith.DivSIOp,
        arith.DivUIOp,
        arith.FloorDivSIOp,
        arith.CeilDivSIOp,
        arith.CeilDivUIOp,
        arith.RemSIOp,
        arith.RemUIOp,
    )
)
"""Operations whose second operand must not be zero: NumPy's give zero then."""


def fills_a_tensor(op: scf.ForOp) -> bool:
    """Whether a loop of operations on numbers only inserts into the tensor that it carries, at a place of
    its own in every iteration."""
    index, *carried = op.body.block.args
    if len(carried) != 1:
        return False
    (target,) = carried
    *body, last = op.body.block.ops
    if not body or not isinstance(insertion := body[-1], tensor.InsertOp):
        return False
    return (
        insertion.dest is target
        and list(last.operands) == [insertion.result]
        and len(list(target.uses)) == len(list(insertion.result.uses)) == 1
        and index in insertion.indices
        and all(_is_elementwise(inner) for inner in body[:-1])
    )


def _is_elementwise(op: Operation) -> bool:
    if op.regions or isinstance(op, arith.SelectOp | tensor.InsertOp):
        return False
    return not any(isinstance(result.type, TensorType) for result in op.results)


def arange(lower: int, upper: int, step: int) -> NDArray[np.int64]:
    """The values that the loop's index takes."""
    return np.arange(lower, upper, step, dtype=np.int64)


def at_all(indices: Any) -> Any:
    """Indices into an array, which must not be negative: NumPy would count them from the end."""
    if np.any(np.less(indices, 0)):
        raise ProgramError(f"index {np.min(indices)} is outside a tensor")
    return indices


def divisor(value: Any) -> Any:
    """A number or an array to divide by."""
    if np.any(np.equal(value, 0)):
        raise ProgramError("division by zero")
    return value
