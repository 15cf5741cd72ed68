"""HEIR's ``secret`` level (``secret``, ``mgmt``, ``tensor_ext``, ``arith``) over a domain.

Inside ``secret.generic`` cleartext arithmetic stands for that on ciphertexts. Each operation says in
``mgmt.mgmt`` what its result looks like; that is compared with what the domain made of it, so a program whose
attributes are wrong fails here as it would in HEIR.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from he_dialects import mgmt, secret, tensor_ext
from xdsl.dialects import arith
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr
from xdsl.interpreter import (
    Interpreter,
    PythonValues,
    ReturnedValues,
    TerminatorValue,
    impl,
    impl_terminator,
    register_impls,
)
from xdsl.ir import Operation

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.arith import ArithFunctions
from hetorch_heir.interpreter.arrays import dtype_of, element_type_of
from hetorch_heir.interpreter.machine import Machine, MachineFunctions
from hetorch_heir.interpreter.values import Ciphertext, Plaintext


def management_of(op: Operation) -> mgmt.MgmtAttr:
    """The attribute ``mgmt.mgmt`` of an operation that needs it."""
    attribute = op.attributes.get(mgmt.MGMT)
    if not isinstance(attribute, mgmt.MgmtAttr):
        raise ProgramError(f"the attribute {mgmt.MGMT} is missing, so level and scale aren't known")
    return attribute


def scale_of(attribute: mgmt.MgmtAttr) -> int:
    """The scale that an attribute gives, which must not be left open."""
    if attribute.scale.data == mgmt.UNTRACKED:
        raise ProgramError(f"the attribute {mgmt.MGMT} doesn't give a scale")
    return attribute.scale.data


class ManagementChecker(Interpreter.Listener):
    """Compares ciphertexts with what ``mgmt.mgmt`` says about them."""

    def did_interpret_op(self, op: Operation, results: PythonValues) -> None:
        attribute = op.attributes.get(mgmt.MGMT)
        if not isinstance(attribute, mgmt.MgmtAttr):
            return
        for result in results:
            if isinstance(result, Ciphertext):
                check(cast("Ciphertext[Any]", result), attribute)


def check(ciphertext: Ciphertext[Any], attribute: mgmt.MgmtAttr) -> None:
    """Raise a :class:`ProgramError` if the attribute is wrong about the ciphertext."""
    for what, got, said in (
        ("level", ciphertext.level, attribute.level.data),
        ("dimension", ciphertext.dimension, attribute.dimension.data),
        ("scale", ciphertext.scale_log2, attribute.scale.data),
    ):
        if got != said and not (what == "scale" and said == mgmt.UNTRACKED):
            raise ProgramError(f"{mgmt.MGMT} says {what} {said}, but the result has {what} {got}")


@register_impls
class EncryptedArithFunctions(ArithFunctions):
    """The ``arith`` dialect where operands may be ciphertexts and plaintexts."""

    @impl(arith.AddfOp)
    def run_addf(self, interpreter: Interpreter, op: arith.AddfOp, args: PythonValues) -> PythonValues:
        match args:
            case Ciphertext() as x, Ciphertext() as y:
                return (self.domain.add(x, y),)
            case (Ciphertext() as x, y) | (y, Ciphertext() as x):
                return (self.domain.add_plain(x, _plaintext(y)),)
            case _:
                return (args[0] + args[1],)

    @impl(arith.SubfOp)
    def run_subf(self, interpreter: Interpreter, op: arith.SubfOp, args: PythonValues) -> PythonValues:
        match args:
            case Ciphertext() as x, Ciphertext() as y:
                return (self.domain.sub(x, y),)
            case Ciphertext() as x, y:
                return (self.domain.sub_plain(x, _plaintext(y)),)
            case x, Ciphertext() as y:
                return (self.domain.add_plain(self.domain.negate(y), _plaintext(x)),)
            case _:
                return (args[0] - args[1],)

    @impl(arith.MulfOp)
    def run_mulf(self, interpreter: Interpreter, op: arith.MulfOp, args: PythonValues) -> PythonValues:
        match args:
            case Ciphertext() as x, Ciphertext() as y:
                return (self.domain.mul(x, y),)
            case (Ciphertext() as x, y) | (y, Ciphertext() as x):
                return (self.domain.mul_plain(x, _plaintext(y)),)
            case _:
                return (args[0] * args[1],)

    @impl(arith.NegfOp)
    def run_negf(self, interpreter: Interpreter, op: arith.NegfOp, args: PythonValues) -> PythonValues:
        (x,) = args
        return (self.domain.negate(x) if isinstance(x, Ciphertext) else -x,)


def _plaintext(value: Any) -> Plaintext[Any]:
    if not isinstance(value, Plaintext):
        raise ProgramError(
            "a ciphertext meets a tensor that is no plaintext",
            hint="use mgmt.init to say at which level and scale it is encoded",
        )
    return cast("Plaintext[Any]", value)


@register_impls
class SecretFunctions(MachineFunctions):
    """The ``secret`` dialect."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        machine.replace_functions("arith", EncryptedArithFunctions(machine))
        machine.listeners = (*machine.listeners, ManagementChecker())

    @impl(secret.GenericOp)
    def run_generic(self, interpreter: Interpreter, op: secret.GenericOp, args: PythonValues) -> PythonValues:
        results = interpreter.run_ssacfg_region(op.body, args)
        dictionaries = cast(
            "ArrayAttr[DictionaryAttr]", op.attributes.get(secret.RESULT_ATTRIBUTES, ArrayAttr(()))
        )
        for result, dictionary in zip(results, dictionaries, strict=False):
            if isinstance(attribute := dictionary.data.get(mgmt.MGMT), mgmt.MgmtAttr):
                self.check_result(result, attribute)
        return results

    def check_result(self, result: Any, attribute: mgmt.MgmtAttr) -> None:
        """Raise a :class:`ProgramError` if the attribute is wrong about a result of a generic."""
        check(result, attribute)

    @impl_terminator(secret.YieldOp)
    def run_yield(
        self, interpreter: Interpreter, op: secret.YieldOp, args: PythonValues
    ) -> tuple[TerminatorValue, PythonValues]:
        return ReturnedValues(args), ()

    @impl(secret.ConcealOp)
    def run_conceal(self, interpreter: Interpreter, op: secret.ConcealOp, args: PythonValues) -> PythonValues:
        attribute = management_of(op)
        plaintext = self.domain.encode(args[0], level=attribute.level.data, scale=scale_of(attribute))
        return (self.domain.encrypt(plaintext),)

    @impl(secret.RevealOp)
    def run_reveal(self, interpreter: Interpreter, op: secret.RevealOp, args: PythonValues) -> PythonValues:
        slots = self.domain.decode(self.domain.decrypt(args[0]))
        return (slots.astype(dtype_of(element_type_of(op.cleartext.type))),)


