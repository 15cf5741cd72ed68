"""Loops that build the rows of compact constants when a program starts.

For rows of 4 slots that are rotated by turns of their own, with 2 classes of slots,

    %rows = scf.for %row = %c0 to %c3 step %c1 iter_args(%all = %empty) -> (tensor<3x4xf32>) {
      %turn = … indices[4 + row]                        // behind the table of 4 classes
      %filled = scf.for %slot = %c0 to %c4 step %c1 iter_args(%some = %all) -> (tensor<3x4xf32>) {
        %straight = arith.remsi (%slot + %turn), %c4 : index
        %class = … indices[%straight]
        %value = … weights[2 · row + class]             // times another number, if there is a mask
        %more = tensor.insert %value into %some[%row, %slot] : tensor<3x4xf32>
        scf.yield %more : tensor<3x4xf32>
      }
      scf.yield %filled : tensor<3x4xf32>
    }

heir-opt lowers these to loops in C++ and Go, which update the tensor in place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xdsl.builder import Builder
from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import Float32Type, Float64Type, IndexType, IntegerAttr, TensorType
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint


@dataclass(frozen=True)
class FactorPlace:
    """Where the numbers of a factor are: ``weights[values + row · classes + indices[table + slot]]``."""

    values: int
    classes: int
    table: int


@dataclass(frozen=True)
class RowsPlace:
    """Where the numbers of some rows are; see :class:`hetorch_heir.linalg.compact_rows.CompactRows`.

    Attributes:
        shape: rows and slots.
        factors: whose product a row is.
        turns: row r is rotated by ``indices[turns + r]``; None if no row is.
    """

    shape: tuple[int, int]
    factors: tuple[FactorPlace, ...]
    turns: int | None


def build_rows(
    builder: Builder,
    weights: SSAValue,
    indices: SSAValue,
    place: RowsPlace,
    element: Float32Type | Float64Type,
) -> SSAValue:
    """The tensor of all rows, made by loops over rows and slots.

    Args:
        weights: ``tensor<…xelement>``.
        indices: ``tensor<…xi32>``.
    """
    type_ = TensorType(element, place.shape)
    empty = builder.insert(tensor.EmptyOp([], type_)).tensor

    def one_row(outer: Builder, row: SSAValue, rows: SSAValue) -> SSAValue:
        turn = None if place.turns is None else _entry(outer, indices, _plus(outer, row, place.turns))
        first = [_plus(outer, _times(outer, row, one.classes), one.values) for one in place.factors]

        def one_slot(inner: Builder, slot: SSAValue, some: SSAValue) -> SSAValue:
            straight = slot if turn is None else _turned(inner, slot, turn, place.shape[1])
            value = _product(inner, weights, indices, straight, list(zip(place.factors, first, strict=True)))
            return inner.insert(tensor.InsertOp(value, some, [row, slot])).result

        return _loop(outer, place.shape[1], rows, one_slot)

    return _loop(builder, place.shape[0], empty, one_row)


def _product(
    builder: Builder,
    weights: SSAValue,
    indices: SSAValue,
    slot: SSAValue,
    factors: Sequence[tuple[FactorPlace, SSAValue]],
) -> SSAValue:
    product: SSAValue | None = None
    for factor, first in factors:
        of_slot = _entry(builder, indices, _plus(builder, slot, factor.table))
        position = builder.insert(arith.AddiOp(first, of_slot)).result
        value = builder.insert(tensor.ExtractOp(weights, [position], _element(weights))).result
        product = value if product is None else builder.insert(arith.MulfOp(product, value)).result
    assert product is not None, "rows have at least one factor"
    return product


def _loop(
    builder: Builder, length: int, start: SSAValue, body: Callable[[Builder, SSAValue, SSAValue], SSAValue]
) -> SSAValue:
    """``for i < length: carried = body(i, carried)``."""
    low, high, step = (_index(builder, value) for value in (0, length, 1))
    block = Block(arg_types=[IndexType(), start.type])
    inner = Builder(InsertPoint.at_end(block))
    inner.insert(scf.YieldOp(body(inner, *block.args)))
    return builder.insert(scf.ForOp(low, high, step, [start], Region(block))).results[0]


def _turned(builder: Builder, slot: SSAValue, turn: SSAValue, slots: int) -> SSAValue:
    total = builder.insert(arith.AddiOp(slot, turn)).result
    return builder.insert(arith.RemSIOp(total, _index(builder, slots))).result


def _entry(builder: Builder, indices: SSAValue, position: SSAValue) -> SSAValue:
    value = builder.insert(tensor.ExtractOp(indices, [position], _element(indices))).result
    return builder.insert(arith.IndexCastOp(value, IndexType())).result


def _plus(builder: Builder, value: SSAValue, number: int) -> SSAValue:
    return _combined(builder, arith.AddiOp, value, number, 0)


def _times(builder: Builder, value: SSAValue, number: int) -> SSAValue:
    return _combined(builder, arith.MuliOp, value, number, 1)


def _combined(
    builder: Builder,
    operation: Callable[[SSAValue, SSAValue], Operation],
    value: SSAValue,
    number: int,
    neutral: int,
) -> SSAValue:
    if number == neutral:
        return value
    return builder.insert(operation(value, _index(builder, number))).results[0]


def _index(builder: Builder, value: int) -> SSAValue:
    return builder.insert(arith.ConstantOp(IntegerAttr(value, IndexType()))).result


def _element(value: SSAValue):
    assert isinstance(value.type, TensorType)
    return value.type.get_element_type()
