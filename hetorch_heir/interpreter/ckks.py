"""HEIR's ``ckks`` and ``lwe`` dialects over a domain.

Levels, scales and dimensions are the domain's; the types say the same about them, which is checked for every
result. A type whose scale isn't tracked (a scaling factor of 0 or -1) agrees with any scale.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from he_dialects import ckks, lwe
from he_dialects.assembly import element_type
from he_dialects.ckks import SCHEME_PARAM, SchemeParamAttr
from he_dialects.lwe import ModulusChainAttr
from xdsl.dialects.builtin import IntegerAttr
from xdsl.interpreter import Interpreter, PythonValues, impl, register_impls
from xdsl.ir import Operation, SSAValue

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.arrays import dtype_of
from hetorch_heir.interpreter.elementwise import elementwise
from hetorch_heir.interpreter.machine import Machine, MachineFunctions
from hetorch_heir.interpreter.tensor import static_shape, tensor_type
from hetorch_heir.interpreter.values import Ciphertext, Plaintext


def ciphertext_type(value: SSAValue) -> lwe.CiphertextType:
    """The ciphertext type of a value, or of its elements."""
    ciphertext = element_type(value)
    assert isinstance(ciphertext, lwe.CiphertextType)
    return ciphertext


def checked(result: SSAValue, values: Any) -> tuple[Any]:
    """``values`` as the value of ``result``, whose type must say the same about them."""
    expected = ciphertext_type(result)

    def check(ciphertext: Ciphertext[Any]) -> Ciphertext[Any]:
        for what, got, said in (
            ("level", ciphertext.level, expected.level),
            ("scale", ciphertext.scale_log2, expected.scale if expected.tracks_scale else None),
            ("dimension", ciphertext.dimension, expected.size),
        ):
            if said is not None and got != said:
                raise ProgramError(f"the result has {what} {got}, but its type says {said}")
        return ciphertext

    return (elementwise(check, values),)


Run = Callable[[MachineFunctions, Interpreter, Any, PythonValues], PythonValues]


def _run_method(name: str) -> Run:
    """An implementation that calls the method ``name`` of the domain with the operands."""

    def run(
        self: MachineFunctions, interpreter: Interpreter, op: Operation, args: PythonValues
    ) -> PythonValues:
        return checked(op.results[0], elementwise(getattr(self.domain, name), *args))

    return run


def _run_plain_method(name: str) -> Run:
    """The same for operations that take a ciphertext and a plaintext in either order."""

    def run(
        self: MachineFunctions, interpreter: Interpreter, op: Operation, args: PythonValues
    ) -> PythonValues:
        method = getattr(self.domain, name)
        return checked(op.results[0], elementwise(lambda x, y: method(*_ciphertext_first(x, y)), *args))

    return run


def _ciphertext_first(x: Any, y: Any) -> tuple[Any, Any]:
    return (x, y) if isinstance(x, Ciphertext) else (y, x)


def _run_sub_plain(
    self: MachineFunctions, interpreter: Interpreter, op: Operation, args: PythonValues
) -> PythonValues:
    def subtract(x: Any, y: Any) -> Any:
        if isinstance(x, Ciphertext):
            return self.domain.sub_plain(x, y)
        return self.domain.add_plain(self.domain.negate(y), x)

    return checked(op.results[0], elementwise(subtract, *args))


@register_impls
class CKKSFunctions(MachineFunctions):
    """The ``ckks`` dialect."""

    run_add = impl(ckks.ops.AddOp)(_run_method("add"))
    run_sub = impl(ckks.ops.SubOp)(_run_method("sub"))
    run_mul = impl(ckks.ops.MulOp)(_run_method("mul"))
    run_negate = impl(ckks.ops.NegateOp)(_run_method("negate"))
    run_relinearize = impl(ckks.ops.RelinearizeOp)(_run_method("relinearize"))
    run_add_plain = impl(ckks.ops.AddPlainOp)(_run_plain_method("add_plain"))
    run_mul_plain = impl(ckks.ops.MulPlainOp)(_run_plain_method("mul_plain"))
    run_sub_plain = impl(ckks.ops.SubPlainOp)(_run_sub_plain)

    @impl(ckks.ops.RotateOp)
    def run_rotate(self, interpreter: Interpreter, op: ckks.ops.RotateOp, args: PythonValues) -> PythonValues:
        steps = args[1] if op.static_shift is None else op.static_shift.value.data
        rotated = elementwise(lambda x: self.domain.rotate(x, normalized(self.machine, steps)), args[0])
        return checked(op.output, rotated)

    @impl(ckks.ops.RescaleOp)
    def run_rescale(
        self, interpreter: Interpreter, op: ckks.ops.RescaleOp, args: PythonValues
    ) -> PythonValues:
        after = ciphertext_type(op.output)
        target = known_level(after)

        def rescale(x: Ciphertext[Any]) -> Ciphertext[Any]:
            # A type may drop several primes at once; each is one rescale.
            for level in range(x.level, target, -1):
                x = self.domain.rescale(x, scale=x.scale_log2 - _prime_bits(after, level))
            return x

        return checked(op.output, elementwise(rescale, args[0]))

    @impl(ckks.ops.LevelReduceOp)
    def run_level_reduce(
        self, interpreter: Interpreter, op: ckks.ops.LevelReduceOp, args: PythonValues
    ) -> PythonValues:
        levels = op.level_to_drop.value.data
        return checked(op.output, elementwise(lambda x: self.domain.level_reduce(x, levels), args[0]))

    @impl(ckks.ops.BootstrapOp)
    def run_bootstrap(
        self, interpreter: Interpreter, op: ckks.ops.BootstrapOp, args: PythonValues
    ) -> PythonValues:
        level, scale = level_and_scale(self.machine, op.output)
        return checked(
            op.output, elementwise(lambda x: self.domain.bootstrap(x, level=level, scale=scale), args[0])
        )


def known_level(ciphertext: lwe.CiphertextType) -> int:
    """The level that a type gives."""
    if ciphertext.level is None:
        raise ProgramError("the type of the result has no modulus chain, so its level isn't known")
    return ciphertext.level


def _prime_bits(ciphertext: lwe.CiphertextType, level: int) -> int:
    """Base-2 logarithm of the prime that a rescale at ``level`` divides by, rounded."""
    chain = ciphertext.modulus_chain
    assert isinstance(chain, ModulusChainAttr)
    return round(math.log2(chain.elements.data[level].value.data))


def normalized(machine: Machine, steps: int) -> int:
    """``steps`` between 0 and the number of slots, where that is known."""
    slots = machine.domain.slots
    return int(steps) if slots is None else int(steps) % slots


def level_and_scale(machine: Machine, value: SSAValue) -> tuple[int, int]:
    """What the type of a fresh ciphertext says about it; an untracked scale is the module's default one."""
    ciphertext = ciphertext_type(value)
    level = known_level(ciphertext)
    if ciphertext.tracks_scale:
        return level, ciphertext.scale
    parameters = machine.module.attributes.get(SCHEME_PARAM)
    if not isinstance(parameters, SchemeParamAttr):
        raise ProgramError(f"the type doesn't give a scale, and the module has no {SCHEME_PARAM}")
    return level, parameters.log_default_scale.data


@register_impls
class LWEFunctions(MachineFunctions):
    """The ``lwe`` dialect: encoding, encryption, and CKKS arithmetic under its scheme-independent names."""

    run_radd = impl(lwe.ops.RAddOp)(_run_method("add"))
    run_rsub = impl(lwe.ops.RSubOp)(_run_method("sub"))
    run_rmul = impl(lwe.ops.RMulOp)(_run_method("mul"))
    run_rnegate = impl(lwe.ops.RNegateOp)(_run_method("negate"))
    run_radd_plain = impl(lwe.ops.RAddPlainOp)(_run_plain_method("add_plain"))
    run_rmul_plain = impl(lwe.ops.RMulPlainOp)(_run_plain_method("mul_plain"))
    run_rsub_plain = impl(lwe.ops.RSubPlainOp)(_run_sub_plain)

    @impl(lwe.ops.RLWEEncodeOp)
    def run_encode(
        self, interpreter: Interpreter, op: lwe.ops.RLWEEncodeOp, args: PythonValues
    ) -> PythonValues:
        plaintext = element_type(op.output)
        assert isinstance(plaintext, lwe.PlaintextType)
        level = _integer(op.level)
        scale = plaintext.scale if plaintext.scale > 0 else None

        def encode(values: Any) -> Plaintext[Any]:
            return self.domain.encode(np.asarray(values), level=level, scale=scale)

        if plaintext is op.output.type:
            return (encode(args[0]),)
        # The last axis of the cleartext are the slots, the others those of the tensor of plaintexts.
        result = np.empty(static_shape(op.output), dtype=object)
        for index in np.ndindex(result.shape):
            result[index] = encode(args[0][index])
        return (result,)

    @impl(lwe.ops.RLWEDecodeOp)
    def run_decode(
        self, interpreter: Interpreter, op: lwe.ops.RLWEDecodeOp, args: PythonValues
    ) -> PythonValues:
        return (decoded(op.output, self.domain.decode(args[0])),)

    @impl(lwe.ops.RLWEEncryptOp)
    def run_encrypt(
        self, interpreter: Interpreter, op: lwe.ops.RLWEEncryptOp, args: PythonValues
    ) -> PythonValues:
        level, scale = level_and_scale(self.machine, op.output)
        return checked(op.output, self.domain.encrypt(args[0], level=level, scale=scale))

    @impl(lwe.ops.RLWEDecryptOp)
    def run_decrypt(
        self, interpreter: Interpreter, op: lwe.ops.RLWEDecryptOp, args: PythonValues
    ) -> PythonValues:
        return (self.domain.decrypt(args[0]),)


def _integer(attribute: IntegerAttr[Any] | None) -> int | None:
    return None if attribute is None else attribute.value.data


def decoded(result: SSAValue, slots: Any) -> Any:
    """The values of the slots as a value of the type of ``result``: a tensor's elements, or one number."""
    element = element_type(result)
    dtype = dtype_of(element)
    if element is result.type:
        return dtype.type(slots[0])
    shape = static_shape(result)
    size = math.prod(shape)
    if size > slots.size:
        raise ProgramError(f"{tensor_type(result)} has more elements than the {slots.size} slots")
    return slots[:size].astype(dtype).reshape(shape)
