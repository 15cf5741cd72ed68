"""``affine`` with attributes in the custom syntax, and ``affine.if``'s.

%0 = affine.load %m[%i + 1] {tag} : memref<8xi32>
%1 = affine.if #set(%i)[%n] -> i32 {
  affine.yield %x : i32
} else {
  affine.yield %y : i32
}
"""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Sequence
from typing import ClassVar, Self, cast

from typing_extensions import override
from xdsl.dialects import affine
from xdsl.dialects.builtin import AffineMapAttr, AffineSetAttr, IndexType, MemRefType
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.ir.affine import AffineExpr, AffineMap, AffineSet
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.parser.affine_parser import AffineParser
from xdsl.printer import Printer
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect, Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects.upstream.extension import (
    extended,
    parse_index,
    parse_result_types,
    print_result_types,
)

VARIABLE = re.compile(r"\b([ds])(\d+)\b")


def _parse_operands(parser: Parser, space: AffineMap | AffineSet) -> list[SSAValue]:
    """Read ``(dimensions)[symbols]``, as many as ``space`` has."""
    dimensions = parser.parse_comma_separated_list(parser.Delimiter.PAREN, lambda: parse_index(parser))
    symbols = (
        parser.parse_optional_comma_separated_list(parser.Delimiter.SQUARE, lambda: parse_index(parser)) or []
    )
    if (len(dimensions), len(symbols)) != (space.num_dims, space.num_symbols):
        parser.raise_error(f"expected {space.num_dims} dimensions and {space.num_symbols} symbols")
    return [*dimensions, *symbols]


def _print_operands(printer: Printer, space: AffineMap | AffineSet, operands: Sequence[SSAValue]) -> None:
    with printer.in_parens():
        printer.print_list(operands[: space.num_dims], printer.print_ssa_value)
    if space.num_symbols:
        with printer.in_square_brackets():
            printer.print_list(operands[space.num_dims :], printer.print_ssa_value)


class _MapOp(IRDLOperation, ABC):
    """The value of a map: ``#map(dimensions)[symbols] {attributes}``."""

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        position = parser.pos
        affine_map = parser.parse_attribute()
        if not isinstance(affine_map, AffineMapAttr):
            parser.raise_error(f"expected an affine map, got {affine_map}", position)
        return cls.create(
            operands=_parse_operands(parser, affine_map.data),
            result_types=[IndexType()],
            properties={"map": affine_map},
            attributes=parser.parse_optional_attr_dict(),
        )

    @override
    def print(self, printer: Printer) -> None:
        affine_map = cast(AffineMapAttr, self.properties["map"])
        printer.print_string(" ")
        printer.print_attribute(affine_map)
        _print_operands(printer, affine_map.data, self.operands)
        printer.print_op_attributes(self.attributes)


class ApplyOp(_MapOp, affine.ApplyOp):  # pyright: ignore[reportIncompatibleMethodOverride]
    """The value of a map of one result."""


class MinOp(_MapOp, affine.MinOp):  # pyright: ignore[reportIncompatibleMethodOverride]
    """The least of the values of a map."""


@irdl_op_definition
class MaxOp(_MapOp):
    """The greatest of the values of a map."""

    name = "affine.max"

    arguments = var_operand_def(IndexType)
    map = prop_def(AffineMapAttr)
    result = result_def(IndexType)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        expected = self.map.data.num_dims + self.map.data.num_symbols
        if len(self.arguments) != expected:
            raise VerifyException(f"{self.name} expects {expected} operands, got {len(self.arguments)}")


def _parse_indices(parser: Parser) -> tuple[AffineMap, list[SSAValue]]:
    """Read ``[%i + symbol(%n), …]``: expressions of values, which are dimensions or symbols."""
    dimensions: dict[SSAValue, int] = {}
    symbols: dict[SSAValue, int] = {}

    def parse_variable() -> AffineExpr | None:
        if parser.parse_optional_keyword("symbol") is not None:
            with parser.in_parens():
                return AffineExpr.symbol(symbols.setdefault(parse_index(parser), len(symbols)))
        if (operand := parser.parse_optional_unresolved_operand()) is None:
            return None
        value = parser.resolve_operand(operand, IndexType())
        return AffineExpr.dimension(dimensions.setdefault(value, len(dimensions)))

    # xDSL's parser of such expressions takes all values for symbols.
    expressions = AffineParser(parser._parser_state)  # pyright: ignore[reportPrivateUsage]
    results = parser.parse_comma_separated_list(
        parser.Delimiter.SQUARE,
        lambda: expressions._parse_affine_expr(parse_variable),  # pyright: ignore[reportPrivateUsage]
    )
    return AffineMap(len(dimensions), len(symbols), tuple(results)), [*dimensions, *symbols]


