"""Casts between the types of numbers, of scalars and of the elements of tensors.

%0 = arith.extsi %x : tensor<8xi16> to tensor<8xi64>
%1 = arith.truncf %y to_nearest_even : f64 to f32
"""

from __future__ import annotations

from abc import ABC
from typing import ClassVar, Self, cast

from typing_extensions import override
from xdsl.dialects import arith
from xdsl.dialects.arith import (
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
    UnitAttr,
    i32,
)
from xdsl.ir import Attribute
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
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from he_dialects.assembly import element_type
from he_dialects.elementwise import ElementwiseMappable
from he_dialects.lwe.rules import ElementsOf
from he_dialects.upstream.extension import Redefinition

FLOATS = (BFloat16Type, Float16Type, Float32Type, Float64Type, Float80Type, Float128Type)
INTEGER_LIKE = ElementsOf((IntegerType,))
FLOAT_LIKE = ElementsOf(FLOATS)
INTEGER_OR_INDEX_LIKE = ElementsOf((IntegerType, IndexType))
NO_OVERFLOW = IntegerOverflowAttr("none")
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
