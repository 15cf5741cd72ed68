"""Parsing of modules, with the place in the text kept on every operation that has no location of its own.

So an error found later, by a verifier or at run time, can say where it is, as it does in MLIR.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, cast

from typing_extensions import override
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
from xdsl.ir import Attribute, Operation
from xdsl.parser import AttrParser, Parser
from xdsl.utils.exceptions import VerifyException

from he_dialects.resources import read_blobs, resource
from he_dialects.universe import register_dialects

LOCATION_ALIAS = re.compile(r"^(?P<name>#loc\w*) = (?P<location>loc\(.*\))$", re.MULTILINE)


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


class LocatingParser(Parser):
    """A parser that gives operations without ``loc(…)`` the file, line and column where they stand."""

    def __init__(self, ctx: Context, input: str, name: str = "<unknown>") -> None:
        super().__init__(ctx, input, name)
        self._file = StringAttr(name)
        self._line_starts = [0]
        for line in input.splitlines(keepends=True):
            self._line_starts.append(self._line_starts[-1] + len(line))
        self._locations = set[str]()
        self._read_location_aliases(input)
        self._blobs = read_blobs(input)

    def _read_location_aliases(self, text: str) -> None:
        """Define the aliases of locations ahead of everything: MLIR prints most of them after their uses."""
        for match in LOCATION_ALIAS.finditer(text):
            parser = Parser(self.ctx, match["location"], self._file.data)
            parser.attribute_aliases.update(self.attribute_aliases)
            self.attribute_aliases[match["name"]] = parser.parse_attribute()
            self._locations.add(match["name"])

    def _parse_alias_def(self) -> None:
        name = self._current_token.text
        if name in self._locations:
            self._locations.remove(name)
            del self.attribute_aliases[name]
        super()._parse_alias_def()

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
        with self.in_angle_brackets():
            name = self.parse_identifier(" for resource handle")
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
        if isinstance(op.location, UnknownLoc):
            line, column = self.line_and_column(span.start)
            op.location = FileLineColLoc(self._file, IntAttr(line), IntAttr(column))
        return op

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
