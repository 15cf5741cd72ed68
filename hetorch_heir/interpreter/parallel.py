"""``scf.forall``: the iterations are run one after the other."""

from __future__ import annotations

from itertools import product
from typing import Any, cast

from he_dialects.parallel import ForallOp, InParallelOp, ParallelInsertSliceOp
from numpy.typing import NDArray
from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseArrayBase
from xdsl.interpreter import (
    Interpreter,
    PythonValues,
    ReturnedValues,
    TerminatorValue,
    impl,
    impl_terminator,
    register_impls,
)
from xdsl.ir import SSAValue

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.machine import MachineFunctions


@register_impls
class ParallelFunctions(MachineFunctions):
    """Parallel loops over tensors."""

    @impl(ForallOp)
    def run_forall(self, interpreter: Interpreter, op: ForallOp, args: PythonValues) -> PythonValues:
        bounds = [[_resolved(interpreter, bound) for bound in each] for each in op.bounds]
        ranges = [range(*bound) for bound in zip(*bounds, strict=True)]
        # One copy at the beginning; the iterations write into it.
        outputs = tuple(array.copy() for array in args[len(args) - len(op.outputs) :])
        for indices in product(*ranges):
            interpreter.run_ssacfg_region(op.body, (*indices, *outputs))
        return outputs

    @impl_terminator(InParallelOp)
    def run_in_parallel(
        self, interpreter: Interpreter, op: InParallelOp, args: PythonValues
    ) -> tuple[TerminatorValue, PythonValues]:
        interpreter.run_ssacfg_region(op.body, ())
        return ReturnedValues(()), ()

    @impl(ParallelInsertSliceOp)
    def run_insert(
        self, interpreter: Interpreter, op: ParallelInsertSliceOp, args: PythonValues
    ) -> PythonValues:
        source: NDArray[Any] = args[0]
        target: NDArray[Any] = args[1]
        dynamic = iter(args[2:])
        static = (op.static_offsets, op.static_sizes, op.static_strides)
        offsets, sizes, strides = (_filled(values, dynamic) for values in static)
        selection = tuple(
            slice(offset, offset + (size - 1) * stride + 1, stride)
            for offset, size, stride in zip(offsets, sizes, strides, strict=True)
        )
        if any(s.start < 0 or s.stop > extent for s, extent in zip(selection, target.shape, strict=True)):
            raise ProgramError(
                f"slice {offsets} {sizes} {strides} is outside a tensor of shape {target.shape}"
            )
        target[selection] = source.reshape(target[selection].shape)
        return ()


def _resolved(interpreter: Interpreter, bound: SSAValue | int) -> int:
    return bound if isinstance(bound, int) else cast(int, interpreter.get_values((bound,))[0])


def _filled(static: DenseArrayBase[Any], dynamic: Any) -> list[int]:
    """The values of a list whose dynamic entries come from ``dynamic``, in order."""
    values = cast("tuple[int, ...]", static.get_values())
    return [next(dynamic) if value == DYNAMIC_INDEX else value for value in values]
