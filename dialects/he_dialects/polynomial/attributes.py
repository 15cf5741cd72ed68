"""Rings, polynomials as constants, and the type of ring elements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Generic, TypeAlias

from typing_extensions import TypeVar, override
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    IntegerType,
    NoneAttr,
)
from xdsl.dialects.polynomial import TypedChebyshevPolynomialAttr
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import (
    Attribute,
    BuiltinAttribute,
    Data,
    ParametrizedAttribute,
    SpacedOpaqueSyntaxAttribute,
    TypeAttribute,
)
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum

from he_dialects.assembly import Field, StructAttribute, cache_hash
from he_dialects.printing import AliasedAttribute
from he_dialects.syntax import ATTRIBUTE, Keyword, Stripped, Syntax

CoefficientT = TypeVar("CoefficientT", int, float)


class _Terms(Data[tuple[tuple[CoefficientT, int], ...]], ABC, Generic[CoefficientT]):
    """A polynomial in one variable as pairs of coefficient and exponent, exponents increasing."""

    ONE: ClassVar[Any]
    """The coefficient that isn't written."""

    @classmethod
    @abstractmethod
    def _number(cls, parser: AttrParser) -> CoefficientT | None:
        """Read a coefficient, if there is one."""

    @property
    def degree(self) -> int:
        """The largest exponent, 0 for the zero polynomial."""
        return self.data[-1][1] if self.data else 0

    @classmethod
    @override
    def parse_parameter(cls, parser: AttrParser) -> tuple[tuple[CoefficientT, int], ...]:
        terms: dict[int, CoefficientT] = {}
        with parser.in_angle_brackets():
            while True:
                coefficient, exponent = cls._term(parser)
                if exponent in terms:
                    parser.raise_error(f"exponent {exponent} occurs twice")
                terms[exponent] = coefficient
                if parser.parse_optional_punctuation("+") is None:
                    break
        return cls._normal((c, e) for e, c in terms.items())

    @classmethod
    def _term(cls, parser: AttrParser) -> tuple[CoefficientT, int]:
        coefficient = cls._number(parser)
        if parser.parse_optional_identifier() is None:
            if coefficient is None:
                parser.raise_error("expected a coefficient or a variable")
            return coefficient, 0
        exponent = 1
        if parser.parse_optional_punctuation("*") is not None:
            parser.parse_punctuation("*")
            exponent = parser.parse_integer(allow_negative=False)
        return (cls.ONE if coefficient is None else coefficient), exponent

    @staticmethod
    def _normal(terms: Iterable[tuple[CoefficientT, int]]) -> tuple[tuple[CoefficientT, int], ...]:
        return tuple(sorted(((c, e) for c, e in terms if c != 0), key=lambda term: term[1]))

    @override
    def print_parameter(self, printer: Printer) -> None:
        text = " + ".join(_term_text(c, e) for c, e in self.data)
        printer.print_string(f"<{text or '0'}>")


def _term_text(coefficient: float, exponent: int) -> str:
    number = repr(coefficient) if coefficient != 1 or exponent == 0 else ""
    match exponent:
        case 0:
            return number
        case 1:
            return f"{number}x"
        case _:
            return f"{number}x**{exponent}"


@irdl_attr_definition
class IntPolynomialAttr(_Terms[int]):
    """A polynomial with integer coefficients: ``#polynomial.int_polynomial<1 + x**1024>``."""

    name = "polynomial.int_polynomial"
    ONE: ClassVar[Any] = 1

    @classmethod
    @override
    def _number(cls, parser: AttrParser) -> int | None:
        return parser.parse_optional_integer(allow_boolean=False)

    @classmethod
    def cyclotomic(cls, degree: int) -> IntPolynomialAttr:
        """``1 + x**degree``; irreducible if the degree is a power of two."""
        return cls(((1, 0), (1, degree)))

    def identifier(self) -> str:
        """The polynomial as part of an alias name, as HEIR writes it: ``1_x1024``."""
        return "_".join(_term_text(c, e).replace("**", "").replace("-", "_") for c, e in self.data)


