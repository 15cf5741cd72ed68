"""Constant polynomials, and their evaluation."""

from __future__ import annotations

from typing import Any, Self

from typing_extensions import override
from xdsl.dialects import polynomial
from xdsl.dialects.builtin import FloatAttr, StringAttr
from xdsl.dialects.polynomial import TypedChebyshevPolynomialAttr
from xdsl.ir import Attribute
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_attr_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure, SameOperandsAndResultType
from xdsl.utils.exceptions import VerifyException

from he_dialects.polynomial.attributes import (
    FloatPolynomialAttr,
    IntPolynomialAttr,
    PolynomialType,
    RNSPolynomialAttr,
    TypedFloatPolynomialAttr,
    TypedIntPolynomialAttr,
    TypedPolynomialAttr,
    print_typed,
)


@irdl_op_definition
class ConstantOp(IRDLOperation):
    """A constant polynomial: ``polynomial.constant int<1 + x**2> : !poly``."""

    name = "polynomial.constant"

    value = prop_def(TypedPolynomialAttr)
    output = result_def(PolynomialType)
    traits = traits_def(Pure())

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        value: Attribute
        if parser.parse_optional_keyword("int") is not None:
            terms = IntPolynomialAttr(IntPolynomialAttr.parse_parameter(parser))
            parser.parse_punctuation(":")
            output = parser.parse_type()
            value = TypedIntPolynomialAttr(output, terms)
        elif parser.parse_optional_keyword("float") is not None:
            real_terms = FloatPolynomialAttr(FloatPolynomialAttr.parse_parameter(parser))
            parser.parse_punctuation(":")
            output = parser.parse_type()
            value = TypedFloatPolynomialAttr(output, real_terms)
        else:
            value = parser.parse_attribute()
            repeated = parser.parse_optional_punctuation(":") is not None
            output = parser.parse_type() if repeated else getattr(value, "type", value)
        return cls.create(result_types=[output], properties={"value": value})

    @override
    def print(self, printer: Printer) -> None:
        match self.value:
            case TypedIntPolynomialAttr():
                printer.print_string(" int")
                print_typed(printer, self.value.value, self.value.type)
            case TypedFloatPolynomialAttr():
                printer.print_string(" float")
                print_typed(printer, self.value.value, self.value.type)
            case other:
                printer.print_string(" ")
                printer.print_attribute(other)
                printer.print_string(" : ")
                printer.print_attribute(self.output.type)

    def verify_(self) -> None:
        if self.value.type != self.output.type:
            raise VerifyException(f"the result must be of the constant's type {self.value.type}")


@irdl_op_definition
class EvalOp(polynomial.EvalOp):
    """A constant polynomial evaluated at a value.

    Chebyshev polynomials are on the interval that the attributes ``domain_lower`` and ``domain_upper`` give,
    by default from -1 to 1. With a ``scheme`` of evaluation it is xDSL's operation, and keeps its rules.
    """

    polynomial: Any = prop_def(TypedPolynomialAttr)
    value = operand_def()
    result = result_def()
    scheme: Any = opt_attr_def(StringAttr)
    domain_lower = opt_attr_def(FloatAttr)
    domain_upper = opt_attr_def(FloatAttr)
    traits = traits_def(Pure(), SameOperandsAndResultType())
    assembly_format = None  # xDSL's reads no other polynomials

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        polynomial = parser.parse_attribute()
        parser.parse_punctuation(",")
        operand = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        value_type = parser.parse_type()
        return cls.create(
            operands=[parser.resolve_operand(operand, value_type)],
            result_types=[value_type],
            properties={"polynomial": polynomial},
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.polynomial)
        printer.print_string(", ")
        printer.print_ssa_value(self.value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.value.type)

    def verify_(self) -> None:
        if self.scheme is not None:
            super().verify_()
        match self.polynomial:
            case TypedIntPolynomialAttr() | TypedFloatPolynomialAttr():
                empty = not self.polynomial.value.data
            case TypedChebyshevPolynomialAttr():
                empty = not self.polynomial.value.coefficients.data
            case RNSPolynomialAttr():
                empty = not self.polynomial.coefficients.data.data
            case _:
                empty = False
        if empty:
            raise VerifyException("the polynomial must have at least one term")
