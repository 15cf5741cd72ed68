"""``linalg`` as heir-opt prints it: regions of all forms, and attributes behind the operands.

    %0 = linalg.map { arith.addf } ins(%a, %b : tensor<4xf32>, tensor<4xf32>) outs(%c : tensor<4xf32>) {tag}
    %1 = linalg.reduce ins(%m : tensor<4x8xf32>) outs(%v : tensor<4xf32>) dimensions = [1] {tag}
      (%in: f32, %init: f32) {
        %2 = arith.addf %in, %init : f32
        linalg.yield %2 : f32
      }

The short form, of one operation in braces, is read; the long one is written, which heir-opt shortens.
Named operations are in :mod:`he_dialects.upstream.linalg_named`.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import Any, ClassVar, Self, cast

from typing_extensions import override
from xdsl.dialects import linalg as xdsl_linalg
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    IntegerType,
    MemRefType,
    ShapedType,
    StringAttr,
    TensorType,
    i32,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.attrs import IteratorType, IteratorTypeAttr
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    SameVariadicOperandSize,
    irdl_op_definition,
    operand_def,
    prop_def,
    region_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects.assembly import element_type
from he_dialects.upstream.extension import (
    extended,
    parse_result_types,
    parse_typed_operands,
    print_result_types,
    print_typed_operands,
)
from he_dialects.upstream.linalg_named import NAMED_OPERATIONS

ITERATORS, SEGMENTS = "iterator_types", "operandSegmentSizes"


def _parse_group(parser: Parser, keyword: str) -> Sequence[SSAValue]:
    """Read ``ins(%a : type)``, or nothing."""
    return parse_typed_operands(parser) if parser.parse_optional_keyword(keyword) is not None else ()


def _print_group(printer: Printer, keyword: str, operands: Sequence[SSAValue]) -> None:
    if operands:
        printer.print_string(f" {keyword}")
        with printer.in_parens():
            print_typed_operands(printer, operands)


def _updated(outputs: Sequence[SSAValue]) -> list[Attribute]:
    """The types of the results: those outputs that are tensors."""
    return [kind for kind in (output.type for output in outputs) if isa(kind, TensorType)]


class GenericOp(linalg.GenericOp):
    """An operation whose loops, indices and body are written out."""

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        position = parser.pos
        properties = parser.parse_optional_attr_dict()
        iterators = properties.get(ITERATORS)
        if "indexing_maps" not in properties or not isinstance(iterators, ArrayAttr):
            parser.raise_error("expected indexing_maps and iterator_types", position)
        properties[ITERATORS] = ArrayAttr(
            [_iterator(parser, position, each) for each in cast("ArrayAttr[Attribute]", iterators)]
        )
        inputs, outputs = _parse_group(parser, "ins"), _parse_group(parser, "outs")
        properties[SEGMENTS] = DenseArrayBase.from_list(i32, [len(inputs), len(outputs)])
        attributes = dict[str, Attribute]()
        if parser.parse_optional_keyword("attrs") is not None:
            parser.parse_punctuation("=")
            attributes = parser.parse_optional_attr_dict()
        body = parser.parse_region()
        return cls.create(
            operands=[*inputs, *outputs],
            result_types=parse_result_types(parser),
            properties={k: v for k, v in properties.items() if k in cls.get_irdl_definition().properties},
            attributes=attributes
            | {k: v for k, v in properties.items() if k not in cls.get_irdl_definition().properties},
            regions=[body],
        )

    @override
    def print(self, printer: Printer) -> None:
        iterators = ArrayAttr([StringAttr(str(each.data)) for each in self.iterator_types])
        written = {**self.properties, ITERATORS: iterators}
        del written[SEGMENTS]
        printer.print_op_attributes(written)
        _print_group(printer, "ins", self.inputs)
        _print_group(printer, "outs", self.outputs)
        if self.attributes:
            printer.print_string(" attrs =")
            printer.print_op_attributes(self.attributes)
        printer.print_string(" ")
        printer.print_region(self.body)
        print_result_types(printer, self)


def _iterator(parser: Parser, position: int, iterator: Attribute) -> IteratorTypeAttr:
    if isinstance(iterator, IteratorTypeAttr):
        return iterator
    names = {str(kind) for kind in IteratorType}
    if not isinstance(iterator, StringAttr) or iterator.data not in names:
        parser.raise_error(f"expected one of the iterator types {sorted(names)}, got {iterator}", position)
    return IteratorTypeAttr(IteratorType(iterator.data))


class _BodyOp(IRDLOperation, ABC):
    """``ins(…) outs(…) keyword = […] {attributes} (arguments) {body}``."""

    KEYWORD: ClassVar[str | None] = None
    """The property that is a list of dimensions, if there is one."""
    OF_ONE: ClassVar[bool] = False
    """Whether the body is no part of the syntax: it hands the one input on."""
    INIT_FIRST: ClassVar[bool] = False
    """Whether the operation of the short form takes the outputs' elements before those of the inputs."""

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        short = None if cls.OF_ONE else _parse_short(parser)
        inputs, outputs = _parse_group(parser, "ins"), _parse_group(parser, "outs")
        properties = dict[str, Attribute]()
        if cls.KEYWORD is not None:
            parser.parse_keyword(cls.KEYWORD)
            parser.parse_punctuation("=")
            values = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_integer)
            properties[cls.KEYWORD] = DenseArrayBase.from_list(i64, values)
        attributes = parser.parse_optional_attr_dict()
        if cls.OF_ONE:
            body = _handing_on((*inputs, *outputs))
        elif short is not None:
            body = cls._short_body(parser, short, inputs, outputs)
        else:
            arguments = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_argument)
            body = parser.parse_region(arguments)
        return cls.create(
            operands=[*inputs, *outputs],
            result_types=_updated(outputs),
            properties=properties,
            attributes=attributes,
            regions=[body],
        )

    @classmethod
    def _short_body(
        cls,
        parser: Parser,
        short: tuple[str, dict[str, Attribute]],
        inputs: Sequence[SSAValue],
        outputs: Sequence[SSAValue],
    ) -> Region:
        """The body that applies one operation to the elements."""
        name, dictionary = short
        operation = parser.ctx.get_optional_op(name)
        if operation is None or not issubclass(operation, IRDLOperation):
            parser.raise_error(f"operation {name} is not registered")
        block = Block(arg_types=[element_type(operand) for operand in (*inputs, *outputs)])
        elements, results = block.args[: len(inputs)], block.args[len(inputs) :]
        operands = [*results, *elements] if cls.INIT_FIRST else elements
        defined = operation.get_irdl_definition().properties
        applied = operation.create(
            operands=operands,
            result_types=[result.type for result in results],
            properties={k: v for k, v in dictionary.items() if k in defined},
            attributes={k: v for k, v in dictionary.items() if k not in defined},
        )
        block.add_ops([applied, linalg.YieldOp(*applied.results)])
        return Region(block)

    @override
    def print(self, printer: Printer) -> None:
        inputs, outputs = self._groups()
        _print_group(printer, "ins", inputs)
        _print_group(printer, "outs", outputs)
        if self.KEYWORD is not None:
            dimensions = cast("DenseArrayBase[IntegerType]", self.properties[self.KEYWORD]).get_values()
            printer.print_string(f" {self.KEYWORD} = [{', '.join(map(str, dimensions))}]")
        printer.print_op_attributes(self.attributes)
        if not self.OF_ONE:
            printer.print_string(" ")
            with printer.in_parens():
                printer.print_list(self.regions[0].block.args, printer.print_block_argument)
            printer.print_string(" ")
            printer.print_region(self.regions[0], print_entry_block_args=False)

    def _groups(self) -> tuple[Sequence[SSAValue], Sequence[SSAValue]]:
        """Inputs and outputs; as many of each, but for ``linalg.map``."""
        half = len(self.operands) // 2
        return self.operands[:half], self.operands[half:]


