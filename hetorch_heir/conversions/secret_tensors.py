"""Slices of secret tensors that hold several ciphertexts: only whole ciphertexts can be taken and put."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from xdsl.dialects import tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseArrayBase
from xdsl.interpreter import Interpreter, PythonValues, impl, register_impls

from hetorch_heir.conversions.storage import SliceFunctions
from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.tensor import TensorFunctions, static_shape
from hetorch_heir.interpreter.values import Ciphertext, Plaintext


def _rows(value: Any) -> Any | None:
    """The array of ciphertexts or plaintexts that a value is, None if it is anything else."""
    if isinstance(value, Ciphertext | Plaintext):
        single = np.empty((), dtype=object)
        single[()] = value
        return single
    return value if isinstance(value, np.ndarray) and value.dtype == object else None


def _value(rows: Any, shape: tuple[int, ...]) -> Any:
    """An array of ciphertexts as the value of a secret tensor of ``shape``."""
    return rows.reshape(-1)[0] if len(shape) == 1 else rows.reshape(shape[:-1])


@register_impls
class SecretTensorFunctions(SliceFunctions):
    """The ``tensor`` dialect where the last axis of a tensor may be the slots of ciphertexts."""

    @impl(tensor.ExtractSliceOp)
    def run_extract_slice(
        self, interpreter: Interpreter, op: tensor.ExtractSliceOp, args: PythonValues
    ) -> PythonValues:
        rows = _rows(args[0])
        if rows is None or rows.ndim == len(static_shape(op.source)):
            return SliceFunctions.run_extract_slice(self, interpreter, op, args).values
        selection = _whole_ciphertexts(op, args[1:], static_shape(op.source)[-1])
        return (_value(rows[selection], static_shape(op.result)),)

    @impl(tensor.InsertSliceOp)
    def run_insert_slice(
        self, interpreter: Interpreter, op: tensor.InsertSliceOp, args: PythonValues
    ) -> PythonValues:
        source, destination, *dynamic = args
        rows = _rows(source)
        shape = static_shape(op.result)
        if rows is None or rows.ndim == len(static_shape(op.source)):
            return TensorFunctions.run_insert_slice(self, interpreter, op, args).values
        # What was an empty tensor of numbers becomes one of ciphertexts, none of them there yet.
        target = _rows(destination)
        result = np.empty(shape[:-1], dtype=object) if target is None else target.copy()
        selection = _whole_ciphertexts(op, tuple(dynamic), shape[-1])
        result[selection] = rows.reshape(result[selection].shape)
        return (result,)

    @impl(tensor.ExpandShapeOp)
    def run_expand_shape(
        self, interpreter: Interpreter, op: tensor.ExpandShapeOp, args: PythonValues
    ) -> PythonValues:
        return self._reshaped(args[0], static_shape(op.src), static_shape(op.result))

    @impl(tensor.CollapseShapeOp)
    def run_collapse_shape(
        self, interpreter: Interpreter, op: tensor.CollapseShapeOp, args: PythonValues
    ) -> PythonValues:
        return self._reshaped(args[0], static_shape(op.src), static_shape(op.result))

    def _reshaped(self, value: Any, old: tuple[int, ...], new: tuple[int, ...]) -> PythonValues:
        rows = _rows(value)
        if rows is None or rows.ndim == len(old):
            return (value.reshape(new),)
        if old[-1] != new[-1]:
            raise ProgramError(f"ciphertexts of {old[-1]} slots can't become ones of {new[-1]}")
        return (_value(rows, new),)


def _whole_ciphertexts(
    op: tensor.ExtractSliceOp | tensor.InsertSliceOp, dynamic: PythonValues, slots: int
) -> tuple[slice, ...]:
    """The ciphertexts that a slice selects."""
    remaining = iter(dynamic)

    def resolved(static: DenseArrayBase[Any]) -> list[int]:
        values = cast("tuple[int, ...]", static.get_values())
        return [int(next(remaining)) if value == DYNAMIC_INDEX else value for value in values]

    offsets, sizes, strides = map(resolved, (op.static_offsets, op.static_sizes, op.static_strides))
    if (offsets[-1], sizes[-1], strides[-1]) != (0, slots, 1):
        raise ProgramError(
            "a slice takes a part of a ciphertext's slots",
            hint="rotate the ciphertext and multiply it with a mask",
        )
    return tuple(
        slice(offset, offset + (size - 1) * stride + 1, stride)
        for offset, size, stride in zip(offsets[:-1], sizes[:-1], strides[:-1], strict=True)
    )
