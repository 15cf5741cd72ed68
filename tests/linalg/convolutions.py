"""Matrices of convolutions, entry by entry, for tests of what is planned from them."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from hetorch_heir.linalg.linear_map import Matrix


def convolution(
    inputs: int, height: int, width: int, outputs: int, kernel: int, *, stride: int = 1, seed: int = 0
) -> Matrix:
    """A convolution with random weights and half a kernel of padding."""
    weights = np.random.default_rng(seed).standard_normal((outputs, inputs, kernel, kernel))
    rows, columns = ((extent - 1) // stride + 1 for extent in (height, width))
    o, y, x, i, dy, dx = np.indices((outputs, rows, columns, inputs, kernel, kernel))
    from_y, from_x = y * stride + dy - kernel // 2, x * stride + dx - kernel // 2
    inside = (from_y >= 0) & (from_y < height) & (from_x >= 0) & (from_x < width)
    targets = ((o * rows + y) * columns + x)[inside]
    sources = ((i * height + from_y) * width + from_x)[inside]
    values = weights[o, i, dy, dx][inside]
    shape = (outputs * rows * columns, inputs * height * width)
    matrix = sparse.csr_array((values, (targets, sources)), shape=shape)
    matrix.sort_indices()
    return Matrix(matrix)
