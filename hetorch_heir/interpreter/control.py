"""Functions and structured control flow (``func``, ``scf``)."""

from __future__ import annotations

from typing import cast

from xdsl.dialects import func, scf
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
from hetorch_heir.interpreter.loops import CompiledLoop, compile_loop
from hetorch_heir.interpreter.machine import Machine, MachineFunctions


@register_impls
class FuncFunctions(MachineFunctions):
    """The ``func`` dialect."""

    @impl(func.CallOp)
    def run_call(self, interpreter: Interpreter, op: func.CallOp, args: PythonValues) -> PythonValues:
        return self.machine.call(op.callee.string_value(), args)

    @impl_terminator(func.ReturnOp)
    def run_return(
        self, interpreter: Interpreter, op: func.ReturnOp, args: PythonValues
    ) -> tuple[TerminatorValue, PythonValues]:
        return ReturnedValues(args), ()


@register_impls
class ScfFunctions(MachineFunctions):
    """The ``scf`` dialect. Loops that only move numbers are compiled to Python, see :mod:`.loops`."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._compiled: dict[scf.ForOp, CompiledLoop | None] = {}

    @impl(scf.ForOp)
    def run_for(self, interpreter: Interpreter, op: scf.ForOp, args: PythonValues) -> PythonValues:
        lower, upper, step = cast(tuple[int, int, int], args[:3])
        if step <= 0:
            raise ProgramError(f"the step of a loop must be positive, got {step}")
        if op not in self._compiled:
            self._compiled[op] = compile_loop(op)
        compiled = self._compiled[op]
        if compiled is not None:
            return compiled.run(*args, *interpreter.get_values(compiled.captured))
        carried = args[3:]
        for index in range(lower, upper, step):
            carried = interpreter.run_ssacfg_region(op.body, (index, *carried))
        return carried

    @impl(scf.IfOp)
    def run_if(self, interpreter: Interpreter, op: scf.IfOp, args: PythonValues) -> PythonValues:
        region = op.true_region if args[0] else op.false_region
        return interpreter.run_ssacfg_region(region, ()) if region.blocks else ()

    @impl_terminator(scf.YieldOp)
    def run_yield(
        self, interpreter: Interpreter, op: scf.YieldOp, args: PythonValues
    ) -> tuple[TerminatorValue, PythonValues]:
        return ReturnedValues(args), ()
