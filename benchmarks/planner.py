"""Measures how networks are planned: rotations, products and keys, next to targets and to other compilers.

    python -m benchmarks.planner                  # prints the table
    python -m benchmarks.planner --write          # and keeps it in benchmarks/results/planner.md
    python -m benchmarks.planner --heir --large   # takes HEIR's counts of LeNet and ResNet-18 at 64x64 too

Every network is exported in a process of its own. Seconds are those after imports, of the whole export to
HEIR's ckks dialect with its files written; memory is the process's peak.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from benchmarks.command import RESULTS, provenance
from benchmarks.heir_peer import PeerCounts, heir_counts
from benchmarks.networks import NETWORKS
from hetorch_heir.export.api import export
from hetorch_heir.export.layer_report import layer_costs

PACKAGES = ("hetorch-heir", "torch", "xdsl", "heir_py", "numpy")
PEERS_DATE = "2026-11-20/21"
MEMORY_LIMIT = 14 << 30
"""Bytes of address space of a process; more is a failure, and leaves the machine alone."""
TIME_LIMIT = 3600
"""Wall-clock seconds of a process."""


@dataclass(frozen=True)
class Row:
    """A network, what it should cost at most, and what others have measured on it; None is unknown."""

    network: str
    slots: int
    orion: PeerCounts | str
    heir: PeerCounts | str
    rotations: float | None = None
    products: int | None = None
    keys: int | None = None
    levels: int | None = None
    seconds: float | None = None
    megabytes: int | None = None
    layers: tuple[str, ...] = ()
    heir_slots: int | None = field(default=None, compare=False)


ROWS = (
    Row(
        "MLP 784-128-128-10", 8192, PeerCounts(80, 30, 393), PeerCounts(54, 27, 272),
        rotations=40, products=150, levels=5, seconds=2, heir_slots=1024,
    ),
    Row("LoLA", 8192, PeerCounts(73, 41, 298), "no result in 8 min", rotations=36, seconds=3),
    Row(
        "LeNet-5", 8192, PeerCounts(272, 150, 2578), PeerCounts(419, 137, 2948),
        rotations=100, products=1000, levels=9, seconds=5, heir_slots=8192,
    ),
    Row(
        "linear 512x512", 8192, PeerCounts(50, 0, 512), PeerCounts(44, 44, 512),
        rotations=16, products=32, heir_slots=1024,
    ),
    Row(
        "convolution 16 to 16", 32768, PeerCounts(24, 0, 144), PeerCounts(254, 254, 144),
        rotations=20, products=108, layers=("first", "second"),
    ),
    Row(
        "ResNet-20", 32768, PeerCounts(870, 116, 8381), "crashes",
        rotations=500, products=4200, keys=116, seconds=30, megabytes=3 * 1024,
    ),
)  # fmt: skip
LARGE = Row("ResNet-18 at 64x64", 32768, "not run", "not run", seconds=600, megabytes=8 * 1024)

QUICK_PEERS = ("MLP 784-128-128-10", "linear 512x512")
"""Networks that HEIR compiles in a second or two."""
SLOW_PEERS = ("LeNet-5",)


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
    start, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.mlir"
        result = export(model, example, path, slots=row.slots, insecure=True)
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        written = sum(file.stat().st_size for file in Path(folder).iterdir())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with torch.no_grad():
        expected, got = model(example), result.graph_module(example)
    error = ((got - expected).abs().max() / expected.abs().max()).item()
    counts = result.counts
    rotations, products = float(counts.rotations), float(counts.products)
    if row.layers:
        layers = [one for one in layer_costs(result.graph_module) if set(one.modules) <= set(row.layers)]
        rotations, products = (
            sum(values) / len(row.layers)
            for values in ([one.rotations for one in layers], [one.products for one in layers])
        )
    return Measurement(
        rotations, products, len(counts.rotation_keys), counts.levels, wall, cpu, memory, error, written / 1e6
    )


def measure_apart(row: Row) -> Measurement | str:
    """Exports a network in a process of its own; what went wrong if it failed."""
    command = [sys.executable, "-m", "benchmarks.planner", "--one", row.network]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIME_LIMIT, preexec_fn=_limit_memory, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no result in {TIME_LIMIT} s"
    if done.returncode != 0:
        return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    return Measurement(**json.loads(done.stdout.splitlines()[-1]))


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))


def peers(with_slow: bool) -> dict[str, PeerCounts]:
    """HEIR's counts in this run, by network; none where torch-mlir is not installed."""
    found: dict[str, PeerCounts] = {}
    for row in ROWS:
        if row.network in (*QUICK_PEERS, *(SLOW_PEERS if with_slow else ())) and row.heir_slots:
            counts = heir_counts(*NETWORKS[row.network](), row.heir_slots)
            if counts is not None:
                found[row.network] = counts
    return found


