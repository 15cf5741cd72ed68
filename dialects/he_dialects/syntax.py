"""How HEIR writes one parameter of an attribute, or one property of an operation.

A :class:`Syntax` reads and writes the value behind ``name =``. Numbers of a fixed type are written without
it, arrays of numbers as plain lists, and attributes of a fixed kind by their alias or by their parameters
alone:

    <levelToDrop = 2>    <from_basis = [0, 1, 2]>    <ring = <coefficientType = i32>>
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, cast

from typing_extensions import TypeVar
from xdsl.dialects.arith import CMPI_COMPARISON_OPERATIONS
from xdsl.dialects.builtin import (
    DenseArrayBase,
    Float64Type,
    FloatAttr,
    IndexType,
    IntAttr,
    IntegerAttr,
    IntegerType,
    f64,
    i1,
    i8,
    i32,
    i64,
)
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Attribute, ParametrizedAttribute
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.str_enum import StrEnum

from he_dialects.printing import AliasPrinter

StructT = TypeVar("StructT", bound=ParametrizedAttribute)


class Syntax(ABC):
    """How one parameter or property is written."""

    @abstractmethod
    def parse(self, parser: AttrParser) -> Attribute:
        """Read the value after ``name =``."""

    @abstractmethod
    def print(self, printer: Printer, attribute: Attribute) -> None:
        """Write the value after ``name =``."""


class _Full(Syntax):
    def parse(self, parser: AttrParser) -> Attribute:
        return parser.parse_attribute()

    def print(self, printer: Printer, attribute: Attribute) -> None:
        printer.print_attribute(attribute)


class _Integer(Syntax):
    def __init__(self, wrap: Callable[[int], Attribute]) -> None:
        self._wrap = wrap

    def parse(self, parser: AttrParser) -> Attribute:
        return self._wrap(parser.parse_integer())

    def print(self, printer: Printer, attribute: Attribute) -> None:
        printer.print_string(str(_integer(attribute)))


class _Boolean(Syntax):
    def parse(self, parser: AttrParser) -> Attribute:
        return IntegerAttr(int(parser.parse_boolean()), i1)

    def print(self, printer: Printer, attribute: Attribute) -> None:
        printer.print_string("true" if _integer(attribute) else "false")


def _integer(attribute: Attribute) -> int:
    if isinstance(attribute, IntegerAttr):
        return cast("IntegerAttr[IntegerType | IndexType]", attribute).value.data
    return cast("IntAttr[int]", attribute).data


class _IntegerArray(Syntax):
    def __init__(self, element: IntegerType) -> None:
        self._element = element

    def parse(self, parser: AttrParser) -> Attribute:
        values = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_integer)
        return DenseArrayBase.from_list(self._element, values)

    def print(self, printer: Printer, attribute: Attribute) -> None:
        values = cast("DenseArrayBase[IntegerType]", attribute).get_values()
        printer.print_string(f"[{', '.join(map(str, values))}]")


class _FloatArray(Syntax):
    def parse(self, parser: AttrParser) -> Attribute:
        values = parser.parse_comma_separated_list(
            parser.Delimiter.SQUARE, lambda: float(parser.parse_number())
        )
        return DenseArrayBase.from_list(f64, values)

    def print(self, printer: Printer, attribute: Attribute) -> None:
        values = cast("DenseArrayBase[IntegerType]", attribute).get_values()
        with printer.in_square_brackets():
            printer.print_list(values, lambda value: printer.print_float(value, f64))


class _Float(Syntax):
    def parse(self, parser: AttrParser) -> Attribute:
        return FloatAttr(float(parser.parse_number()), f64)

    def print(self, printer: Printer, attribute: Attribute) -> None:
        printer.print_float(cast("FloatAttr[Float64Type]", attribute).value.data, f64)


class _Predicate(Syntax):
    def parse(self, parser: AttrParser) -> Attribute:
        predicate = parser.parse_identifier(" as a predicate")
        if predicate not in CMPI_COMPARISON_OPERATIONS:
            expected = ", ".join(CMPI_COMPARISON_OPERATIONS)
            parser.raise_error(f"unknown predicate {predicate!r}, expected one of: {expected}")
        return IntegerAttr(CMPI_COMPARISON_OPERATIONS.index(predicate), i64)

    def print(self, printer: Printer, attribute: Attribute) -> None:
        printer.print_string(CMPI_COMPARISON_OPERATIONS[_integer(attribute)])


EnumT = TypeVar("EnumT", bound=StrEnum)


@dataclass(frozen=True)
class Keyword(Syntax, Generic[EnumT]):
    """A bare keyword: the value of an enumeration."""

    kind: type[EnumAttribute[EnumT]]

    def parse(self, parser: AttrParser) -> Attribute:
        return self.kind(self.kind.parse_parameter(parser))

    def print(self, printer: Printer, attribute: Attribute) -> None:
        printer.print_string(cast("EnumAttribute[StrEnum]", attribute).data.value)


@dataclass(frozen=True)
class Stripped(Syntax, Generic[StructT]):
    """An attribute of known kind: its alias, its full form, or its parameters alone."""

    kind: type[StructT]

    def parse(self, parser: AttrParser) -> StructT:
        attribute = parser.parse_optional_attribute()
        if attribute is None:
            return self.kind.new(self.kind.parse_parameters(parser))
        if not isinstance(attribute, self.kind):
            parser.raise_error(f"expected an attribute of kind {self.kind.name}, got {attribute}")
        return attribute

    def print(self, printer: Printer, attribute: Attribute) -> None:
        if isinstance(printer, AliasPrinter) and (alias := printer.alias(attribute)) is not None:
            printer.print_string(alias)
        else:
            cast(ParametrizedAttribute, attribute).print_parameters(printer)


ATTRIBUTE: Syntax = _Full()
"""Any attribute or type, as it prints anywhere."""
INT: Syntax = _Integer(IntAttr)
"""A number that has no type of its own."""
I32: Syntax = _Integer(lambda value: IntegerAttr(value, i32))
I64: Syntax = _Integer(lambda value: IntegerAttr(value, i64))
INDEX: Syntax = _Integer(lambda value: IntegerAttr(value, IndexType()))
BOOL: Syntax = _Boolean()
I8_ARRAY: Syntax = _IntegerArray(i8)
I32_ARRAY: Syntax = _IntegerArray(i32)
I64_ARRAY: Syntax = _IntegerArray(i64)
F64: Syntax = _Float()
F64_ARRAY: Syntax = _FloatArray()
PREDICATE: Syntax = _Predicate()
"""The keyword of a comparison of integers, kept as ``arith.cmpi`` keeps it."""


def bool_attr(value: bool) -> IntegerAttr[IntegerType]:
    """A boolean as MLIR keeps it: an integer of one bit."""
    return IntegerAttr(int(value), i1)
