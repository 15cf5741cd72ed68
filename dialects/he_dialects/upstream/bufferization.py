"""``bufferization`` between tensors and buffers of any layout, with attributes where HEIR prints them."""

from __future__ import annotations

from xdsl.dialects import bufferization
from xdsl.dialects.builtin import MemRefType, TensorType, UnitAttr, UnrankedMemRefType, UnrankedTensorType
from xdsl.ir import Attribute
from xdsl.irdl import (
    IRDLOperation,
    base,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    result_def,
)
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects.upstream.extension import Redefinition, extended

ANY_TENSOR = base(TensorType[Attribute]) | base(UnrankedTensorType[Attribute])
ANY_BUFFER = base(MemRefType[Attribute]) | base(UnrankedMemRefType[Attribute])


def _verify_same_contents(tensor: Attribute, buffer: Attribute) -> None:
    if isa(tensor, TensorType) and isa(buffer, MemRefType):
        matches = tensor.shape == buffer.shape and tensor.element_type == buffer.element_type
        if not matches:
            raise VerifyException(f"{tensor} and {buffer} differ in shape or in the type of the elements")


@irdl_op_definition
class ToTensorOp(Redefinition, bufferization.ToTensorOp):
    """The tensor that a buffer holds."""

    name = "bufferization.to_tensor"
    memref = operand_def(ANY_BUFFER)
    tensor = result_def(ANY_TENSOR)
    writable = opt_prop_def(UnitAttr)
    restrict = opt_prop_def(UnitAttr)

    def verify_(self) -> None:
        _verify_same_contents(self.tensor.type, self.memref.type)


@irdl_op_definition
class ToBufferOp(Redefinition, bufferization.ToBufferOp):
    """A buffer that holds a tensor, of any layout."""

    name = "bufferization.to_buffer"
    tensor = operand_def(ANY_TENSOR)
    memref = result_def(ANY_BUFFER)
    read_only = opt_prop_def(UnitAttr)
    assembly_format = "$tensor (`read_only` $read_only^)? attr-dict `:` type($tensor) `to` type($memref)"

    def verify_(self) -> None:
        _verify_same_contents(self.tensor.type, self.memref.type)


@irdl_op_definition
class DeallocTensorOp(IRDLOperation):
    """The end of a tensor that was allocated."""

    name = "bufferization.dealloc_tensor"

    tensor = operand_def(ANY_TENSOR)
    assembly_format = "$tensor attr-dict `:` type($tensor)"


Bufferization = extended(bufferization.Bufferization, ToTensorOp, ToBufferOp, DeallocTensorOp)
"""xDSL's ``bufferization`` for buffers of any layout."""
