"""From diagonals, with their baby and giant steps, to a plan."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from hetorch_heir.linalg.diagonals import Diagonals
from hetorch_heir.linalg.layout import Layout
from hetorch_heir.linalg.transform import LinearTransform, Product


def assembled(
    source: Layout,
    target: Layout,
    diagonals: Diagonals,
    split: dict[tuple[int, int, int], tuple[int, int]],
    prelude: tuple[int, ...],
    ladder: tuple[int, ...],
) -> LinearTransform:
    """The plan whose products have the given diagonals, each with its (baby, giant)."""
    for output in set(range(target.ciphertexts)) - {output for output, _, _ in diagonals}:
        diagonals[output, 0, 0] = np.zeros(source.slots)  # a result that is zero is still a ciphertext
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
        self._rows: list[np.ndarray] = []
        self._ids: dict[bytes, int] = {}

    def add(self, vector: np.ndarray) -> int:
        key = blake2b(vector.data, digest_size=16).digest()
        if key not in self._ids:
            self._ids[key] = len(self._rows)
            self._rows.append(vector)
        return self._ids[key]

    def stacked(self, slots: int) -> np.ndarray:
        """All as one array; the pool is empty afterwards, so that large plans are in memory once only."""
        result = np.empty((len(self._rows), slots))
        for place in range(len(self._rows) - 1, -1, -1):
            result[place] = self._rows.pop()
        return result
