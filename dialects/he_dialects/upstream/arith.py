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
)
from xdsl.dialects.builtin import (
    IntegerAttr,
    IntegerType,
    TensorType,
    UnrankedTensorType,
    VectorType,
    i1,
    i64,
)
from xdsl.ir import Attribute
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
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
from he_dialects.upstream.arith_casts import (
    FLOAT_LIKE,
    INTEGER_OR_INDEX_LIKE,
    ExtFOp,
    ExtSIOp,
    ExtUIOp,
    FPToSIOp,
    FPToUIOp,
    IndexCastOp,
    IndexCastUIOp,
    SIToFPOp,
    TruncFOp,
    TruncIOp,
    UIToFPOp,
)
from he_dialects.upstream.extension import extended

BIT_LIKE = ElementsOf((IntegerType,))
NO_FASTMATH = FastMathFlagsAttr("none")


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
