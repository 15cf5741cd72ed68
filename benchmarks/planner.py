"""Measures how networks are planned: rotations, products and keys, next to targets and to other compilers.

    python -m benchmarks.planner                  # prints the table
    python -m benchmarks.planner --write          # and keeps it in benchmarks/results/planner.md
    python -m benchmarks.planner --large          # measures ResNet-18 at 64x64 too

Every network is exported in a process of its own. Seconds are those after imports, of the whole export to
HEIR's ckks dialect with its files written; memory is the process's peak. Other compilers' counts are those
that benchmarks.compilers keeps.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from benchmarks.command import RESULTS, provenance
from benchmarks.networks import NETWORKS, output_of
from benchmarks.peers.apart import Failure, Limits, run_apart
from benchmarks.peers.measurement import Counts, peak_megabytes, stopwatch
from benchmarks.peers.records import kept_counts
from hetorch_heir.export.api import export
from hetorch_heir.export.layer_report import layer_costs

PACKAGES = ("hetorch-heir", "torch", "xdsl", "heir_py", "numpy")
LIMITS = Limits(seconds=3600)


@dataclass(frozen=True)
class Row:
    """A network, and what it should cost at most; None is unknown."""

    network: str
    slots: int
    rotations: float | None = None
    products: int | None = None
    keys: int | None = None
    levels: int | None = None
    seconds: float | None = None
    megabytes: int | None = None
    layers: tuple[str, ...] = ()


ROWS = (
    Row("MLP 784-128-128-10", 8192, rotations=40, products=150, levels=5, seconds=2),
    Row("LoLA", 8192, rotations=36, seconds=3),
    Row("LeNet-5", 8192, rotations=100, products=1000, levels=9, seconds=5),
    Row("linear 512x512", 8192, rotations=16, products=32),
    Row("convolution 16 to 16", 32768, rotations=20, products=108, layers=("first", "second")),
    Row(
        "ResNet-20", 32768, rotations=500, products=4200, keys=116, seconds=30, megabytes=3 * 1024
    ),
)  # fmt: skip
LARGE = Row("ResNet-18 at 64x64", 32768, seconds=600, megabytes=8 * 1024)

SINGLE_LAYERS = {
    ("linear 512x512", "Orion"): Counts(50, None, 512),
    ("linear 512x512", "HEIR"): Counts(44, 44, 512),
    ("convolution 16 to 16", "Orion"): Counts(24, None, 144),
    ("convolution 16 to 16", "HEIR"): Counts(254, 254, 144),
}
"""What other compilers took for single layers on 2026-11-20."""


@dataclass(frozen=True)
class Measurement:
    """One export, or the mean of some layers of it."""

    rotations: float
    products: float
    keys: int
    levels: int
    wall: float
    cpu: float
    megabytes: float
    error: float
    output_megabytes: float


def measure(row: Row) -> Measurement:
    """Exports a network in this process."""
    torch.set_num_threads(1)
    model, example = NETWORKS[row.network]()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.mlir"
        with stopwatch() as seconds:
            result = export(model, example, path, slots=row.slots, insecure=True)
        memory = peak_megabytes()
        written = sum(file.stat().st_size for file in Path(folder).iterdir())
    expected = output_of(model, example)
    error = ((result.graph_module(example) - expected).abs().max() / expected.abs().max()).item()
    counts = result.counts
    rotations, products = float(counts.rotations), float(counts.products)
    if row.layers:
        layers = [one for one in layer_costs(result.graph_module) if set(one.modules) <= set(row.layers)]
        rotations, products = (
            sum(values) / len(row.layers)
            for values in ([one.rotations for one in layers], [one.products for one in layers])
        )
    return Measurement(
        rotations,
        products,
        len(counts.rotation_keys),
        counts.levels,
        seconds.wall,
        seconds.cpu,
        memory,
        error,
        written / 1e6,
    )


def measure_apart(row: Row) -> Measurement | Failure:
    """Exports a network in a process of its own."""
    answer = run_apart([sys.executable, "-m", "benchmarks.planner", "--one", row.network], LIMITS)
    return answer if isinstance(answer, Failure) else Measurement(**answer)


def report(rows: tuple[Row, ...]) -> str:
    measured = {row: measure_apart(row) for row in rows}
    lines = [
        "# Planning networks",
        "",
        provenance("planner", *PACKAGES),
        "",
        "Counts of one evaluation, with squares for activations; in brackets the most that was aimed at.",
        "",
        "| network | slots | rotations | products | keys | levels | relative error |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(_counts_row(row, one) for row, one in measured.items()),
        "",
        "| network | wall, s | CPU, s | peak memory, MB | files, MB |",
        "|---|---:|---:|---:|---:|",
        *(_time_row(row, one) for row, one in measured.items()),
        "",
        "Other compilers, and how many times as much they take:",
        "",
        "| network | compiler | rotations | ratio | products | ratio | keys |",
        "|---|---|---:|---:|---:|---:|---:|",
        *(line for row, one in measured.items() for line in _peer_rows(row, one)),
        "",
        "How the others were counted is said in [comparison.md](../../docs/comparison.md). The convolution's"
        " row is the mean of two in a row; its keys and times are those of the network of four that it is"
        " taken from.",
    ]
    return "\n".join(lines) + "\n"


def _counts_row(row: Row, one: Measurement | Failure) -> str:
    if isinstance(one, Failure):
        return f"| {row.network} | {row.slots} | {one.reason} | | | | |"
    cells = (
        _within(one.rotations, row.rotations), _within(one.products, row.products),
        _within(one.keys, row.keys), _within(one.levels, row.levels), f"{one.error:.1g}",
    )  # fmt: skip
    return f"| {row.network} | {row.slots} | {' | '.join(cells)} |"


def _time_row(row: Row, one: Measurement | Failure) -> str:
    if isinstance(one, Failure):
        return f"| {row.network} | {one.reason} | | | |"
    cells = (
        _within(round(one.wall, 1), row.seconds), f"{one.cpu:.1f}",
        _within(round(one.megabytes), row.megabytes), f"{one.output_megabytes:.1f}",
    )  # fmt: skip
    return f"| {row.network} | {' | '.join(cells)} |"


def _within(value: float, limit: float | None) -> str:
    text = f"{value:g}"
    return text if limit is None else f"{text} ({limit:g})"


def _peer_rows(row: Row, one: Measurement | Failure) -> list[str]:
    lines: list[str] = []
    for compiler in ("Orion", "HEIR"):
        counts = SINGLE_LAYERS.get((row.network, compiler)) or kept_counts(row.network, compiler)
        if isinstance(one, Failure) or counts is None:
            continue
        if isinstance(counts, Failure):
            lines.append(f"| {row.network} | {compiler} | {counts.reason} | | | | |")
            continue
        ratios = counts.rotations / max(one.rotations, 1), counts.products / max(one.products, 1)
        lines.append(
            f"| {row.network} | {compiler} | {counts.rotations} | {ratios[0]:.1f} | {counts.products} |"
            f" {ratios[1]:.1f} | {counts.keys or ''} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="keep the report in results/planner.md")
    parser.add_argument("--large", action="store_true", help="measure ResNet-18 at 64x64 too")
    parser.add_argument("--one", metavar="NETWORK", help="measure one network in this process, print JSON")
    options = parser.parse_args()
    if options.one is not None:
        row = next(row for row in (*ROWS, LARGE) if row.network == options.one)
        print(json.dumps(asdict(measure(row))))
        return
    text = report((*ROWS, LARGE) if options.large else ROWS)
    print(text, end="")
    if options.write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "planner.md").write_text(text)


if __name__ == "__main__":
    main()
