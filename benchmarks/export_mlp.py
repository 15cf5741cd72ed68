"""Measures the export of a multilayer perceptron 784-128-128-10 with square activations.

    python -m benchmarks.export_mlp            # prints the table
    python -m benchmarks.export_mlp --write    # and keeps it in benchmarks/results/export_mlp.md

Times are wall-clock seconds after imports, in a process of its own; memory is that process's peak, imports
included. Other compilers' counts are those that benchmarks.compilers keeps.
"""

from __future__ import annotations

import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.command import main, provenance
from benchmarks.networks import PERCEPTRON_SIZES
from benchmarks.networks import perceptron as model_and_example
from benchmarks.peers.measurement import Compilation
from benchmarks.peers.records import kept
from hetorch_heir.export.api import export
from hetorch_heir.export.result import ExportResult

NETWORK = "MLP 784-128-128-10"
SLOTS = 8192
RUNS = 5
PACKAGES = ("hetorch-heir", "torch", "xdsl", "heir_py", "numpy")


@dataclass(frozen=True)
class Target:
    """A number that must not be exceeded."""

    name: str
    limit: float
    unit: str = ""


SECONDS, MEMORY = Target("export, first run", 5, " s"), Target("peak memory", 1024, " MB")
COUNTS = {
    "rotations": Target("rotations", 40),
    "rotation_keys": Target("rotation keys", 30),
    "products": Target("ciphertext-plaintext products", 145),
}


def export_once(folder: Path, lower: str | None) -> tuple[ExportResult, float]:
    """The export of the model with random weights, and the seconds it took."""
    model, example = model_and_example()
    start = time.perf_counter()
    result = export(model, example, folder / "mlp.mlir", slots=SLOTS, lower=lower)
    return result, time.perf_counter() - start


def report() -> str:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        result, first = export_once(Path(name), None)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        later = sorted(export_once(Path(name), None)[1] for _ in range(RUNS))
        lowered, with_lowering = export_once(Path(name), "openfhe")
    summary = result.summary()
    measured = {SECONDS: first, MEMORY: memory} | {
        target: float(summary[field]) for field, target in COUNTS.items()
    }
    model = "-".join(map(str, PERCEPTRON_SIZES))
    lines = [
        f"# Export of an MLP {model} (x²) at n = {SLOTS}",
        "",
        provenance("export_mlp", *PACKAGES),
        "",
        "| | measured | target |",
        "|---|---:|---:|",
        *(
            f"| {target.name} | {value:.4g}{target.unit} | {target.limit:g}{target.unit} |"
            for target, value in measured.items()
        ),
        "",
        f"Later runs in the same process take {later[len(later) // 2]:.2f} s (median of {RUNS}); with"
        f" heir-opt down to the openfhe dialect (`--lower openfhe`) {with_lowering:.2f} s. The program is"
        f" {result.output_bytes:,} bytes, {lowered.output_bytes:,} lowered. Parameters: ring dimension"
        f" 2^{summary['log_n']}, log2(QP) = {summary['log_qp']:.0f}, {summary['levels']} levels.",
        "",
        "| stage of the first run | seconds |",
        "|---|---:|",
        *(f"| {stage} | {seconds:.3f} |" for stage, seconds in summary["seconds"].items()),
        "",
        "| compiler | slots | rotations | rotation keys | ciphertext-plaintext products |",
        "|---|---:|---:|---:|---:|",
        f"| hetorch-heir | {summary['slots']} | {summary['rotations']} | {summary['rotation_keys']} |"
        f" {summary['products']} |",
        *(row for compiler in ("Orion", "HEIR") for row in peer_rows(compiler)),
        "",
        "How the others were counted is said in [comparison.md](../../docs/comparison.md).",
    ]
    return "\n".join(lines) + "\n"


def peer_rows(compiler: str) -> list[str]:
    """The row of another compiler, if it compiled the model when it was measured last."""
    record = kept(NETWORK, compiler)
    if record is None or not isinstance(record.compiled, Compilation):
        return []
    counts = record.compiled.counts
    return [
        f"| {compiler} | {record.compiled.slots} | {counts.rotations} | {counts.keys} | {counts.products} |"
    ]


if __name__ == "__main__":
    main(__doc__ or "", report, "export_mlp")