class _AccessOp(IRDLOperation, ABC):
    """An access to a buffer: ``%m[%i + 1, %j] {attributes} : memref<4x8xf32>``."""

    STORES: ClassVar[bool] = False

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        stored = parser.parse_unresolved_operand() if cls.STORES else None
        if stored is not None:
            parser.parse_punctuation(",")
        buffer = parser.parse_unresolved_operand()
        affine_map, indices = _parse_indices(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        kind = parser.parse_type()
        if not isa(kind, MemRefType):
            parser.raise_error(f"expected a memref, got {kind}")
        values = [parser.resolve_operand(buffer, kind), *indices]
        if stored is not None:
            values.insert(0, parser.resolve_operand(stored, kind.element_type))
        return cls.create(
            operands=values,
            result_types=[] if cls.STORES else [kind.element_type],
            properties={"map": AffineMapAttr(affine_map)},
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        first = 1 if self.STORES else 0
        printer.print_string(" ")
        printer.print_list(self.operands[: first + 1], printer.print_ssa_value)
        affine_map = cast(AffineMapAttr, self.properties["map"]).data
        indices = self.operands[first + 1 :]
        with printer.in_square_brackets():
            printer.print_list(
                affine_map.results,
                lambda result: _print_expression(printer, str(result), affine_map, indices),
            )
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.operands[first].type)


def _print_expression(
    printer: Printer, expression: str, affine_map: AffineMap, operands: Sequence[SSAValue]
) -> None:
    """Write an expression with values in place of its dimensions and symbols."""
    end = 0
    for variable in VARIABLE.finditer(expression):
        printer.print_string(expression[end : variable.start()])
        if variable[1] == "d":
            printer.print_ssa_value(operands[int(variable[2])])
        else:
            printer.print_string("symbol(")
            printer.print_ssa_value(operands[affine_map.num_dims + int(variable[2])])
            printer.print_string(")")
        end = variable.end()
    printer.print_string(expression[end:])


@irdl_op_definition
class LoadOp(_AccessOp, affine.LoadOp):  # pyright: ignore[reportIncompatibleMethodOverride]
    """An element of a buffer, of any type."""

    name = "affine.load"
    memref = operand_def(MemRefType)
    indices = var_operand_def(IndexType)
    map = prop_def(AffineMapAttr)
    result = result_def(AnyAttr())
    traits = traits_def(MemoryReadEffect())

    def verify_(self) -> None:
        _verify_access(self.memref.type, self.result.type, self.map.data, len(self.indices))


@irdl_op_definition
class StoreOp(_AccessOp, affine.StoreOp):  # pyright: ignore[reportIncompatibleMethodOverride]
    """A change of an element of a buffer, of any type."""

    name = "affine.store"
    STORES: ClassVar[bool] = True
    value = operand_def(AnyAttr())
    memref = operand_def(MemRefType)
    indices = var_operand_def(IndexType)
    map = prop_def(AffineMapAttr)
    traits = traits_def(MemoryWriteEffect())

    def verify_(self) -> None:
        _verify_access(self.memref.type, self.value.type, self.map.data, len(self.indices))


def _verify_access(buffer: Attribute, element: Attribute, affine_map: AffineMap, operands: int) -> None:
    assert isa(buffer, MemRefType)
    if buffer.element_type != element:
        raise VerifyException(f"the elements of {buffer} aren't of type {element}")
    if len(affine_map.results) != buffer.get_num_dims():
        raise VerifyException(f"{buffer} has {buffer.get_num_dims()} indices, got {len(affine_map.results)}")
    if affine_map.num_dims + affine_map.num_symbols != operands:
        raise VerifyException(f"expected as many operands as the map {affine_map} has dimensions and symbols")


@irdl_op_definition
class IfOp(affine.IfOp):
    """One of two regions by whether a point is in a set."""

    name = "affine.if"
    args = var_operand_def(IndexType)
    res = var_result_def()
    condition = prop_def(AffineSetAttr)
    then_region = region_def("single_block")
    else_region = region_def()

    def verify_(self) -> None:
        space = self.condition.data
        if len(self.args) != space.num_dims + space.num_symbols:
            raise VerifyException("operand count and the dimensions and symbols of the set must match")
        if self.results and not self.else_region.blocks:
            raise VerifyException("a condition with results needs an else region")
        for block in (*self.then_region.blocks, *self.else_region.blocks):
            end = block.last_op
            if not isinstance(end, affine.YieldOp) or end.operand_types != self.result_types:
                raise VerifyException("each region must yield the results")

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        position = parser.pos
        condition = parser.parse_attribute()
        if not isinstance(condition, AffineSetAttr):
            parser.raise_error(f"expected an affine set, got {condition}", position)
        operands = _parse_operands(parser, condition.data)
        result_types = parse_result_types(parser)
        regions = [_parse_branch(parser)]
        regions.append(_parse_branch(parser) if parser.parse_optional_keyword("else") else Region())
        return cls.create(
            operands=operands,
            result_types=result_types,
            properties={"condition": condition},
            attributes=parser.parse_optional_attr_dict(),
            regions=regions,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.condition)
        _print_operands(printer, self.condition.data, self.args)
        print_result_types(printer, self)
        for keyword, region in (("", self.then_region), ("else ", self.else_region)):
            if region.blocks:
                printer.print_string(f" {keyword}")
                printer.print_region(
                    region, print_empty_block=False, print_block_terminators=bool(self.results)
                )
        printer.print_op_attributes(self.attributes)


def _parse_branch(parser: Parser) -> Region:
    """Read a region, whose end isn't written if it yields nothing."""
    region = parser.parse_region()
    if not region.blocks:
        region.add_block(Block())
    if not isinstance(region.block.last_op, affine.YieldOp):
        region.block.add_op(affine.YieldOp.get())
    return region


Affine = extended(affine.Affine, ApplyOp, MinOp, MaxOp, LoadOp, StoreOp, IfOp)
"""xDSL's ``affine`` with attributes, and with a custom syntax of conditions."""
