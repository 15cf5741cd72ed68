"""Measures polynomial evaluation: products, levels and noise by degree, and errors of activations.

    python -m benchmarks.polynomial_evaluation            # prints the tables
    python -m benchmarks.polynomial_evaluation --write    # keeps them in results/polynomial_evaluation.md

Counts are of the plans themselves. Polynomials are Chebyshev series of an activation of each parity: elu,
tanh, and gelu, which is even but for x/2. Lattigo's numbers are those of its polynomial evaluator.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.command import main, provenance
from hetorch_heir.approx import activation, approximate, plan_evaluation
from hetorch_heir.approx.evaluation_plan import EvaluationPlan, unit_samples
from hetorch_heir.approx.fit import Method

LATTIGO = {7: "5 / 3", 15: "8 / 4", 27: "11 / 5", 31: "13 / 5", 59: "16 / 6", 127: "28 / 7"}
# A function of each parity, on a range so wide that its series has all the degrees.
CASES = (
    ("neither (elu)", "elu", (-12.0, 12.0), (*range(1, 17), 23, 27, 31, 47, 55, 59, 63, 95, 119, 127)),
    ("odd (tanh)", "tanh", (-40.0, 40.0), (*range(3, 32, 2), 47, 55, 59, 63, 95, 119, 127)),
    ("even + linear (gelu)", "gelu", (-40.0, 40.0), (*range(2, 31, 2), 46, 54, 58, 62, 94, 118, 126)),
)
ERRORS = ("relu", "gelu", "sigmoid", "tanh", "silu")
ERROR_DEGREES = (8, 10)
METHODS: tuple[Method, ...] = ("chebyshev", "least_squares", "minimax")


def table(columns: Sequence[str], rows: Iterator[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"


def counts() -> Iterator[Sequence[object]]:
    for parity, name, domain, degrees in CASES:
        for degree in degrees:
            polynomial = approximate(activation(name), degree, domain)
            start = time.perf_counter()
            plan = plan_evaluation(polynomial.coefficients)
            seconds = time.perf_counter() - start
            undivided = plan_evaluation(polynomial.coefficients, noise_limit=0.0)
            size = float(np.max(np.abs(plan.evaluate(unit_samples()))))
            yield (
                parity,
                polynomial.degree,
                plan.depth,
                LATTIGO.get(degree, "") if parity.startswith("neither") else "",
                undivided.products,
                plan.products,
                plan.plain_products,
                plan.additions,
                f"{rms_noise(plan) / size:.1f} ({rms_noise(undivided) / size:.1f})",
                f"{plan.max_intermediate() / size:.1f}",
                f"{seconds:.2f}",
            )


def rms_noise(plan: EvaluationPlan) -> float:
    return float(np.sqrt(np.mean(plan.noise_gain(unit_samples()) ** 2)))


def errors() -> Iterator[Sequence[object]]:
    for name in ERRORS:
        function = activation(name)
        a, b = function.default_range
        yield (
            name,
            f"({a:g}, {b:g})",
            *(
                f"{approximate(function, degree, method=method).max_error(function):.1e}"
                for degree in ERROR_DEGREES
                for method in METHODS
            ),
        )


def report() -> str:
    count_columns = (
        "parity", "degree", "levels", "Lattigo: products / levels", "products without divisions", "products",
        "plaintext products", "additions", "noise (without divisions)", "largest intermediate",
        "planned in s",
    )  # fmt: skip
    error_columns = ("function", "range", *(f"{d}, {m}" for d in ERROR_DEGREES for m in METHODS))
    lines = [
        "# Polynomial evaluation",
        "",
        provenance("polynomial_evaluation", "hetorch-heir", "numpy", "scipy"),
        "",
        "## Counts by degree",
        "",
        *table(count_columns, counts()),
        "",
        "Products are of two ciphertexts. Noise is the root mean square over [-1, 1] of the result's error,",
        "in units of the error of one rescaling; noise and the largest intermediate value are relative to",
        "the largest value of the result.",
        "",
        "## Largest errors by degree and method, on the default ranges",
        "",
        *table(error_columns, errors()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(__doc__ or "", report, "polynomial_evaluation")
