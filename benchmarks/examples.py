"""Measures the examples: their scores in torch and under encrypted semantics, and what they cost.

    python -m benchmarks.examples            # prints the table
    python -m benchmarks.examples --write    # and keeps it in benchmarks/results/examples.md

Outputs are those of the exported program on the backend ``fake``, for the whole test set: they have the error
of the polynomials and of float32, but not the noise of encryption, which benchmarks.encrypted_examples has.
"""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.command import main, provenance
from benchmarks.encrypted_examples import EXAMPLES, program_of
from examples.common import Example, export, outputs

COLUMNS = (
    "example", "degree", "score in torch", "score encrypted", "max error", "mean error", "levels", "log2 N",
    "rotations (keys)", "plaintext products", "ciphertext products",
)  # fmt: skip


def row(example: Example) -> str:
    model, test = example.train(0), example.load().test
    result = export(example, model, target="hetorch", inline_limit=None)
    program = program_of(result)
    results = [program.run_in_the_clear([one[None]])[0] for one in test.inputs.numpy()]
    expected = outputs(model, test.inputs)
    got = torch.from_numpy(np.stack(results)).reshape(expected.shape)
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
        *(row(example) for example, _ in EXAMPLES.values()),
        "",
        "Scores are on test samples that training has not seen: accuracy, and R² for `diabetes_linear`.",
        "Where no degree is given there is nothing to approximate.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(__doc__ or "", report, "examples")
