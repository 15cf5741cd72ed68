"""HEIR's ``tensor_ext`` dialect: what FHE schemes do to the slots of cleartext tensors.

    %1 = tensor_ext.rotate %0, %c4 : tensor<4096xf32>, index

https://heir.dev/docs/dialects/tensorext/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from xdsl.dialects.arith import signlessIntegerLike
from xdsl.dialects.builtin import (
    I64,
    ArrayAttr,
    BoolAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    LocationAttr,
    StringAttr,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Dialect, Operation, ParametrizedAttribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import AttrParser, Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from he_dialects import assembly
from he_dialects.assembly import Field, PropertyOp, StructAttribute, Syntax, TypeSignature
from he_dialects.printing import AliasedAttribute


@irdl_attr_definition
class LayoutAttr(ParametrizedAttribute, AliasedAttribute):
    """Where the elements of a tensor are packed: an integer relation in the syntax of ISL."""

    name = "tensor_ext.layout"

    layout: StringAttr

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return (StringAttr(parser.parse_str_literal()),)

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string_literal(self.layout.data)

    def verify(self) -> None:
        text = self.layout.data.strip()
        if not (text.startswith("{") and text.endswith("}") and "->" in text):
            raise VerifyException(f"not an integer relation: {self.layout.data!r}")

    def alias_name(self) -> str:
        return "layout"


@irdl_attr_definition
class OriginalTypeAttr(StructAttribute):
    """The type that a packed tensor had before it was packed, and its layout."""

    name = "tensor_ext.original_type"

    original_type: Attribute
    layout: Attribute

    FIELDS: ClassVar[Sequence[Field]] = (
        Field("originalType", assembly.ATTRIBUTE),
        Field("layout", assembly.ATTRIBUTE),
    )


def _verify_layout(layout: Attribute) -> None:
    """Check that ``layout`` is of a kind that the dialect knows."""
    match layout:
        case LayoutAttr():
            return
        case DenseIntOrFPElementsAttr():
            shape = layout.get_shape()
            if len(shape) != 2 or shape[1] != 4:
                raise VerifyException(f"an explicit mapping must have shape Nx4, got {layout.type}")
        case ArrayAttr() if len(layout) and all(isinstance(part, LayoutAttr) for part in layout):
            return
        case _:
            raise VerifyException(
                f"expected a layout, an explicit mapping or a non-empty array of layouts, got {layout}"
            )


@irdl_op_definition
class RotateOp(IRDLOperation):
    """Rotation of the last axis to the left."""

    name = "tensor_ext.rotate"

    tensor = operand_def(TensorType)
    shift = operand_def(signlessIntegerLike)
    output = result_def(TensorType)
    traits = traits_def(Pure())

    def __init__(
        self,
        tensor: SSAValue | Operation,
        shift: SSAValue | Operation,
        *,
        attributes: Mapping[str, Attribute] | None = None,
        location: LocationAttr | None = None,
    ) -> None:
        super().__init__(
            operands=(tensor, shift), result_types=(SSAValue.get(tensor).type,), attributes=attributes
        )
        if location is not None:
            self.location = location

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        tensor = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        shift = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        tensor_type = parser.parse_type()
        parser.parse_punctuation(",")
        operands = (
            parser.resolve_operand(tensor, tensor_type),
            parser.resolve_operand(shift, parser.parse_type()),
        )
        return cls.create(operands=operands, result_types=(tensor_type,), attributes=attributes)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.tensor)
        printer.print_string(", ")
        printer.print_operand(self.shift)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.tensor.type)
        printer.print_string(", ")
        printer.print_attribute(self.shift.type)

    def verify_(self) -> None:
        _verify_same_type(self.tensor, self.output)
        if not self.output.type.get_shape():
            raise VerifyException("a tensor of rank 0 can't be rotated")


def _verify_same_type(operand: SSAValue, result: SSAValue) -> None:
    if operand.type != result.type:
        raise VerifyException(f"operand and result must have one type, got {operand.type} and {result.type}")


@irdl_op_definition
class RemapOp(PropertyOp):
    """Entries moved by a static mapping; those that nothing is mapped to become zero."""

    name = "tensor_ext.remap"

    input = operand_def(TensorType)
    output = result_def(TensorType)
    permutation = prop_def()
    traits = traits_def(Pure())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"permutation": assembly.ATTRIBUTE}

    def verify_(self) -> None:
        _verify_same_type(self.input, self.output)
        _verify_layout(self.permutation)
        if isinstance(self.permutation, ArrayAttr):
            raise VerifyException("a permutation can't be an array of layouts")


NO_SCHEDULE: DenseArrayBase[I64] = DenseArrayBase.from_list(i64, [])


@irdl_op_definition
class ConvertLayoutOp(PropertyOp):
    """A change from one layout to another."""

    name = "tensor_ext.convert_layout"

    value = operand_def()
    output = result_def()
    from_layout = prop_def()
    to_layout = prop_def()
    domain_schedule = prop_def(DenseArrayBase, default_value=NO_SCHEDULE, prop_name="domainSchedule")
    atomic = prop_def(BoolAttr, default_value=BoolAttr.from_bool(False))
    traits = traits_def(Pure())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "from_layout": assembly.ATTRIBUTE,
        "to_layout": assembly.ATTRIBUTE,
        "domainSchedule": assembly.I64_ARRAY,
        "atomic": assembly.BOOL,
    }

    def verify_(self) -> None:
        _verify_same_type(self.value, self.output)
        _verify_layout(self.from_layout)
        _verify_layout(self.to_layout)


@irdl_op_definition
class AssignLayoutOp(PropertyOp):
    """The packing of a plaintext by a layout."""

    name = "tensor_ext.assign_layout"

    value = operand_def()
    output = result_def()
    layout = prop_def()
    domain_schedule = prop_def(DenseArrayBase, default_value=NO_SCHEDULE, prop_name="domainSchedule")
    traits = traits_def(Pure())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "layout": assembly.ATTRIBUTE,
        "domainSchedule": assembly.I64_ARRAY,
    }

    def verify_(self) -> None:
        _verify_same_type(self.value, self.output)
        _verify_layout(self.layout)
        if isinstance(self.layout, ArrayAttr) and self.domain_schedule != NO_SCHEDULE:
            raise VerifyException("an array of layouts can't have a domain schedule")


@irdl_op_definition
class UnpackOp(PropertyOp):
    """The elements of a packed tensor."""

    name = "tensor_ext.unpack"

    value = operand_def()
    output = result_def()
    layout = prop_def()
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"layout": assembly.ATTRIBUTE}

    def verify_(self) -> None:
        _verify_layout(self.layout)


REDUCTIONS = ("arith.addi", "arith.addf", "arith.muli", "arith.mulf")
"""What ``tensor_ext.rotate_and_reduce`` can reduce with."""


@irdl_op_definition
class RotateAndReduceOp(PropertyOp):
    """Sum, or another reduction, of products of plaintexts with rotations by multiples of a period.

    Without plaintexts it reduces the rotations alone.
    """

    name = "tensor_ext.rotate_and_reduce"

    tensor = operand_def(TensorType)
    plaintexts = opt_operand_def(TensorType)
    output = result_def(TensorType)
    period = prop_def(IntegerAttr[IndexType])
    steps = prop_def(IntegerAttr[IndexType])
    reduce_op = opt_prop_def(StringAttr, prop_name="reduceOp")
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "period": assembly.INDEX,
        "steps": assembly.INDEX,
        "reduceOp": assembly.ATTRIBUTE,
    }

    def verify_(self) -> None:
        _verify_same_type(self.tensor, self.output)
        if self.reduce_op is not None and self.reduce_op.data not in REDUCTIONS:
            raise VerifyException(
                f"reduceOp must be one of {', '.join(REDUCTIONS)}, got {self.reduce_op.data}"
            )


TensorExt = Dialect(
    "tensor_ext",
    [RotateOp, RemapOp, ConvertLayoutOp, AssignLayoutOp, UnpackOp, RotateAndReduceOp],
    [LayoutAttr, OriginalTypeAttr],
)