def _parse_short(parser: Parser) -> tuple[str, dict[str, Attribute]] | None:
    """Read ``{ operation {attributes} }``, if it is there."""
    if parser.parse_optional_punctuation("{") is None:
        return None
    name = parser.parse_identifier(" as the name of an operation")
    attributes = parser.parse_optional_attr_dict()
    parser.parse_punctuation("}")
    return name, attributes


def _handing_on(operands: Sequence[SSAValue]) -> Region:
    block = Block(arg_types=[element_type(operand) for operand in operands])
    block.add_op(linalg.YieldOp(block.args[0]))
    return Region(block)


def _shape(value: SSAValue) -> tuple[int, ...]:
    assert isinstance(value.type, ShapedType)
    return value.type.get_shape()


class TransposeOp(_BodyOp, linalg.TransposeOp):  # pyright: ignore[reportIncompatibleMethodOverride]
    """A tensor with its dimensions in another order."""

    KEYWORD: ClassVar[str | None] = "permutation"
    OF_ONE: ClassVar[bool] = True


class BroadcastOp(_BodyOp, linalg.BroadcastOp):  # pyright: ignore[reportIncompatibleMethodOverride]
    """A tensor repeated along new dimensions."""

    KEYWORD: ClassVar[str | None] = "dimensions"
    OF_ONE: ClassVar[bool] = True


