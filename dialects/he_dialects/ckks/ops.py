"""The operations of the CKKS scheme."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar, Self

from typing_extensions import override
from xdsl.dialects.builtin import (
    I32,
    I64,
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    IntegerType,
    ModuleOp,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Operation
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure, SameOperandsAndResultType
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects import syntax
from he_dialects.assembly import PropertyOp, TypeSignature
from he_dialects.ckks.attributes import SCHEME_PARAM, SchemeParamAttr
from he_dialects.lwe import CiphertextType, rules
from he_dialects.mod_arith import ModIntType
from he_dialects.polynomial import RingAttr
from he_dialects.rns import RNSType, require_rns
from he_dialects.syntax import ATTRIBUTE, I32_ARRAY, Stripped, Syntax


class _BinaryOp(PropertyOp, ABC):
    """Two ciphertexts of one ring, or tensors of them."""

    lhs = operand_def(rules.CIPHERTEXT_LIKE)
    rhs = operand_def(rules.CIPHERTEXT_LIKE)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure())


class _SumOp(_BinaryOp, ABC):
    def verify_(self) -> None:
        rules.verify_same_rings(self)
        rules.verify_same_plaintext_spaces(self)
        rules.verify_sum(self.lhs, self.rhs, self.output)


@irdl_op_definition
class AddOp(_SumOp):
    """Sum of two ciphertexts of equal level and scale; the dimension is the larger one."""

    name = "ckks.add"


@irdl_op_definition
class SubOp(_SumOp):
    """Difference of two ciphertexts of equal level and scale; the dimension is the larger one."""

    name = "ckks.sub"


@irdl_op_definition
class MulOp(_BinaryOp):
    """Product of two ciphertexts of equal level, neither relinearized nor rescaled."""

    name = "ckks.mul"

    def verify_(self) -> None:
        rules.verify_same_rings(self)
        rules.verify_mul(self.lhs, self.rhs, self.output)


class _PlainOp(PropertyOp, ABC):
    """A ciphertext and a plaintext in either order, or tensors of them."""

    lhs = operand_def(rules.EITHER_LIKE)
    rhs = operand_def(rules.EITHER_LIKE)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure())


class _PlainSumOp(_PlainOp, ABC):
    def verify_(self) -> None:
        rules.split_plain_operands(self.lhs, self.rhs)
        rules.verify_same_ciphertexts(self)
        rules.verify_same_plaintext_spaces(self)


@irdl_op_definition
class AddPlainOp(_PlainSumOp):
    """Sum of a ciphertext and a plaintext of equal scale."""

    name = "ckks.add_plain"


@irdl_op_definition
class SubPlainOp(_PlainSumOp):
    """Difference of a ciphertext and a plaintext of equal scale, in the order of the operands."""

    name = "ckks.sub_plain"


@irdl_op_definition
class MulPlainOp(_PlainOp):
    """Product of a ciphertext and a plaintext, not rescaled."""

    name = "ckks.mul_plain"

    def verify_(self) -> None:
        rules.verify_mul_plain(self.lhs, self.rhs, self.output)


@irdl_op_definition
class RotateOp(PropertyOp):
    """Cyclic rotation of the slots to the left, by a constant or by an operand."""

    name = "ckks.rotate"

    input = operand_def(rules.CIPHERTEXT_LIKE)
    dynamic_shift = opt_operand_def(IntegerType | IndexType)
    static_shift = opt_prop_def(IntegerAttr)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"static_shift": ATTRIBUTE}

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        unresolved = parser.parse_unresolved_operand()
        shift = None
        if parser.parse_optional_punctuation(",") is not None:
            dynamic = parser.parse_unresolved_operand()
            parser.parse_punctuation(":")
            shift = parser.resolve_operand(dynamic, parser.parse_type())
        properties = cls.parse_properties(parser)
        attributes = cls.parse_attributes(parser)
        parser.parse_punctuation(":")
        input_type = parser.parse_type()
        ciphertext = parser.resolve_operand(unresolved, input_type)
        return cls.create(
            operands=[ciphertext] if shift is None else [ciphertext, shift],
            result_types=[input_type],
            properties=properties,
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.input)
        if self.dynamic_shift is not None:
            printer.print_string(", ")
            printer.print_ssa_value(self.dynamic_shift)
            printer.print_string(" : ")
            printer.print_attribute(self.dynamic_shift.type)
        self.print_properties(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.input.type)

    def verify_(self) -> None:
        if self.output.type != self.input.type:
            raise VerifyException("input and output must have the same type")
        rules.verify_rotate(self.input, self.output, _count(self.static_shift, self.dynamic_shift))


def _count(*optional: object) -> int:
    return sum(value is not None for value in optional)


@irdl_op_definition
class NegateOp(PropertyOp):
    """Negation of a ciphertext."""

    name = "ckks.negate"

    input = operand_def(rules.CIPHERTEXT_LIKE)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), SameOperandsAndResultType())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED


@irdl_op_definition
class RelinearizeOp(PropertyOp):
    """Key switching to a smaller basis: ``[0, 1, 2]`` stands for the powers 1, s, s² of the secret key."""

    name = "ckks.relinearize"

    input = operand_def(rules.CIPHERTEXT_LIKE)
    key_switching_key = opt_operand_def(TensorType[CiphertextType])
    from_basis = prop_def(DenseArrayBase[I32])
    to_basis = prop_def(DenseArrayBase[I32])
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"from_basis": I32_ARRAY, "to_basis": I32_ARRAY}

    def verify_(self) -> None:
        rules.verify_relinearize(self.input, self.output, len(self.from_basis), len(self.to_basis))
        parameters = _scheme_parameters(self)
        if parameters is not None and self.key_switching_key is not None:
            self._verify_key(self.key_switching_key.type, parameters)

    def _verify_key(self, key: Attribute, parameters: SchemeParamAttr) -> None:
        """Check that the key has one part per digit, each over the input's primes and the special ones."""
        if not isa(key, TensorType[CiphertextType]) or len(key.get_shape()) != 1:
            raise VerifyException(f"KSKs must be a rank-1 tensor of Ciphertexts, got {key}")
        basis = require_rns(rules.ciphertext(self.input).ring.coefficient_type).basis.data
        special = [ModIntType(IntegerAttr(prime, i64)) for prime in parameters.special_primes]
        if key.get_element_type().ring.coefficient_type != RNSType.get([*basis, *special]):
            raise VerifyException(
                "Key's RNS type must be the same as the input's RNS type, plus the key-switch moduli "
                f"{list(parameters.special_primes)}"
            )
        full, rest = divmod(len(basis), len(special))
        if key.get_shape() != (full + rest,):
            raise VerifyException(f"KeySwitchingKey must have shape {full + rest}, got {key.get_shape()}")


