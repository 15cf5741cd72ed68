"""Types and constants of host numbers as NumPy has them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import (
    ContainerType,
    DenseIntOrFPElementsAttr,
    Float32Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
)
from xdsl.ir import Attribute

from hetorch_heir.core.errors import ProgramError

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
        case _:
            raise ProgramError(f"a constant of this kind isn't supported: {attribute.name}")


def _dense_array(attribute: DenseIntOrFPElementsAttr[Any]) -> NDArray[Any]:
    dtype = dtype_of(attribute.get_element_type())
    if dtype == np.bool_:
        array = np.array(attribute.get_values(), dtype=np.bool_)
    else:
        array = np.frombuffer(attribute.data.data, dtype=dtype)
    return array.reshape(attribute.get_shape())
