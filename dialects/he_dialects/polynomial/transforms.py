"""Number-theoretic transforms."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar, Self

from typing_extensions import override
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects.assembly import PropertyOp
from he_dialects.mod_arith import ModIntAttr
from he_dialects.polynomial.attributes import (
    COEFF,
    EVAL,
    FormAttr,
    PolynomialType,
    PrimitiveRootAttr,
)
from he_dialects.polynomial.ops import require_polynomial, verify_form
from he_dialects.rns import RNSAttr
from he_dialects.syntax import Stripped, Syntax


def _verify_root(root: PrimitiveRootAttr, coefficient_type: Attribute) -> None:
    """Check that ``root`` is a primitive root of unity modulo every modulus of the coefficients."""
    value = root.value
    if not isinstance(value, ModIntAttr | RNSAttr) or value.type != coefficient_type:
        raise VerifyException(f"the root must be of the ring's coefficient type {coefficient_type}")
    degree = root.degree.value.data
    for residue in value.residues if isinstance(value, RNSAttr) else [value]:
        modulus, base = residue.type.modulus.value.data, residue.value.value.data
        powers = (pow(base, degree // p, modulus) for p in _prime_factors(degree))
        if pow(base, degree, modulus) != 1 or 1 in powers:
            raise VerifyException(f"{base} is not a primitive root of unity of degree {degree} mod {modulus}")


def _prime_factors(number: int) -> list[int]:
    factors, candidate = list[int](), 2
    while candidate * candidate <= number:
        if number % candidate == 0:
            factors.append(candidate)
            while number % candidate == 0:
                number //= candidate
        candidate += 1
    return [*factors, number] if number > 1 else factors


class _TransformOp(PropertyOp, ABC):
    """A number-theoretic transform; the result has the input's type in the other form."""

    input = operand_def()
    root = opt_prop_def(PrimitiveRootAttr)
    output = result_def()
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"root": Stripped(PrimitiveRootAttr)}
    FORMS: ClassVar[tuple[FormAttr, FormAttr]]
    """The input's form and the output's."""

    @classmethod
    def result_type(cls, input_type: Attribute) -> Attribute:
        """The result's type for an input of type ``input_type``."""
        if isinstance(input_type, PolynomialType):
            return PolynomialType(input_type.ring, cls.FORMS[1])
        if isa(input_type, TensorType):
            return TensorType(cls.result_type(input_type.get_element_type()), input_type.get_shape())
        raise VerifyException(f"expected polynomials, got {input_type}")

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        operand = parser.parse_unresolved_operand()
        properties = cls.parse_properties(parser)
        attributes = cls.parse_attributes(parser)
        parser.parse_punctuation(":")
        input_type = parser.parse_type()
        return cls.create(
            operands=[parser.resolve_operand(operand, input_type)],
            result_types=[cls.result_type(input_type)],
            properties=properties,
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.input)
        self.print_properties(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.input.type)

    def verify_(self) -> None:
        verify_form([self.input], self.FORMS[0])
        if self.output.type != self.result_type(self.input.type):
            raise VerifyException("the result must have the input's type in the other form")
        if self.root is not None:
            _verify_root(self.root, require_polynomial(self.input).ring.coefficient_type)


@irdl_op_definition
class NTTOp(_TransformOp):
    """Number-theoretic transform, from coefficients to values."""

    name = "polynomial.ntt"
    FORMS: ClassVar[tuple[FormAttr, FormAttr]] = (COEFF, EVAL)


@irdl_op_definition
class INTTOp(_TransformOp):
    """Inverse number-theoretic transform, from values to coefficients."""

    name = "polynomial.intt"
    FORMS: ClassVar[tuple[FormAttr, FormAttr]] = (EVAL, COEFF)
