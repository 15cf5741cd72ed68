"""HEIR's ``openfhe`` dialect over a domain, as heir-opt prints it.

The dialect's types say nothing about levels and scales, which OpenFHE tracks at run time; so does this. The
parameters are those of the module's ``openfhe.gen_params``: a fresh ciphertext has as many levels as they
give multiplicative depth, every scale is a multiple of their scaling modulus' size (its noise scale degree),
and every rescale divides by one such modulus. A plaintext adopts the level of the ciphertext that it meets,
and its degree too where the two are added; of two ciphertexts, the one at the higher level is brought down
to the other's. That is what OpenFHE does under the technique FIXEDMANUAL.

An ``_inplace`` operation overwrites its operand. Reading the operand again under its old name, which HEIR's
passes must not leave behind, is an error here and not a wrong number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from he_dialects.ckks import SCHEME_PARAM, SchemeParamAttr
from he_dialects.openfhe import ops, setup
from xdsl.dialects.builtin import ModuleOp
from xdsl.interpreter import Interpreter, PythonValues, impl, register_impls
from xdsl.ir import Operation

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.ckks import decoded, normalized
from hetorch_heir.interpreter.kernel import coefficients_of
from hetorch_heir.interpreter.machine import Machine, MachineFunctions
from hetorch_heir.interpreter.parallel import ParallelFunctions
from hetorch_heir.interpreter.polynomials import evaluate_chebyshev
from hetorch_heir.interpreter.values import Ciphertext, Plaintext

DEFAULT_SCALE_BITS = 50
"""The size of OpenFHE's scaling moduli where the parameters leave it open."""

BOOTSTRAP_LEVELS = 14
"""Levels that bootstrapping takes with uniform ternary secrets, besides the budgets for encoding and
decoding (OpenFHE 1.6: 20 for budgets of 3 and 3)."""


@dataclass(frozen=True)
class ContextParameters:
    """What a module's crypto context is like."""

    depth: int
    """Levels of a fresh ciphertext."""
    scale: int
    """Base-2 logarithm of the scale, and of the primes that a rescale divides by."""
    refreshed_level: int
    """The level after bootstrapping."""

    @staticmethod
    def of(module: ModuleOp) -> ContextParameters:
        """Read them from the operations that generate the context.

        Raises:
            ProgramError: the module generates none, and has no parameters of the scheme either.
        """
        parameters = next((op for op in module.walk() if isinstance(op, setup.GenParamsOp)), None)
        if parameters is None:
            scheme = module.attributes.get(SCHEME_PARAM)
            if isinstance(scheme, SchemeParamAttr):
                # heir-opt gives up on the context where it can't find out the rotations.
                depth = len(scheme.primes) - 1
                return ContextParameters(depth, scheme.log_default_scale.data, depth)
            raise ProgramError(
                "the program generates no OpenFHE parameters, so levels and scales aren't known",
                hint="lower it with --openfhe-configure-crypto-context",
            )
        depth = parameters.mul_depth.value.data
        bootstrap = next((op for op in module.walk() if isinstance(op, setup.SetupBootstrapOp)), None)
        refreshed = depth
        if bootstrap is not None:
            budgets = bootstrap.level_budget_encode.value.data + bootstrap.level_budget_decode.value.data
            # HEIR doesn't add the levels of bootstrapping to the depth that a module asks for; where they
            # can't be part of it, the depth is taken to be what is left after bootstrapping.
            refreshed = depth - (BOOTSTRAP_LEVELS + budgets)
        return ContextParameters(
            depth,
            parameters.scaling_mod_size.value.data or DEFAULT_SCALE_BITS,
            refreshed if refreshed > 0 else depth,
        )


Method = Callable[..., Any]


def _run(method: Callable[[OpenFHEFunctions], Method]) -> Any:
    """An implementation by a function of the operands behind the context."""

    def run(
        self: OpenFHEFunctions, interpreter: Interpreter, op: Operation, args: PythonValues
    ) -> PythonValues:
        self.require_current(args)
        return (method(self)(*args[1:]),)

    return run


def _run_in_place(method: Callable[[OpenFHEFunctions], Method]) -> Any:
    """The same for an operation that overwrites the first ciphertext."""

    def run(
        self: OpenFHEFunctions, interpreter: Interpreter, op: Operation, args: PythonValues
    ) -> PythonValues:
        self.require_current(args)
        result = method(self)(*args[1:])
        self.overwrite(args, result)
        return (result,)

    return run


def _add_plain(self: OpenFHEFunctions) -> Method:
    def add(x: Any, y: Any) -> Any:
        return self.domain.add_plain(x, y) if isinstance(x, Ciphertext) else self.domain.add_plain(y, x)

    return add


def _sub_plain(self: OpenFHEFunctions) -> Method:
    def subtract(x: Any, y: Any) -> Any:
        if isinstance(x, Ciphertext):
            return self.domain.sub_plain(x, y)
        return self.domain.add_plain(self.domain.negate(y), x)

    return subtract


