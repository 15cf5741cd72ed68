"""Measures the examples: their scores in torch and under encrypted semantics, and what they cost.

    python -m benchmarks.examples            # prints the table
    python -m benchmarks.examples --write    # and keeps it in benchmarks/results/examples.md

Outputs are those of the compiled graph on cleartext slots, for the whole test set: they have the error of
the polynomials and of float32, but not the noise of encryption.
"""

from __future__ import annotations

import torch

from benchmarks.command import main, provenance
from examples import breast_cancer_logistic, diabetes_linear, digits_relu, digits_square
from examples.common import Example, export, outputs

EXAMPLES = [
    module.EXAMPLE for module in (digits_relu, digits_square, diabetes_linear, breast_cancer_logistic)
]
COLUMNS = (
    "example", "degree", "score in torch", "score encrypted", "max error", "mean error", "levels", "log2 N",
    "rotations (keys)", "plaintext products", "ciphertext products",
)  # fmt: skip


def row(example: Example) -> str:
    model, test = example.train(0), example.load().test
    result = export(example, model)
    expected, got = outputs(model, test.inputs), outputs(result.graph_module, test.inputs)
    error, counts = (got - expected).abs(), result.counts
    cells = (
        example.name,
        example.activation_degree or "",
        *(f"{example.score(one, test.targets):.4f}" for one in (expected, got)),
        f"{error.max().item():.2g}",
        f"{error.mean().item():.2g}",
        counts.levels,
        result.chain.log_n,
        f"{counts.rotations} ({len(counts.rotation_keys)})",
        counts.products,
        counts.ct_products,
    )
    return f"| {' | '.join(map(str, cells))} |"


def report() -> str:
    torch.set_num_threads(1)
    lines = [
        "# The examples",
        "",
        provenance("examples", "hetorch-heir", "torch", "scikit-learn"),
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
        *(row(example) for example in EXAMPLES),
        "",
        "Scores are on test samples that training has not seen: accuracy, and R² for `diabetes_linear`.",
        "Where no degree is given there is nothing to approximate.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(__doc__ or "", report, "examples")
