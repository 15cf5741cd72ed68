"""HEIR's ``rotom`` dialect: layouts of tensors in ciphertexts, piece by piece of their dimensions.

    #rotom.layout<n = 8, rolls = [(0, 1)], dims = [[0:2:2] | [1:4:1], [R:2:1]]>

Each piece ``[dimension:size:stride]`` is of a dimension of the tensor, of replication (``R``) or of a gap
(``G``). The last pieces, whose sizes multiply to ``n``, are the slots; those before ``|`` count ciphertexts.
A roll ``(i, j)`` turns the index of piece ``i`` by that of piece ``j``. https://eprint.iacr.org/2025/1319
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override
from xdsl.dialects.builtin import ArrayAttr, IntAttr
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from he_dialects.assembly import Field, StructAttribute
from he_dialects.syntax import ATTRIBUTE

REPLICATION, GAP = -1, -2
LETTERS = {REPLICATION: "R", GAP: "G"}
"""How pieces that belong to no dimension are written."""


def _is_power_of_two(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0


@irdl_attr_definition
class DimAttr(ParametrizedAttribute):
    """A piece of a dimension."""

    name = "rotom.dim"

    dim: IntAttr
    size: IntAttr
    stride: IntAttr

    def verify(self) -> None:
        if self.dim.data < GAP:
            raise VerifyException(f"`dim` must be >= {GAP}, got {self.dim.data}")
        for name, value in (("size", self.size), ("stride", self.stride)):
            if value.data <= 0:
                raise VerifyException(f"`{name}` must be > 0, got {value.data}")

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return cls.parse_piece(parser).parameters

    @classmethod
    def parse_piece(cls, parser: AttrParser) -> DimAttr:
        """Read ``[dimension:size:stride]``, of which the stride may be left out."""
        with parser.in_square_brackets():
            dimension = _parse_dimension(parser)
            parser.parse_punctuation(":")
            size = parser.parse_integer()
            stride = 1 if parser.parse_optional_punctuation(":") is None else parser.parse_integer()
        return DimAttr(IntAttr(dimension), IntAttr(size), IntAttr(stride))

    @override
    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            self.print_piece(printer)

    def print_piece(self, printer: Printer) -> None:
        """Write ``[dimension:size:stride]``."""
        dimension = LETTERS.get(self.dim.data, str(self.dim.data))
        printer.print_string(f"[{dimension}:{self.size.data}:{self.stride.data}]")


def _parse_dimension(parser: AttrParser) -> int:
    for number, letter in LETTERS.items():
        if parser.parse_optional_keyword(letter) is not None:
            return number
    return parser.parse_integer()


@irdl_attr_definition
class LayoutAttr(ParametrizedAttribute):
    """The pieces of a tensor's dimensions in the order in which they stand in ciphertexts and slots."""

    name = "rotom.layout"

    dims: ArrayAttr[DimAttr]
    n: IntAttr
    rolls: ArrayAttr[IntAttr]

    @property
    def ciphertext_pieces(self) -> int:
        """The number of pieces that count ciphertexts: those before the slots."""
        extent, first = 1, len(self.dims)
        while first and extent * self.dims.data[first - 1].size.data <= self.n.data:
            first -= 1
            extent *= self.dims.data[first].size.data
        return first

    def verify(self) -> None:
        if self.n.data <= 0:
            raise VerifyException(f"`n` must be > 0, got {self.n.data}")
        self._verify_rolls()
        extent = 1
        for piece in self.dims.data[self.ciphertext_pieces :]:
            for name, value in (("size", piece.size), ("stride", piece.stride)):
                if not _is_power_of_two(value.data):
                    raise VerifyException(f"slot dim {name} must be a power of two, got {value.data}")
            extent *= piece.size.data
        if extent != self.n.data:
            raise VerifyException(
                f"slot dims must fill the ciphertext exactly (slot extent {extent} vs n = {self.n.data})"
            )

    def _verify_rolls(self) -> None:
        rolls = [roll.data for roll in self.rolls]
        if len(rolls) % 2:
            raise VerifyException("rolls must contain an even number of integers (pairs of dim indices)")
        for turned, by in zip(rolls[::2], rolls[1::2], strict=True):
            if turned == by:
                raise VerifyException("each roll must use two distinct dim indices")
            if not (0 <= turned < len(self.dims) and 0 <= by < len(self.dims)):
                raise VerifyException("roll dim index out of bounds for dims list")
            one, other = self.dims.data[turned], self.dims.data[by]
            if one.dim.data < 0:
                raise VerifyException("the rolled dim must be a traversal dim (dim >= 0)")
            if other.dim.data == GAP and other.size.data > one.size.data:
                raise VerifyException("a rolled-by gap dim must not exceed the rolled dim's extent")

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        values: dict[str, Attribute] = {"rolls": ArrayAttr[IntAttr]([])}
        boundary = 0

        def parse_field() -> None:
            nonlocal boundary
            name = parser.parse_identifier(" as the name of a parameter")
            parser.parse_punctuation("=")
            if name == "n":
                values[name] = IntAttr(parser.parse_integer())
            elif name == "rolls":
                values[name] = _parse_rolls(parser)
            elif name == "dims":
                values[name], boundary = _parse_pieces(parser)
            else:
                parser.raise_error(f"unexpected parameter {name!r}, expected one of: n, rolls, dims")

        parser.parse_comma_separated_list(parser.Delimiter.ANGLE, parse_field)
        for name in ("n", "dims"):
            if name not in values:
                parser.raise_error(f"missing parameter {name!r}")
        layout = cls.new([values["dims"], values["n"], values["rolls"]])
        if boundary != layout.ciphertext_pieces:
            parser.raise_error(
                f"the written `|` split ({boundary} ciphertext dims) does not match the derived split "
                f"({layout.ciphertext_pieces})"
            )
        return layout.parameters

    @override
    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(f"n = {self.n.data}")
            rolls = [str(roll.data) for roll in self.rolls]
            if rolls:
                pairs = [f"({i}, {j})" for i, j in zip(rolls[::2], rolls[1::2], strict=True)]
                printer.print_string(f", rolls = [{', '.join(pairs)}]")
            printer.print_string(", dims = [")
            for number, piece in enumerate(self.dims):
                if number:
                    printer.print_string(" | " if number == self.ciphertext_pieces else ", ")
                piece.print_piece(printer)
            printer.print_string("]")