def _scheme_parameters(op: Operation) -> SchemeParamAttr | None:
    """The CKKS parameters of the module that an operation is in."""
    parent = op.parent_op()
    while parent is not None and not isinstance(parent, ModuleOp):
        parent = parent.parent_op()
    parameters = None if parent is None else parent.attributes.get(SCHEME_PARAM)
    return parameters if isinstance(parameters, SchemeParamAttr) else None


@irdl_op_definition
class RescaleOp(PropertyOp):
    """Division by the last primes of the modulus, and rounding."""

    name = "ckks.rescale"

    input = operand_def(rules.CIPHERTEXT_LIKE)
    to_ring = prop_def(RingAttr)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"to_ring": Stripped(RingAttr)}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        rules.verify_rescale(self.input, self.output, self.to_ring)


@irdl_op_definition
class LevelReduceOp(PropertyOp):
    """Dropping of the last primes of the modulus, without division."""

    name = "ckks.level_reduce"

    input = operand_def(rules.CIPHERTEXT_LIKE)
    level_to_drop = prop_def(IntegerAttr[I64], IntegerAttr(1, i64), prop_name="levelToDrop")
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"levelToDrop": syntax.I64}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        rules.verify_same_plaintext_spaces(self)
        rules.verify_level_reduce(self.input, self.output, self.level_to_drop.value.data)


@irdl_op_definition
class BootstrapOp(PropertyOp):
    """A fresh ciphertext of the same values at a higher level; the result type says which."""

    name = "ckks.bootstrap"

    input = operand_def(rules.CIPHERTEXT_LIKE)
    target_level = opt_prop_def(IntegerAttr[I64], prop_name="targetLevel")
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"targetLevel": syntax.I64}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        if self.target_level is None:
            return
        target, level = self.target_level.value.data, rules.ciphertext(self.output).level
        if level != target:
            raise VerifyException(f"output ciphertext must have {target} levels but has {level}")
