"""Linear maps between flattened tensors, as sparse matrices that compose.

A linear operator of the model (linear, matmul with a constant, permute, expand, product with a
constant …) is a matrix from the row-major elements of its input to those of its output. Sparse matrices
keep the structure (a permutation has one entry per row) and multiply quickly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
from scipy import sparse

Matrix = sparse.csr_array
"""Shape (elements of the output, elements of the input), float64."""


def dimensions(matrix: Matrix) -> tuple[int, int]:
    """(elements of the output, elements of the input)."""
    return cast("tuple[int, int]", matrix.shape)  # scipy types it as unknown


def identity(size: int) -> Matrix:
    return sparse.csr_array(sparse.eye_array(size, dtype=np.float64, format="csr"))


def selection(indices: npt.ArrayLike, size: int) -> Matrix:
    """Row i picks element ``indices[i]`` of a tensor with ``size`` elements."""
    columns = np.asarray(indices, dtype=np.int64).reshape(-1)
    rows = np.arange(columns.size)
    return sparse.csr_array((np.ones(columns.size), (rows, columns)), shape=(columns.size, size))


def elementwise(factors: npt.ArrayLike) -> Matrix:
    """Multiplies element i by ``factors[i]``."""
    flat = np.asarray(factors, dtype=np.float64).reshape(-1)
    positions = np.arange(flat.size)
    return sparse.csr_array((flat, (positions, positions)), shape=(flat.size, flat.size))


def on_last_axis(weight: npt.ArrayLike, shape: Sequence[int]) -> Matrix:
    """``x @ weight.T`` for x of ``shape`` (…, d) and weight of shape (m, d)."""
    matrix = sparse.csr_array(np.asarray(weight, dtype=np.float64))
    return sparse.csr_array(sparse.kron(identity(int(np.prod(shape[:-1]))), matrix, format="csr"))


def on_rows(left: npt.ArrayLike, shape: Sequence[int]) -> Matrix:
    """``left @ x`` for x of ``shape`` (…, d, columns), or (d,), and left of shape (…, m, d).

    Batch dimensions broadcast as in ``torch.matmul``.
    """
    weights = np.asarray(left, dtype=np.float64)
    shape = tuple(shape) if len(shape) > 1 else (*shape, 1)
    batch = np.broadcast_shapes(weights.shape[:-2], shape[:-2])
    columns = identity(shape[-1])
    if weights.ndim == 2:
        one = sparse.kron(sparse.csr_array(weights), columns, format="csr")
        return sparse.csr_array(sparse.kron(identity(int(np.prod(batch))), one, format="csr"))
    items = np.broadcast_to(weights, (*batch, *weights.shape[-2:])).reshape(-1, *weights.shape[-2:])
    blocks = [sparse.kron(sparse.csr_array(item), columns, format="csr") for item in items]
    repeated = expansion(shape, (*batch, *shape[-2:]))
    return sparse.csr_array(sparse.block_diag(blocks, format="csr") @ repeated)


def permutation(shape: Sequence[int], dims: Sequence[int]) -> Matrix:
    """``x.permute(dims)``."""
    size = int(np.prod(shape))
    return selection(np.arange(size).reshape(shape).transpose(dims), size)


def expansion(shape: Sequence[int], target: Sequence[int]) -> Matrix:
    """``x.expand(target)``: broadcasting of axes of extent 1 and of missing leading axes."""
    size = int(np.prod(shape))
    return selection(np.broadcast_to(np.arange(size).reshape(shape), target), size)


def is_identity(matrix: Matrix) -> bool:
    """Whether the matrix maps every element to itself."""
    return is_multiple_of_identity(matrix, 1.0)


def is_multiple_of_identity(matrix: Matrix, factor: float) -> bool:
    """Whether the matrix multiplies every element by ``factor``, which is not 0."""
    rows, columns = dimensions(matrix)
    if rows != columns or matrix.nnz != rows:
        return False
    entries = matrix.tocoo()
    return bool(np.array_equal(entries.row, entries.col) and np.all(entries.data == factor))


def is_sign(matrix: Matrix) -> bool:
    """Whether the matrix maps every element to itself, or every one to its negative."""
    return any(is_multiple_of_identity(matrix, sign) for sign in (1.0, -1.0))


def selection_factor(matrix: Matrix) -> float | None:
    """The factor, if every row picks exactly one element times one and the same factor; else None."""
    if not matrix.nnz or np.any(np.diff(matrix.indptr) != 1) or np.any(matrix.data != matrix.data[0]):
        return None
    return float(matrix.data[0])
