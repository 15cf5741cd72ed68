"""Measures evaluation with keys loaded from disk as planned, against all keys in memory.

    python -m benchmarks.key_memory                  # prints the table
    python -m benchmarks.key_memory --write          # and keeps it in benchmarks/results/key_memory.md

Each measurement has a server of its own, on one thread of OpenFHE, that has neither generated nor decrypted
anything. "First" is from the server's first key to its first result, loading of keys included; "next" is an
evaluation after that. Both are processor time, and next to them stands how much more that is than with all
keys in memory, for all levels. The servers take turns, and the ratio is the median over the rounds of the
ratio within a round: so other work on the machine, which slows all of them down, does not count. "Resident"
is the largest resident memory of the server's process above that before it had keys. The keys' files are in
the page cache of the operating system. Several inputs in step share loads, and the encoding of constants; the
times are per input.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from he_dialects.parsing import parse_module
from torch import nn

from benchmarks.command import main, provenance
from benchmarks.export_mlp import model_and_example
from examples.digits_square import Square
from examples.lenet_square import factory
from examples.residual_network import NORM_WEIGHT, BasicBlock, calibrate_norms
from hetorch_heir.backends.connection import WorkerConnection, connect
from hetorch_heir.backends.deployment import (
    MANIFEST,
    generate_keys,
    key_path,
    load_key,
    make_folder,
    read_groups,
    read_manifest,
    restored,
    save_group,
)
from hetorch_heir.backends.executor.files import read_header
from hetorch_heir.backends.key_plans import key_schedule, plan_for_folder, send_plan
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import Session
from hetorch_heir.export.api import export
from hetorch_heir.key_memory.planner import smallest_budget

ROUNDS = 2
TOGETHER = 2
PART = 4
"""The budget is a PART of the size of all keys for all levels."""
COLUMNS = (
    "model", "log2 N", "keys in memory", "at most", "less", "loads, next", "resident", "first", "more",
    "next", "more", "next, elapsed",
)  # fmt: skip


@dataclass(frozen=True)
class Model:
    name: str
    module: nn.Module
    example: torch.Tensor


def models() -> list[Model]:
    perceptron, sample = model_and_example()
    torch.manual_seed(0)
    return [
        Model("MLP 784-128-128-10", perceptron, sample),
        Model("LeNet-5", factory().eval(), torch.rand(1, 1, 28, 28)),
        Model("ResNet-20, first stage", *first_stage()),
    ]


def first_stage() -> tuple[nn.Module, torch.Tensor]:
    """The three blocks of ResNet-20's first stage, with squares, random weights, and an image."""
    stage = nn.Sequential(*(BasicBlock(16, 16, 1, Square) for _ in range(3)))
    for module in stage.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, NORM_WEIGHT)
    images = torch.rand(8, 16, 32, 32) / 2
    return calibrate_norms(stage, images), images[:1]


@dataclass(frozen=True)
class Variant:
    """A way to hold keys.

    Attributes:
        whole: take the keys for all levels.
        budget: bytes; None for all keys in memory.
        together: inputs that are evaluated in step.
    """

    name: str
    whole: bool = False
    budget: int | None = None
    together: int = 1


@dataclass(frozen=True)
class Measured:
    """One server. Processor time in seconds per input, memory in bytes; ``elapsed`` is that of ``next``."""

    first: float
    next: float
    elapsed: float
    resident: int
    most: int
    loads: int


