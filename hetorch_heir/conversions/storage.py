"""What heir-opt's programs do on the host: plaintexts kept in memory, slices whose sizes are computed."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from he_dialects import preprocessing
from xdsl.dialects import memref, tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX
from xdsl.interpreter import Interpreter, PythonValues, impl, register_impls

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.machine import MachineFunctions
from hetorch_heir.interpreter.tensor import TensorFunctions, tensor_type


@register_impls
class StorageFunctions(MachineFunctions):
    """Plaintexts stored by site and loop indices."""

    @impl(preprocessing.EmptyOp)
    def run_empty(
        self, interpreter: Interpreter, op: preprocessing.EmptyOp, args: PythonValues
    ) -> PythonValues:
        return ({},)

    @impl(preprocessing.StoreOp)
    def run_store(
        self, interpreter: Interpreter, op: preprocessing.StoreOp, args: PythonValues
    ) -> PythonValues:
        value, storage, *indices = args
        storage[op.site_id.value.data, *indices] = value
        return ()

    @impl(preprocessing.LoadOp)
    def run_load(
        self, interpreter: Interpreter, op: preprocessing.LoadOp, args: PythonValues
    ) -> PythonValues:
        storage, *indices = args
        key = (op.site_id.value.data, *indices)
        if key not in storage:
            raise ProgramError(f"nothing was stored for site {key[0]} at {list(indices)}")
        return (storage[key],)


@register_impls
class MemrefFunctions(MachineFunctions):
    """Buffers of static shape."""

    @impl(memref.AllocOp)
    def run_alloc(self, interpreter: Interpreter, op: memref.AllocOp, args: PythonValues) -> PythonValues:
        shape: tuple[int, ...] = op.memref.type.get_shape()
        if DYNAMIC_INDEX in shape:
            raise ProgramError(f"buffers of dynamic shape aren't supported: {op.memref.type}")
        return (np.empty(shape, dtype=object),)

    @impl(memref.StoreOp)
    def run_store(self, interpreter: Interpreter, op: memref.StoreOp, args: PythonValues) -> PythonValues:
        value, buffer, *indices = args
        buffer[_inside(buffer, indices)] = value
        return ()

    @impl(memref.LoadOp)
    def run_load(self, interpreter: Interpreter, op: memref.LoadOp, args: PythonValues) -> PythonValues:
        buffer, *indices = args
        return (buffer[_inside(buffer, indices)],)

    @impl(memref.DeallocOp)
    def run_dealloc(self, interpreter: Interpreter, op: memref.DeallocOp, args: PythonValues) -> PythonValues:
        return ()


@register_impls
class SliceFunctions(TensorFunctions):
    """The ``tensor`` dialect with slices whose shape is known only when they are taken."""

    @impl(tensor.ExtractSliceOp)
    def run_extract_slice(
        self, interpreter: Interpreter, op: tensor.ExtractSliceOp, args: PythonValues
    ) -> PythonValues:
        if DYNAMIC_INDEX not in tensor_type(op.result).get_shape():
            return TensorFunctions.run_extract_slice(self, interpreter, op, args).values
        source, *dynamic = args
        remaining = iter(dynamic)
        offsets, sizes, strides = (
            [
                int(next(remaining)) if value == DYNAMIC_INDEX else value
                for value in cast("tuple[int, ...]", static.get_values())
            ]
            for static in (op.static_offsets, op.static_sizes, op.static_strides)
        )
        selection: list[slice] = []
        for offset, size, stride, extent in zip(offsets, sizes, strides, source.shape, strict=True):
            if offset < 0 or size < 0 or (size and offset + (size - 1) * stride >= extent):
                raise ProgramError(f"slice {offsets} {sizes} {strides} is outside a tensor of {source.shape}")
            selection.append(slice(offset, offset + (size - 1) * stride + 1 if size else offset, stride))
        if len(sizes) != len(tensor_type(op.result).get_shape()):
            raise ProgramError("slices of dynamic shape that also lose axes aren't supported")
        return (source[tuple(selection)].copy(),)


def _inside(buffer: Any, indices: list[Any]) -> tuple[int, ...]:
    if any(not 0 <= index < extent for index, extent in zip(indices, buffer.shape, strict=True)):
        raise ProgramError(f"index {indices} is outside a buffer of shape {buffer.shape}")
    return tuple(indices)