@irdl_attr_definition
class FloatPolynomialAttr(_Terms[float]):
    """A polynomial with real coefficients: ``#polynomial.float_polynomial<0.5 + 1.5x**2>``."""

    name = "polynomial.float_polynomial"
    ONE: ClassVar[Any] = 1.0

    @classmethod
    @override
    def _number(cls, parser: AttrParser) -> float | None:
        number = parser.parse_optional_number()
        return None if number is None else float(number)


@cache_hash
@irdl_attr_definition
class RingAttr(ParametrizedAttribute, AliasedAttribute):
    """The polynomials over a coefficient type, modulo a polynomial if one is given.

    #polynomial.ring<coefficientType = !rns.rns<…>, polynomialModulus = <1 + x**8192>>
    """

    name = "polynomial.ring"

    coefficient_type: Attribute
    polynomial_modulus: IntPolynomialAttr | NoneAttr

    @classmethod
    def get(cls, coefficient_type: Attribute, degree: int | None = None) -> RingAttr:
        """The ring over ``coefficient_type``, modulo ``x**degree + 1`` if a degree is given."""
        modulus = NoneAttr() if degree is None else IntPolynomialAttr.cyclotomic(degree)
        return cls(coefficient_type, modulus)

    @property
    def degree(self) -> int | None:
        """Degree of the modulus, if there is one."""
        modulus = self.polynomial_modulus
        return modulus.degree if isinstance(modulus, IntPolynomialAttr) else None

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            parser.parse_keyword("coefficientType")
            parser.parse_punctuation("=")
            coefficient_type = parser.parse_type()
            modulus: Attribute = NoneAttr()
            if parser.parse_optional_punctuation(",") is not None:
                parser.parse_keyword("polynomialModulus")
                parser.parse_punctuation("=")
                modulus = _parse_modulus(parser)
        return (coefficient_type, modulus)

    @override
    def print_parameters(self, printer: Printer) -> None:
        printer.print_string("<coefficientType = ")
        printer.print_attribute(self.coefficient_type)
        if isinstance(self.polynomial_modulus, IntPolynomialAttr):
            printer.print_string(", polynomialModulus = ")
            self.polynomial_modulus.print_parameter(printer)
        printer.print_string(">")

    @override
    def alias_name(self) -> str:
        name = f"ring_{coefficient_alias(self)}"
        if isinstance(self.polynomial_modulus, IntPolynomialAttr):
            name += f"_{self.polynomial_modulus.identifier()}"
        return name


def _parse_modulus(parser: AttrParser) -> Attribute:
    attribute = parser.parse_optional_attribute()
    if attribute is None:
        return IntPolynomialAttr(IntPolynomialAttr.parse_parameter(parser))
    if not isinstance(attribute, IntPolynomialAttr):
        parser.raise_error(f"expected an attribute {IntPolynomialAttr.name}, got {attribute}")
    return attribute


def coefficient_alias(ring: RingAttr) -> str:
    """The coefficient type as part of an alias name."""
    coefficient_type = ring.coefficient_type
    if isinstance(coefficient_type, AliasedAttribute):
        return coefficient_type.alias_name()
    if isinstance(coefficient_type, BuiltinAttribute):
        return str(coefficient_type)
    return "other"


class Form(StrEnum):
    """How a polynomial is represented."""

    COEFF = "coeff"
    """By its coefficients."""
    EVAL = "eval"
    """By its values at the roots of the modulus (after a number-theoretic transform)."""


@irdl_attr_definition
class FormAttr(EnumAttribute[Form]):
    """The representation of a polynomial as an attribute."""

    name = "polynomial.form"


COEFF = FormAttr(Form.COEFF)
EVAL = FormAttr(Form.EVAL)


@cache_hash
@irdl_attr_definition
class PolynomialType(StructAttribute, TypeAttribute, AliasedAttribute):
    """An element of a polynomial ring: ``!polynomial.polynomial<ring = #ring, form = eval>``."""

    name = "polynomial.polynomial"

    ring: RingAttr
    form: FormAttr

    FIELDS: ClassVar[Sequence[Field]] = (
        Field("ring", Stripped(RingAttr)),
        Field("form", Keyword(FormAttr), COEFF),
    )

    @override
    def alias_name(self) -> str:
        return "poly"


