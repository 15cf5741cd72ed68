"""Parsing of modules, with the place in the text kept on every operation that has no location of its own.

So an error found later, by a verifier or at run time, can say where it is, as it does in MLIR.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from typing_extensions import TypeVar, override
from xdsl.context import Context
from xdsl.dialect_interfaces.op_asm import OpAsmDialectInterface
from xdsl.dialects.builtin import (
    AnyFloat,
    ComplexType,
    DenseResourceAttr,
    FileLineColLoc,
    IndexType,
    IntAttr,
    IntegerType,
    LocationAttr,
    ModuleOp,
    ShapedType,
    StringAttr,
    UnknownLoc,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.parser import AttrParser, Parser, UnresolvedOperand
from xdsl.parser.generic_parser import ParserState
from xdsl.utils.exceptions import ParseError, VerifyException
from xdsl.utils.lexer import Input, Span
from xdsl.utils.mlir_lexer import MLIRLexer

from he_dialects.resources import read_blobs, resource
from he_dialects.universe import register_dialects

AttributeT = TypeVar("AttributeT", bound=Attribute, covariant=True)

LOCATION_ALIAS = re.compile(r"^(?P<name>#loc\w*) = (?P<location>loc\(.*\))$", re.MULTILINE)


EXPECTED = {
    "Could not parse entire input!": "an operation or an alias",
    "in block definition": "an operation or the end of the region",
}
"""What was expected where xDSL says this of a text."""
NOT_DEFINED = re.compile(r"values used but not defined: \[%(\w+)")


class _BitPattern(AttrParser._TensorLiteralElement):  # pyright: ignore[reportPrivateUsage]
    """An element in hex: of floating-point numbers it gives the bits, as for infinities and NaN."""

    @override
    def to_float(self, parser: AttrParser) -> float:
        parser.raise_error("hex is no number of this type", self.span)

    @override
    def to_type(self, parser: AttrParser, type: AnyFloat | IntegerType | IndexType | ComplexType) -> Any:
        if not isinstance(type, AnyFloat):
            return super().to_type(parser, type)
        try:
            return type.unpack(cast(int, self.value).to_bytes(type.compile_time_size, "little"), 1)[0]
        except OverflowError:
            parser.raise_error(f"hex of more bits than {type} has", self.span)


@dataclass
class _LocatedArgument(Parser.UnresolvedArgument):
    """An argument whose type isn't known yet, with its place."""

    location: LocationAttr | None

    @override
    def resolve(self, type: Attribute) -> Parser.Argument:
        return Parser.Argument(self.name, type, self.location)


class _Lexer(MLIRLexer):
    """xDSL's lexer, but for its pattern of string literals: it takes exponential time if one isn't closed."""

    _unescaped_characters_regex = re.compile(r'"(?:[^"\\\n\v\f]++|\\(?:["nt\\]|[0-9A-Fa-f]{2}))*+"')