class Bench:
    """A program with its keys, for the levels of their uses and for all, and an encrypted input."""

    def __init__(self, model: Model, folder: Path) -> None:
        self.folder = folder
        self.log_n = export(model.module, model.example, folder / "model.mlir", cache=False).chain.log_n
        text = (folder / "model.mlir").read_text()
        module = parse_module(text)
        module.verify()
        self.program = Program(module, folder, text)
        self.stream = self.program.record()
        with connect("openfhe", worker=True) as connection:
            session = Session(connection, "openfhe", self.program, self.program.parameters())
            generate_keys(session, folder / "client", self.server(whole=False))
            self.owner, self.keys = read_manifest(self.server(whole=False), self.program)
            self._write_whole_keys(session)
            handles = session.encrypt([[model.example.numpy()]])
            make_folder(folder / "inputs")
            save_group(connection, self.owner, folder / "inputs", 0, handles, "input", 1)

    def server(self, *, whole: bool) -> Path:
        return self.folder / ("whole" if whole else "server")

    def _write_whole_keys(self, session: Session) -> None:
        target = self.server(whole=True)
        make_folder(target)
        for key in [*self.keys, ("public", 0)]:
            header = self.owner.header(steps=key[1])
            body = {"kind": key[0], "steps": key[1], "path": str(key_path(target, *key)), "header": header}
            session.connection.call("save_key", body)
        (target / MANIFEST).write_bytes((self.server(whole=False) / MANIFEST).read_bytes())

    def total(self, *, whole: bool) -> int:
        """Bytes of all keys."""
        folder = self.server(whole=whole)
        return sum(read_header(str(key_path(folder, *key)))["size"] for key in self.keys)

    def variants(self) -> list[Variant]:
        total, needed = self.total(whole=True), self.total(whole=False)
        sizes = plan_for_folder(self.stream, 1, self.server(whole=False), needed).sizes
        least = smallest_budget(key_schedule(self.stream), sizes)
        return [
            Variant("all, for all levels", whole=True),
            Variant("all, for their levels"),
            Variant(f"budget: a quarter, {total / PART / 1e6:.0f} MB", budget=total // PART),
            Variant(f"budget: the smallest, {least / 1e6:.0f} MB", budget=least),
            Variant(f"all, for all levels; {TOGETHER} inputs in step", whole=True, together=TOGETHER),
            Variant(f"budget: a quarter; {TOGETHER} inputs in step", budget=total // PART, together=TOGETHER),
        ]

    def measure(self, variant: Variant) -> Measured:
        """One server's first evaluation, and a later one."""
        folder = self.server(whole=variant.whole)
        (group,) = read_groups(self.folder / "inputs", self.owner, "input")
        with connect("openfhe", worker=True) as connection:
            assert isinstance(connection, WorkerConnection)
            session = Session(connection, "openfhe", self.program, self.owner.parameters)
            load_key(connection, folder, ("public", 0))
            session.load()
            before = _peak(connection)
            with restored(connection, group) as inputs:
                start = _processor_seconds(connection)
                most, loads = self._prepare(connection, variant, folder, repeated=False)
                groups = [inputs] * variant.together
                _evaluate(session, groups)
                first = _processor_seconds(connection) - start
                if variant.budget is not None:
                    most, loads = self._prepare(connection, variant, folder, repeated=True)
                start, begin = _processor_seconds(connection), time.perf_counter()
                _evaluate(session, groups)
                elapsed = time.perf_counter() - begin
                following = _processor_seconds(connection) - start
            first, following, elapsed = (one / variant.together for one in (first, following, elapsed))
            return Measured(first, following, elapsed, _peak(connection) - before, most, loads)

    def _prepare(
        self, connection: WorkerConnection, variant: Variant, folder: Path, *, repeated: bool
    ) -> tuple[int, int]:
        """Load all keys, or send a plan; the bytes in memory at most, and the loads of each evaluation."""
        if variant.budget is None:
            for key in self.keys:
                load_key(connection, folder, key)
            return self.total(whole=variant.whole), 0
        plan = plan_for_folder(self.stream, 1, folder, variant.budget, repeated=repeated)
        send_plan(connection, plan, folder)
        return plan.peak_bytes, plan.each.loads


def _evaluate(session: Session, groups: Sequence[Sequence[int]]) -> None:
    for results in session.evaluate_together(groups):
        session.free(results)


def _processor_seconds(connection: WorkerConnection) -> float:
    """Of the worker's process so far, in user and system mode, as Linux counts it."""
    fields = Path(f"/proc/{connection.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak(connection: WorkerConnection) -> int:
    return connection.call("describe")[0]["peak_bytes"]


def rows(model: Model, folder: Path) -> list[str]:
    """The rows of one model."""
    bench = Bench(model, folder)
    variants = bench.variants()
    rounds = [[bench.measure(variant) for variant in variants] for _ in range(ROUNDS)]
    total = bench.total(whole=True)
    return [
        _row((model.name, bench.log_n, variant.name), total, [one[number] for one in rounds], rounds)
        for number, variant in enumerate(variants)
    ]


def _row(
    name: Sequence[object], total: int, measured: Sequence[Measured], rounds: Sequence[Sequence[Measured]]
) -> str:
    one = measured[0]
    first = statistics.median(each.first / turn[0].first for each, turn in zip(measured, rounds, strict=True))
    later = statistics.median(each.next / turn[0].next for each, turn in zip(measured, rounds, strict=True))
    cells = (
        *name,
        f"{one.most / 1e6:.0f} MB",
        f"{total / one.most:.1f}x",
        one.loads,
        f"{max(each.resident for each in measured) / 1e6:.0f} MB",
        f"{min(each.first for each in measured):.2f} s",
        f"{first - 1:+.0%}",
        f"{min(each.next for each in measured):.2f} s",
        f"{later - 1:+.0%}",
        f"{min(each.elapsed for each in measured):.2f} s",
    )
    return f"| {' | '.join(map(str, cells))} |"


def report() -> str:
    torch.set_num_threads(1)
    np.random.seed(0)
    lines: list[str] = []
    for model in models():
        with tempfile.TemporaryDirectory() as name:
            lines += rows(model, Path(name))
    header = [
        "# Key memory: keys on disk, within a budget",
        "",
        provenance("key_memory", "hetorch-heir", "numpy"),
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
        *lines,
        "",
        f"Load of the machine during the measurement: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
    ]
    return "\n".join(header) + "\n"


if __name__ == "__main__":
    main(__doc__ or "", report, "key_memory")
