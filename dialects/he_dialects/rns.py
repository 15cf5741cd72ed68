"""HEIR's ``rns`` dialect: residue number systems, integers given by their residues modulo several primes.

!Q = !rns.rns<!mod_arith.int<65537 : i32>, !mod_arith.int<257 : i32>>
%1 = rns.extract_slice %0 <start = 0, size = 1> : !Q -> !rns.rns<!mod_arith.int<65537 : i32>>
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from typing_extensions import override
from xdsl.dialects.builtin import ArrayAttr, IndexType, IntegerAttr
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute, SSAValue, TypeAttribute
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import AttrParser, Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from he_dialects.assembly import PropertyOp, TypeSignature, cache_hash, element_type, parse_operands
from he_dialects.mod_arith import ModIntAttr, ModIntType, ModQType
from he_dialects.printing import AliasedAttribute
from he_dialects.syntax import ATTRIBUTE, INDEX, Stripped, Syntax


@cache_hash
@irdl_attr_definition
class RNSType(ParametrizedAttribute, ModQType, AliasedAttribute):
    """Integers modulo the product of the basis' moduli, one residue for each."""

    name = "rns.rns"

    basis: ArrayAttr[ModIntType]

    @classmethod
    def get(cls, basis: Sequence[ModIntType]) -> RNSType:
        """The type with these moduli."""
        return cls(ArrayAttr(basis))

    def verify(self) -> None:
        if not self.basis.data:
            raise VerifyException("a residue number system needs at least one modulus")
        if len({residue.modulus.type for residue in self.basis}) > 1:
            raise VerifyException("the moduli must be kept in one integer type")

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        return (ArrayAttr(parser.parse_comma_separated_list(parser.Delimiter.ANGLE, parser.parse_type)),)

    @override
    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_list(self.basis, printer.print_attribute)

    @override
    def residue_types(self) -> Sequence[ModIntType]:
        return self.basis.data

    @override
    def alias_name(self) -> str:
        return f"rns_L{len(self.basis) - 1}"


@irdl_attr_definition
class RNSAttr(ParametrizedAttribute):
    """A constant, one residue per modulus: ``#rns.value<[#mod_arith.value<3 : !Zp>, …]>``."""

    name = "rns.value"

    residues: ArrayAttr[ModIntAttr]

    @property
    def type(self) -> RNSType:
        """The type of the constant."""
        return RNSType.get([residue.type for residue in self.residues])

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return (
                ArrayAttr(
                    parser.parse_comma_separated_list(parser.Delimiter.SQUARE, lambda: _residue(parser))
                ),
            )

    @override
    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets(), printer.in_square_brackets():
            printer.print_list(self.residues, printer.print_attribute)


def _residue(parser: AttrParser) -> ModIntAttr:
    """Read a residue; heir-opt repeats its type behind it."""
    residue = parser.parse_attribute()
    if parser.parse_optional_punctuation(":") is not None:
        parser.parse_type()
    if not isinstance(residue, ModIntAttr):
        parser.raise_error(f"expected an attribute {ModIntAttr.name}, got {residue}")
    return residue


def require_rns(value: SSAValue | Attribute) -> RNSType:
    """The residue number system of a value's elements.

    Raises:
        VerifyException: the elements are of another type.
    """
    value_type = element_type(value)
    if not isinstance(value_type, RNSType):
        raise VerifyException(f"expected residue number system values, got {value_type}")
    return value_type


def verify_slice(basis: RNSType, start: int, size: int) -> None:
    """Check that ``size`` residues from ``start`` on are within ``basis``."""
    if start < 0 or size < 1 or start + size > len(basis.basis):
        raise VerifyException(f"{size} residues from {start} on are not within {len(basis.basis)} residues")


@irdl_op_definition
class ExtractSliceOp(PropertyOp):
    """A run of the residues."""

    name = "rns.extract_slice"

    input = operand_def()
    start = prop_def(IntegerAttr[IndexType])
    size = prop_def(IntegerAttr[IndexType])
    output = result_def()
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"start": INDEX, "size": INDEX}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        basis, start, size = require_rns(self.input), self.start.value.data, self.size.value.data
        verify_slice(basis, start, size)
        if require_rns(self.output).basis.data != basis.basis.data[start : start + size]:
            raise VerifyException("the result's basis must be the slice of the input's")


@irdl_op_definition
class ExtractResidueOp(PropertyOp):
    """One of the residues."""

    name = "rns.extract_residue"

    input = operand_def()
    index = prop_def(IntegerAttr[IndexType])
    output = result_def()
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"index": INDEX}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        basis, index = require_rns(self.input), self.index.value.data
        verify_slice(basis, index, 1)
        if element_type(self.output) != basis.basis.data[index]:
            raise VerifyException(f"the result must be of type {basis.basis.data[index]}")


@irdl_op_definition
class ConstantOp(PropertyOp):
    """A constant."""

    name = "rns.constant"

    value = prop_def(RNSAttr)
    output = result_def()
    traits = traits_def(Pure())

    def verify_(self) -> None:
        if require_rns(self.output) != self.value.type:
            raise VerifyException(f"the result must be of type {self.value.type}")

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        value = Stripped(RNSAttr).parse(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        return cls.create(
            result_types=[parser.parse_type()], properties={"value": value}, attributes=attributes
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        self.value.print_parameters(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.output.type)


@irdl_op_definition
class PackOp(IRDLOperation):
    """An integer from its residues; the types of the operands are the basis of the result."""

    name = "rns.pack"

    input = var_operand_def(ModIntType)
    output = result_def(RNSType)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        if self.output.type.basis.data != tuple(operand.type for operand in self.input):
            raise VerifyException("the result's basis must consist of the operands' types")

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        operands = parse_operands(parser)
        attributes = parser.parse_optional_attr_dict()
        position = parser.pos
        parser.parse_punctuation(":")
        types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        return cls.create(
            operands=parser.resolve_operands(operands, types, position),
            result_types=[RNSType.new([ArrayAttr(types)])],
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.input, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_list(self.input.types, printer.print_attribute)


@irdl_op_definition
class ConvertBasisOp(PropertyOp):
    """The centred representative of the integer in another basis."""

    name = "rns.convert_basis"

    value = operand_def(RNSType)
    target_basis = prop_def(TypeAttribute, prop_name="targetBasis")
    output = result_def(RNSType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"targetBasis": ATTRIBUTE}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        if self.output.type != self.target_basis:
            raise VerifyException(f"the result must be of the target's type {self.target_basis}")


RNS = Dialect(
    "rns",
    [ConstantOp, ConvertBasisOp, ExtractResidueOp, ExtractSliceOp, PackOp],
    [RNSAttr, RNSType],
)