def _mul_plain(self: OpenFHEFunctions) -> Method:
    def multiply(x: Any, y: Any) -> Any:
        return self.multiply_plain(x, y) if isinstance(x, Ciphertext) else self.multiply_plain(y, x)

    return multiply


def _at_one_level(name: str) -> Callable[[OpenFHEFunctions], Method]:
    """A method of the domain on two ciphertexts, the one at the higher level brought down first."""

    def method(self: OpenFHEFunctions) -> Method:
        return lambda x, y: getattr(self.domain, name)(*self.at_one_level(x, y))

    return method


_mul_no_relin = _at_one_level("mul")


def _mul(self: OpenFHEFunctions) -> Method:
    return lambda x, y: self.domain.relinearize(_mul_no_relin(self)(x, y))


def _square(self: OpenFHEFunctions) -> Method:
    return lambda x: self.domain.relinearize(self.domain.mul(x, x))


def _mod_reduce(self: OpenFHEFunctions) -> Method:
    return lambda x: self.domain.rescale(x, scale=x.scale_log2 - self.parameters.scale)


def _mul_const(self: OpenFHEFunctions) -> Method:
    return lambda x, constant: self.multiply_plain(x, self.domain.encode(np.array([float(constant)])))


def _bootstrap(self: OpenFHEFunctions) -> Method:
    level, scale = self.parameters.refreshed_level, self.parameters.scale
    return lambda x: self.domain.bootstrap(x, level=level, scale=scale)


