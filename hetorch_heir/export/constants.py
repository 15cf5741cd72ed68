"""Constants of an exported program: inline as hex, or in one file beside the program."""

from __future__ import annotations

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
        vectors: list[npt.NDArray[Any]],
        element_type: Float32Type | Float64Type,
        *,
        inline_limit: int | None,
        resource_path: str,
    ) -> None:
        self._element_type = element_type
        self._dtype = np.dtype("<f8" if isinstance(element_type, Float64Type) else "<f4")
        self._values: dict[bytes, SSAValue] = {}
        self._rows: dict[bytes, int] = {}
        self._matrix: SSAValue | None = None
        self.resource: Resource | None = None
        distinct = list(dict.fromkeys(map(self._bytes, vectors)))
        everything = inline_limit == NOTHING_INLINE
        long = [data for data in distinct if everything or not self._is_splat(data)]
        if long and inline_limit is not None and sum(map(len, long)) > inline_limit:
            self._rows = {data: row for row, data in enumerate(long)}
            self.resource = Resource(resource_path, b"".join(long))

    def value(self, vector: npt.NDArray[Any], builder: Builder) -> SSAValue:
        """The tensor of a constant; made at the builder's place the first time."""
        data = self._bytes(vector)
        if data not in self._values:
            length = len(data) // self._dtype.itemsize
            type_ = TensorType(self._element_type, [length])
            if data in self._rows:
                self._values[data] = self._slice(self._rows[data], type_, builder)
            else:
                constant = arith.ConstantOp(DenseIntOrFPElementsAttr(type_, BytesAttr(data)))
                self._values[data] = builder.insert(constant).result
        return self._values[data]

    def _slice(self, row: int, type_: TensorType[Any], builder: Builder) -> SSAValue:
        length = type_.get_shape()[0]
        if self._matrix is None:
            assert self.resource is not None
            whole = TensorType(self._element_type, [len(self._rows), length])
            empty = builder.insert(tensor.EmptyOp([], whole)).tensor
            self._matrix = builder.insert(LoadResourceOp(self.resource.path, empty)).result
        extraction = tensor.ExtractSliceOp(self._matrix, [row, 0], [1, length], [1, 1], type_)
        return builder.insert(extraction).result

    def _bytes(self, vector: npt.NDArray[Any]) -> bytes:
        return np.ascontiguousarray(vector, dtype=self._dtype).tobytes()

    def _is_splat(self, data: bytes) -> bool:
        item = self._dtype.itemsize
        return data == data[:item] * (len(data) // item)
