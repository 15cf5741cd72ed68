"""From diagonals, with their baby and giant steps, to a plan.

Where the entries of a matrix go depends on which of them are not zero, not on their values. So a plan is made
of the numbers of the entries first (:func:`numbered`), for all matrices of a pattern, and then filled with
the entries of one (:func:`filled`).
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from hetorch_heir.linalg.diagonals import Diagonals
from hetorch_heir.linalg.layout import Layout
from hetorch_heir.linalg.linear_map import Matrix, dimensions
from hetorch_heir.linalg.transform import LinearTransform, Product


def numbered(matrix: Matrix) -> Matrix:
    """The matrix with its entries' numbers, from 1, in place of the entries (int32)."""
    entries = (np.arange(1, matrix.nnz + 1, dtype=np.int32), matrix.indices, matrix.indptr)
    return sparse.csr_array(entries, shape=dimensions(matrix))


def filled(plan: LinearTransform, matrix: Matrix) -> LinearTransform:
    """A plan of :func:`numbered` entries, with those of a matrix of the same pattern."""
    entries = np.append(0.0, matrix.data)
    pool = _DiagonalPool()
    rows = [pool.add(entries[numbers]) for numbers in plan.diagonals]
    products = plan.products
    if len(set(rows)) < len(rows):  # equal diagonals of different entries
        products = tuple(replace(one, diagonal=rows[one.diagonal]) for one in products)
    return replace(plan, products=products, diagonals=pool.stacked(plan.source.slots))


def assembled(
    source: Layout,
    target: Layout,
    diagonals: Diagonals,
    split: dict[tuple[int, int, int], tuple[int, int]],
    prelude: tuple[int, ...],
    ladder: tuple[int, ...],
) -> LinearTransform:
    """The plan whose products have the given diagonals, each with its (baby, giant)."""
    kind = next((vector.dtype for vector in diagonals.values()), np.dtype(np.int32))
    for output in set(range(target.ciphertexts)) - {output for output, _, _ in diagonals}:
        diagonals[output, 0, 0] = np.zeros(
            source.slots, dtype=kind
        )  # a result that is zero is still a ciphertext
        split[output, 0, 0] = (0, 0)
    pool = _DiagonalPool()
    products: list[Product] = []
    for key in sorted(diagonals, key=lambda one: (one[0], split[one][1], one[1], split[one][0])):
        output, input_, _ = key
        baby, giant = split[key]
        # Rotating the product by the giant step turns the diagonal too: turn it back beforehand.
        vector = np.roll(diagonals.pop(key), giant)
        products.append(Product(output, giant, input_, baby, pool.add(vector)))
    return LinearTransform(source, target, tuple(products), pool.stacked(source.slots), prelude, ladder)


class _DiagonalPool:
    """Diagonals in order of first use, each stored once."""

    def __init__(self) -> None:
        self._rows: list[npt.NDArray[Any]] = []
        self._ids: dict[bytes, int] = {}

    def add(self, vector: npt.NDArray[Any]) -> int:
        key = blake2b(vector.data, digest_size=16).digest()
        if key not in self._ids:
            self._ids[key] = len(self._rows)
            self._rows.append(vector)
        return self._ids[key]

    def stacked(self, slots: int) -> npt.NDArray[Any]:
        """All as one array; the pool is empty afterwards, so that large plans are in memory once only."""
        result = np.empty((len(self._rows), slots), dtype=self._rows[0].dtype if self._rows else np.float64)
        for place in range(len(self._rows) - 1, -1, -1):
            result[place] = self._rows.pop()
        return result
