"""``tensor`` with all of its attributes in the custom syntax, and the operations that xDSL lacks.

%0 = tensor.empty() {tensor_ext.layout = #layout} : tensor<4x8xf32>
%1 = tensor.expand_shape %x [] output_shape [1, 1] : tensor<f32> into tensor<1x1xf32>
%2 = tensor.generate %n {
^bb0(%i: index):
  tensor.yield %y : f32
} : tensor<?xf32>
"""

from __future__ import annotations

from typing import Self, cast

from typing_extensions import override
from xdsl.dialects import tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    IndexType,
    IntegerType,
    ShapedType,
    TensorType,
    UnitAttr,
    UnrankedTensorType,
    i64,
)
from xdsl.dialects.utils.reshape_ops_utils import ContiguousArrayOfIntArray, verify_reshape_like_types
from xdsl.ir import Attribute
from xdsl.irdl import (
    IRDLOperation,
    base,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from he_dialects.elementwise import ElementwiseMappable
from he_dialects.parallel import ParallelInsertSliceOp
from he_dialects.upstream.extension import Redefinition, extended, parse_index

ANY_TENSOR = base(TensorType[Attribute]) | base(UnrankedTensorType[Attribute])


class EmptyOp(tensor.EmptyOp):
    """A tensor without contents, with attributes."""

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        sizes = parser.parse_comma_separated_list(parser.Delimiter.PAREN, lambda: parse_index(parser))
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        return cls.create(operands=sizes, result_types=[parser.parse_type()], attributes=attributes)

    @override
    def print(self, printer: Printer) -> None:
        with printer.in_parens():
            printer.print_list(self.dynamic_sizes, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.tensor.type)


def _verify_reshape(
    collapsed: ShapedType, expanded: ShapedType, op: tensor.ExpandShapeOp | tensor.CollapseShapeOp
) -> None:
    """A tensor of rank 0 is one of any rank with one element; otherwise xDSL's rules hold."""
    if collapsed.get_num_dims() or len(op.reassociation):
        verify_reshape_like_types(collapsed, expanded, op.reassociation)
    elif any(size not in (1, DYNAMIC_INDEX) for size in expanded.get_shape()):
        raise VerifyException(f"{expanded} has more elements than {collapsed}")


@irdl_op_definition
class ExpandShapeOp(tensor.ExpandShapeOp):
    """A tensor in a shape of more dimensions."""

    name = "tensor.expand_shape"
    src = operand_def(TensorType)
    dynamic_output_shape = var_operand_def(IndexType)
    reassociation = prop_def(ContiguousArrayOfIntArray())
    static_output_shape = prop_def(DenseArrayBase.constr(i64))
    result = result_def(TensorType[Attribute])

    def verify_(self) -> None:
        expanded = self.result.type
        if len(self.static_output_shape) != expanded.get_num_dims():
            raise VerifyException(
                "expected number of static shape dims to be equal to the output rank "
                f"({expanded.get_num_dims()}) but found {len(self.static_output_shape)} inputs instead"
            )
        _verify_reshape(cast(ShapedType, self.src.type), expanded, self)


@irdl_op_definition
class CollapseShapeOp(Redefinition, tensor.CollapseShapeOp):
    """A tensor in a shape of fewer dimensions."""

    name = "tensor.collapse_shape"
    src = operand_def(TensorType[Attribute])
    result = result_def(TensorType[Attribute])
    reassociation = prop_def(ContiguousArrayOfIntArray())

    def verify_(self) -> None:
        _verify_reshape(self.result.type, cast(ShapedType, self.src.type), self)


@irdl_op_definition
class GenerateOp(IRDLOperation):
    """A tensor whose elements a region gives from their indices."""

    name = "tensor.generate"

    dynamic_extents = var_operand_def(IndexType)
    body = region_def("single_block")
    result = result_def(TensorType[Attribute])
    traits = traits_def(Pure())
    assembly_format = "$dynamic_extents $body attr-dict `:` type($result)"

    def verify_(self) -> None:
        shape = self.result.type.get_shape()
        if len(self.dynamic_extents) != shape.count(DYNAMIC_INDEX):
            raise VerifyException("must have as many index operands as dynamic extents in the result type")
        if tuple(argument.type for argument in self.body.block.args) != (IndexType(),) * len(shape):
            raise VerifyException("must have one body argument of type index per input dimension")
        end = self.body.block.last_op
        if not isinstance(end, tensor.YieldOp) or [*end.operand_types] != [self.result.type.element_type]:
            raise VerifyException("the body must yield one element of the result")


@irdl_op_definition
class RankOp(IRDLOperation):
    """The number of dimensions."""

    name = "tensor.rank"

    tensor = operand_def(ANY_TENSOR)
    result = result_def(IndexType)
    traits = traits_def(Pure())
    assembly_format = "$tensor attr-dict `:` type($tensor)"


@irdl_op_definition
class BitcastOp(IRDLOperation):
    """The bits of the elements in another type of the same width."""

    name = "tensor.bitcast"

    source = operand_def(ANY_TENSOR)
    dest = result_def(ANY_TENSOR)
    traits = traits_def(Pure(), ElementwiseMappable())
    assembly_format = "$source attr-dict `:` type($source) `to` type($dest)"


@irdl_op_definition
class GatherOp(IRDLOperation):
    """Slices of a tensor, one for each vector of coordinates."""

    name = "tensor.gather"

    source = operand_def(TensorType)
    indices = operand_def(TensorType[IntegerType | IndexType])
    gather_dims = prop_def(DenseArrayBase.constr(i64))
    unique = opt_prop_def(UnitAttr)
    result = result_def(TensorType)
    traits = traits_def(Pure())

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        operands = [parser.parse_unresolved_operand()]
        with parser.in_square_brackets():
            operands.append(parser.parse_unresolved_operand())
        parser.parse_keyword("gather_dims")
        with parser.in_parens():
            dimensions = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_integer)
        properties: dict[str, Attribute] = {"gather_dims": DenseArrayBase.from_list(i64, dimensions)}
        if parser.parse_optional_keyword("unique") is not None:
            properties["unique"] = UnitAttr()
        attributes = parser.parse_optional_attr_dict()
        position = parser.pos
        parser.parse_punctuation(":")
        signature = parser.parse_function_type()
        return cls.create(
            operands=parser.resolve_operands(operands, signature.inputs.data, position),
            result_types=signature.outputs.data,
            properties=properties,
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.source)
        with printer.in_square_brackets():
            printer.print_ssa_value(self.indices)
        dimensions = ", ".join(map(str, self.gather_dims.get_values()))
        printer.print_string(f" gather_dims([{dimensions}])")
        if self.unique is not None:
            printer.print_string(" unique")
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_function_type(self.operand_types, self.result_types)


Tensor = extended(
    tensor.Tensor,
    *(EmptyOp, ExpandShapeOp, CollapseShapeOp, GenerateOp, RankOp, BitcastOp, GatherOp),
    ParallelInsertSliceOp,
)
"""xDSL's ``tensor`` with all attributes, tensors of rank 0, and insertion in parallel loops."""
