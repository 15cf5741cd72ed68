"""Linear maps between flattened tensors, as sparse matrices that compose.

A linear operator of the model (linear, matmul with a constant, permute, expand, product with a
constant …) is a matrix from the row-major elements of its input to those of its output. Sparse matrices
keep the structure (a permutation has one entry per row) and multiply quickly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import blake2b
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
    """Row i picks element ``indices[i]`` of a tensor with ``size`` elements; of a negative one, zero."""
    flat = np.asarray(indices, dtype=np.int64).reshape(-1)
    given = flat >= 0
    columns = flat[given]
    starts = np.append(0, np.cumsum(given))
    return sparse.csr_array((np.ones(columns.size), columns, starts), shape=(flat.size, size))


def repeated(matrix: Matrix, count: int) -> Matrix:
    """The block-diagonal matrix of ``count`` copies: the map of each item of a batch."""
    if count == 1:
        return matrix
    rows, columns = dimensions(matrix)
    item = np.arange(count)[:, None]
    index_type = sparse.get_index_dtype(maxval=count * max(columns, matrix.nnz))
    indices = matrix.indices + (item * columns).astype(index_type)
    starts = np.append((matrix.indptr[:-1] + item * matrix.nnz).reshape(-1), count * matrix.nnz)
    entries = (np.tile(matrix.data, count), indices.reshape(-1), starts.astype(index_type))
    return sparse.csr_array(entries, shape=(count * rows, count * columns))


def elementwise(factors: npt.ArrayLike) -> Matrix:
    """Multiplies element i by ``factors[i]``."""
    flat = np.asarray(factors, dtype=np.float64).reshape(-1)
    positions = np.arange(flat.size)
    return sparse.csr_array((flat, (positions, positions)), shape=(flat.size, flat.size))


def on_last_axis(weight: npt.ArrayLike, shape: Sequence[int]) -> Matrix:
    """``x @ weight.T`` for x of ``shape`` (…, d) and weight of shape (m, d)."""
    return repeated(sparse.csr_array(np.asarray(weight, dtype=np.float64)), math.prod(shape[:-1]))


def on_rows(left: npt.ArrayLike, shape: Sequence[int]) -> Matrix:
    """``left @ x`` for x of ``shape`` (…, d, columns), or (d,), and left of shape (…, m, d).

    Batch dimensions broadcast as in ``torch.matmul``.
    """
    weights = np.asarray(left, dtype=np.float64)
    shape = tuple(shape) if len(shape) > 1 else (*shape, 1)
    elements = np.arange(math.prod(shape)).reshape(shape)
    # Axes: batch, row of the result, column, summed over.
    return _products(weights[..., :, None, :], elements.swapaxes(-1, -2)[..., None, :, :], elements.size)


def on_columns(right: npt.ArrayLike, shape: Sequence[int]) -> Matrix:
    """``x @ right`` for x of ``shape`` (…, rows, d), or (d,), and right of shape (…, d, m).

    Batch dimensions broadcast as in ``torch.matmul``.
    """
    weights = np.asarray(right, dtype=np.float64)
    shape = tuple(shape) if len(shape) > 1 else (1, *shape)
    elements = np.arange(math.prod(shape)).reshape(shape)
    return _products(weights.swapaxes(-1, -2)[..., None, :, :], elements[..., :, None, :], elements.size)


def _products(factors: npt.NDArray[np.float64], elements: npt.NDArray[np.int64], size: int) -> Matrix:
    """Sums over the last axis of factors times elements of a tensor of ``size``; the arrays broadcast."""
    factors, elements = np.broadcast_arrays(factors, elements)
    rows, terms = math.prod(factors.shape[:-1]), factors.shape[-1]
    # Copies: the broadcast arrays may share their elements.
    entries = (factors.flatten(), elements.flatten(), np.arange(rows + 1) * terms)
    matrix = sparse.csr_array(entries, shape=(rows, size))
    matrix.eliminate_zeros()
    return matrix


def sums(shape: Sequence[int], dims: Sequence[int]) -> Matrix:
    """``x.sum(dims)`` for x of ``shape``."""
    reduced = sorted(dim % len(shape) for dim in dims)
    kept = [dim for dim in range(len(shape)) if dim not in reduced]
    size, terms = math.prod(shape), math.prod(shape[dim] for dim in reduced)
    elements = np.arange(size).reshape(shape).transpose(*kept, *reduced).reshape(-1)
    return sparse.csr_array(
        (np.ones(size), elements, np.arange(0, size + 1, terms)), shape=(size // terms, size)
    )


def padding(shape: Sequence[int], before: Sequence[int], after: Sequence[int]) -> Matrix:
    """Zeros ``before`` and ``after`` the elements on each axis; negative numbers cut elements off."""
    elements = np.pad(
        np.arange(math.prod(shape)).reshape(shape),
        [(max(low, 0), max(high, 0)) for low, high in zip(before, after, strict=True)],
        constant_values=-1,
    )
    kept = tuple(
        slice(max(-low, 0), extent - max(-high, 0))
        for low, high, extent in zip(before, after, elements.shape, strict=True)
    )
    return selection(elements[kept], math.prod(shape))


def permutation(shape: Sequence[int], dims: Sequence[int]) -> Matrix:
    """``x.permute(dims)``."""
    size = int(np.prod(shape))
    return selection(np.arange(size).reshape(shape).transpose(dims), size)


def expansion(shape: Sequence[int], target: Sequence[int]) -> Matrix:
    """``x.expand(target)``: broadcasting of axes of extent 1 and of missing leading axes."""
    size = int(np.prod(shape))
    return selection(np.broadcast_to(np.arange(size).reshape(shape), target), size)


def product(left: Matrix, right: Matrix) -> Matrix:
    """``left @ right``; quick where one of them is the identity, or the left one is diagonal."""
    if is_identity(right):
        return left
    if not _is_diagonal(left):
        return left @ right
    data = right.data * np.repeat(left.data, np.diff(right.indptr))
    return sparse.csr_array((data, right.indices, right.indptr), shape=right.shape)


def _is_diagonal(matrix: Matrix) -> bool:
    """Whether the matrix has one entry in each row, on the diagonal."""
    rows, columns = dimensions(matrix)
    if rows != columns or matrix.nnz != rows:
        return False
    return np.array_equal(matrix.indices, np.arange(rows)) and np.array_equal(
        matrix.indptr, np.arange(rows + 1)
    )


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


def is_dense(matrix: Matrix) -> bool:
    """Whether treating the matrix as full loses little: a quarter of it, or more, is not zero."""
    rows, columns = dimensions(matrix)
    return matrix.nnz * 4 >= rows * columns


class Patterns:
    """Which entries of matrices are not zero, as keys that are equal for equal patterns."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Matrix, bytes]] = {}

    def of(self, matrix: Matrix) -> bytes:
        if id(matrix) not in self._known:
            digest = blake2b(repr(dimensions(matrix)).encode(), digest_size=16)
            digest.update(matrix.indptr.data)
            digest.update(matrix.indices.data)
            # The matrix is kept, so that its id stays its own.
            self._known[id(matrix)] = matrix, digest.digest()
        return self._known[id(matrix)][1]
