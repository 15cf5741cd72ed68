"""The textual forms that HEIR's dialects share: structs of named parameters, and named properties.

HEIR's attributes and types print their parameters by name, leaving out those that have their default
value:

    #lwe.ciphertext_space<ring = #ring, encryption_type = mix, size = 3>

Its operations print their properties in the same way, before the attributes:

    %1 = ckks.rotate %0 <static_shift = 4 : index> {tag = "a"} : !ct

This is MLIR's "strict properties" form, in which a property in the attribute dictionary is an error.
:class:`StructAttribute` and :class:`PropertyOp` assemble both from the pieces of
:mod:`he_dialects.syntax`.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Self, cast

from typing_extensions import TypeVar, override
from xdsl.ir import Attribute, Operation, ParametrizedAttribute, SSAValue, TypeAttribute
from xdsl.irdl import IRDLOperation
from xdsl.parser import AttrParser, Parser, UnresolvedOperand
from xdsl.printer import Printer

from he_dialects.interning import Parameters, remembered
from he_dialects.printing import AliasedAttribute
from he_dialects.syntax import (
    ATTRIBUTE,
    BOOL,
    F64_ARRAY,
    I32_ARRAY,
    I64,
    I64_ARRAY,
    INDEX,
    INT,
    Keyword,
    Stripped,
    Syntax,
    bool_attr,
)

# A dialect's definition needs the pieces as well as the assembly: this module offers both.
__all__ = [
    "ATTRIBUTE",
    "BOOL",
    "F64_ARRAY",
    "I32_ARRAY",
    "I64",
    "I64_ARRAY",
    "INDEX",
    "INT",
    "Field",
    "Keyword",
    "OpaqueType",
    "PropertyOp",
    "Stripped",
    "StructAttribute",
    "Syntax",
    "TypeSignature",
    "bool_attr",
    "cache_hash",
    "element_type",
    "parse_fields",
    "parse_operands",
    "print_fields",
]


@dataclass(frozen=True)
class Field:
    """A named parameter of a struct attribute.

    ``default`` is the value of a parameter that isn't written; without it the parameter is required.
    """

    name: str
    syntax: Syntax
    default: Attribute | None = None


def parse_fields(parser: AttrParser, fields: Sequence[Field]) -> list[Attribute]:
    """Read ``name = value, …`` in any order; the values in the order of ``fields``."""
    start = parser.pos
    by_name = {field.name: field for field in fields}
    values: dict[str, Attribute] = {}

    def parse_field() -> None:
        name = parser.parse_identifier(" as the name of a parameter")
        if name not in by_name or name in values:
            expected = ", ".join(n for n in by_name if n not in values)
            parser.raise_error(f"unexpected parameter {name!r}, expected one of: {expected}")
        parser.parse_punctuation("=")
        values[name] = by_name[name].syntax.parse(parser)

    parser.parse_comma_separated_list(parser.Delimiter.ANGLE, parse_field)
    for field in fields:
        if field.name not in values:
            if field.default is None:
                parser.raise_error(f"missing parameter {field.name!r}", start, start + 1)
            values[field.name] = field.default
    return [values[field.name] for field in fields]


def print_fields(printer: Printer, fields: Sequence[Field], values: Sequence[Attribute]) -> None:
    """Write ``<name = value, …>`` without the parameters that have their default value."""

    def print_field(pair: tuple[Field, Attribute]) -> None:
        field, value = pair
        printer.print_string(f"{field.name} = ")
        field.syntax.print(printer, value)

    written = [(f, v) for f, v in zip(fields, values, strict=True) if v != f.default]
    with printer.in_angle_brackets():
        printer.print_list(written, print_field)


class StructAttribute(ParametrizedAttribute, ABC):
    """An attribute or type whose parameters are written by name."""

    FIELDS: ClassVar[Sequence[Field]] = ()
    """One entry per parameter, in their order."""

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        return remembered(parser, cls, lambda: Parameters(parse_fields(parser, cls.FIELDS)))

    @classmethod
    @override
    def new(cls, params: Sequence[Attribute]) -> Self:
        if not isinstance(params, Parameters):
            return super().new(params)
        if params.attribute is None:
            params.attribute = super().new(params)
        return cast(Self, params.attribute)

    @override
    def print_parameters(self, printer: Printer) -> None:
        print_fields(printer, self.FIELDS, self.parameters)


class OpaqueType(ParametrizedAttribute, TypeAttribute, AliasedAttribute, ABC):
    """A type without parameters: an object of a library."""

    ALIAS: ClassVar[str]

    @override
    def alias_name(self) -> str:
        return self.ALIAS


ClassT = TypeVar("ClassT", bound=type[Attribute])


def cache_hash(cls: ClassT) -> ClassT:
    """Class decorator: compute the hash of an attribute once per object.

    Nested attributes of many primes are looked up all the time, and the hash that dataclasses generate
    walks the whole tree.
    """
    compute = cast("Callable[[Attribute], int]", cls.__hash__)

    def cached(self: Attribute) -> int:
        value: int | None = self.__dict__.get("_hash")
        if value is None:
            value = compute(self)
            object.__setattr__(self, "_hash", value)  # attributes are frozen
        return value

    type.__setattr__(cls, "__hash__", cached)
    return cls


class TypeSignature(Enum):
    """What follows the colon of an operation; the members name the parts that are written."""

    FUNCTIONAL = "(operands) -> results"
    SHARED = "the one type of all operands and results"
    ARROW = "operand -> result"
    TO = "operand to result"


class PropertyOp(IRDLOperation, ABC):
    """An operation in HEIR's default form: operands, ``<properties>``, ``{attributes}``, types."""

    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {}
    """How the properties are written, in the order in which they are."""

    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.FUNCTIONAL

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        operands = parse_operands(parser)
        properties = cls.parse_properties(parser)
        attributes = cls.parse_attributes(parser)
        position = parser.pos
        parser.parse_punctuation(":")
        operand_types, result_types = _parse_signature(parser, cls.SIGNATURE, len(operands))
        return cls.create(
            operands=parser.resolve_operands(operands, operand_types, position),
            result_types=result_types,
            properties=properties,
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        if self.operands:
            printer.print_string(" ")
            printer.print_list(self.operands, printer.print_operand)
        self.print_properties(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        _print_signature(printer, self.SIGNATURE, self)

    @classmethod
    def parse_properties(cls, parser: Parser) -> dict[str, Attribute]:
        """Read the optional ``<name = value, …>``."""
        return dict(remembered(parser, cls.name, lambda: cls._parse_properties(parser)))

    @classmethod
    def _parse_properties(cls, parser: Parser) -> dict[str, Attribute]:
        if parser.parse_optional_punctuation("<") is None:
            return {}
        properties: dict[str, Attribute] = {}
        while True:
            name = parser.parse_identifier(" as the name of a property")
            if name not in cls.PROPERTIES or name in properties:
                parser.raise_error(f"unexpected property {name!r} of {cls.name}")
            parser.parse_punctuation("=")
            properties[name] = cls.PROPERTIES[name].parse(parser)
            if parser.parse_optional_punctuation(",") is None:
                break
        parser.parse_punctuation(">")
        return properties

    @classmethod
    def parse_attributes(cls, parser: Parser) -> dict[str, Attribute]:
        """Read the optional attribute dictionary, in which properties are refused."""
        attributes = parser.parse_optional_attr_dict()
        for name in cls.PROPERTIES:
            if name in attributes:
                parser.raise_error(f"property {name!r} of {cls.name} must be written in <…>, not in {{…}}")
        return attributes

    def print_properties(self, printer: Printer) -> None:
        """Write ``<name = value, …>`` without the properties that have their default value."""
        definitions = self.get_irdl_definition().properties
        written = [
            (name, syntax, value)
            for name, syntax in self.PROPERTIES.items()
            if (value := self.properties.get(name)) is not None and value != definitions[name].default_value
        ]
        if not written:
            return

        def print_property(entry: tuple[str, Syntax, Attribute]) -> None:
            name, syntax, value = entry
            printer.print_string(f"{name} = ")
            syntax.print(printer, value)

        printer.print_string(" ")
        with printer.in_angle_brackets():
            printer.print_list(written, print_property)


def parse_operands(parser: Parser) -> list[UnresolvedOperand]:
    """Read operands separated by commas, possibly none."""
    return (
        parser.parse_optional_undelimited_comma_separated_list(
            parser.parse_optional_unresolved_operand, parser.parse_unresolved_operand
        )
        or []
    )


def _parse_signature(
    parser: Parser, signature: TypeSignature, operands: int
) -> tuple[Sequence[Attribute], Sequence[Attribute]]:
    """Types of the operands and of the results."""
    match signature:
        case TypeSignature.FUNCTIONAL:
            function_type = parser.parse_function_type()
            return function_type.inputs.data, function_type.outputs.data
        case TypeSignature.SHARED:
            shared = parser.parse_type()
            return [shared] * operands, [shared]
        case TypeSignature.ARROW:
            operand = parser.parse_type()
            parser.parse_punctuation("->")
        case TypeSignature.TO:
            operand = parser.parse_type()
            parser.parse_keyword("to")
    return [operand], [parser.parse_type()]


def _print_signature(printer: Printer, signature: TypeSignature, op: Operation) -> None:
    match signature:
        case TypeSignature.FUNCTIONAL:
            printer.print_function_type(op.operand_types, op.result_types)
            return
        case TypeSignature.SHARED:
            printer.print_attribute(op.results[0].type)
            return
        case TypeSignature.ARROW:
            arrow = " -> "
        case TypeSignature.TO:
            arrow = " to "
    printer.print_attribute(op.operands[0].type)
    printer.print_string(arrow)
    printer.print_attribute(op.results[0].type)


def element_type(value: SSAValue | Attribute) -> Attribute:
    """The type of a value, or of the elements if it is a tensor or another container."""
    value_type = value.type if isinstance(value, SSAValue) else value
    get_element_type = getattr(value_type, "get_element_type", None)
    return value_type if get_element_type is None else get_element_type()
