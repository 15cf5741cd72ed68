"""A packing."""

import math

import numpy as np

from hetorch_heir.linalg.layout import EMPTY, Layout, next_power_of_two


def mirrored(shape: tuple[int, ...], slots: int) -> Layout:
    """The last element first, over and over in every ciphertext that has room for it."""
    size = math.prod(shape)
    ciphertexts = max(1, -(-size // slots))
    element = size - 1 - np.arange(ciphertexts * slots).reshape(-1, slots) % next_power_of_two(size)
    return Layout.from_table(size, np.where(element < 0, EMPTY, element), "mirrored")