@register_impls
class OpenFHEFunctions(MachineFunctions):
    """The ``openfhe`` dialect. Contexts and keys are nothing here: the domain has its own."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.parameters = ContextParameters.of(machine.module)
        # By identity; a ciphertext that nothing can read any more leaves by itself.
        self._overwritten: WeakValueDictionary[int, Ciphertext[Any]] = WeakValueDictionary()
        machine.register_implementations(ParallelFunctions(machine))

    def multiply_plain(self, x: Ciphertext[Any], y: Plaintext[Any]) -> Ciphertext[Any]:
        """The product; a plaintext has the scale of one scaling modulus, whatever it is multiplied with."""
        return self.domain.mul_plain(x, Plaintext(y.payload, y.level, self.parameters.scale))

    def at_one_level(self, x: Ciphertext[Any], y: Ciphertext[Any]) -> tuple[Ciphertext[Any], Ciphertext[Any]]:
        """Two operands after the level reduction that OpenFHE does under FIXEDMANUAL where they differ."""
        level = min(x.level, y.level)
        x, y = (self.domain.level_reduce(z, z.level - level) if z.level > level else z for z in (x, y))
        return x, y

    def require_current(self, args: PythonValues) -> None:
        """Check that no operand was overwritten under another name."""
        if any(id(arg) in self._overwritten for arg in args):
            raise ProgramError("an operand was overwritten by an operation in place, and is read again")

    def overwrite(self, args: PythonValues, result: Ciphertext[Any]) -> None:
        """Note that an operation overwrites its first ciphertext, if ``result`` is another one."""
        target: Ciphertext[Any] = next(arg for arg in args if isinstance(arg, Ciphertext))
        same = result.payload is target.payload
        if not same or (result.level, result.scale_log2) != (target.level, target.scale_log2):
            self._overwritten[id(target)] = target

    run_add = impl(ops.AddOp)(_run(_at_one_level("add")))
    run_sub = impl(ops.SubOp)(_run(_at_one_level("sub")))
    run_add_plain = impl(ops.AddPlainOp)(_run(_add_plain))
    run_sub_plain = impl(ops.SubPlainOp)(_run(_sub_plain))
    run_mul = impl(ops.MulOp)(_run(_mul))
    run_mul_no_relin = impl(ops.MulNoRelinOp)(_run(_mul_no_relin))
    run_mul_plain = impl(ops.MulPlainOp)(_run(_mul_plain))
    run_mul_const = impl(ops.MulConstOp)(_run(_mul_const))
    run_negate = impl(ops.NegateOp)(_run(lambda self: self.domain.negate))
    run_square = impl(ops.SquareOp)(_run(_square))
    run_relin = impl(ops.RelinOp)(_run(lambda self: self.domain.relinearize))
    run_mod_reduce = impl(ops.ModReduceOp)(_run(_mod_reduce))
    run_bootstrap = impl(ops.BootstrapOp)(_run(_bootstrap))
    run_key_switch_down = impl(ops.KeySwitchDownOp)(_run(lambda self: lambda x: x))

    run_add_inplace = impl(ops.AddInPlaceOp)(_run_in_place(_at_one_level("add")))
    run_sub_inplace = impl(ops.SubInPlaceOp)(_run_in_place(_at_one_level("sub")))
    run_add_plain_inplace = impl(ops.AddPlainInPlaceOp)(_run_in_place(_add_plain))
    run_sub_plain_inplace = impl(ops.SubPlainInPlaceOp)(_run_in_place(_sub_plain))
    run_mul_const_inplace = impl(ops.MulConstInPlaceOp)(_run_in_place(_mul_const))
    run_negate_inplace = impl(ops.NegateInPlaceOp)(_run_in_place(lambda self: self.domain.negate))
    run_square_inplace = impl(ops.SquareInPlaceOp)(_run_in_place(_square))
    run_relin_inplace = impl(ops.RelinInPlaceOp)(_run_in_place(lambda self: self.domain.relinearize))
    run_mod_reduce_inplace = impl(ops.ModReduceInPlaceOp)(_run_in_place(_mod_reduce))

    @impl(ops.LevelReduceOp)
    def run_level_reduce(
        self, interpreter: Interpreter, op: ops.LevelReduceOp, args: PythonValues
    ) -> PythonValues:
        self.require_current(args)
        return (self.domain.level_reduce(args[1], op.level_to_drop.value.data),)

    @impl(ops.LevelReduceInPlaceOp)
    def run_level_reduce_inplace(
        self, interpreter: Interpreter, op: ops.LevelReduceInPlaceOp, args: PythonValues
    ) -> PythonValues:
        self.require_current(args)
        result = self.domain.level_reduce(args[1], op.level_to_drop.value.data)
        self.overwrite(args, result)
        return (result,)

    @impl(ops.RotOp)
    def run_rot(self, interpreter: Interpreter, op: ops.RotOp, args: PythonValues) -> PythonValues:
        self.require_current(args)
        steps = args[2] if op.static_shift is None else op.static_shift.value.data
        return (self.domain.rotate(args[1], normalized(self.machine, steps)),)

    @impl(ops.EvalChebyshevSeriesOp)
    def run_eval_chebyshev_series(
        self, interpreter: Interpreter, op: ops.EvalChebyshevSeriesOp, args: PythonValues
    ) -> PythonValues:
        self.require_current(args)
        first, *others = coefficients_of(op)
        interval = (op.domain_lower.value.data, op.domain_upper.value.data)
        # OpenFHE halves the first coefficient.
        return (evaluate_chebyshev(self.domain, args[1], [first / 2, *others], interval=interval),)

    # Hoisted rotations. The digits of a ciphertext stand for the ciphertext itself.

    @impl(ops.FastRotationPrecomputeOp)
    def run_precompute(
        self, interpreter: Interpreter, op: ops.FastRotationPrecomputeOp, args: PythonValues
    ) -> PythonValues:
        self.require_current(args)
        return (args[1],)

    def _fast_rotation(self, interpreter: Interpreter, op: Operation, args: PythonValues) -> PythonValues:
        self.require_current(args)
        _, ciphertext, steps, digits = args
        if digits is not ciphertext:
            raise ProgramError("the digits are those of another ciphertext")
        return (self.domain.rotate(ciphertext, normalized(self.machine, steps)),)

    run_fast_rotation = impl(ops.FastRotationOp)(_fast_rotation)
    run_fast_rotation_ext = impl(ops.FastRotationExtOp)(_fast_rotation)

    # Encoding and encryption

    @impl(setup.MakeCKKSPackedPlaintextOp)
    def run_encode(
        self, interpreter: Interpreter, op: setup.MakeCKKSPackedPlaintextOp, args: PythonValues
    ) -> PythonValues:
        return (self.domain.encode(args[1]),)

    @impl(setup.DecodeCKKSOp)
    def run_decode(
        self, interpreter: Interpreter, op: setup.DecodeCKKSOp, args: PythonValues
    ) -> PythonValues:
        return (decoded(op.output, self.domain.decode(args[0])),)

    @impl(setup.EncryptOp)
    def run_encrypt(self, interpreter: Interpreter, op: setup.EncryptOp, args: PythonValues) -> PythonValues:
        return (self.domain.encrypt(args[1], level=self.parameters.depth, scale=self.parameters.scale),)

    @impl(setup.DecryptOp)
    def run_decrypt(self, interpreter: Interpreter, op: setup.DecryptOp, args: PythonValues) -> PythonValues:
        self.require_current(args)
        return (self.domain.decrypt(args[1]),)

    # Parameters and keys: nothing happens, and contexts are None as they are for the other functions.

    def _nothing(self, interpreter: Interpreter, op: Operation, args: PythonValues) -> PythonValues:
        return (None,) * len(op.results)

    run_gen_params = impl(setup.GenParamsOp)(_nothing)
    run_gen_context = impl(setup.GenContextOp)(_nothing)
    run_gen_mulkey = impl(setup.GenMulKeyOp)(_nothing)
    run_gen_rotkey = impl(setup.GenRotKeyOp)(_nothing)
    run_setup_bootstrap = impl(setup.SetupBootstrapOp)(_nothing)
    run_gen_bootstrapkey = impl(setup.GenBootstrapKeyOp)(_nothing)
