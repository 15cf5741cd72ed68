"""Sets of Chebyshev polynomials that are computed from the input, and the search for a good set.

Every member but T_1 costs one ciphertext-ciphertext product, by ``T_{a+b} = 2 T_a T_b - T_{|a-b|}``;
doubling and subtracting are free. A larger set needs fewer products afterwards, in
:mod:`hetorch_heir.approx.splitting`. Paterson and Stockmeyer take T_1 … T_k and T_2k, T_4k, …; which
set is best depends on the degree, the parity and the levels, so it is searched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

Indices = frozenset[int]


@dataclass(frozen=True)
class ChebyshevBasis:
    """T_j for j in ``factors``, and T_1.

    Args:
        factors: j to (a, b) with a + b = j, a >= b >= 1 and a - b in the basis or 0.
        depth: j to the levels that computing T_j takes, for every member.
    """

    factors: Mapping[int, tuple[int, int]]
    depth: Mapping[int, int]

    @property
    def products(self) -> int:
        """Ciphertext-ciphertext products that compute the whole basis."""
        return len(self.factors)

    @classmethod
    def of(cls, indices: Indices) -> ChebyshevBasis | None:
        """The basis of those indices (1 among them), each at its least depth; None if a member can't
        be computed from the others."""
        depth = {1: 0}
        factors: dict[int, tuple[int, int]] = {}
        for j in sorted(indices - {1}):
            pairs = [
                (max(depth[j - b], depth[b]) + 1, (j - b, b))
                for b in depth
                if 2 * b <= j and j - b in depth and (2 * b == j or j - 2 * b in depth)
            ]
            if not pairs:
                return None
            depth[j], factors[j] = min(pairs)
        return cls(MappingProxyType(factors), MappingProxyType(depth))


def extensions(indices: Indices, limit: int) -> list[int]:
    """Indices up to ``limit`` that can be computed from the members and aren't members."""
    return sorted(
        {
            a + b
            for a in indices
            for b in indices
            if b <= a <= limit - b and (a == b or a - b in indices) and a + b not in indices
        }
    )


def starting_sets(support: int, levels: int) -> Iterator[Indices]:
    """Sets of the shape of Paterson and Stockmeyer's, suited to the parity of the support.

    Args:
        support: bit j is set when the polynomial has a T_j term.
        levels: levels that the evaluation may take.
    """
    degree = support.bit_length() - 1
    even, odd = (sum(1 << j for j in range(start, degree + 1, 2)) for start in (2, 3))
    strides = {1: range(1, degree + 1)}
    if not support & odd:
        strides[2] = range(2, degree + 1, 2)
    powers = {1 << i for i in range(levels) if 1 << i <= degree}
    largest_baby = min(degree, 1 << (levels // 2 + 1))
    for stride, numbers in strides.items():
        for k in (n for n in numbers if n <= largest_baby * stride):
            babies = {1, *range(stride, k + 1, stride)}
            giants = {k << i for i in range(levels) if k << i <= degree}
            # k (2^m - 1): leading terms that make the quotients monic.
            leads = {(k << i) - k for i in range(1, levels + 1) if (k << i) - k <= degree + k}
            for extra in (giants, powers, giants | powers, giants | leads, giants | powers | leads):
                yield frozenset(babies | extra)
            if not support & even:
                yield frozenset(set(range(1, k + 1, 2)) | powers | giants)


def search_basis(
    cost: Callable[[Indices], int], starts: Iterable[Indices], limit: int, descents: int
) -> tuple[int, Indices]:
    """The least cost that the search finds, and its indices, all of them up to ``limit``.

    Every start is priced; from the best ones a local search adds, removes and exchanges members, as
    long as one such step lowers the cost.

    Args:
        cost: of a set of indices; one that can't be computed, or doesn't serve, costs more than any
            that does.
        starts: sets to begin with; at least one.
        limit: the largest index that may be added.
        descents: number of starts to search from.
    """
    priced: dict[Indices, int] = {}

    def price(indices: Indices) -> int:
        if indices not in priced:
            priced[indices] = cost(indices)
        return priced[indices]

    def order(indices: Indices) -> tuple[int, list[int]]:
        return price(indices), sorted(indices)

    for start in sorted(set(starts), key=order)[:descents]:
        _descend(price, start, limit)
    best = min(priced, key=order)
    return priced[best], best


def _descend(price: Callable[[Indices], int], indices: Indices, limit: int) -> None:
    while True:
        additions = extensions(indices, limit)
        removals = sorted(indices - {1})
        neighbours = [
            *(indices | {j} for j in additions),
            *(indices - {j} for j in removals),
            *((indices - {i}) | {j} for i in removals for j in additions),
        ]
        best = min(neighbours, key=price, default=indices)
        if price(best) >= price(indices):
            return
        indices = best
