"""Types and constants of host numbers as NumPy has them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from he_dialects.resources import blob_of
from numpy.typing import NDArray
from xdsl.dialects.builtin import (
    ContainerType,
    DenseIntOrFPElementsAttr,
    DenseResourceAttr,
    Float32Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
)
from xdsl.ir import Attribute

from hetorch_heir.core.errors import ProgramError

ALIGNMENT_BYTES = 4
"""In front of the values of a named constant: how MLIR aligns them in memory."""

_INTEGERS = {8: np.int8, 16: np.int16, 32: np.int32, 64: np.int64}


def dtype_of(element_type: Attribute) -> np.dtype[Any]:
    """The NumPy type for elements of an MLIR type; anything but numbers is kept as objects."""
    match element_type:
        case Float32Type():
            return np.dtype("<f4")
        case Float64Type():
            return np.dtype("<f8")
        case IndexType():
            return np.dtype("<i8")
        case IntegerType() if element_type.width.data == 1:
            return np.dtype(np.bool_)
        case IntegerType() if element_type.width.data in _INTEGERS:
            return np.dtype(_INTEGERS[element_type.width.data])
        case _:
            return np.dtype(object)


def element_type_of(value_type: Attribute) -> Attribute:
    """The type of the elements of a tensor, or the type itself."""
    return value_type.get_element_type() if isinstance(value_type, ContainerType) else value_type


def constant_value(attribute: Attribute) -> Any:
    """The value of an ``arith.constant``: a number or an array.

    Raises:
        ProgramError: it is neither.
    """
    match attribute:
        case IntegerAttr():
            return bool(attribute.value.data) if attribute.type == IntegerType(1) else attribute.value.data
        case FloatAttr():
            return dtype_of(attribute.type).type(attribute.value.data)
        case DenseIntOrFPElementsAttr():
            return _dense_array(attribute)
        case DenseResourceAttr():
            return _named_array(attribute)
        case _:
            raise ProgramError(f"a constant of this kind isn't supported: {attribute.name}")


def _dense_array(attribute: DenseIntOrFPElementsAttr[Any]) -> NDArray[Any]:
    dtype = dtype_of(attribute.get_element_type())
    if dtype == np.bool_:
        array = np.array(attribute.get_values(), dtype=np.bool_)
    else:
        array = np.frombuffer(attribute.data.data, dtype=dtype)
    return array.reshape(attribute.get_shape())


def _named_array(attribute: DenseResourceAttr) -> NDArray[Any]:
    name, kind, blob = attribute.resource_handle.data, attribute.type, blob_of(attribute)
    if blob is None:
        raise ProgramError(
            f"the values of the constant {name} are not in the program's text",
            hint="keep the dialect_resources at its end",
        )
    assert isinstance(kind, ContainerType)
    dtype, shape = dtype_of(kind.get_element_type()), kind.get_shape()
    values = bytes.fromhex(blob.removeprefix("0x"))[ALIGNMENT_BYTES:]
    if dtype.hasobject or len(values) != math.prod(shape) * dtype.itemsize:
        raise ProgramError(f"the constant {name} has {len(values)} bytes, which are no {kind}")
    return np.frombuffer(values, dtype=dtype).reshape(shape)