@irdl_attr_definition
class TypedIntPolynomialAttr(ParametrizedAttribute, SpacedOpaqueSyntaxAttribute):
    """An integer polynomial with its type: ``#polynomial<typed_int_polynomial <1 + x> : !poly>``."""

    name = "polynomial.typed_int_polynomial"

    type: Attribute
    value: IntPolynomialAttr

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        value = IntPolynomialAttr(IntPolynomialAttr.parse_parameter(parser))
        parser.parse_punctuation(":")
        return (parser.parse_type(), value)

    @override
    def print_parameters(self, printer: Printer) -> None:
        print_typed(printer, self.value, self.type)


@irdl_attr_definition
class TypedFloatPolynomialAttr(ParametrizedAttribute, SpacedOpaqueSyntaxAttribute):
    """A real polynomial with its type: ``#polynomial<typed_float_polynomial <1.5x> : !poly>``."""

    name = "polynomial.typed_float_polynomial"

    type: Attribute
    value: FloatPolynomialAttr

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        value = FloatPolynomialAttr(FloatPolynomialAttr.parse_parameter(parser))
        parser.parse_punctuation(":")
        return (parser.parse_type(), value)

    @override
    def print_parameters(self, printer: Printer) -> None:
        print_typed(printer, self.value, self.type)


def print_typed(printer: Printer, value: IntPolynomialAttr | FloatPolynomialAttr, type: Attribute) -> None:
    """Write ``<1 + x> : !poly``."""
    value.print_parameter(printer)
    printer.print_string(" : ")
    printer.print_attribute(type)


@irdl_attr_definition
class RNSPolynomialAttr(ParametrizedAttribute, SpacedOpaqueSyntaxAttribute):
    """A polynomial over a residue number system: one row of coefficients, or values, per modulus."""

    name = "polynomial.rns_polynomial"

    coefficients: DenseIntOrFPElementsAttr[IntegerType]
    type: PolynomialType
    form: FormAttr

    def verify(self) -> None:
        modulus = self.type.ring.polynomial_modulus
        if not isinstance(modulus, IntPolynomialAttr):
            raise VerifyException("the ring must have a polynomial modulus")
        if [term[0] for term in modulus.data] != [1, 1] or modulus.data[0][1] != 0:
            raise VerifyException(f"the polynomial modulus must be 1 + x**n, got {modulus}")

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        form = COEFF
        with parser.in_angle_brackets():
            coefficients = parser.parse_attribute()
            if parser.parse_optional_punctuation(",") is not None:
                form = FormAttr(FormAttr.parse_parameter(parser))
        parser.parse_punctuation(":")
        return (coefficients, parser.parse_type(), form)

    @override
    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_attribute(self.coefficients)
            if self.form != COEFF:
                printer.print_string(f", {self.form.data.value}")
        printer.print_string(" : ")
        printer.print_attribute(self.type)


class _TypedValue(Syntax):
    """An attribute that heir-opt writes with its type behind it, although its parameters say the type."""

    @override
    def parse(self, parser: AttrParser) -> Attribute:
        value = parser.parse_attribute()
        if parser.parse_optional_punctuation(":") is not None:
            parser.parse_type()
        return value

    @override
    def print(self, printer: Printer, attribute: Attribute) -> None:
        printer.print_attribute(attribute)


@irdl_attr_definition
class PrimitiveRootAttr(StructAttribute):
    """A root of unity with its degree: ``#polynomial.primitive_root<value = #v, degree = 16 : i32>``."""

    name = "polynomial.primitive_root"

    value: Attribute
    degree: IntegerAttr[IntegerType]

    FIELDS: ClassVar[Sequence[Field]] = (Field("value", _TypedValue()), Field("degree", ATTRIBUTE))


TypedPolynomialAttr: TypeAlias = (
    TypedIntPolynomialAttr | TypedFloatPolynomialAttr | TypedChebyshevPolynomialAttr | RNSPolynomialAttr
)
