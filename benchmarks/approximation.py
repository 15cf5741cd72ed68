"""Measures approximations: errors by function, degree and method, and compositions against published ones.

    python -m benchmarks.approximation            # prints the tables
    python -m benchmarks.approximation --write    # keeps them in results/approximation.md

Errors are the largest ones on the default range of a function, from more than 20 000 points. Published
compositions: E. Lee, J.-W. Lee, J.-S. No, Y.-S. Kim, IEEE TDSC 19 (2022), for comparisons (levels), and
E. Lee et al., ICML 2022, for relu (degrees).
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence

from benchmarks.command import main, provenance
from benchmarks.polynomial_evaluation import table
from hetorch_heir.approx import ACTIVATION_NAMES, activation, approximate, composite_abs
from hetorch_heir.approx.composite_degrees import best_abs, choose_abs, choose_sign
from hetorch_heir.approx.fit import Method
from hetorch_heir.approx.functions import ActivationFunction

METHODS: tuple[Method, ...] = ("chebyshev", "least_squares", "minimax")
DEGREES = (7, 15, 31, 63)
PARAMETERS = {"clamp": {"min": -1.0, "max": 2.0}}
PUBLISHED_RELU = {
    5: (13,),
    6: (3, 7),
    7: (7, 7),
    8: (7, 15),
    9: (15, 15),
    10: (7, 7, 13),
    11: (7, 7, 27),
    12: (7, 15, 27),
    13: (15, 15, 27),
    14: (15, 27, 29),
}
PUBLISHED_COMPARISON = {
    4: 5, 5: 7, 6: 8, 7: 10, 8: 11, 9: 13, 10: 14, 11: 15, 12: 16, 13: 17, 14: 19, 15: 20, 16: 21
}  # fmt: skip


def functions() -> Iterator[ActivationFunction]:
    for name in ACTIVATION_NAMES:
        function = activation(name, **PARAMETERS.get(name, {}))
        # One name of each function, and none that jumps: no polynomial comes close to a jump.
        if function.name == name and not (function.pieces and function.pieces.jumps):
            yield function


def errors() -> Iterator[Sequence[object]]:
    for function in functions():
        low, high = function.default_range
        yield (
            function.name,
            f"({low:g}, {high:g})",
            *(
                f"{approximate(function, degree, method=method).max_error(function):.0e}"
                for degree in DEGREES
                for method in METHODS
            ),
        )


def relu_compositions() -> Iterator[Sequence[object]]:
    for alpha, published in PUBLISHED_RELU.items():
        start = time.perf_counter()
        ours = choose_abs(alpha - 1)
        seconds = time.perf_counter() - start
        theirs = composite_abs(published)
        yield (
            alpha,
            *(
                cell
                for one in (theirs, ours)
                for cell in (
                    degrees_of(one.degrees),
                    one.levels + 1,
                    one.products + 1,
                    bits(one.abs_error / 2),
                )
            ),
            f"{seconds:.1f}",
        )


def comparisons() -> Iterator[Sequence[object]]:
    for alpha, levels in PUBLISHED_COMPARISON.items():
        ours = choose_sign(alpha)
        yield alpha, levels, degrees_of(ours.degrees), ours.levels, ours.products, bits(ours.error / 2)


def by_levels() -> Iterator[Sequence[object]]:
    relu = activation("relu")
    for levels in range(3, 17):
        composition = best_abs(levels - 1)
        single = approximate(relu, (1 << levels) - 1, (-1.0, 1.0), "minimax") if levels <= 7 else None
        yield (
            levels,
            degrees_of(composition.degrees),
            bits(composition.abs_error / 2),
            bits(single.max_error(relu)) if single else "",
        )


def degrees_of(degrees: Sequence[int]) -> str:
    return ", ".join(map(str, degrees))


def bits(error: float) -> str:
    return f"2^{math.log2(error):.2f}"


def report() -> str:
    lines = [
        "# Approximation",
        "",
        provenance("approximation", "hetorch-heir", "numpy", "scipy", "mpmath"),
        "",
        "## Largest errors by degree and method, on the default ranges",
        "",
        *table(("function", "range", *(f"{d}, {m}" for d in DEGREES for m in METHODS)), errors()),
        "",
        "## relu by compositions, for an error of 2^-alpha of the range",
        "",
        *table(
            (
                "alpha", "published degrees", "levels", "products", "error",
                "chosen degrees", "levels", "products", "error", "chosen in s",
            ),
            relu_compositions(),
        ),
        "",
        "Levels and products include the one product with the input. Products are those of this project's",
        "evaluation for both.",
        "",
        "## Comparisons to alpha bits",
        "",
        *table(("alpha", "published levels", "degrees", "levels", "products", "error"), comparisons()),
        "",
        "## relu on (-1, 1) by levels: the best composition, and the best single polynomial",
        "",
        *table(("levels", "degrees", "error, composed", "error, single"), by_levels()),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(__doc__ or "", report, "approximation")
