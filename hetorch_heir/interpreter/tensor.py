"""Tensors of numbers, or of anything else, as NumPy arrays (``tensor``)."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseArrayBase, TensorType
from xdsl.interpreter import Interpreter, PythonValues, impl, register_impls
from xdsl.ir import Attribute, SSAValue

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.arrays import dtype_of
from hetorch_heir.interpreter.machine import MachineFunctions


def tensor_type(value: SSAValue) -> TensorType[Attribute]:
    """The type of a value that the verifier knows to be a tensor."""
    return cast("TensorType[Attribute]", value.type)


def empty_array(value: SSAValue) -> NDArray[Any]:
    """An array for the tensor ``value``: NaN where nothing is stored, so that reading it shows."""
    dtype = dtype_of(tensor_type(value).get_element_type())
    shape = static_shape(value)
    if dtype.kind == "f":
        return np.full(shape, np.nan, dtype)
    return np.full(shape, None, dtype) if dtype.kind == "O" else np.zeros(shape, dtype)


def static_shape(value: SSAValue) -> tuple[int, ...]:
    """The shape of the tensor ``value``."""
    shape = tensor_type(value).get_shape()
    if DYNAMIC_INDEX in shape:
        raise ProgramError(f"tensors of dynamic shape aren't supported: {value.type}")
    return shape


def inserted(value: Any, destination: NDArray[Any], *indices: int) -> NDArray[Any]:
    """A copy of ``destination`` with one element replaced."""
    result = destination.copy()
    result[checked(destination, indices)] = value
    return result


def extracted(source: NDArray[Any], *indices: int) -> Any:
    """One element of ``source``."""
    return source[checked(source, indices)]


def checked(array: NDArray[Any], indices: tuple[int, ...]) -> tuple[int, ...]:
    """``indices``; Python would count negative ones from the end."""
    if min(indices, default=0) < 0:
        raise ProgramError(f"index {indices} is outside a tensor of shape {array.shape}")
    return indices


@register_impls
class TensorFunctions(MachineFunctions):
    """The ``tensor`` dialect."""

    @impl(tensor.EmptyOp)
    def run_empty(self, interpreter: Interpreter, op: tensor.EmptyOp, args: PythonValues) -> PythonValues:
        return (empty_array(op.tensor),)

    @impl(tensor.ExtractOp)
    def run_extract(self, interpreter: Interpreter, op: tensor.ExtractOp, args: PythonValues) -> PythonValues:
        return (extracted(*args),)

    @impl(tensor.InsertOp)
    def run_insert(self, interpreter: Interpreter, op: tensor.InsertOp, args: PythonValues) -> PythonValues:
        return (inserted(*args),)

    @impl(tensor.ExtractSliceOp)
    def run_extract_slice(
        self, interpreter: Interpreter, op: tensor.ExtractSliceOp, args: PythonValues
    ) -> PythonValues:
        source: NDArray[Any] = args[0]
        selection = _slices(source, op, args[1:])
        # Copied, since nothing else keeps a value from seeing later changes of another one.
        return (source[selection].reshape(static_shape(op.result)).copy(),)

    @impl(tensor.InsertSliceOp)
    def run_insert_slice(
        self, interpreter: Interpreter, op: tensor.InsertSliceOp, args: PythonValues
    ) -> PythonValues:
        source: NDArray[Any] = args[0]
        result: NDArray[Any] = args[1].copy()
        selection = _slices(result, op, args[2:])
        result[selection] = source.reshape(result[selection].shape)
        return (result,)

    @impl(tensor.ExpandShapeOp)
    def run_expand_shape(
        self, interpreter: Interpreter, op: tensor.ExpandShapeOp, args: PythonValues
    ) -> PythonValues:
        return (args[0].reshape(static_shape(op.result)),)

    @impl(tensor.CollapseShapeOp)
    def run_collapse_shape(
        self, interpreter: Interpreter, op: tensor.CollapseShapeOp, args: PythonValues
    ) -> PythonValues:
        return (args[0].reshape(static_shape(op.result)),)

    @impl(tensor.SplatOp)
    def run_splat(self, interpreter: Interpreter, op: tensor.SplatOp, args: PythonValues) -> PythonValues:
        result = empty_array(op.result)
        result[...] = args[0]
        return (result,)

    @impl(tensor.FromElementsOp)
    def run_from_elements(
        self, interpreter: Interpreter, op: tensor.FromElementsOp, args: PythonValues
    ) -> PythonValues:
        result = empty_array(op.result)
        for position, element in enumerate(args):
            result.flat[position] = element
        return (result,)

    @impl(tensor.DimOp)
    def run_dim(self, interpreter: Interpreter, op: tensor.DimOp, args: PythonValues) -> PythonValues:
        array, dimension = args
        return (array.shape[dimension],)


def _slices(
    array: NDArray[Any], op: tensor.ExtractSliceOp | tensor.InsertSliceOp, dynamic: PythonValues
) -> tuple[slice, ...]:
    """What a slice operation selects of ``array``; ``dynamic`` fills in the values that aren't constant."""
    remaining = iter(dynamic)

    def resolve(static: DenseArrayBase[Any]) -> list[int]:
        return [
            next(remaining) if value == DYNAMIC_INDEX else value
            for value in cast("tuple[int, ...]", static.get_values())
        ]

    offsets, sizes, strides = map(resolve, (op.static_offsets, op.static_sizes, op.static_strides))
    for offset, size, stride, length in zip(offsets, sizes, strides, array.shape, strict=True):
        if offset < 0 or stride < 1 or (size and offset + (size - 1) * stride >= length):
            raise ProgramError(
                f"slice [{', '.join(map(str, offsets))}] [{', '.join(map(str, sizes))}] "
                f"[{', '.join(map(str, strides))}] is outside a tensor of shape {array.shape}"
            )
    return tuple(
        slice(offset, offset + (size - 1) * stride + 1 if size else offset, stride)
        for offset, size, stride in zip(offsets, sizes, strides, strict=True)
    )
