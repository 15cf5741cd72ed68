"""Functions that a client runs: pack and encrypt an input, decrypt and unpack an output.

They are found by their ``heir.interface`` attribute, which says whose argument or result they belong to.
Packing is printed as index arithmetic in a loop where the layout has a formula, and as a table of
positions otherwise; both lower to C++ and Go.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from he_dialects.hetorch import CiphertextType, DecryptOp, EncryptOp
from xdsl.builder import Builder
from xdsl.dialects import arith, func, scf, tensor
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    Float32Type,
    Float64Type,
    IndexType,
    IntegerAttr,
    StringAttr,
    TensorType,
    i32,
    i64,
)
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint

from hetorch_heir.linalg.layout import EMPTY, Formula, Layout

Float = Float32Type | Float64Type
INTERFACE = "heir.interface"


def interface(function: str, index: int, role: str, **numbers: int | tuple[int, ...]) -> DictionaryAttr:
    """The attribute that tells what a client function is for.

    Args:
        function: the function whose argument or result is meant.
        index: number of the argument or result.
        role: "client.encrypt", "client.decrypt" or "client.pack".
        numbers: further entries: which input or output of the model, and its shape.
    """
    entries = {
        "func_name": StringAttr(function),
        "index": IntegerAttr(index, i64),
        "roles": ArrayAttr([StringAttr(role)]),
    }
    for name, value in numbers.items():
        if isinstance(value, int):
            entries[name] = IntegerAttr(value, i64)
        else:
            entries[name] = ArrayAttr([IntegerAttr(extent, i64) for extent in value])
    return DictionaryAttr(entries)


def encrypt_function(
    name: str,
    attribute: DictionaryAttr,
    layout: Layout,
    ciphertext: int,
    type_: CiphertextType,
    element: Float,
) -> func.FuncOp:
    """``(tensor<elements>) -> ciphertext``: packs one ciphertext of an input and encrypts it."""

    def body(builder: Builder, argument: SSAValue) -> SSAValue:
        packed = _pack(builder, argument, layout, ciphertext, element)
        return builder.insert(EncryptOp(packed, type_.level, type_.scale)).output

    return _function(name, attribute, TensorType(element, [layout.size]), type_, body)


def pack_function(
    name: str, attribute: DictionaryAttr, layout: Layout, ciphertext: int, element: Float
) -> func.FuncOp:
    """``(tensor<elements>) -> tensor<slots>``: packs a public input like one ciphertext."""

    def body(builder: Builder, argument: SSAValue) -> SSAValue:
        return _pack(builder, argument, layout, ciphertext, element)

    result = TensorType(element, [layout.slots])
    return _function(name, attribute, TensorType(element, [layout.size]), result, body)


def decrypt_function(
    name: str, attribute: DictionaryAttr, positions: np.ndarray, type_: CiphertextType, element: Float
) -> func.FuncOp:
    """``(ciphertext) -> tensor<elements>``: decrypts and reads the slots at ``positions``, in order."""

    def body(builder: Builder, argument: SSAValue) -> SSAValue:
        slots = builder.insert(DecryptOp(argument, element)).output
        return _gather(builder, slots, positions, element)

    return _function(name, attribute, type_, TensorType(element, [positions.size]), body)


def _function(
    name: str,
    attribute: DictionaryAttr,
    argument: TensorType | CiphertextType,
    result: TensorType | CiphertextType,
    body: Callable[[Builder, SSAValue], SSAValue],
) -> func.FuncOp:
    function = func.FuncOp(name, ([argument], [result]))
    function.attributes[INTERFACE] = attribute
    block = function.body.block
    builder = Builder(InsertPoint.at_end(block))
    builder.insert(func.ReturnOp(body(builder, block.args[0])))
    return function


def _pack(builder: Builder, source: SSAValue, layout: Layout, ciphertext: int, element: Float) -> SSAValue:
    """The slots of one ciphertext, as tensor<slots>."""
    table = layout.table[ciphertext]
    guard = layout.size if np.any(table == EMPTY) else None
    if layout.formula is not None:
        formula, offset = layout.formula, ciphertext * layout.slots
        return _fill(
            builder,
            source,
            layout.slots,
            element,
            lambda inner, slot: _evaluate(inner, formula, slot, offset),
            guard,
        )
    # Gaps are given a position past the end, as a formula gives them.
    entries = _index_table(builder, np.where(table == EMPTY, layout.size, table))
    return _fill(
        builder, source, layout.slots, element, lambda inner, slot: _table_entry(inner, entries, slot), guard
    )


def _gather(builder: Builder, slots: SSAValue, positions: np.ndarray, element: Float) -> SSAValue:
    """``slots[positions]``."""
    size = positions.size
    if np.array_equal(positions, np.arange(size) + positions[0]):
        type_ = TensorType(element, [size])
        return builder.insert(tensor.ExtractSliceOp(slots, [int(positions[0])], [size], [1], type_)).result
    table = _index_table(builder, positions)
    return _fill(builder, slots, size, element, lambda inner, one: _table_entry(inner, table, one), None)


def _fill(
    builder: Builder,
    source: SSAValue,
    length: int,
    element: Float,
    position: Callable[[Builder, SSAValue], SSAValue],
    size: int | None,
) -> SSAValue:
    """``result[i] = source[position(i)]`` for i < length, or 0 where the position is not below ``size``."""
    type_ = TensorType(element, [length])
    zero = DenseIntOrFPElementsAttr.from_list(type_, [0.0])
    start = builder.insert(arith.ConstantOp(zero)).result
    low, high, step = (_index(builder, value) for value in (0, length, 1))
    block = Block(arg_types=[IndexType(), type_])
    inner = Builder(InsertPoint.at_end(block))
    slot, filled = block.args
    found = position(inner, slot)
    if size is None:
        result = _copy(inner, source, found, filled, slot)
    else:
        inside = inner.insert(arith.CmpiOp(found, _index(inner, size), "slt")).result
        then, otherwise = Block(), Block()
        copied = _copy(Builder(InsertPoint.at_end(then)), source, found, filled, slot)
        then.add_op(scf.YieldOp(copied))
        otherwise.add_op(scf.YieldOp(filled))
        result = inner.insert(scf.IfOp(inside, [type_], Region(then), Region(otherwise))).results[0]
    inner.insert(scf.YieldOp(result))
    return builder.insert(scf.ForOp(low, high, step, [start], Region(block))).results[0]


def _copy(
    builder: Builder, source: SSAValue, position: SSAValue, target: SSAValue, slot: SSAValue
) -> SSAValue:
    value = builder.insert(tensor.ExtractOp(source, position, source.type.get_element_type())).result  # pyright: ignore
    return builder.insert(tensor.InsertOp(value, target, slot)).result


def _evaluate(builder: Builder, formula: Formula, slot: SSAValue, offset: int) -> SSAValue:
    """The element that a formula places in a slot."""
    position = slot if offset == 0 else builder.insert(arith.AddiOp(slot, _index(builder, offset))).result
    total: SSAValue | None = None
    for term in formula.terms:
        digit = _apply(builder, arith.DivSIOp, position, term.divisor, 1)
        digit = _apply(builder, arith.RemSIOp, digit, term.modulus, 0)
        digit = _apply(builder, arith.MuliOp, digit, term.coefficient, 1)
        total = digit if total is None else builder.insert(arith.AddiOp(total, digit)).result
    assert total is not None
    return _apply(builder, arith.RemSIOp, total, formula.modulus, 0)


def _apply(
    builder: Builder, operation: type[Operation], value: SSAValue, number: int, neutral: int
) -> SSAValue:
    """``operation(value, number)``, left out where the number changes nothing."""
    if number == neutral:
        return value
    return builder.insert(operation(value, _index(builder, number))).results[0]  # pyright: ignore


def _index_table(builder: Builder, table: np.ndarray) -> SSAValue:
    # heir-translate prints no constants of type index in Go.
    type_ = TensorType(i32, [table.size])
    return builder.insert(arith.ConstantOp(DenseIntOrFPElementsAttr.from_list(type_, table.tolist()))).result


def _table_entry(builder: Builder, table: SSAValue, slot: SSAValue) -> SSAValue:
    entry = builder.insert(tensor.ExtractOp(table, slot, i32)).result
    return builder.insert(arith.IndexCastOp(entry, IndexType())).result


def _index(builder: Builder, value: int) -> SSAValue:
    return builder.insert(arith.ConstantOp(IntegerAttr(value, IndexType()))).result
