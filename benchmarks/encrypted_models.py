"""Measures encrypted inference on OpenFHE and SEAL: a perceptron and LeNet-5, with squares for activations.

    python -m benchmarks.encrypted_models             # prints the table
    python -m benchmarks.encrypted_models --write     # and keeps it in benchmarks/results/encrypted_models.md

Each row is one executor on one thread. Evaluation is the best and the median of several, in seconds: with
all plaintexts encoded anew, and with plaintexts kept from the run before, as in batches. Set-up is the
generation of keys. "Outside of the library" is what the evaluator adds to the time of the library's own
calls. Memory is the largest resident memory of the executor, which has all keys. The error is the largest
difference of an output from torch, in single precision.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

import hetorch_heir
from benchmarks.command import main, provenance
from benchmarks.networks import NETWORKS
from benchmarks.peers.counting import open_program
from benchmarks.peers.encrypted import evaluation_seconds
from hetorch_heir.backends.connection import connect
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import Session

BACKENDS = {"openfhe": "openfhe 1.6.1.0.22.4", "seal": "tenseal 0.3.18"}
KEPT = 1 << 30
"""Bytes of plaintexts that stay encoded."""
MOST_OVERHEAD = 0.1
"""What the evaluator may add to the time of the library's calls."""
COLUMNS = (
    "model", "library", "log2 N", "rotation keys", "set-up", "encryption", "evaluation, best (median)",
    "with plaintexts kept", "outside of the library", "peak memory", "with plaintexts kept", "max error",
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What one inference of a model may take on OpenFHE, and how often it is measured."""

    seconds: float
    bytes: float
    runs: int


MODELS = {"MLP 784-128-128-10": Limits(1.5, 4e9, 5), "LeNet-5": Limits(15, 4e9, 3)}
"""By their names among the networks."""


@dataclass(frozen=True)
class Evaluations:
    """Evaluations of one encrypted input.

    Attributes:
        seconds: of each evaluation.
        overhead: time outside of the library's calls, as a fraction of the time within.
        peak_bytes: largest resident memory so far.
    """

    seconds: list[float]
    overhead: float
    peak_bytes: int

    def __str__(self) -> str:
        return f"{min(self.seconds):.2f} s ({statistics.median(self.seconds):.2f} s)"


def evaluate(session: Session, handles: list[int], runs: int) -> Evaluations:
    """Evaluate so often, after a first time that compares all ciphertexts with their types."""
    session.free(session.evaluate(handles, check=True))
    session.seconds.calls.clear()
    session.seconds.evaluation = 0.0
    seconds = [evaluation_seconds(session, handles) for _ in range(runs)]
    inside = sum(session.seconds.calls.values())
    context, _ = session.connection.call("describe")
    return Evaluations(seconds, (session.seconds.evaluation - inside) / inside, context["peak_bytes"])


def row(
    name: str, backend: str, program: Program, sample: NDArray[np.float32], expected: NDArray[np.float32]
) -> tuple[str, Evaluations]:
    """A row of the table, and the evaluations that encode."""
    with connect(backend, worker=True) as connection:
        found: list[Evaluations] = []
        for kept in (0, KEPT):
            session = Session(connection, backend, program, program.parameters(), plaintext_bytes=kept)
            session.generate_keys()
            stream = session.load()
            handles = session.encrypt([[sample]])
            found.append(evaluate(session, handles, MODELS[name].runs))
            results = session.evaluate(handles)
            (output,) = session.decrypt(stream, results)[0]
        context, _ = connection.call("describe")
    cells = (
        name,
        BACKENDS[backend],
        context["ring_dimension"].bit_length() - 1,
        len(stream.rotations()),
        f"{session.seconds.keys:.1f} s",
        f"{session.seconds.encryption * 1000:.0f} ms",
        *found,
        f"{max(one.overhead for one in found):.1%}",
        *(f"{one.peak_bytes / 1e6:.0f} MB" for one in found),
        f"{np.abs(output - expected).max():.1e}",
    )
    return f"| {' | '.join(map(str, cells))} |", found[0]


def rows(name: str) -> tuple[list[str], list[str]]:
    """The rows of a model on all libraries, and how it compares with its limits on OpenFHE."""
    model, sample = NETWORKS[name]()
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        path = Path(folder) / "model.mlir"
        hetorch_heir.export(model, sample, path)
        program = open_program(path)
        expected = model(sample).numpy()
        found = {one: row(name, one, program, sample.numpy(), expected) for one in BACKENDS}
    limits, best = MODELS[name], found["openfhe"][1]
    verdicts = [
        _verdict(f"{name}, seconds per evaluation", min(best.seconds), limits.seconds),
        _verdict(f"{name}, bytes of memory", best.peak_bytes, limits.bytes),
        _verdict(f"{name}, part of time outside of the library", best.overhead, MOST_OVERHEAD),
    ]
    return [line for line, _ in found.values()], verdicts


def _verdict(what: str, found: float, limit: float) -> str:
    state = "met" if found <= limit else "missed"
    return f"- {what}: {found:.3g}, at most {limit:g}: {state}, {found / limit:.2f} of it"


def report() -> str:
    torch.set_num_threads(1)
    measured = [rows(name) for name in MODELS]
    lines = [
        "# Encrypted inference with squares, 128-bit security",
        "",
        provenance("encrypted_models", "hetorch-heir", "tenseal", "numpy"),
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
        *(line for lines, _ in measured for line in lines),
        "",
        "Limits for OpenFHE, with plaintexts encoded anew:",
        "",
        *(line for _, lines in measured for line in lines),
        "",
        f"Load of the machine during the measurement: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(__doc__ or "", report, "encrypted_models")