@irdl_op_definition
class ReduceOp(_BodyOp, linalg.ReduceOp):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Tensors combined along some of their dimensions."""

    name = "linalg.reduce"
    KEYWORD: ClassVar[str | None] = "dimensions"
    INIT_FIRST: ClassVar[bool] = True

    input: Any = var_operand_def(TensorType | MemRefType)
    init: Any = var_operand_def(TensorType | MemRefType)
    result = var_result_def(TensorType)
    region = region_def("single_block")
    dimensions = prop_def(DenseArrayBase.constr(i64))
    irdl_options = (SameVariadicOperandSize(),)

    def verify_(self) -> None:
        reduced = set(self.dimensions.get_values())
        inputs, outputs = self._groups()
        for before, after in zip(inputs, outputs, strict=True):
            kept = tuple(size for number, size in enumerate(_shape(before)) if number not in reduced)
            if kept != _shape(after):
                raise VerifyException(f"{before.type} reduced along {sorted(reduced)} isn't {after.type}")
        _verify_body(self.region, outputs, self.operands)


@irdl_op_definition
class MapOp(_BodyOp):
    """A function of the elements of tensors of one shape."""

    name = "linalg.map"

    inputs = var_operand_def(TensorType | MemRefType)
    init = operand_def(TensorType | MemRefType)
    result = var_result_def(TensorType)
    mapper = region_def("single_block")

    @override
    def _groups(self) -> tuple[Sequence[SSAValue], Sequence[SSAValue]]:
        return self.inputs, [self.init]

    def verify_(self) -> None:
        shape = _shape(self.init)
        for operand in self.inputs:
            if _shape(operand) != shape:
                raise VerifyException(f"expected {operand.type} to be of the shape of {self.init.type}")
        _verify_body(self.mapper, [self.init], self.operands)


def _verify_body(body: Region, outputs: Sequence[SSAValue], operands: Sequence[SSAValue]) -> None:
    expected = tuple(element_type(operand) for operand in operands)
    if body.block.arg_types != expected:
        raise VerifyException(
            f"the body's arguments must be of the types of the elements {[*map(str, expected)]}"
        )
    end = body.block.last_op
    if not isinstance(end, linalg.YieldOp) or tuple(end.operand_types) != expected[-len(outputs) :]:
        raise VerifyException("the body must yield an element of each output")


Linalg = extended(
    xdsl_linalg.Linalg,
    *(GenericOp, TransposeOp, BroadcastOp, ReduceOp, MapOp),
    *NAMED_OPERATIONS,
)
"""xDSL's ``linalg`` with all regions and attributes, and with more named operations."""