class LocatingParser(Parser):
    """A parser that gives operations without ``loc(…)`` the file, line and column where they stand."""

    def __init__(self, ctx: Context, input: str, name: str = "<unknown>") -> None:
        if (nul := input.find("\0")) >= 0:
            # In a string literal it would keep xDSL's lexer from ever coming to an end.
            raise ParseError(Span(nul, nul + 1, Input(input, name)), "unexpected NUL character")
        super().__init__(ctx, "", name)
        self._parser_state = ParserState(_Lexer(Input(input, name)))
        self._file = StringAttr(name)
        self._first_uses = dict[str, Span]()
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", input))]
        self._locations = set[str]()
        self._read_location_aliases(input)
        self._blobs = read_blobs(input)

    def _read_location_aliases(self, text: str) -> None:
        """Define the aliases of locations ahead of everything: MLIR prints most of them after their uses."""
        for match in LOCATION_ALIAS.finditer(text):
            parser = LocatingParser(self.ctx, match["location"], self._file.data)
            parser.attribute_aliases.update(self.attribute_aliases)
            try:
                self.attribute_aliases[match["name"]] = parser.parse_attribute()
            except ParseError:
                continue  # reported at its place, when the text is read from the front
            self._locations.add(match["name"])

    def _parse_alias_def(self) -> None:
        span = self._current_token.span
        name = span.text
        if name in self._locations:
            self._locations.remove(name)
            del self.attribute_aliases[name]
        try:
            super()._parse_alias_def()
        except VerifyException as error:
            self.raise_error(str(error), span)

    @override
    def resolve_operand(self, operand: UnresolvedOperand, type: AttributeT) -> SSAValue[AttributeT]:
        if operand.operand_name not in self.ssa_values:
            self._first_uses.setdefault(operand.operand_name, operand.span)
        return super().resolve_operand(operand, type)

    @override
    def parse_optional_argument(self, expect_type: bool = True) -> Any:
        argument = super().parse_optional_argument(expect_type)
        if argument is None or self._current_token.text != "loc":
            return argument
        location = self.parse_optional_location()
        if isinstance(argument, Parser.Argument):
            argument.location = location
            return argument
        return _LocatedArgument(argument.name, location)

    @override
    def _parse_builtin_dense_resource_attr(self) -> DenseResourceAttr:
        return self.parse_resource()

    def parse_resource(self, kind: Attribute | None = None) -> DenseResourceAttr:
        """Read the name of a constant, ``<name>``, and ``: type`` unless ``kind`` is known to be the type."""
        with self.in_angle_brackets():
            name = self.parse_identifier(" for resource handle")
        if kind is None:
            self.parse_punctuation(":")
            kind = self.parse_type()
        if not isinstance(kind, ShapedType):
            self.raise_error(f"dense resource should have a shaped type, got: {kind}")
        return resource(name, kind, self._blobs)

    @override
    def _parse_tensor_literal_element(self) -> AttrParser._TensorLiteralElement:  # pyright: ignore[reportPrivateUsage]
        span = self._current_token.span
        element = super()._parse_tensor_literal_element()
        return _BitPattern(False, element.value, element.span) if span.text[:2] == "0x" else element

    @override
    def _parse_attribute_entry(self) -> tuple[str, Attribute]:
        name, value = super()._parse_attribute_entry()
        # heir-opt repeats the type behind constant polynomials, which say it themselves.
        if self.parse_optional_punctuation(":") is not None:
            self.parse_type()
        return name, value

    @override
    def _parse_resource(self, dialect_name: str, interface: OpAsmDialectInterface) -> None:
        # The values were read ahead: they stand behind the attributes that need them.
        self.parse_identifier(" for resource handle")
        self.parse_punctuation(":")
        self.parse_str_literal()

    def parse_operation(self) -> Operation:
        span = self._current_token.span
        try:
            op = super().parse_operation()
        except VerifyException as error:
            # Types that make no valid operation are found while it is built, by code that knows no place.
            self.raise_error(str(error), span)
        except ParseError:
            raise
        except Exception as error:
            self._refuse(error)
        if isinstance(op.location, UnknownLoc):
            line, column = self.line_and_column(span.start)
            op.location = FileLineColLoc(self._file, IntAttr(line), IntAttr(column))
        return op

    @override
    def parse_module(self, allow_implicit_module: bool = True) -> ModuleOp:
        try:
            return super().parse_module(allow_implicit_module)
        except ParseError as error:
            if (expected := EXPECTED.get(error.msg.strip())) is not None:
                raise ParseError(error.span, f"expected {expected}") from error
            if (undefined := NOT_DEFINED.match(error.msg)) is not None:
                span = self._first_uses.get(undefined[1], error.span)
                raise ParseError(span, f"value %{undefined[1]} is used but not defined") from error
            raise
        except Exception as error:
            self._refuse(error)

    def _refuse(self, error: Exception) -> NoReturn:
        """Report what code found that knows no place.

        These are the rules of attributes and numbers out of range, but also whatever text makes a parser
        stumble that took it to be well-formed.
        """
        if isinstance(error, RecursionError):
            self.raise_error("nested too deeply")
        known = isinstance(error, VerifyException | ValueError | OverflowError)
        self.raise_error(str(error) if known else f"malformed text: {type(error).__name__}: {error}")

    def line_and_column(self, position: int) -> tuple[int, int]:
        """Line and column, counted from 1, of a position in the text."""
        line = bisect_right(self._line_starts, position)
        return line, position - self._line_starts[line - 1] + 1


def parse_module(text: str, name: str = "<unknown>", *, context: Context | None = None) -> ModuleOp:
    """Parse a module.

    Args:
        text: the module's text.
        name: the file's name, for locations and messages.
        context: the dialects known; by default all of xDSL and all of this package.

    Raises:
        ParseError: the text isn't well-formed.
    """
    if context is None:
        context = Context()
        register_dialects(context)
    return LocatingParser(context, text, name).parse_module()
