"""Operations of MLIR's own dialects in the forms that HEIR's pipelines print, and that xDSL lacks.

    %0 = arith.extsi %x : tensor<8xi16> to tensor<8xi64>
    memref.global "private" constant @weights : memref<8xi16> = dense<3> {alignment = 64 : i64}
    memref.copy %0, %1 : memref<8xi16> to memref<8xi16>
    %1 = linalg.matvec ins(%m, %v : tensor<4x8xf32>, tensor<8xf32>) outs(%0 : tensor<4xf32>) -> tensor<4xf32>

:data:`Arith`, :data:`MemRef` and :data:`Linalg` are xDSL's dialects with these in place of its own.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from io import StringIO
from typing import Any, ClassVar, Self, cast

from typing_extensions import override
from xdsl.dialects import arith, linalg, memref
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    StringAttr,
    TensorType,
    UnitAttr,
    i64,
)
from xdsl.dialects.linalg.abstract_ops import NamedOperation
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.ir import Attribute, Dialect, Region, SSAValue
from xdsl.ir.affine import AffineExpr, AffineMap
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
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects.assembly import element_type
from he_dialects.elementwise import ElementwiseMappable
from he_dialects.lwe.rules import ElementsOf

INTEGER_LIKE = ElementsOf((IntegerType,))


class _CastOp(IRDLOperation, ABC):
    """A change of the width of integers, or of the elements of tensors of them."""

    WIDENS: ClassVar[bool] = True

    input = operand_def(INTEGER_LIKE)
    result = result_def(INTEGER_LIKE)
    traits = traits_def(Pure(), ElementwiseMappable())
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"

    def verify_(self) -> None:
        before, after = (cast("IntegerType", element_type(v)).bitwidth for v in (self.input, self.result))
        if (after > before) != self.WIDENS or after == before:
            relation = "larger" if self.WIDENS else "smaller"
            raise VerifyException(f"the result must be {relation} than the {before} bits of the input")


@irdl_op_definition
class ExtSIOp(_CastOp):
    """Extension by the sign."""

    name = "arith.extsi"


@irdl_op_definition
class ExtUIOp(_CastOp):
    """Extension by zeros."""

    name = "arith.extui"


@irdl_op_definition
class TruncIOp(_CastOp):
    """Removal of the high bits."""

    name = "arith.trunci"
    WIDENS: ClassVar[bool] = False


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
        def parse_index() -> SSAValue:
            return parser.resolve_operand(parser.parse_unresolved_operand(), IndexType())

        sizes = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parse_index)
        symbols = parser.parse_optional_comma_separated_list(parser.Delimiter.SQUARE, parse_index) or []
        alignment = None
        if parser.parse_optional_keyword("alignment") is not None:
            parser.parse_punctuation("=")
            alignment = IntegerAttr(parser.parse_integer(), i64)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        return cls.build(
            operands=(sizes, symbols),
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
            print_without_type(printer, cast("DenseIntOrFPElementsAttr[Any]", self.initial_value))
        if self.alignment is not None:
            printer.print_string(f" alignment = {self.alignment.value.data}")
        printer.print_op_attributes(self.attributes)


def print_without_type(printer: Printer, value: DenseIntOrFPElementsAttr[Any]) -> None:
    """``dense<…>`` without the type that follows it elsewhere."""
    stream = StringIO()
    outer, printer.stream = printer.stream, stream
    printer.print_attribute(value)
    printer.stream = outer
    printer.print_string(stream.getvalue().rpartition(" : ")[0])


class _ContractionOp(NamedOperation, ABC):
    """Sums of products, over the loops that the indexing maps name."""

    PRINT_ATTRS_IN_FRONT: ClassVar[bool] = True
    MAPS: ClassVar[Sequence[AffineMap]]
    REDUCTIONS: ClassVar[int] = 1
    """The number of loops that sum up: the last ones."""

    @classmethod
    @override
    def get_hidden_region(cls, inputs: Sequence[SSAValue], outputs: Sequence[SSAValue]) -> Region:
        return linalg.MatmulOp.get_hidden_region(inputs, outputs)

    @override
    def get_default_indexing_maps(self) -> Sequence[AffineMap]:
        return self.MAPS

    @override
    def get_iterator_types(self) -> ArrayAttr[IteratorTypeAttr]:
        parallel = self.MAPS[0].num_dims - self.REDUCTIONS
        return ArrayAttr(
            [IteratorTypeAttr.parallel()] * parallel + [IteratorTypeAttr.reduction()] * self.REDUCTIONS
        )


def _maps(loops: int, *operands: Sequence[Sequence[int]]) -> tuple[AffineMap, ...]:
    """For each operand the loops whose sum is its index, for each of its dimensions."""

    def index(summands: Sequence[int]) -> AffineExpr:
        first, *others = (AffineExpr.dimension(loop) for loop in summands)
        return sum(others, first)

    return tuple(AffineMap(loops, 0, tuple(map(index, operand))) for operand in operands)


@irdl_op_definition
class MatvecOp(_ContractionOp):
    """The product of a matrix and a vector."""

    name = "linalg.matvec"
    MAPS: ClassVar[Sequence[AffineMap]] = _maps(2, [[0], [1]], [[1]], [[0]])


@irdl_op_definition
class VecmatOp(_ContractionOp):
    """The product of a vector and a matrix."""

    name = "linalg.vecmat"
    MAPS: ClassVar[Sequence[AffineMap]] = _maps(2, [[1]], [[1], [0]], [[0]])


@irdl_op_definition
class DotOp(_ContractionOp):
    """The inner product of two vectors."""

    name = "linalg.dot"
    MAPS: ClassVar[Sequence[AffineMap]] = _maps(1, [[0]], [[0]], [])


@irdl_op_definition
class Conv1DOp(_ContractionOp):
    """The convolution of two vectors."""

    name = "linalg.conv_1d"
    MAPS: ClassVar[Sequence[AffineMap]] = _maps(2, [[0, 1]], [[1]], [[0]])


@irdl_op_definition
class Conv2DOp(_ContractionOp):
    """The convolution of two matrices."""

    name = "linalg.conv_2d"
    REDUCTIONS: ClassVar[int] = 2
    MAPS: ClassVar[Sequence[AffineMap]] = _maps(4, [[0, 2], [1, 3]], [[2], [3]], [[0], [1]])


def _extended(dialect: Dialect, *operations: type[IRDLOperation]) -> Dialect:
    """A dialect with more operations, which take the place of those of the same name."""
    names = {op.name for op in operations}
    kept = [op for op in dialect.operations if op.name not in names]
    return Dialect(dialect.name, [*kept, *operations], [*dialect.attributes])


Arith = _extended(arith.Arith, ExtSIOp, ExtUIOp, TruncIOp)
"""xDSL's ``arith`` with casts of tensors."""
MemRef = _extended(memref.MemRef, AllocOp, AllocaOp, CopyOp, CastOp, GlobalOp)
"""xDSL's ``memref`` with the custom syntax of buffers of the program, copies and casts."""
Linalg = _extended(linalg.Linalg, MatvecOp, VecmatOp, DotOp, Conv1DOp, Conv2DOp)
"""xDSL's ``linalg`` with contractions of vectors."""