@register_impls
class MgmtFunctions(MachineFunctions):
    """The ``mgmt`` dialect."""

    @impl(mgmt.InitOp)
    def run_init(self, interpreter: Interpreter, op: mgmt.InitOp, args: PythonValues) -> PythonValues:
        attribute = management_of(op)
        return (self.domain.encode(args[0], level=attribute.level.data, scale=scale_of(attribute)),)

    @impl(mgmt.ModReduceOp)
    def run_modreduce(
        self, interpreter: Interpreter, op: mgmt.ModReduceOp, args: PythonValues
    ) -> PythonValues:
        return (self.domain.rescale(args[0], scale=scale_of(management_of(op))),)

    @impl(mgmt.RelinearizeOp)
    def run_relinearize(
        self, interpreter: Interpreter, op: mgmt.RelinearizeOp, args: PythonValues
    ) -> PythonValues:
        return (self.domain.relinearize(args[0]),)

    @impl(mgmt.LevelReduceOp)
    def run_level_reduce(
        self, interpreter: Interpreter, op: mgmt.LevelReduceOp, args: PythonValues
    ) -> PythonValues:
        return (self.domain.level_reduce(args[0], op.level_to_drop.value.data),)

    @impl(mgmt.LevelReduceMinOp)
    def run_level_reduce_min(
        self, interpreter: Interpreter, op: mgmt.LevelReduceMinOp, args: PythonValues
    ) -> PythonValues:
        (x,) = args
        return (self.domain.level_reduce(x, x.level) if x.level else x,)

    @impl(mgmt.BootstrapOp)
    def run_bootstrap(
        self, interpreter: Interpreter, op: mgmt.BootstrapOp, args: PythonValues
    ) -> PythonValues:
        attribute = management_of(op)
        return (self.domain.bootstrap(args[0], level=attribute.level.data, scale=scale_of(attribute)),)


@register_impls
class TensorExtFunctions(MachineFunctions):
    """The ``tensor_ext`` dialect, as far as it is about whole ciphertexts."""

    @impl(tensor_ext.RotateOp)
    def run_rotate(
        self, interpreter: Interpreter, op: tensor_ext.RotateOp, args: PythonValues
    ) -> PythonValues:
        x, steps = args
        if isinstance(x, Ciphertext):
            return (self.domain.rotate(cast("Ciphertext[Any]", x), int(steps)),)
        return (np.roll(x, -int(steps), axis=-1),)
