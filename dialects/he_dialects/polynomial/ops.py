"""The operations on ring elements, and the evaluation of constant polynomials."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Mapping
from typing import ClassVar, Self

from typing_extensions import override
from xdsl.dialects.builtin import IndexType, IntegerAttr, TensorType
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    VarConstraint,
    irdl_op_definition,
    operand_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import HasParent, IsTerminator, Pure, SameOperandsAndResultType
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects.assembly import PropertyOp, TypeSignature, element_type
from he_dialects.polynomial.attributes import (
    COEFF,
    FormAttr,
    PolynomialType,
)
from he_dialects.rns import require_rns, verify_slice
from he_dialects.syntax import INDEX, Syntax


def require_polynomial(value: SSAValue) -> PolynomialType:
    value_type = element_type(value)
    if not isinstance(value_type, PolynomialType):
        raise VerifyException(f"expected a polynomial, got {value.type}")
    return value_type


def verify_form(values: Iterable[SSAValue], form: FormAttr | None = None) -> None:
    """Check that all polynomials among ``values`` have the form given, or one form."""
    forms = {t.form for v in values if isinstance(t := element_type(v), PolynomialType)}
    if len(forms) > 1:
        raise VerifyException("all polynomials must have the same form")
    if form is not None and forms - {form}:
        raise VerifyException(f"polynomials must be in {form.data.value} form")


def _verify_coefficient(polynomial: SSAValue, coefficient: Attribute) -> None:
    expected = require_polynomial(polynomial).ring.coefficient_type
    if coefficient != expected:
        raise VerifyException(f"polynomials over {expected} don't match coefficients of type {coefficient}")


class _BinaryOp(PropertyOp, ABC):
    lhs = operand_def()
    rhs = operand_def()
    result = result_def()
    traits = traits_def(Pure(), SameOperandsAndResultType())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED

    def verify_(self) -> None:
        require_polynomial(self.result)


@irdl_op_definition
class AddOp(_BinaryOp):
    """Sum in the ring."""

    name = "polynomial.add"


@irdl_op_definition
class SubOp(_BinaryOp):
    """Difference in the ring."""

    name = "polynomial.sub"


@irdl_op_definition
class MulOp(_BinaryOp):
    """Product in the ring."""

    name = "polynomial.mul"


@irdl_op_definition
class MulScalarOp(IRDLOperation):
    """Product of a polynomial and a coefficient."""

    name = "polynomial.mul_scalar"

    T: ClassVar = VarConstraint("T", AnyAttr())

    polynomial = operand_def(T)
    scalar = operand_def()
    output = result_def(T)
    traits = traits_def(Pure())
    assembly_format = "$polynomial `,` $scalar attr-dict `:` type($polynomial) `,` type($scalar)"

    def verify_(self) -> None:
        _verify_coefficient(self.polynomial, self.scalar.type)


@irdl_op_definition
class LeadingTermOp(PropertyOp):
    """Exponent and coefficient of the term of highest degree."""

    name = "polynomial.leading_term"

    input = operand_def(PolynomialType)
    degree = result_def(IndexType)
    coefficient = result_def()
    traits = traits_def(Pure())

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        operand = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        input_type = parser.parse_type()
        parser.parse_punctuation("->")
        return cls.create(
            operands=[parser.resolve_operand(operand, input_type)],
            result_types=parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type),
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.input)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.input.type)
        printer.print_string(" -> ")
        with printer.in_parens():
            printer.print_list(self.result_types, printer.print_attribute)

    def verify_(self) -> None:
        verify_form([self.input], COEFF)
        _verify_coefficient(self.input, self.coefficient.type)


@irdl_op_definition
class MonomialOp(PropertyOp):
    """The polynomial with one term, of a given coefficient and exponent."""

    name = "polynomial.monomial"

    coefficient = operand_def()
    degree = operand_def(IndexType)
    output = result_def(PolynomialType)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        _verify_coefficient(self.output, self.coefficient.type)


@irdl_op_definition
class MonicMonomialMulOp(PropertyOp):
    """Product with a power of the variable."""

    name = "polynomial.monic_monomial_mul"

    input = operand_def()
    monomial_degree = operand_def(IndexType)
    output = result_def()
    traits = traits_def(Pure())

    def verify_(self) -> None:
        if self.input.type != self.output.type:
            raise VerifyException("the result must have the input's type")
        require_polynomial(self.input)
        verify_form([self.input], COEFF)


class _TensorOp(PropertyOp, ABC):
    """A conversion between a polynomial and the tensor of its coefficients."""

    input = operand_def()
    output = result_def()
    traits = traits_def(Pure())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def _verify_tensor(self, tensor: SSAValue, polynomial: SSAValue, exact: bool) -> None:
        if not isa(tensor.type, TensorType) or not isinstance(polynomial.type, PolynomialType):
            raise VerifyException("expected a tensor and a polynomial")
        _verify_coefficient(polynomial, tensor.type.get_element_type())
        degree, shape = polynomial.type.ring.degree, tensor.type.get_shape()
        if degree is None:
            return
        if len(shape) != 1 or shape[0] > degree or (exact and shape[0] != degree):
            bound = "" if exact else "at most "
            raise VerifyException(f"the tensor must have one axis of {bound}{degree}, got {tensor.type}")


@irdl_op_definition
class FromTensorOp(_TensorOp):
    """The polynomial with the given coefficients, lowest degree first."""

    name = "polynomial.from_tensor"

    def verify_(self) -> None:
        self._verify_tensor(self.input, self.output, exact=False)


@irdl_op_definition
class ToTensorOp(_TensorOp):
    """The coefficients of a polynomial, lowest degree first."""

    name = "polynomial.to_tensor"

    def verify_(self) -> None:
        self._verify_tensor(self.output, self.input, exact=True)


@irdl_op_definition
class ModSwitchOp(PropertyOp):
    """A change of the coefficient type."""

    name = "polynomial.mod_switch"

    input = operand_def(PolynomialType)
    output = result_def(PolynomialType)
    traits = traits_def(Pure())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.TO

    def verify_(self) -> None:
        before, after = require_polynomial(self.input), require_polynomial(self.output)
        if before.ring.polynomial_modulus != after.ring.polynomial_modulus:
            raise VerifyException("input and output must have the same polynomial modulus")
        verify_form([self.input, self.output])


@irdl_op_definition
class ExtractSliceOp(PropertyOp):
    """The polynomial over a run of the residues of its coefficients."""

    name = "polynomial.extract_slice"

    input = operand_def(PolynomialType)
    start = prop_def(IntegerAttr[IndexType])
    size = prop_def(IntegerAttr[IndexType])
    output = result_def(PolynomialType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"start": INDEX, "size": INDEX}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        basis = require_rns(require_polynomial(self.input).ring.coefficient_type)
        verify_slice(basis, self.start.value.data, self.size.value.data)
        verify_form([self.input, self.output])


@irdl_op_definition
class ApplyCoefficientwiseOp(IRDLOperation):
    """A region applied to each coefficient; its arguments are the coefficient and the exponent."""

    name = "polynomial.apply_coefficientwise"

    input = operand_def(PolynomialType)
    body = region_def("single_block")
    output = result_def(PolynomialType)
    traits = traits_def(Pure())

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        with parser.in_parens():
            operand = parser.parse_unresolved_operand()
            parser.parse_punctuation(":")
            input_type = parser.parse_type()
        attributes = parser.parse_optional_attr_dict_with_keyword()
        body = parser.parse_region()
        parser.parse_punctuation("->")
        return cls.create(
            operands=[parser.resolve_operand(operand, input_type)],
            result_types=[parser.parse_type()],
            regions=[body],
            attributes=attributes.data if attributes is not None else {},
        )

    @override
    def print(self, printer: Printer) -> None:
        with printer.in_parens():
            printer.print_ssa_value(self.input)
            printer.print_string(" : ")
            printer.print_attribute(self.input.type)
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(self.body)
        printer.print_string(" -> ")
        printer.print_attribute(self.output.type)

    def verify_(self) -> None:
        types = [argument.type for argument in self.body.block.args]
        if types != (expected := [require_polynomial(self.input).ring.coefficient_type, IndexType()]):
            raise VerifyException(f"the region's arguments must be of types {expected}, got {types}")
        terminator = self.body.block.last_op
        if not isinstance(terminator, YieldOp):
            raise VerifyException("the region must end with polynomial.yield")
        _verify_coefficient(self.output, terminator.operand.type)


@irdl_op_definition
class YieldOp(IRDLOperation):
    """The new coefficient, at the end of the region of :class:`ApplyCoefficientwiseOp`."""

    name = "polynomial.yield"

    operand = operand_def()
    traits = traits_def(IsTerminator(), HasParent(ApplyCoefficientwiseOp))
    assembly_format = "$operand attr-dict `:` type($operand)"
