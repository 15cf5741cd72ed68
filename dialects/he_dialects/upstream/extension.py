"""What the extensions of xDSL's dialects share."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from io import StringIO

from xdsl.dialects.builtin import IndexType
from xdsl.ir import Attribute, Dialect, Operation, SSAValue
from xdsl.irdl import IRDLOperation
from xdsl.parser import Parser
from xdsl.printer import Printer


class Redefinition(IRDLOperation, ABC):
    """The first base of an operation that extends one of xDSL's and gives an assembly format.

    xDSL refuses a format where ``parse`` and ``print`` are defined, and it defines them in the operation
    that is extended; here they are again those of :class:`~xdsl.ir.Operation`.
    """

    parse = classmethod(Operation.parse.__func__)  # pyright: ignore[reportAssignmentType]
    print = Operation.print

    def verify_(self) -> None:
        """Only what the extension itself demands: the rules of xDSL's operation are narrower."""


def extended(dialect: Dialect, *operations: type[IRDLOperation]) -> Dialect:
    """A dialect with more operations, which take the place of those of the same name."""
    names = {op.name for op in operations}
    kept = [op for op in dialect.operations if op.name not in names]
    return Dialect(dialect.name, [*kept, *operations], [*dialect.attributes], dialect._interfaces)  # pyright: ignore[reportPrivateUsage]


def parse_index(parser: Parser) -> SSAValue:
    """Read a value of type ``index``."""
    return parser.resolve_operand(parser.parse_unresolved_operand(), IndexType())


def print_without_type(printer: Printer, value: Attribute) -> None:
    """``dense<…>`` without the type that follows it elsewhere."""
    stream = StringIO()
    outer, printer.stream = printer.stream, stream
    printer.print_attribute(value)
    printer.stream = outer
    printer.print_string(stream.getvalue().rpartition(" : ")[0])


def parse_result_types(parser: Parser) -> Sequence[Attribute]:
    """Read ``-> type`` or ``-> (types)``, or nothing."""
    if parser.parse_optional_punctuation("->") is None:
        return ()
    types = parser.parse_optional_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
    return [parser.parse_type()] if types is None else types


def print_result_types(printer: Printer, op: Operation) -> None:
    """Write ``-> type`` or ``-> (types)``, or nothing if there are no results."""
    if not op.results:
        return
    printer.print_string(" -> ")
    if len(op.results) == 1:
        printer.print_attribute(op.results[0].type)
    else:
        with printer.in_parens():
            printer.print_list(op.result_types, printer.print_attribute)


def print_typed_operands(printer: Printer, operands: Sequence[SSAValue]) -> None:
    """Write ``%a, %b : type, type``."""
    printer.print_list(operands, printer.print_ssa_value)
    printer.print_string(" : ")
    printer.print_list([operand.type for operand in operands], printer.print_attribute)


def parse_typed_operands(parser: Parser) -> Sequence[SSAValue]:
    """Read ``(%a, %b : type, type)``."""
    position = parser.pos
    with parser.in_parens():
        operands = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_unresolved_operand)
        parser.parse_punctuation(":")
        types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
    return parser.resolve_operands(operands, types, position)
