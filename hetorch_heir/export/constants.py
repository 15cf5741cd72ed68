"""Constants of an exported program: inline as hex, or in one file beside the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from he_dialects.preprocessing import LoadResourceOp
from xdsl.builder import Builder
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    Float32Type,
    Float64Type,
    TensorType,
)
from xdsl.ir import SSAValue

DEFAULT_INLINE_LIMIT = 1 << 16
"""Bytes of constants that a program may hold before they are moved to a file."""

NOTHING_INLINE = -1
"""A limit that moves every constant to the file."""


@dataclass(frozen=True)
class Resource:
    """A file of raw little-endian numbers; ``path`` is relative to the program's folder."""

    path: str
    data: bytes


@dataclass(frozen=True)
class ConstantGroup:
    """Constants that belong together: the diagonals of a linear transform, or one vector.

    Attributes:
        rows: shape (constants, slots).
        giants: by how many slots each row was rotated (``numpy.roll``) for its giant step.
    """

    rows: npt.NDArray[Any]
    giants: tuple[int, ...]


class ConstantPool:
    """The constant vectors of one function, each of them made once.

    Args:
        vectors: all of them, any number of times.
        element_type: f32 or f64.
        inline_limit: bytes of constants that may stay in the program's text, None for any number.
            Vectors of one repeated number are always inline, and count as nothing, unless the limit is
            ``NOTHING_INLINE``.
        resource_path: where the others go.

    Attributes:
        resource: the file that the program needs, or None.
    """

    def __init__(
        self,
        vectors: Sequence[npt.NDArray[Any]],
        element_type: Float32Type | Float64Type,
        *,
        inline_limit: int | None,
        resource_path: str,
    ) -> None:
        self._element_type = element_type
        self._dtype = stored_type(element_type)
        self._values: dict[bytes, SSAValue] = {}
        self._rows: dict[bytes, int] = {}
        self._matrix: SSAValue | None = None
        self.resource: Resource | None = None
        distinct = list(dict.fromkeys(map(self._bytes, vectors)))
        everything = inline_limit == NOTHING_INLINE
        long = [data for data in distinct if everything or not is_splat(np.frombuffer(data, self._dtype))]
        if long and inline_limit is not None and sum(map(len, long)) > inline_limit:
            self._rows = {data: row for row, data in enumerate(long)}
            self.resource = Resource(resource_path, b"".join(long))

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The files that the program needs."""
        return () if self.resource is None else (self.resource,)

    def value(self, vector: npt.NDArray[Any], builder: Builder) -> SSAValue:
        """The tensor of a constant; made at the builder's place the first time."""
        data = self._bytes(vector)
        if data not in self._values:
            length = len(data) // self._dtype.itemsize
            if data in self._rows:
                self._values[data] = self._slice(self._rows[data], length, builder)
            else:
                type_ = TensorType(self._element_type, [length])
                constant = arith.ConstantOp(DenseIntOrFPElementsAttr(type_, BytesAttr(data)))
                self._values[data] = builder.insert(constant).result
        return self._values[data]

    def _slice(self, row: int, length: int, builder: Builder) -> SSAValue:
        if self._matrix is None:
            assert self.resource is not None
            whole = TensorType(self._element_type, [len(self._rows), length])
            empty = builder.insert(tensor.EmptyOp([], whole)).tensor
            self._matrix = builder.insert(LoadResourceOp(self.resource.path, empty)).result
        return row_slice(self._matrix, row, builder)

    def _bytes(self, vector: npt.NDArray[Any]) -> bytes:
        return np.ascontiguousarray(vector, dtype=self._dtype).tobytes()


def stored_type(element_type: Float32Type | Float64Type) -> np.dtype[Any]:
    """How numbers of a type lie in files: little-endian."""
    return np.dtype("<f8" if isinstance(element_type, Float64Type) else "<f4")


def is_splat(vector: npt.NDArray[Any]) -> bool:
    """Whether a vector is one number repeated, bit for bit."""
    data, item = vector.tobytes(), vector.dtype.itemsize
    return data == data[:item] * vector.size


def row_slice(matrix: SSAValue, row: int, builder: Builder) -> SSAValue:
    """A row of a tensor of two dimensions."""
    assert isinstance(matrix.type, TensorType)
    length = matrix.type.get_shape()[1]
    type_ = TensorType(matrix.type.get_element_type(), [length])
    return builder.insert(tensor.ExtractSliceOp(matrix, [row, 0], [1, length], [1, 1], type_)).result