def report(rows: tuple[Row, ...], with_slow_peers: bool) -> str:
    torch.set_num_threads(1)
    measured = {row: measure_apart(row) for row in rows}
    fresh = peers(with_slow_peers)
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
        *(line for row, one in measured.items() for line in _peer_rows(row, one, fresh)),
        "",
        f"Orion 1.0.2's counts were taken on {PEERS_DATE}: MLP and LoLA from encrypted inference, the others"
        " from its packing without encoding. HEIR's (heir_py 2026.10.1, `--torch-linalg-to-ckks` with"
        " `codegen-strategy=never-fold`) are taken in this run where marked, otherwise on the same days."
        " The convolution's row is the mean of two in a row; its keys and times are those of the network of"
        " four that it is taken from. ResNet-20 is counted without what its activations take.",
    ]
    return "\n".join(lines) + "\n"


def _counts_row(row: Row, one: Measurement | str) -> str:
    if isinstance(one, str):
        return f"| {row.network} | {row.slots} | {one} | | | | |"
    cells = (
        _within(one.rotations, row.rotations), _within(one.products, row.products),
        _within(one.keys, row.keys), _within(one.levels, row.levels), f"{one.error:.1g}",
    )  # fmt: skip
    return f"| {row.network} | {row.slots} | {' | '.join(cells)} |"


def _time_row(row: Row, one: Measurement | str) -> str:
    if isinstance(one, str):
        return f"| {row.network} | {one} | | | |"
    cells = (
        _within(round(one.wall, 1), row.seconds), f"{one.cpu:.1f}",
        _within(round(one.megabytes), row.megabytes), f"{one.output_megabytes:.1f}",
    )  # fmt: skip
    return f"| {row.network} | {' | '.join(cells)} |"


def _within(value: float, limit: float | None) -> str:
    text = f"{value:g}"
    return text if limit is None else f"{text} ({limit:g})"


def _peer_rows(row: Row, one: Measurement | str, fresh: dict[str, PeerCounts]) -> list[str]:
    if isinstance(one, str) or row is LARGE:
        return []
    here = " (this run)" if row.network in fresh else ""
    lines: list[str] = []
    for name, counts in (("Orion", row.orion), (f"HEIR{here}", fresh.get(row.network, row.heir))):
        if isinstance(counts, str):
            lines.append(f"| {row.network} | {name} | {counts} | | | | |")
            continue
        ratios = counts.rotations / max(one.rotations, 1), counts.products / max(one.products, 1)
        lines.append(
            f"| {row.network} | {name} | {counts.rotations} | {ratios[0]:.1f} | {counts.products} |"
            f" {ratios[1]:.1f} | {counts.keys or ''} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="keep the report in results/planner.md")
    parser.add_argument("--large", action="store_true", help="measure ResNet-18 at 64x64 too")
    parser.add_argument("--heir", action="store_true", help="count HEIR's LeNet in this run: some minutes")
    parser.add_argument("--one", metavar="NETWORK", help="measure one network in this process, print JSON")
    options = parser.parse_args()
    if options.one is not None:
        row = next(row for row in (*ROWS, LARGE) if row.network == options.one)
        print(json.dumps(asdict(measure(row))))
        return
    text = report((*ROWS, LARGE) if options.large else ROWS, options.heir)
    print(text, end="")
    if options.write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "planner.md").write_text(text)


if __name__ == "__main__":
    main()
