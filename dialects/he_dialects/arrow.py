"""Operations whose types are written ``operands -> results``, without parentheses.

    %1 = kernel.apply_linear_transform %x, %0 : tensor<8xf32>, <level = 1, …> -> tensor<8xf32>
    key_mgmt.clear_key %k : <rotation_index = 4>

Where an operand or result can only be of one kind of type, its parameters stand for it, unless it has an
alias.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from typing_extensions import override
from xdsl.ir import Attribute, ParametrizedAttribute
from xdsl.parser import Parser
from xdsl.printer import Printer

from he_dialects.assembly import PropertyOp, parse_operands
from he_dialects.printing import AliasPrinter


class ArrowOp(PropertyOp, ABC):
    """An operation in the form ``operands <properties> {attributes} : types -> types``."""

    KINDS: ClassVar[Mapping[int, type[ParametrizedAttribute]]] = {}
    """The kind of those operands and results that have one, by their number, results after operands."""

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        operands = parse_operands(parser)
        properties = cls.parse_properties(parser)
        attributes = cls.parse_attributes(parser)
        position = parser.pos
        parser.parse_punctuation(":")
        operand_types = [cls._parse_type(parser, 0)]
        while parser.parse_optional_punctuation(",") is not None:
            operand_types.append(cls._parse_type(parser, len(operand_types)))
        result_types = list[Attribute]()
        if cls.get_irdl_definition().results:
            parser.parse_punctuation("->")
            result_types.append(cls._parse_type(parser, len(operand_types)))
        return cls.create(
            operands=parser.resolve_operands(operands, operand_types, position),
            result_types=result_types,
            properties=properties,
            attributes=attributes,
        )

    @classmethod
    def _parse_type(cls, parser: Parser, number: int) -> Attribute:
        kind = cls.KINDS.get(number)
        value_type = parser.parse_optional_type()
        if value_type is not None:
            return value_type
        if kind is None:
            parser.raise_error("expected a type")
        return kind.new(kind.parse_parameters(parser))

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_operand)
        self.print_properties(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        self._print_types(printer, self.operand_types, 0)
        if self.results:
            printer.print_string(" -> ")
            self._print_types(printer, self.result_types, len(self.operands))

    def _print_types(self, printer: Printer, types: Sequence[Attribute], first: int) -> None:
        def print_type(entry: tuple[int, Attribute]) -> None:
            number, value_type = entry
            if isinstance(printer, AliasPrinter) and (alias := printer.alias(value_type)) is not None:
                printer.print_string(alias)
            elif number in self.KINDS and isinstance(value_type, self.KINDS[number]):
                value_type.print_parameters(printer)
            else:
                printer.print_attribute(value_type)

        printer.print_list(enumerate(types, first), print_type)
