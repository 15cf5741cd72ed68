"""Buffers of the program, copies and casts in ``memref``'s custom syntax, which xDSL lacks.

memref.global "private" constant @weights : memref<8xi16> = dense<3> {alignment = 64 : i64}
memref.copy %0, %1 : memref<8xi16> to memref<8xi16>
"""

from __future__ import annotations

from abc import ABC
from typing import Self, cast

from typing_extensions import override
from xdsl.dialects import memref
from xdsl.dialects.builtin import (
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    StringAttr,
    TensorType,
    UnitAttr,
    i64,
)
from xdsl.ir import Attribute
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import MemoryAllocEffect, MemoryReadEffect, MemoryWriteEffect, Pure, SymbolOpInterface
from xdsl.utils.hints import isa

from he_dialects.upstream.extension import extended, parse_index, print_without_type


@irdl_op_definition
class CopyOp(IRDLOperation):
    """The copy of a buffer into another one."""

    name = "memref.copy"

    source = operand_def(MemRefType)
    target = operand_def(MemRefType)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$source `,` $target attr-dict `:` type($source) `to` type($target)"


@irdl_op_definition
class CastOp(IRDLOperation):
    """A buffer in a compatible type."""

    name = "memref.cast"

    source = operand_def()
    dest = result_def()
    traits = traits_def(Pure())
    assembly_format = "$source attr-dict `:` type($source) `to` type($dest)"


class _AllocationOp(IRDLOperation, ABC):
    """A new buffer: ``memref.alloc(%n) alignment = 64 : memref<?xf32>``."""

    dynamic_sizes = var_operand_def(IndexType)
    symbol_operands = var_operand_def(IndexType)
    alignment = opt_prop_def(IntegerAttr)
    memref = result_def(MemRefType)
    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        sizes = parser.parse_comma_separated_list(parser.Delimiter.PAREN, lambda: parse_index(parser))
        symbols = parser.parse_optional_comma_separated_list(
            parser.Delimiter.SQUARE, lambda: parse_index(parser)
        )
        alignment = None
        if parser.parse_optional_keyword("alignment") is not None:
            parser.parse_punctuation("=")
            alignment = IntegerAttr(parser.parse_integer(), i64)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        return cls.build(
            operands=(sizes, symbols or []),
            result_types=(parser.parse_type(),),
            properties={"alignment": alignment},
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        with printer.in_parens():
            printer.print_list(self.dynamic_sizes, printer.print_ssa_value)
        if self.symbol_operands:
            with printer.in_square_brackets():
                printer.print_list(self.symbol_operands, printer.print_ssa_value)
        if self.alignment is not None:
            printer.print_string(f" alignment = {self.alignment.value.data}")
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.memref.type)


@irdl_op_definition
class AllocOp(_AllocationOp):
    """A new buffer that has to be freed."""

    name = "memref.alloc"
    traits = traits_def(MemoryAllocEffect())


@irdl_op_definition
class AllocaOp(_AllocationOp):
    """A new buffer that lives as long as the scope that it is in."""

    name = "memref.alloca"
    traits = traits_def(MemoryAllocEffect())


@irdl_op_definition
class GlobalOp(IRDLOperation):
    """A buffer of the whole program: ``memref.global "private" constant @c : memref<2xi16> = dense<3>``."""

    name = "memref.global"

    sym_name = prop_def(StringAttr)
    sym_visibility = opt_prop_def(StringAttr)
    type_ = prop_def(MemRefType, prop_name="type")
    initial_value = opt_prop_def()
    constant = opt_prop_def(UnitAttr)
    alignment = opt_prop_def(IntegerAttr)
    traits = traits_def(SymbolOpInterface())

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
                tensor = cast("TensorType[IntegerType]", TensorType(kind.element_type, kind.shape))
                parser.parse_keyword("dense")
                properties["initial_value"] = parser.parse_dense_int_or_fp_elements_attr(tensor)
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
        printer.print_attribute(self.type_)
        if isinstance(self.initial_value, UnitAttr):
            printer.print_string(" = uninitialized")
        elif self.initial_value is not None:
            printer.print_string(" = ")
            print_without_type(printer, self.initial_value)
        if self.alignment is not None:
            printer.print_string(f" alignment = {self.alignment.value.data}")
        printer.print_op_attributes(self.attributes)


MemRef = extended(memref.MemRef, AllocOp, AllocaOp, CopyOp, CastOp, GlobalOp)
"""xDSL's ``memref`` with the custom syntax of buffers of the program, copies and casts."""
