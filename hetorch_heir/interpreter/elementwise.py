"""Operations on ciphertexts applied to tensors of them, which are NumPy arrays of objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def elementwise(function: Callable[..., Any], *operands: Any) -> Any:
    """``function`` of the operands, or of their elements where operands are tensors.

    All operands that are tensors have one shape, as the verifiers of elementwise operations ensure.
    """
    tensors = [operand for operand in operands if isinstance(operand, np.ndarray)]
    if not tensors:
        return function(*operands)
    result = np.empty(tensors[0].shape, dtype=object)
    for index in np.ndindex(result.shape):
        result[index] = function(
            *(operand[index] if isinstance(operand, np.ndarray) else operand for operand in operands)
        )
    return result
