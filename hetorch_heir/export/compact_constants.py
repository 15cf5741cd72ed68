"""Constants of an exported program in compact form, with loops that build the rest (``weights="formula"``).

What has no compact form is kept as vectors of slots, as in packed programs.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    i32,
)
from xdsl.ir import SSAValue

from hetorch_heir.export.constants import (
    NOTHING_INLINE,
    ConstantGroup,
    Resource,
    is_splat,
    row_slice,
    stored_type,
)
from hetorch_heir.export.diagonal_loops import FactorPlace, RowsPlace, build_rows
from hetorch_heir.linalg.compact_rows import CompactRows, Factor, TableStore, compact

INDEX_TYPE = np.dtype("<i4")


class CompactPool:
    """The constants of one function, most of them built by loops from a few numbers.

    Constants of one repeated number are in the text, as in a
    :class:`hetorch_heir.export.constants.ConstantPool`.

    Args:
        groups: all constants, any number of times. Rows of one group share a form.
        element_type: f32 or f64.
        inline_limit: bytes of numbers that may stay in the program's text, None for any number; with
            ``NOTHING_INLINE`` constants of one repeated number are not in the text either.
        resource_path: where the numbers go that are not inline; their indices go to a file beside it,
            ``….indices.bin``.

    Attributes:
        resources: the files that the program needs.
    """

    def __init__(
        self,
        groups: Sequence[ConstantGroup],
        element_type: Float32Type | Float64Type,
        *,
        inline_limit: int | None,
        resource_path: str,
    ) -> None:
        self._element_type = element_type
        self._dtype = stored_type(element_type)
        self._store = TableStore()
        self._keeps_splats = inline_limit == NOTHING_INLINE
        self._rows: dict[bytes, tuple[int, int]] = {}
        """Matrix and row of the constants that loops build."""
        self._starts: dict[bytes, int] = {}
        """Where the others begin among the numbers."""
        self._values: dict[bytes, SSAValue] = {}
        self._matrices: dict[int, SSAValue] = {}
        self._sources: dict[str, SSAValue] = {}
        self._places, self._numbers, self._indices = self._placed(*self._choose(groups))
        size = self._numbers.nbytes + self._indices.nbytes
        self._inline = inline_limit is None or size <= inline_limit
        stem = resource_path.removesuffix(".bin").removesuffix("constants")
        self._paths = {"numbers": resource_path, "indices": f"{stem}indices.bin"}
        files = {"numbers": self._numbers, "indices": self._indices}
        self.resources: tuple[Resource, ...] = tuple(
            Resource(self._paths[kind], array.tobytes())
            for kind, array in files.items()
            if array.size and not self._inline
        )

    def value(self, vector: npt.NDArray[Any], builder: Builder) -> SSAValue:
        """The tensor of a constant; made at the builder's place the first time."""
        data = self._bytes(vector)
        if data not in self._values:
            self._values[data] = self._made(data, builder)
        return self._values[data]

    def _made(self, data: bytes, builder: Builder) -> SSAValue:
        slots = len(data) // self._dtype.itemsize
        type_ = TensorType(self._element_type, [slots])
        if data in self._rows:
            matrix, row = self._rows[data]
            return row_slice(self._matrix(matrix, builder), row, builder)
        if data in self._starts:
            # Of one dimension, as rows that loops build are not: heir-opt makes one of two equal
            # tensor.empty, and heir-translate forgets the one that a file is loaded into.
            numbers = self._source("numbers", builder)
            slice_ = tensor.ExtractSliceOp(numbers, [self._starts[data]], [slots], [1], type_)
            return builder.insert(slice_).result
        return builder.insert(arith.ConstantOp(DenseIntOrFPElementsAttr(type_, BytesAttr(data)))).result

    def _choose(self, groups: Sequence[ConstantGroup]) -> tuple[list[CompactRows], list[npt.NDArray[Any]]]:
        """The compact forms, and the rows that have none. Large groups come first: their tables serve
        smaller ones."""
        forms: list[CompactRows] = []
        plain: list[npt.NDArray[Any]] = []
        known: set[bytes] = set()
        for group in sorted(groups, key=lambda one: len(one.giants), reverse=True):
            rows = np.ascontiguousarray(group.rows, dtype=self._dtype)
            new = [number for number, row in enumerate(rows) if self._is_new(row, known)]
            if not new:
                continue
            form = compact(rows[new], [group.giants[number] for number in new], self._store)
            if form is None:
                plain.extend(rows[new])
                continue
            for position, number in enumerate(new):
                self._rows[self._bytes(rows[number])] = (len(forms), position)
            forms.append(form)
        return forms, plain

    def _is_new(self, row: npt.NDArray[Any], known: set[bytes]) -> bool:
        """Whether a row has to be kept and isn't yet."""
        data = self._bytes(row)
        if data in known or (is_splat(row) and not self._keeps_splats):
            return False
        known.add(data)
        return True

    def _placed(
        self, forms: Sequence[CompactRows], plain: Sequence[npt.NDArray[Any]]
    ) -> tuple[list[RowsPlace], npt.NDArray[Any], npt.NDArray[Any]]:
        """Where the numbers of each form are; all numbers; and the tables, followed by turns."""
        indices, numbers = _Sequence(INDEX_TYPE), _Sequence(self._dtype)
        tables = [indices.start(table) for table in self._store.tables]

        def placed(factor: Factor) -> FactorPlace:
            number = self._store.number(factor.table)
            assert number is not None
            return FactorPlace(numbers.start(factor.values), factor.values.shape[1], tables[number])

        places = [
            RowsPlace(
                (len(form.turns), form.factors[0].table.size),
                tuple(map(placed, form.factors)),
                indices.start(form.turns) if np.any(form.turns) else None,
            )
            for form in forms
        ]
        self._starts = {self._bytes(row): numbers.start(row) for row in plain}
        return places, numbers.array(), indices.array()

    def _matrix(self, number: int, builder: Builder) -> SSAValue:
        if number not in self._matrices:
            sources = self._source("numbers", builder), self._source("indices", builder)
            place = self._places[number]
            self._matrices[number] = build_rows(builder, *sources, place, self._element_type)
        return self._matrices[number]

    def _source(self, kind: str, builder: Builder) -> SSAValue:
        """The tensor of all numbers, or of all indices."""
        if kind not in self._sources:
            is_index = kind == "indices"
            array, element = (self._indices, i32) if is_index else (self._numbers, self._element_type)
            type_ = TensorType(element, [array.size])
            if self._inline:
                dense = DenseIntOrFPElementsAttr(type_, BytesAttr(array.tobytes()))
                self._sources[kind] = builder.insert(arith.ConstantOp(dense)).result
            else:
                empty = builder.insert(tensor.EmptyOp([], type_)).tensor
                self._sources[kind] = builder.insert(LoadResourceOp(self._paths[kind], empty)).result
        return self._sources[kind]

    def _bytes(self, vector: npt.NDArray[Any]) -> bytes:
        return np.ascontiguousarray(vector, dtype=self._dtype).tobytes()


class _Sequence:
    """Arrays one behind the other, equal ones once."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._starts: dict[bytes, int] = {}
        self._end = 0

    def start(self, array: npt.NDArray[Any]) -> int:
        """Where an array begins."""
        data = np.ascontiguousarray(array, dtype=self._dtype).tobytes()
        if data not in self._starts:
            self._starts[data] = self._end
            self._end += array.size
        return self._starts[data]

    def array(self) -> npt.NDArray[Any]:
        """All of them."""
        return np.frombuffer(b"".join(self._starts), self._dtype)
