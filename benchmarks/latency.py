"""Compares the latency that the cost model predicts for the examples with that measured.

    python -m benchmarks.latency            # prints the table
    python -m benchmarks.latency --write    # and keeps it in benchmarks/results/latency.md

Predictions are made from the package's tables. To hold on this machine they must have been measured on it:
``python -m hetorch_heir.cli.measure openfhe -o hetorch_heir/backends/costs/openfhe.json``, and ``seal``.
Measured is the least processor time of several evaluations on one thread, with all plaintexts encoded.
"""

from __future__ import annotations

import numpy as np

from benchmarks.command import main, provenance
from benchmarks.example_programs import program_of
from examples import breast_cancer_logistic, diabetes_linear, digits_relu, digits_square, lenet_square
from examples.common import Example
from hetorch_heir.backends.connection import Connection, connect
from hetorch_heir.backends.cost_measurement import processor_seconds
from hetorch_heir.backends.cost_tables import cost_model
from hetorch_heir.backends.program_cost import ProgramCost, program_cost
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import Session
from hetorch_heir.noise.programs import chain_of

RUNS = 5
TOLERANCE = 0.25
BACKENDS = ("openfhe", "seal")
EXAMPLES: tuple[Example, ...] = (
    diabetes_linear.EXAMPLE,
    breast_cancer_logistic.EXAMPLE,
    digits_square.EXAMPLE,
    digits_relu.EXAMPLE,
    lenet_square.EXAMPLE,
)
COLUMNS = (
    "library", "model", "log2 N", "primes", "predicted", "measured", "predicted / measured", "of it encoding",
    "parallelism", "ciphertexts, peak", "plaintexts", "keys",
)  # fmt: skip


def measured_milliseconds(
    connection: Connection, backend: str, program: Program, sample: np.ndarray
) -> float:
    """The least processor time of some evaluations."""
    session = Session(connection, backend, program, program.parameters())
    session.generate_keys()
    session.load()
    handles = session.encrypt([[sample]])
    return 1000.0 * min(processor_seconds(connection, handles) for _ in range(RUNS))


def predicted_cost(backend: str, program: Program) -> ProgramCost:
    """The cost by the package's tables."""
    parameters = program.parameters()
    model = cost_model(backend, chain_of(parameters))
    return program_cost(program.record(), parameters, model)


def _row(backend: str, example: Example, program: Program, cost: ProgramCost, measured: float) -> str:
    parameters = program.parameters()
    cells = (
        backend,
        example.name,
        parameters.log_n,
        len(parameters.moduli),
        f"{cost.total:.0f} ms",
        f"{measured:.0f} ms",
        f"{cost.total / measured:.2f}",
        f"{cost.milliseconds.get('encode', 0.0) / cost.total:.0%}",
        f"{cost.parallelism:.1f}",
        f"{cost.ciphertext_bytes / 1e6:.1f} MB",
        f"{cost.plaintext_bytes / 1e6:.1f} MB",
        f"{cost.key_bytes / 1e6:.0f} MB",
    )
    return f"| {' | '.join(map(str, cells))} |"


def report() -> str:
    programs = [(example, *program_of(example)) for example in EXAMPLES]
    rows, ratios = [], []
    for backend in BACKENDS:
        for example, program, (sample,) in programs:
            with connect(backend, worker=True) as connection:
                cost = predicted_cost(backend, program)
                measured = measured_milliseconds(connection, backend, program, sample)
                rows.append(_row(backend, example, program, cost, measured))
                ratios.append(cost.total / measured)
    worst = max(ratios, key=lambda ratio: abs(ratio - 1))
    verdict = "met" if abs(worst - 1) <= TOLERANCE else "missed"
    lines = [
        "# Predicted and measured latency",
        "",
        provenance("latency", "hetorch-heir", "tenseal"),
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
        *rows,
        "",
        f"The worst prediction is off by {worst - 1:+.0%}; target: {TOLERANCE:.0%} ({verdict}).",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(__doc__ or "", report, "latency")
