"""Reference numbers and an exhaustive search to compare the planner with."""

from __future__ import annotations

from collections.abc import Iterator

from hetorch_heir.approx.chebyshev_basis import ChebyshevBasis, Indices, extensions
from hetorch_heir.approx.splitting import IMPOSSIBLE, PRODUCT, Corrections, Splitter

# Ciphertext-ciphertext products and levels of Lattigo's polynomial evaluator, by degree.
LATTIGO = {7: (5, 3), 15: (8, 4), 27: (11, 5), 31: (13, 5), 59: (16, 6), 127: (28, 7)}


def dense(degree: int) -> int:
    """Support of a polynomial with all terms."""
    return (2 << degree) - 2


def odd(degree: int) -> int:
    """Support of an odd polynomial."""
    return sum(1 << j for j in range(1, degree + 1, 2))


def even_and_linear(degree: int) -> int:
    """Support of relu, gelu, silu: even, and a linear term."""
    return 2 | sum(1 << j for j in range(2, degree + 1, 2))


def all_bases(degree: int, most_products: int) -> Iterator[Indices]:
    """Every set of Chebyshev polynomials up to that degree that few enough products compute."""
    stack: list[Indices] = [frozenset({1})]
    while stack:
        indices = stack.pop()
        yield indices
        if len(indices) - 1 < most_products:
            largest = max(indices)
            stack.extend(indices | {j} for j in extensions(indices, degree) if j > largest)


def fewest_products(support: int, levels: int, at_most: int, corrections: Corrections = "none") -> int:
    """Products of the best evaluation over all bases; ``at_most`` prunes the search."""
    best = IMPOSSIBLE
    for indices in all_bases(support.bit_length() - 1, at_most):
        basis = ChebyshevBasis.of(indices)
        assert basis is not None
        split = Splitter(basis, levels, corrections).choice(support, levels).cost
        best = min(best, basis.products * PRODUCT + split)
    return best // PRODUCT
