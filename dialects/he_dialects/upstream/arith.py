"""``arith`` on tensors, with all of its properties and attributes in the custom syntax.

    %0 = arith.extsi %x : tensor<8xi16> to tensor<8xi64>
    %1 = arith.select %c, %a, %b : tensor<4xi1>, tensor<4xi32>
    %2 = arith.cmpi slt, %a, %b {mgmt.mgmt = #mgmt} : i16

xDSL's casts, comparisons and selections are of scalars, and its comparisons read no attributes.
"""

from __future__ import annotations

from abc import ABC
from typing import ClassVar, Self, cast

from typing_extensions import override
from xdsl.dialects import arith
from xdsl.dialects.arith import (
    CMPF_COMPARISON_OPERATIONS,
    CMPI_COMPARISON_OPERATIONS,
    FastMathFlagsAttr,
    IntegerOverflowAttr,
)
from xdsl.dialects.builtin import (
    AnyFloat,
    BFloat16Type,
    Float16Type,
    Float32Type,
    Float64Type,
    Float80Type,
    Float128Type,
    IndexType,
    IntegerAttr,
    IntegerType,
    TensorType,
    UnitAttr,
    UnrankedTensorType,
    VectorType,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute
from xdsl.irdl import (
    AnyAttr,
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
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects.assembly import element_type
from he_dialects.elementwise import ElementwiseMappable
from he_dialects.lwe.rules import ElementsOf
from he_dialects.upstream.extension import Redefinition, extended

FLOATS = (BFloat16Type, Float16Type, Float32Type, Float64Type, Float80Type, Float128Type)
INTEGER_LIKE = ElementsOf((IntegerType,))
FLOAT_LIKE = ElementsOf(FLOATS)
INTEGER_OR_INDEX_LIKE = ElementsOf((IntegerType, IndexType))
BIT_LIKE = ElementsOf((IntegerType,))
NO_OVERFLOW = IntegerOverflowAttr("none")
NO_FASTMATH = FastMathFlagsAttr("none")
ROUNDING_MODES = ("to_nearest_even", "downward", "upward", "toward_zero", "to_nearest_away")
"""The rounding modes by their numbers."""


class _ResizingOp(Redefinition, ABC):
    """A change of the width of numbers, or of the elements of tensors of them."""

    WIDENS: ClassVar[bool] = True

    traits = traits_def(Pure(), ElementwiseMappable())

    def verify_(self) -> None:
        before, after = (
            cast("IntegerType | AnyFloat", element_type(value)).bitwidth
            for value in (self.operands[0], self.results[0])
        )
        if (after > before) != self.WIDENS or after == before:
            relation = "larger" if self.WIDENS else "smaller"
            raise VerifyException(f"the result must be {relation} than the {before} bits of the input")


@irdl_op_definition
class ExtSIOp(_ResizingOp, arith.ExtSIOp):
    """Extension by the sign."""

    name = "arith.extsi"
    input = operand_def(INTEGER_LIKE)
    result = result_def(INTEGER_LIKE)


@irdl_op_definition
class ExtUIOp(_ResizingOp, arith.ExtUIOp):
    """Extension by zeros; ``nneg`` if the number is known not to be negative."""

    name = "arith.extui"
    input = operand_def(INTEGER_LIKE)
    result = result_def(INTEGER_LIKE)
    non_neg = opt_prop_def(UnitAttr, prop_name="nonNeg")
    assembly_format = "$input (`nneg` $nonNeg^)? attr-dict `:` type($input) `to` type($result)"


@irdl_op_definition
class TruncIOp(_ResizingOp, arith.TruncIOp):
    """Removal of the high bits."""

    name = "arith.trunci"
    WIDENS: ClassVar[bool] = False
    input = operand_def(INTEGER_LIKE)
    result = result_def(INTEGER_LIKE)
    overflow_flags = prop_def(IntegerOverflowAttr, default_value=NO_OVERFLOW, prop_name="overflowFlags")
    assembly_format = "$input (`overflow` `` $overflowFlags^)? attr-dict `:` type($input) `to` type($result)"


@irdl_op_definition
class ExtFOp(_ResizingOp, arith.ExtFOp):
    """A floating-point number in more bits."""

    name = "arith.extf"
    input = operand_def(FLOAT_LIKE)
    result = result_def(FLOAT_LIKE)
    fastmath = opt_prop_def(FastMathFlagsAttr)
    assembly_format = "$input (`fastmath` `` $fastmath^)? attr-dict `:` type($input) `to` type($result)"


@irdl_op_definition
class TruncFOp(_ResizingOp, arith.TruncFOp):
    """A floating-point number in fewer bits."""

    name = "arith.truncf"
    WIDENS: ClassVar[bool] = False
    input = operand_def(FLOAT_LIKE)
    result = result_def(FLOAT_LIKE)
    roundingmode = opt_prop_def(IntegerAttr)
    fastmath = opt_prop_def(FastMathFlagsAttr)
    assembly_format = None

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        value = parser.parse_unresolved_operand()
        properties = dict[str, Attribute]()
        for number, mode in enumerate(ROUNDING_MODES):
            if parser.parse_optional_keyword(mode) is not None:
                properties["roundingmode"] = IntegerAttr(number, i32)
        if parser.parse_optional_keyword("fastmath") is not None:
            properties["fastmath"] = FastMathFlagsAttr(FastMathFlagsAttr.parse_parameter(parser))
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        source = parser.parse_type()
        parser.parse_keyword("to")
        return cls.create(
            operands=[parser.resolve_operand(value, source)],
            result_types=[parser.parse_type()],
            properties=properties,
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.input)
        if self.roundingmode is not None:
            printer.print_string(f" {ROUNDING_MODES[self.roundingmode.value.data]}")
        if self.fastmath is not None:
            printer.print_string(" fastmath")
            self.fastmath.print_parameter(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.input.type)
        printer.print_string(" to ")
        printer.print_attribute(self.result.type)


@irdl_op_definition
class SIToFPOp(Redefinition, arith.SIToFPOp):
    """The floating-point number nearest to a signed integer."""

    name = "arith.sitofp"
    input = operand_def(INTEGER_LIKE)
    result = result_def(FLOAT_LIKE)
    traits = traits_def(ElementwiseMappable())


@irdl_op_definition
class UIToFPOp(Redefinition, arith.UIToFPOp):
    """The floating-point number nearest to an unsigned integer."""

    name = "arith.uitofp"
    input = operand_def(INTEGER_LIKE)
    result = result_def(FLOAT_LIKE)
    non_neg = opt_prop_def(UnitAttr, prop_name="nonNeg")
    traits = traits_def(ElementwiseMappable())
    assembly_format = "$input (`nneg` $nonNeg^)? attr-dict `:` type($input) `to` type($result)"


@irdl_op_definition
class FPToSIOp(Redefinition, arith.FPToSIOp):
    """The signed integer towards zero from a floating-point number."""

    name = "arith.fptosi"
    input = operand_def(FLOAT_LIKE)
    result = result_def(INTEGER_LIKE)
    traits = traits_def(ElementwiseMappable())


@irdl_op_definition
class FPToUIOp(Redefinition, arith.FPToUIOp):
    """The unsigned integer towards zero from a floating-point number."""

    name = "arith.fptoui"
    input = operand_def(FLOAT_LIKE)
    result = result_def(INTEGER_LIKE)
    traits = traits_def(ElementwiseMappable())


def _verify_index_cast(op: IRDLOperation) -> None:
    before, after = (isinstance(element_type(value), IndexType) for value in (op.operands[0], op.results[0]))
    if before == after:
        raise VerifyException(
            f"operand type {op.operands[0].type} and result type {op.results[0].type} are cast incompatible"
        )


@irdl_op_definition
class IndexCastOp(Redefinition, arith.IndexCastOp):
    """An index as an integer or the reverse, by sign."""

    name = "arith.index_cast"
    input = operand_def(INTEGER_OR_INDEX_LIKE)
    result = result_def(INTEGER_OR_INDEX_LIKE)
    traits = traits_def(ElementwiseMappable())

    def verify_(self) -> None:
        _verify_index_cast(self)


@irdl_op_definition
class IndexCastUIOp(IRDLOperation):
    """An index as an integer or the reverse, by zeros."""

    name = "arith.index_castui"
    input = operand_def(INTEGER_OR_INDEX_LIKE)
    result = result_def(INTEGER_OR_INDEX_LIKE)
    non_neg = opt_prop_def(UnitAttr, prop_name="nonNeg")
    traits = traits_def(Pure(), ElementwiseMappable())
    assembly_format = "$input (`nneg` $nonNeg^)? attr-dict `:` type($input) `to` type($result)"

    def verify_(self) -> None:
        _verify_index_cast(self)


@irdl_op_definition
class RemFOp(arith.FloatingPointLikeBinaryOperation):
    """The remainder of a division, with the sign of the dividend."""

    name = "arith.remf"


@irdl_op_definition
class SelectOp(arith.SelectOp):
    """One of two values by a bit; of two tensors, also element by element."""

    name = "arith.select"
    cond = operand_def(BIT_LIKE)
    lhs = operand_def(AnyAttr())
    rhs = operand_def(AnyAttr())
    result = result_def(AnyAttr())
    # The format that the class inherits writes no type of the condition.
    assembly_format = None

    def verify_(self) -> None:
        if not self.lhs.type == self.rhs.type == self.result.type:
            raise VerifyException("both values and the result must be of the same type")
        if element_type(self.cond) != i1:
            raise VerifyException(f"the condition must be i1, or a tensor of it, got {self.cond.type}")
        if self.cond.type != i1 and not _are_of_one_shape(self.cond.type, self.result.type):
            raise VerifyException("a condition that is a tensor must have the shape of the values")

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        operands = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_unresolved_operand)
        attributes = parser.parse_optional_attr_dict()
        position = parser.pos
        parser.parse_punctuation(":")
        condition, value = i1, parser.parse_type()
        if parser.parse_optional_punctuation(",") is not None:
            condition, value = value, parser.parse_type()
        return cls.create(
            operands=parser.resolve_operands(operands, [condition, value, value], position),
            result_types=[value],
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        if self.cond.type != i1:
            printer.print_attribute(self.cond.type)
            printer.print_string(", ")
        printer.print_attribute(self.result.type)


def _are_of_one_shape(*kinds: Attribute) -> bool:
    shapes = [get_shape() for kind in kinds if (get_shape := getattr(kind, "get_shape", None)) is not None]
    return len(shapes) == len(kinds) and len(set(shapes)) == 1


class _ComparisonOp(IRDLOperation, ABC):
    """A comparison, element by element for tensors: ``slt, %a, %b {attributes} : type``."""

    PREDICATES: ClassVar[list[str]]

    traits = traits_def(Pure(), ElementwiseMappable())

    def verify_(self) -> None:
        if self.operands[0].type != self.operands[1].type:
            raise VerifyException("both operands must be of the same type")
        if element_type(self.results[0]) != i1:
            raise VerifyException(f"the result must be of i1, got {self.results[0].type}")

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        predicate = parser.parse_identifier(" as a predicate")
        if predicate not in cls.PREDICATES:
            parser.raise_error(
                f"unknown predicate {predicate!r}, expected one of: {', '.join(cls.PREDICATES)}"
            )
        properties: dict[str, Attribute] = {"predicate": IntegerAttr(cls.PREDICATES.index(predicate), i64)}
        parser.parse_punctuation(",")
        operands = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_unresolved_operand)
        if "fastmath" in cls.get_irdl_definition().properties:
            properties["fastmath"] = NO_FASTMATH
            if parser.parse_optional_keyword("fastmath") is not None:
                properties["fastmath"] = FastMathFlagsAttr(FastMathFlagsAttr.parse_parameter(parser))
        attributes = parser.parse_optional_attr_dict()
        position = parser.pos
        parser.parse_punctuation(":")
        compared = parser.parse_type()
        return cls.create(
            operands=parser.resolve_operands(operands, [compared, compared], position),
            result_types=[bits_like(compared)],
            properties=properties,
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        predicate = cast("IntegerAttr[IntegerType]", self.properties["predicate"])
        printer.print_string(f" {self.PREDICATES[predicate.value.data]}, ")
        printer.print_list(self.operands, printer.print_ssa_value)
        fastmath = self.properties.get("fastmath", NO_FASTMATH)
        if fastmath != NO_FASTMATH:
            printer.print_string(" fastmath")
            cast(FastMathFlagsAttr, fastmath).print_parameter(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.operands[0].type)


def bits_like(kind: Attribute) -> Attribute:
    """``i1``, or for a container the same of ``i1``."""
    if isa(kind, TensorType) or isa(kind, UnrankedTensorType) or isa(kind, VectorType):
        return kind.new([i1 if part == kind.element_type else part for part in kind.parameters])
    return i1


@irdl_op_definition
class CmpiOp(_ComparisonOp, arith.CmpiOp):
    """A comparison of integers."""

    name = "arith.cmpi"
    PREDICATES: ClassVar[list[str]] = CMPI_COMPARISON_OPERATIONS
    predicate = prop_def(IntegerAttr)
    lhs = operand_def(INTEGER_OR_INDEX_LIKE)
    rhs = operand_def(INTEGER_OR_INDEX_LIKE)
    result = result_def(BIT_LIKE)


@irdl_op_definition
class CmpfOp(_ComparisonOp, arith.CmpfOp):
    """A comparison of floating-point numbers."""

    name = "arith.cmpf"
    PREDICATES: ClassVar[list[str]] = CMPF_COMPARISON_OPERATIONS
    predicate = prop_def(IntegerAttr)
    fastmath = prop_def(FastMathFlagsAttr, default_value=NO_FASTMATH)
    lhs = operand_def(FLOAT_LIKE)
    rhs = operand_def(FLOAT_LIKE)
    result = result_def(BIT_LIKE)


Arith = extended(
    arith.Arith,
    *(ExtSIOp, ExtUIOp, TruncIOp, ExtFOp, TruncFOp, SIToFPOp, UIToFPOp, FPToSIOp, FPToUIOp),
    *(IndexCastOp, IndexCastUIOp, RemFOp, SelectOp, CmpiOp, CmpfOp),
)
"""xDSL's ``arith`` on tensors."""
