"""Buffers of the program, copies and casts in ``memref``'s custom syntax, which xDSL lacks.

    memref.global "private" constant @weights : memref<8xi16> = dense<3> alignment = 64
    memref.copy %0, %1 : memref<8xi16> to memref<8xi16>

An operation that takes the place of one of xDSL's is a subclass of it, so that xDSL's passes and back ends,
which go by the class, treat it as theirs.
"""

from __future__ import annotations

from typing import Any, Self, TypeVar, cast

from typing_extensions import override
from xdsl.dialects import memref
from xdsl.dialects.builtin import (
    I64,
    IntegerAttr,
    IntegerType,
    MemRefType,
    StringAttr,
    SymbolNameConstraint,
    TensorType,
    UnitAttr,
    UnrankedMemRefType,
    i64,
)
from xdsl.ir import Attribute
from xdsl.irdl import base, irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects.parsing import LocatingParser
from he_dialects.upstream.extension import extended, parse_index, print_without_type


@irdl_op_definition
class CopyOp(memref.CopyOp):
    """The copy of a buffer into another one."""

    source = operand_def(MemRefType)
    destination = operand_def(MemRefType)
    assembly_format = "$source `,` $destination attr-dict `:` type($source) `to` type($destination)"


@irdl_op_definition
class CastOp(memref.CastOp):
    """A buffer in a compatible type."""

    source = operand_def(base(MemRefType) | base(UnrankedMemRefType))
    dest = result_def(base(MemRefType) | base(UnrankedMemRefType))
    assembly_format = "$source attr-dict `:` type($source) `to` type($dest)"


AllocationT = TypeVar("AllocationT", bound=memref.AllocOp | memref.AllocaOp)


def _parse_allocation(parser: Parser, kind: type[AllocationT]) -> AllocationT:
    """Read ``(%n)[%s] alignment = 64 {…} : memref<?xf32>``; xDSL has the alignment in the braces."""
    sizes = parser.parse_comma_separated_list(parser.Delimiter.PAREN, lambda: parse_index(parser))
    symbols = parser.parse_optional_comma_separated_list(parser.Delimiter.SQUARE, lambda: parse_index(parser))
    alignment = None
    if parser.parse_optional_keyword("alignment") is not None:
        parser.parse_punctuation("=")
        alignment = IntegerAttr(parser.parse_integer(), i64)
    attributes = dict(parser.parse_optional_attr_dict())
    alignment = attributes.pop("alignment", alignment)
    parser.parse_punctuation(":")
    return kind.build(
        operands=(sizes, symbols or []),
        result_types=(parser.parse_type(),),
        properties={"alignment": alignment},
        attributes=attributes,
    )


def _print_allocation(printer: Printer, op: memref.AllocOp | memref.AllocaOp) -> None:
    with printer.in_parens():
        printer.print_list(op.dynamic_sizes, printer.print_ssa_value)
    if op.symbol_operands:
        with printer.in_square_brackets():
            printer.print_list(op.symbol_operands, printer.print_ssa_value)
    if op.alignment is not None:
        printer.print_string(f" alignment = {op.alignment.value.data}")
    printer.print_op_attributes(op.attributes)
    printer.print_string(" : ")
    printer.print_attribute(op.memref.type)


class AllocOp(memref.AllocOp):
    """A new buffer that has to be freed."""

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        return _parse_allocation(parser, cls)

    @override
    def print(self, printer: Printer) -> None:
        _print_allocation(printer, self)


class AllocaOp(memref.AllocaOp):
    """A new buffer that lives as long as the scope that it is in."""

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        return _parse_allocation(parser, cls)

    @override
    def print(self, printer: Printer) -> None:
        _print_allocation(printer, self)


@irdl_op_definition
class GlobalOp(memref.GlobalOp):
    """A buffer of the whole program: ``memref.global "private" constant @c : memref<2xi16> = dense<3>``.

    Unlike xDSL's, it may have no visibility and no value.
    """

    sym_name = prop_def(SymbolNameConstraint())
    sym_visibility: Any = opt_prop_def(StringAttr)
    type = prop_def(MemRefType)
    initial_value: Any = opt_prop_def()
    constant = opt_prop_def(UnitAttr)
    alignment = opt_prop_def(IntegerAttr[I64])

    def verify_(self) -> None:
        if self.alignment is not None and self.alignment.value.data.bit_count() != 1:
            raise VerifyException(f"Alignment attribute {self.alignment.value.data} is not a power of 2")

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        properties: dict[str, Attribute] = {}
        visibility = parser.parse_optional_str_literal()
        if visibility is not None:
            properties["sym_visibility"] = StringAttr(visibility)
        if parser.parse_optional_keyword("constant") is not None:
            properties["constant"] = UnitAttr()
        properties["sym_name"] = parser.parse_symbol_name()
        parser.parse_punctuation(":")
        kind = parser.parse_type()
        if not isa(kind, MemRefType):
            parser.raise_error(f"expected a memref, got {kind}")
        properties["type"] = kind
        if parser.parse_optional_punctuation("=") is not None:
            if parser.parse_optional_keyword("uninitialized") is not None:
                properties["initial_value"] = UnitAttr()
            else:
                properties["initial_value"] = _parse_value(parser, kind)
        if parser.parse_optional_keyword("alignment") is not None:
            parser.parse_punctuation("=")
            properties["alignment"] = IntegerAttr(parser.parse_integer(), i64)
        return cls.create(properties=properties, attributes=parser.parse_optional_attr_dict())

    @override
    def print(self, printer: Printer) -> None:
        if self.sym_visibility is not None:
            printer.print_string(" ")
            printer.print_attribute(self.sym_visibility)
        if self.constant is not None:
            printer.print_string(" constant")
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        printer.print_string(" : ")
        printer.print_attribute(self.type)
        if isinstance(self.initial_value, UnitAttr):
            printer.print_string(" = uninitialized")
        elif self.initial_value is not None:
            printer.print_string(" = ")
            print_without_type(printer, self.initial_value)
        if self.alignment is not None:
            printer.print_string(f" alignment = {self.alignment.value.data}")
        printer.print_op_attributes(self.attributes)


def _parse_value(parser: Parser, kind: MemRefType) -> Attribute:
    """Read ``dense<…>`` or ``dense_resource<…>``, behind which no type is written."""
    tensor = cast("TensorType[IntegerType]", TensorType(kind.element_type, kind.shape))
    if isinstance(parser, LocatingParser) and parser.parse_optional_keyword("dense_resource") is not None:
        return parser.parse_resource(tensor)
    parser.parse_keyword("dense")
    return parser.parse_dense_int_or_fp_elements_attr(tensor)


MemRef = extended(memref.MemRef, AllocOp, AllocaOp, CopyOp, CastOp, GlobalOp)
"""xDSL's ``memref`` with the custom syntax of buffers of the program, copies and casts."""
