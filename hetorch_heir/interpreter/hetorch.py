"""The ``hetorch`` dialect over a domain. Levels, scales and dimensions are those that the types say."""

from __future__ import annotations

from typing import Any

from he_dialects import hetorch
from xdsl.interpreter import Interpreter, PythonValues, impl, register_impls
from xdsl.ir import SSAValue

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.arrays import dtype_of
from hetorch_heir.interpreter.machine import MachineFunctions
from hetorch_heir.interpreter.values import Ciphertext


def checked(result: SSAValue, ciphertext: Ciphertext[Any]) -> tuple[Ciphertext[Any]]:
    """``ciphertext`` as the value of ``result``, whose type must say the same about it.

    Verified modules can't fail here, unless an argument of the program is wrong.
    """
    expected = result.type
    assert isinstance(expected, hetorch.CiphertextType)
    got = (ciphertext.level, ciphertext.scale_log2, ciphertext.dimension)
    if got != (expected.level, expected.scale, expected.dimension):
        raise ProgramError(
            f"the result has level {got[0]}, scale {got[1]} and dimension {got[2]}, "
            f"but its type is {expected}"
        )
    return (ciphertext,)


def _run_method(name: str) -> Any:
    """An implementation that calls the method ``name`` of the domain with the operands."""

    def run(
        self: MachineFunctions, interpreter: Interpreter, op: hetorch.HETorchOp, args: PythonValues
    ) -> PythonValues:
        return checked(op.results[0], getattr(self.domain, name)(*args))

    return run


@register_impls
class HETorchFunctions(MachineFunctions):
    """The ``hetorch`` dialect."""

    run_cadd = impl(hetorch.CAddOp)(_run_method("add"))
    run_csub = impl(hetorch.CSubOp)(_run_method("sub"))
    run_cmult = impl(hetorch.CMultOp)(_run_method("mul"))
    run_padd = impl(hetorch.PAddOp)(_run_method("add_plain"))
    run_psub = impl(hetorch.PSubOp)(_run_method("sub_plain"))
    run_pmult = impl(hetorch.PMultOp)(_run_method("mul_plain"))
    run_negate = impl(hetorch.NegateOp)(_run_method("negate"))
    run_relinearize = impl(hetorch.RelinearizeOp)(_run_method("relinearize"))

    @impl(hetorch.RotateOp)
    def run_rotate(self, interpreter: Interpreter, op: hetorch.RotateOp, args: PythonValues) -> PythonValues:
        return checked(op.output, self.domain.rotate(args[0], op.steps.value.data))

    @impl(hetorch.RescaleOp)
    def run_rescale(
        self, interpreter: Interpreter, op: hetorch.RescaleOp, args: PythonValues
    ) -> PythonValues:
        return checked(op.output, self.domain.rescale(args[0], scale=op.output.type.scale))

    @impl(hetorch.LevelReduceOp)
    def run_level_reduce(
        self, interpreter: Interpreter, op: hetorch.LevelReduceOp, args: PythonValues
    ) -> PythonValues:
        return checked(op.output, self.domain.level_reduce(args[0], op.levels.value.data))

    @impl(hetorch.BootstrapOp)
    def run_bootstrap(
        self, interpreter: Interpreter, op: hetorch.BootstrapOp, args: PythonValues
    ) -> PythonValues:
        to = op.output.type
        return checked(op.output, self.domain.bootstrap(args[0], level=to.level, scale=to.scale))

    @impl(hetorch.EncodeOp)
    def run_encode(self, interpreter: Interpreter, op: hetorch.EncodeOp, args: PythonValues) -> PythonValues:
        to = op.output.type
        return (self.domain.encode(args[0], level=to.level, scale=to.scale),)

    @impl(hetorch.EncryptOp)
    def run_encrypt(
        self, interpreter: Interpreter, op: hetorch.EncryptOp, args: PythonValues
    ) -> PythonValues:
        to = op.output.type
        plaintext = self.domain.encode(args[0], level=to.level, scale=to.scale)
        return checked(op.output, self.domain.encrypt(plaintext))

    @impl(hetorch.DecryptOp)
    def run_decrypt(
        self, interpreter: Interpreter, op: hetorch.DecryptOp, args: PythonValues
    ) -> PythonValues:
        slots = self.domain.decode(self.domain.decrypt(args[0]))
        return (slots.astype(dtype_of(op.output.type.get_element_type())),)
