"""Parsing of modules, with the place in the text kept on every operation that has no location of its own.

So an error found later, by a verifier or at run time, can say where it is, as it does in MLIR.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from xdsl.context import Context
from xdsl.dialects.builtin import FileLineColLoc, IntAttr, ModuleOp, StringAttr, UnknownLoc
from xdsl.ir import Operation
from xdsl.parser import Parser
from xdsl.utils.exceptions import VerifyException

from he_dialects.universe import register_dialects

LOCATION_ALIAS = re.compile(r"^(?P<name>#loc\w*) = (?P<location>loc\(.*\))$", re.MULTILINE)


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
