"""Loops with affine bounds (``affine``), which heir-opt makes of operations on tensors of ciphertexts."""

from __future__ import annotations

from xdsl.dialects import affine
from xdsl.dialects.builtin import AffineMapAttr
from xdsl.interpreter import (
    Interpreter,
    PythonValues,
    ReturnedValues,
    TerminatorValue,
    impl,
    impl_terminator,
    register_impls,
)

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.machine import MachineFunctions


@register_impls
class AffineFunctions(MachineFunctions):
    """The part of the ``affine`` dialect that is about loops over indices."""

    @impl(affine.ForOp)
    def run_for(self, interpreter: Interpreter, op: affine.ForOp, args: PythonValues) -> PythonValues:
        lowers, uppers = len(op.lowerBoundOperands), len(op.upperBoundOperands)
        lower = _evaluate(op.lowerBoundMap, args[:lowers])
        upper = _evaluate(op.upperBoundMap, args[lowers : lowers + uppers])
        carried = args[lowers + uppers :]
        for index in range(lower, upper, op.step.value.data):
            carried = interpreter.run_ssacfg_region(op.body, (index, *carried))
        return carried

    @impl(affine.ApplyOp)
    def run_apply(self, interpreter: Interpreter, op: affine.ApplyOp, args: PythonValues) -> PythonValues:
        return (_evaluate(op.map, args),)

    @impl_terminator(affine.YieldOp)
    def run_yield(
        self, interpreter: Interpreter, op: affine.YieldOp, args: PythonValues
    ) -> tuple[TerminatorValue, PythonValues]:
        return ReturnedValues(args), ()


def _evaluate(attribute: AffineMapAttr, operands: PythonValues) -> int:
    """The value of a map with one result."""
    affine_map = attribute.data
    if len(affine_map.results) != 1:
        raise ProgramError(f"a bound with {len(affine_map.results)} results isn't supported")
    dimensions = affine_map.num_dims
    (value,) = affine_map.eval(list(operands[:dimensions]), list(operands[dimensions:]))
    return value
