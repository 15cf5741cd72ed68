"""The ``key_mgmt`` dialect: where keys are in memory changes no value, so a key is its index here."""

from __future__ import annotations

from he_dialects import key_mgmt
from xdsl.interpreter import Interpreter, PythonValues, impl, register_impls

from hetorch_heir.interpreter.machine import MachineFunctions


@register_impls
class KeyMgmtFunctions(MachineFunctions):
    """The ``key_mgmt`` dialect."""

    @impl(key_mgmt.LoadKeyOp)
    def run_load(self, interpreter: Interpreter, op: key_mgmt.LoadKeyOp, args: PythonValues) -> PythonValues:
        return args

    @impl(key_mgmt.AssumeLoadedOp)
    def run_assume_loaded(
        self, interpreter: Interpreter, op: key_mgmt.AssumeLoadedOp, args: PythonValues
    ) -> PythonValues:
        return args

    @impl(key_mgmt.UseKeyOp)
    def run_use(self, interpreter: Interpreter, op: key_mgmt.UseKeyOp, args: PythonValues) -> PythonValues:
        return args

    @impl(key_mgmt.PrefetchKeyOp)
    def run_prefetch(
        self, interpreter: Interpreter, op: key_mgmt.PrefetchKeyOp, args: PythonValues
    ) -> PythonValues:
        return ()

    @impl(key_mgmt.ClearKeyOp)
    def run_clear(
        self, interpreter: Interpreter, op: key_mgmt.ClearKeyOp, args: PythonValues
    ) -> PythonValues:
        return ()
