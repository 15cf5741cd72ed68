"""Arithmetic on integers modulo a number."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from typing_extensions import override
from xdsl.dialects import mod_arith
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    IntegerType,
    TensorType,
    i32,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
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
from xdsl.utils.str_enum import StrEnum

from he_dialects.assembly import PropertyOp, TypeSignature, element_type
from he_dialects.mod_arith.types import ModIntType, ModQType
from he_dialects.syntax import ATTRIBUTE, Syntax


def _require_mod_q(value: SSAValue, what: str) -> ModQType:
    value_type = element_type(value)
    if not isinstance(value_type, ModQType):
        raise VerifyException(f"{what} must be modular integers, got {value.type}")
    return value_type


def _shape(value_type: Attribute) -> tuple[int, ...]:
    return value_type.get_shape() if isa(value_type, TensorType) else ()


def _verify_lowering(modular: SSAValue, integer: SSAValue) -> None:
    """Check that ``integer`` can hold ``modular``: same shape (one more axis for residues), same width."""
    residues = _require_mod_q(modular, "the modular side").residue_types()
    shape = _shape(modular.type)
    if not isinstance(element_type(modular), ModIntType):
        shape = (*shape, len(residues))
    if _shape(integer.type) != shape:
        raise VerifyException(f"{modular.type} needs integers of shape {shape}, got {integer.type}")
    width = residues[0].modulus.type
    if element_type(integer) != width:
        raise VerifyException(f"{modular.type} is kept in {width}, got {integer.type}")


class _SameTypeOp(PropertyOp, ABC):
    """An operation whose operands and result have one modular type."""

    output = result_def()
    traits = traits_def(Pure(), SameOperandsAndResultType())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED

    def verify_(self) -> None:
        _require_mod_q(self.output, "operands and result")


class _BinaryOp(_SameTypeOp, ABC):
    lhs = operand_def()
    rhs = operand_def()


@irdl_op_definition
class AddOp(_BinaryOp, mod_arith.AddOp):
    """Sum modulo the modulus.

    Also xDSL's operation, for integers whose modulus is a property:
    ``mod_arith.add %a, %b {modulus = 17 : i64} : i32``.
    """

    modulus: Any = opt_prop_def(IntegerAttr)
    assembly_format = None  # xDSL's would take the place of HEIR's

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        op = super().parse(parser)
        if (modulus := op.attributes.pop("modulus", None)) is not None:
            op.properties["modulus"] = modulus
        return op

    @override
    def print(self, printer: Printer) -> None:
        if self.modulus is None:
            super().print(printer)
        else:
            mod_arith.AddOp.print(self, printer)

    def verify_(self) -> None:
        if self.modulus is None:
            super().verify_()
        else:
            mod_arith.AddOp.verify_(self)


@irdl_op_definition
class SubOp(_BinaryOp):
    """Difference modulo the modulus."""

    name = "mod_arith.sub"


@irdl_op_definition
class MulOp(_BinaryOp):
    """Product modulo the modulus."""

    name = "mod_arith.mul"


@irdl_op_definition
class MacOp(_SameTypeOp):
    """``lhs * rhs + acc`` modulo the modulus."""

    name = "mod_arith.mac"
    lhs = operand_def()
    rhs = operand_def()
    acc = operand_def()


@irdl_op_definition
class ReduceOp(_SameTypeOp):
    """The representative between 0 and the modulus."""

    name = "mod_arith.reduce"
    input = operand_def()


@irdl_op_definition
class EncapsulateOp(PropertyOp):
    """An integer read as a representative of its residue class."""

    name = "mod_arith.encapsulate"

    input = operand_def()
    output = result_def()
    traits = traits_def(Pure())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        _verify_lowering(self.output, self.input)


class LiftKind(StrEnum):
    """Which representative :class:`LiftOp` gives."""

    STANDARD = "standard"
    """Between 0 and the modulus."""
    CENTERED = "centered"
    """Between minus and plus half of the modulus."""


_LIFT_KINDS = (LiftKind.STANDARD, LiftKind.CENTERED)


@irdl_op_definition
class LiftOp(IRDLOperation):
    """The integer that represents a residue class."""

    name = "mod_arith.lift"

    input = operand_def()
    lift_type = prop_def(IntegerAttr[IntegerType])
    output = result_def()
    traits = traits_def(Pure())

    @property
    def kind(self) -> LiftKind:
        """Which representative the result is."""
        return _LIFT_KINDS[self.lift_type.value.data]

    def verify_(self) -> None:
        if self.lift_type.value.data not in range(len(_LIFT_KINDS)):
            raise VerifyException(f"unknown kind of lift {self.lift_type.value.data}")
        _verify_lowering(self.input, self.output)

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        kind = parser.parse_str_enum(LiftKind)
        operand = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        input_type = parser.parse_type()
        parser.parse_punctuation("->")
        return cls.create(
            operands=[parser.resolve_operand(operand, input_type)],
            result_types=[parser.parse_type()],
            properties={"lift_type": IntegerAttr(_LIFT_KINDS.index(kind), i32)},
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(f" {self.kind.value} ")
        printer.print_ssa_value(self.input)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.input.type)
        printer.print_string(" -> ")
        printer.print_attribute(self.output.type)


@irdl_op_definition
class ModSwitchOp(PropertyOp):
    """A change of modulus, or between one modulus and several whose product it is."""

    name = "mod_arith.mod_switch"

    input = operand_def()
    output = result_def()
    traits = traits_def(Pure())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.TO

    def verify_(self) -> None:
        before = _require_mod_q(self.input, "the input").residue_types()
        after = _require_mod_q(self.output, "the output").residue_types()
        if len(before) > 1 and len(after) > 1:
            raise VerifyException("input and output must not both have several residues")
        if len(before) > 1 or len(after) > 1:
            self._verify_product(before, after)

    @staticmethod
    def _verify_product(before: Sequence[ModIntType], after: Sequence[ModIntType]) -> None:
        single, several = (before[0], after) if len(before) == 1 else (after[0], before)
        product = 1
        for residue in several:
            product *= residue.modulus.value.data
        modulus = single.modulus.value.data
        # Splitting may embed into a larger ring; joining must be exact.
        if product != modulus and not (single is before[0] and modulus < product):
            raise VerifyException(f"the product {product} of the residues' moduli must equal {modulus}")


@irdl_op_definition
class ConstantOp(IRDLOperation):
    """A constant, or a tensor of constants: ``mod_arith.constant dense<[1, 2]> : tensor<2x!Zp>``."""

    name = "mod_arith.constant"

    value = prop_def()
    output = result_def()
    traits = traits_def(Pure())

    def verify_(self) -> None:
        residue = element_type(self.output)
        if not isinstance(residue, ModIntType):
            raise VerifyException(f"the result must be integers of one modulus, got {self.output.type}")
        if isa(self.value, DenseIntOrFPElementsAttr):
            shape, stored = self.value.get_shape(), self.value.get_element_type()
        elif isa(self.value, IntegerAttr):
            shape, stored = (), self.value.type
        else:
            raise VerifyException(f"the value must be an integer or a dense tensor, got {self.value}")
        if stored != residue.modulus.type or shape != _shape(self.output.type):
            raise VerifyException(f"a value of type {stored} and shape {shape} isn't a {self.output.type}")

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        dense: list[int] | None = None
        scalar = 0
        if parser.parse_optional_keyword("dense"):
            with parser.in_angle_brackets():
                dense = parser.parse_optional_comma_separated_list(
                    parser.Delimiter.SQUARE, parser.parse_integer
                ) or [parser.parse_integer()]
        else:
            scalar = parser.parse_integer()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        output = parser.parse_type()
        residue = element_type(output)
        if not isinstance(residue, ModIntType):
            parser.raise_error(f"expected a type of integers of one modulus, got {output}")
        storage = residue.modulus.type
        value: Attribute
        if dense is None:
            value = IntegerAttr(scalar, storage)
        else:
            value = DenseIntOrFPElementsAttr.from_list(TensorType(storage, _shape(output)), dense)
        return cls.create(result_types=[output], properties={"value": value}, attributes=attributes)

    @override
    def print(self, printer: Printer) -> None:
        if isa(self.value, DenseIntOrFPElementsAttr[IntegerType]):
            # Always a list: neither the splat form nor hexadecimal is read here.
            values = ", ".join(map(str, self.value.get_values()))
            printer.print_string(f" dense<[{values}]>")
        else:
            assert isa(self.value, IntegerAttr)
            printer.print_string(f" {self.value.value.data}")
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.output.type)


@irdl_op_definition
class BarrettReduceOp(PropertyOp):
    """First step of the Barrett reduction: the residue, or the residue plus the modulus."""

    name = "mod_arith.barrett_reduce"

    input = operand_def()
    modulus = prop_def(IntegerAttr[IntegerType])
    output = result_def()
    traits = traits_def(SameOperandsAndResultType())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"modulus": ATTRIBUTE}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED

    def verify_(self) -> None:
        modulus = self.modulus.value.data
        if modulus <= 0:
            raise VerifyException(f"the modulus must be positive, got {modulus}")
        integer = element_type(self.input)
        if not isinstance(integer, IntegerType):
            raise VerifyException(f"the operand must be integers, got {self.input.type}")
        got, width = integer.bitwidth, (modulus - 1).bit_length()
        if not width <= got <= 2 * width:
            raise VerifyException(f"the operand must have from {width} to {2 * width} bits, got {got}")


@irdl_op_definition
class SubIfGEOp(PropertyOp):
    """``lhs - rhs`` where ``lhs >= rhs``, else ``lhs``."""

    name = "mod_arith.subifge"

    lhs = operand_def()
    rhs = operand_def()
    output = result_def()
    traits = traits_def(SameOperandsAndResultType())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED
