"""Measures encrypted inference of the multilayer perceptron 784-128-128-10 of benchmarks.export_mlp.

    python -m benchmarks.encrypted_mlp            # prints the table
    python -m benchmarks.encrypted_mlp --write    # and keeps it in benchmarks/results/encrypted_mlp.md

Each row is one executor on one thread. Evaluation is the best and the median of several, in seconds: with
all plaintexts encoded anew, and with plaintexts kept from the run before. Set-up is the generation of keys.
The error is the largest difference of an output from torch, in single precision.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from he_dialects.parsing import parse_module

from benchmarks.command import main, provenance
from benchmarks.export_mlp import export_once
from benchmarks.networks import perceptron
from hetorch_heir.backends.connection import connect
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import Session

RUNS = 5
KEPT = 1 << 30
TARGET_SECONDS = 1.5
COLUMNS = (
    "library", "log2 N", "rotation keys", "set-up", "encryption", "evaluation, best (median)",
    "with plaintexts kept, best (median)", "outside of the library", "peak memory", "max error",
)  # fmt: skip


def row(backend: str, program: Program, sample: np.ndarray, expected: np.ndarray) -> tuple[str, float]:
    """A row of the table, and the best time of an evaluation that encodes."""
    with connect(backend, worker=True) as connection:
        times: dict[int, list[float]] = {}
        for kept in (0, KEPT):
            session = Session(connection, backend, program, program.parameters(), plaintext_bytes=kept)
            session.generate_keys()
            stream = session.load()
            handles = session.encrypt([[sample]])
            results = session.evaluate(handles, check=True)
            seconds = [_seconds_of_evaluation(session, handles) for _ in range(RUNS)]
            times[kept] = seconds
            (output,) = session.decrypt(stream, results)[0]
        context, _ = connection.call("describe")
    inside = sum(session.seconds.calls.values())
    evaluation, kept_evaluation = (f"{min(one):.2f} ({statistics.median(one):.2f})" for one in times.values())
    version = "openfhe 1.6.1.0.22.4" if backend == "openfhe" else "tenseal 0.3.18"
    cells = (
        version,
        session.parameters.log_n,
        len(stream.rotations()),
        f"{session.seconds.keys:.1f} s",
        f"{session.seconds.encryption * 1000:.0f} ms",
        evaluation,
        kept_evaluation,
        f"{(session.seconds.evaluation - inside) / inside:.1%}",
        f"{context['peak_bytes'] / 1e6:.0f} MB",
        f"{np.abs(output - expected).max():.1e}",
    )
    return f"| {' | '.join(map(str, cells))} |", min(times[0])


def _seconds_of_evaluation(session: Session, handles: list[int]) -> float:
    start = time.perf_counter()
    results = session.evaluate(handles)
    seconds = time.perf_counter() - start
    session.free(results)
    return seconds


def report() -> str:
    torch.set_num_threads(1)
    model, _ = perceptron()
    sample = torch.rand(1, 784, generator=torch.Generator().manual_seed(1))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export_once(folder, None)
        text = (folder / "mlp.mlir").read_text()
        module = parse_module(text)
        module.verify()
        program = Program(module, folder, text)
        with torch.no_grad():
            expected = model(sample).numpy()
        rows = [row(backend, program, sample.numpy(), expected) for backend in ("openfhe", "seal")]
    met = "met" if rows[0][1] < TARGET_SECONDS else "missed"
    lines = [
        "# Encrypted inference: MLP 784-128-128-10 with squares, 128-bit security",
        "",
        provenance("encrypted_mlp", "hetorch-heir", "tenseal", "numpy"),
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
        *(line for line, _ in rows),
        "",
        f"Target for OpenFHE: under {TARGET_SECONDS} s per evaluation ({met}). Load of the machine during the"
        f" measurement: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(__doc__ or "", report, "encrypted_mlp")
