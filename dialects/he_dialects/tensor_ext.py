"""HEIR's ``tensor_ext`` dialect: what FHE schemes do to the slots of cleartext tensors.

    %1 = tensor_ext.rotate %0, %c4 : tensor<4096xf32>, index

https://heir.dev/docs/dialects/tensorext/
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import ClassVar, Self, cast

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

_AXES = re.compile(r"\s*\{\s*\w*\[([^\[\]]*)\]\s*->\s*\w*\[([^\[\]]*)\]")


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

    @property
    def axes(self) -> tuple[int, int] | None:
        """The number of axes of the tensor, and of what it is packed in; None if the text doesn't show it."""
        found = _AXES.match(self.layout.data)
        if found is None:
            return None
        domain, target = (sum(bool(name.strip()) for name in axes.split(",")) for axes in found.groups())
        return domain, target

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


def _shape(value: SSAValue) -> tuple[int, ...]:
    return cast("TensorType[Attribute]", value.type).get_shape()


def _verify_layout_of(layout: Attribute, value: SSAValue) -> None:
    """Check that ``layout`` packs tensors of the rank of ``value``, and that its parts fit each other."""
    _verify_layout(layout)
    array = cast("ArrayAttr[Attribute]", layout) if isinstance(layout, ArrayAttr) else ()
    parts = [part for part in array if isinstance(part, LayoutAttr)]
    first = parts[0] if parts else layout if isinstance(layout, LayoutAttr) else None
    if first is not None and first.axes is not None and isinstance(value.type, TensorType):
        rank, domain = len(_shape(value)), first.axes[0]
        if rank != domain:
            raise VerifyException(
                "requires tensor rank to match the layout's domain size, "
                f"but found rank {rank} and domain size {domain}"
            )
    for number, (before, after) in enumerate(pairwise(parts), start=1):
        if before.axes is not None and after.axes is not None and before.axes[1] != after.axes[0]:
            raise VerifyException(
                f"layout {number} domain size ({after.axes[0]}) must match layout {number - 1} range size "
                f"({before.axes[1]})"
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
        rank = len(_shape(self.input))
        if rank != 2:
            raise VerifyException(
                f"requires input tensor to be rank 2 (ciphertext, slot), but found rank {rank}"
            )
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
        _verify_layout_of(self.from_layout, self.value)
        _verify_layout_of(self.to_layout, self.output)


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
        _verify_layout_of(self.layout, self.value)
        if self.domain_schedule == NO_SCHEDULE:
            return
        if not isinstance(self.layout, LayoutAttr):
            raise VerifyException("only a single layout can have a domain schedule")
        domain = self.layout.axes[0] if self.layout.axes is not None else sys.maxsize
        for index in cast("DenseArrayBase[I64]", self.domain_schedule).get_values():
            if not 0 <= index < domain:
                raise VerifyException(f"domainSchedule index {index} is out of bounds [0, {domain})")


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
        _verify_layout_of(self.layout, self.output)


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
        shape = _shape(self.tensor)
        if len(shape) != 1 and sum(extent != 1 for extent in shape) != 1:
            raise VerifyException(
                "requires a 1-D input tensor or tensor with single non-unit dimension, "
                f"but found {self.tensor.type}"
            )
        steps, period = self.steps.value.data, self.period.value.data
        if not 0 <= steps <= shape[-1]:
            raise VerifyException(
                "requires steps to be less than or equal to the input tensor's dimension, "
                f"but found {steps} steps and dimension {shape[-1]}"
            )
        if self.plaintexts is not None:
            plaintexts = _shape(self.plaintexts)
            if plaintexts[:1] != (steps,):
                raise VerifyException(
                    f"requires one plaintext per step, but found {plaintexts[:1]} and {steps} steps"
                )
        if not 0 < period <= math.prod(shape):
            raise VerifyException(
                "requires period to be within the range of the tensor, "
                f"but found period {period} and {math.prod(shape)} elements"
            )


TensorExt = Dialect(
    "tensor_ext",
    [RotateOp, RemapOp, ConvertLayoutOp, AssignLayoutOp, UnpackOp, RotateAndReduceOp],
    [LayoutAttr, OriginalTypeAttr],
)