def _parse_rolls(parser: AttrParser) -> ArrayAttr[IntAttr]:
    """Read ``[(0, 1), …]``, or the same without parentheses."""

    def parse_roll() -> list[int]:
        pair = parser.parse_optional_comma_separated_list(parser.Delimiter.PAREN, parser.parse_integer)
        return [parser.parse_integer()] if pair is None else pair

    rolls = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parse_roll)
    return ArrayAttr([IntAttr(number) for roll in rolls for number in roll])


def _parse_pieces(parser: AttrParser) -> tuple[ArrayAttr[DimAttr], int]:
    """Read ``[piece, … | piece, …]``; the pieces, and how many stand before the bar."""
    pieces = list[DimAttr]()
    boundary = 0
    with parser.in_square_brackets():
        while True:
            piece = parser.parse_optional_attribute() if not _starts_piece(parser) else None
            pieces.append(piece if isinstance(piece, DimAttr) else DimAttr.parse_piece(parser))
            if parser.parse_optional_characters("|") is not None:
                boundary = len(pieces)
            elif parser.parse_optional_punctuation(",") is None:
                break
    return ArrayAttr(pieces), boundary


def _starts_piece(parser: AttrParser) -> bool:
    return parser._current_token.text == "["  # pyright: ignore[reportPrivateUsage]


@irdl_attr_definition
class SeedAttr(StructAttribute):
    """The layouts that a search begins with."""

    name = "rotom.seed"

    layouts: ArrayAttr[LayoutAttr]
    FIELDS: ClassVar[Sequence[Field]] = (Field("layouts", ATTRIBUTE),)


Rotom = Dialect("rotom", [], [DimAttr, LayoutAttr, SeedAttr])
