"""The ``secret`` level with less said than our own conversion says: packed values of several ciphertexts,
levels and scales left open, or no management of ciphertexts at all.

A secret tensor of one axis is a ciphertext; one of several axes is a tensor of ciphertexts, its last axis
their slots.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from types import MappingProxyType
from typing import Any, cast

import numpy as np
from he_dialects import mgmt, secret, tensor_ext
from xdsl.dialects import arith
from xdsl.interpreter import Interpreter, PythonValues, impl, register_impls
from xdsl.ir import Operation

from hetorch_heir.conversions.recording import Recorded, RecordingDomain
from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.arith import ArithFunctions
from hetorch_heir.interpreter.arrays import dtype_of, element_type_of
from hetorch_heir.interpreter.elementwise import elementwise
from hetorch_heir.interpreter.machine import Machine, MachineFunctions
from hetorch_heir.interpreter.secret import SecretFunctions, check
from hetorch_heir.interpreter.values import Ciphertext, Plaintext


def management(op: Operation) -> mgmt.MgmtAttr | None:
    """The attribute ``mgmt.mgmt`` of an operation, if it has one."""
    attribute = op.attributes.get(mgmt.MGMT)
    return attribute if isinstance(attribute, mgmt.MgmtAttr) else None


def tracked_scale(attribute: mgmt.MgmtAttr | None) -> int | None:
    """The scale that an attribute gives, if any."""
    if attribute is None or attribute.scale.data == mgmt.UNTRACKED:
        return None
    return attribute.scale.data


class InferringDomain(RecordingDomain):
    """Brings operands to one scale, as HEIR's ``populate-scale-ckks`` does: by products with one.

    With ``manage`` it also relinearizes and rescales every product, and drops levels where operands
    differ in them.
    """

    manage: bool = False

    def add(self, x: Recorded, y: Recorded) -> Recorded:
        return super().add(*self._aligned(x, y))

    def sub(self, x: Recorded, y: Recorded) -> Recorded:
        return super().sub(*self._aligned(x, y))

    def mul(self, x: Recorded, y: Recorded) -> Recorded:
        x, y = self._at_one_level(x, y)
        product = super().mul(x, y)
        if not self.manage:
            return product
        return self.rescaled(self.relinearize(product))

    def mul_plain(self, x: Recorded, y: Plaintext[Any]) -> Recorded:
        product = super().mul_plain(x, y)
        return self.rescaled(product) if self.manage else product

    def rescaled(self, x: Recorded) -> Recorded:
        """One level less, by a rescale, or by dropping the level where there is no scale to lose."""
        scale = x.scale_log2 - dropped_bits(self, x.level)
        if scale <= 0 and x.level > 0:
            return self.level_reduce(x, 1)
        return self.rescale(x, scale=scale)

    def _aligned(self, x: Recorded, y: Recorded) -> tuple[Recorded, Recorded]:
        x, y = self._at_one_level(x, y)
        difference = x.scale_log2 - y.scale_log2
        return self._scaled_up(x, -difference), self._scaled_up(y, difference)

    def _scaled_up(self, x: Recorded, bits: int) -> Recorded:
        if bits <= 0:
            return x
        return RecordingDomain.mul_plain(self, x, self.encode(np.ones(self.slot_count), scale=bits))

    def _at_one_level(self, x: Recorded, y: Recorded) -> tuple[Recorded, Recorded]:
        if x.level != y.level and not self.manage:
            raise ProgramError(
                f"the levels of the operands differ by {abs(x.level - y.level)}",
                hint="put a mgmt.level_reduce on the operand at the higher level",
            )
        level = min(x.level, y.level)
        reduced = [self.level_reduce(z, z.level - level) if z.level > level else z for z in (x, y)]
        return reduced[0], reduced[1]


def dropped_bits(domain: RecordingDomain, level: int) -> int:
    """log2 of the prime that a rescale at ``level`` divides by, rounded."""
    if not domain.moduli or level >= len(domain.moduli):
        return domain.base_scale
    return round(float(np.log2(domain.moduli[level])))


def _is_encrypted(value: Any) -> bool:
    return isinstance(value, Ciphertext) or (
        isinstance(value, np.ndarray)
        and value.dtype == object
        and any(isinstance(one, Ciphertext) for one in value.flat)
    )


def encoded(functions: MachineFunctions, value: Any, scale: int | None = None) -> Any:
    """``value``, a tensor of numbers, as the plaintext or the tensor of plaintexts that it stands for."""
    if isinstance(value, Plaintext) or (isinstance(value, np.ndarray) and value.dtype == object):
        return cast(Any, value)
    values = np.asarray(value)
    if values.ndim <= 1:
        return functions.domain.encode(values, scale=scale)
    plaintexts = np.empty(values.shape[:-1], dtype=object)
    for index in np.ndindex(plaintexts.shape):
        plaintexts[index] = functions.domain.encode(values[index], scale=scale)
    return plaintexts


Combination = Callable[[MachineFunctions, Any, Any], Any]


def _combination(
    clear: Callable[[Any, Any], Any], encrypted: str, plain: str, reverse: Callable[[Any, Any, Any], Any]
) -> Combination:
    """An operation by what it does to numbers, to ciphertexts, and to one of each in either order."""

    def combine(self: MachineFunctions, x: Any, y: Any) -> Any:
        match _is_encrypted(x), _is_encrypted(y):
            case True, True:
                return elementwise(getattr(self.domain, encrypted), x, y)
            case True, False:
                return elementwise(getattr(self.domain, plain), x, encoded(self, y))
            case False, True:
                y, x = y, encoded(self, x)
                return elementwise(lambda c, p: reverse(self.domain, c, p), y, x)
            case _:
                return clear(x, y)

    return combine


COMBINATIONS: Mapping[str, Combination] = MappingProxyType(
    {
        "arith.addf": _combination(
            lambda x, y: x + y, "add", "add_plain", lambda domain, c, p: domain.add_plain(c, p)
        ),
        "arith.subf": _combination(
            lambda x, y: x - y,
            "sub",
            "sub_plain",
            lambda domain, c, p: domain.add_plain(domain.negate(c), p),
        ),
        "arith.mulf": _combination(
            lambda x, y: x * y, "mul", "mul_plain", lambda domain, c, p: domain.mul_plain(c, p)
        ),
    }
)


def _run_combination(
    self: MachineFunctions, interpreter: Interpreter, op: Operation, args: PythonValues
) -> PythonValues:
    return (COMBINATIONS[op.name](self, *args),)


@register_impls
class SecretArithFunctions(ArithFunctions):
    """The ``arith`` dialect where operands may be ciphertexts, plaintexts, and tensors of them."""

    run_addf = impl(arith.AddfOp)(_run_combination)
    run_subf = impl(arith.SubfOp)(_run_combination)
    run_mulf = impl(arith.MulfOp)(_run_combination)

    @impl(arith.NegfOp)
    def run_negf(self, interpreter: Interpreter, op: arith.NegfOp, args: PythonValues) -> PythonValues:
        (x,) = args
        return (elementwise(self.domain.negate, x) if _is_encrypted(x) else -x,)


@dataclass(frozen=True)
class SecretChecker(Interpreter.Listener):
    """Compares ciphertexts, also those in tensors, with what ``mgmt.mgmt`` says about them."""

    def did_interpret_op(self, op: Operation, results: PythonValues) -> None:
        attribute = management(op)
        if attribute is not None:
            check_all(results, attribute)


def check_all(values: Sequence[Any], attribute: mgmt.MgmtAttr) -> None:
    """Raise a :class:`ProgramError` if the attribute is wrong about a ciphertext among ``values``."""
    for value in values:
        if _is_encrypted(value):
            for ciphertext in np.atleast_1d(np.asarray(value, dtype=object)).flat:
                if isinstance(ciphertext, Ciphertext):  # others are rows not filled yet
                    check(cast(Recorded, ciphertext), attribute)


@register_impls
class RelaxedSecretFunctions(SecretFunctions):
    """The ``secret`` dialect.

    Args:
        fresh: level and scale of what is encrypted where no attribute says it.
    """

    def __init__(self, machine: Machine, fresh: tuple[int, int]) -> None:
        MachineFunctions.__init__(self, machine)
        self.fresh = fresh
        machine.replace_functions("arith", SecretArithFunctions(machine))
        machine.listeners = (*machine.listeners, SecretChecker())

    def check_result(self, result: Any, attribute: mgmt.MgmtAttr) -> None:
        check_all((result,), attribute)

    @impl(secret.ConcealOp)
    def run_conceal(self, interpreter: Interpreter, op: secret.ConcealOp, args: PythonValues) -> PythonValues:
        attribute = management(op)
        level, scale = self.fresh
        level = level if attribute is None else attribute.level.data
        scale = tracked_scale(attribute) or scale
        return (
            elementwise(lambda p: self.domain.encrypt(p, level=level, scale=scale), encoded(self, args[0])),
        )

    @impl(secret.RevealOp)
    def run_reveal(self, interpreter: Interpreter, op: secret.RevealOp, args: PythonValues) -> PythonValues:
        rows = [self.domain.decode(self.domain.decrypt(x)) for x in np.atleast_1d(args[0]).flat]
        cleartext = cast(Any, op.cleartext.type)
        values = np.concatenate(rows) if len(rows) > 1 else rows[0]
        return (values.astype(dtype_of(element_type_of(cleartext))).reshape(cleartext.get_shape()),)


@register_impls
class RelaxedMgmtFunctions(MachineFunctions):
    """The ``mgmt`` dialect with or without attributes.

    Args:
        refreshed_level: the level after bootstrapping where no attribute says it.
    """

    def __init__(self, machine: Machine, refreshed_level: int) -> None:
        super().__init__(machine)
        self.refreshed_level = refreshed_level

    @property
    def recording(self) -> RecordingDomain:
        assert isinstance(self.domain, RecordingDomain)
        return self.domain

    @impl(mgmt.InitOp)
    def run_init(self, interpreter: Interpreter, op: mgmt.InitOp, args: PythonValues) -> PythonValues:
        if dtype_of(element_type_of(op.output.type)).kind != "f":
            return args  # heir-opt also puts it on indices
        return (encoded(self, args[0], tracked_scale(management(op))),)

    @impl(mgmt.ModReduceOp)
    def run_modreduce(
        self, interpreter: Interpreter, op: mgmt.ModReduceOp, args: PythonValues
    ) -> PythonValues:
        scale = tracked_scale(management(op))

        def rescale(x: Recorded) -> Recorded:
            if scale is None and isinstance(self.domain, InferringDomain):
                return self.domain.rescaled(x)
            result = x.scale_log2 - dropped_bits(self.recording, x.level) if scale is None else scale
            return self.domain.rescale(x, scale=result)

        return (elementwise(rescale, args[0]),)

    @impl(mgmt.RelinearizeOp)
    def run_relinearize(
        self, interpreter: Interpreter, op: mgmt.RelinearizeOp, args: PythonValues
    ) -> PythonValues:
        return (elementwise(self.domain.relinearize, args[0]),)

    @impl(mgmt.LevelReduceOp)
    def run_level_reduce(
        self, interpreter: Interpreter, op: mgmt.LevelReduceOp, args: PythonValues
    ) -> PythonValues:
        levels = op.level_to_drop.value.data
        return (elementwise(lambda x: self.domain.level_reduce(x, levels), args[0]),)

    @impl(mgmt.LevelReduceMinOp)
    def run_level_reduce_min(
        self, interpreter: Interpreter, op: mgmt.LevelReduceMinOp, args: PythonValues
    ) -> PythonValues:
        attribute = management(op)
        if attribute is None:
            return args  # what follows is a bootstrap, which takes ciphertexts of any level
        level = attribute.level.data

        def reduce(x: Recorded) -> Recorded:
            return self.domain.level_reduce(x, x.level - level) if x.level > level else x

        return (elementwise(reduce, args[0]),)

    @impl(mgmt.AdjustScaleOp)
    def run_adjust_scale(
        self, interpreter: Interpreter, op: mgmt.AdjustScaleOp, args: PythonValues
    ) -> PythonValues:
        scale = tracked_scale(management(op))

        def adjust(x: Recorded) -> Recorded:
            if scale is None or scale == x.scale_log2:
                return x  # brought to the scale of its partner where it meets it
            ones = self.domain.encode(np.ones(self.recording.slot_count), scale=scale - x.scale_log2)
            return self.domain.mul_plain(x, ones)

        return (elementwise(adjust, args[0]),)

    @impl(mgmt.BootstrapOp)
    def run_bootstrap(
        self, interpreter: Interpreter, op: mgmt.BootstrapOp, args: PythonValues
    ) -> PythonValues:
        attribute = management(op)
        level = self.refreshed_level if attribute is None else attribute.level.data
        scale = tracked_scale(attribute) or self.recording.base_scale
        return (elementwise(lambda x: self.domain.bootstrap(x, level=level, scale=scale), args[0]),)


@register_impls
class RelaxedTensorExtFunctions(MachineFunctions):
    """Rotations of whole ciphertexts, and of cleartext vectors."""

    @impl(tensor_ext.RotateOp)
    def run_rotate(
        self, interpreter: Interpreter, op: tensor_ext.RotateOp, args: PythonValues
    ) -> PythonValues:
        x, steps = args
        return (_rotated(self, x, int(steps)),)

    @impl(tensor_ext.RotateAndReduceOp)
    def run_rotate_and_reduce(
        self, interpreter: Interpreter, op: tensor_ext.RotateAndReduceOp, args: PythonValues
    ) -> PythonValues:
        name = "arith.addf" if op.reduce_op is None else op.reduce_op.data
        if name not in COMBINATIONS:
            raise ProgramError(f"a reduction by {name} isn't one of real numbers", hint="use arith.addf")
        x, *plaintexts = args
        rotated = [_rotated(self, x, step * op.period.value.data) for step in range(op.steps.value.data)]
        if plaintexts:
            multiply = COMBINATIONS["arith.mulf"]
            rotated = [multiply(self, one, row) for one, row in zip(rotated, plaintexts[0], strict=True)]
        return (reduce(partial(COMBINATIONS[name], self), rotated),)


def _rotated(self: MachineFunctions, x: Any, steps: int) -> Any:
    """A ciphertext, a tensor of them or a cleartext, with its slots moved to the left."""
    if _is_encrypted(x):
        return elementwise(lambda one: self.domain.rotate(one, steps), x) if steps else x
    return np.roll(x, -steps, axis=-1)
