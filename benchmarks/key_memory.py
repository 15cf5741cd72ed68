"""Measures evaluation with keys loaded from disk as planned, against all keys in memory.

    python -m benchmarks.key_memory                  # prints the table
    python -m benchmarks.key_memory --write          # and keeps it in benchmarks/results/key_memory.md

Each row is one server of its own, on one thread of OpenFHE, that has neither generated nor decrypted
anything. "Resident" is the largest resident memory of its process above that before it had keys. "First" is
the time from the server's first key to its first result, loading of keys included; "next" is the best of the
evaluations that follow it. The keys' files are in the page cache of the operating system.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from he_dialects.parsing import parse_module
from torch import nn

from benchmarks.command import main, provenance
from benchmarks.export_mlp import model_and_example
from examples.lenet_square import factory
from hetorch_heir.backends.connection import Connection, connect
from hetorch_heir.backends.deployment import (
    generate_keys,
    load_key,
    make_folder,
    read_groups,
    read_manifest,
    restored,
    save_group,
)
from hetorch_heir.backends.key_plans import key_schedule, plan_for_folder, send_plan
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import Session
from hetorch_heir.export.api import export
from hetorch_heir.key_memory.planner import smallest_budget

RUNS = 3
FRACTIONS = (1.0, 0.5, 0.25, 0.125)
"""Budgets, as parts of the size of all keys."""
COLUMNS = (
    "model", "log2 N", "budget", "keys in memory, at most", "less", "loads", "resident", "first", "next",
    "of that keys",
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
    ]


def rows(model: Model, folder: Path) -> list[str]:
    """The rows of one model."""
    result = export(model.module, model.example, folder / "model.mlir")
    text = (folder / "model.mlir").read_text()
    module = parse_module(text)
    module.verify()
    program = Program(module, folder, text)
    with connect("openfhe", worker=True) as connection:
        session = Session(connection, "openfhe", program, program.parameters())
        generate_keys(session, folder / "client", folder / "server")
        owner, _ = read_manifest(folder / "server", program)
        handles = session.encrypt([[model.example.numpy()]])
        make_folder(folder / "inputs")
        save_group(connection, owner, folder / "inputs", 0, handles, "input", 1)
    stream = program.record()
    uses = key_schedule(stream)
    sizes = plan_for_folder(stream, 1, folder / "server", 1 << 60).sizes
    total, least = sum(sizes.values()), smallest_budget(uses, sizes)
    budgets: list[int | None] = [None, *(int(total * part) for part in FRACTIONS), least]
    return [_row(model.name, result.chain.log_n, program, folder, total, budget) for budget in budgets]


def _row(name: str, log_n: int, program: Program, folder: Path, total: int, budget: int | None) -> str:
    owner, keys = read_manifest(folder / "server", program)
    (group,) = read_groups(folder / "inputs", owner, "input")
    stream = program.record()
    with connect("openfhe", worker=True) as connection:
        session = Session(connection, "openfhe", program, owner.parameters)
        load_key(connection, folder / "server", ("public", 0))
        session.load()
        before = _peak(connection)
        with restored(connection, group) as inputs:
            start = time.perf_counter()
            if budget is None:
                loads, most = len(keys), total
                for key in keys:
                    load_key(connection, folder / "server", key)
            else:
                plan = plan_for_folder(stream, 1, folder / "server", budget)
                loads, most = plan.loads, plan.peak_bytes
                send_plan(connection, plan, folder / "server")
            times = [_seconds(session, inputs, start)]
            waited = 0.0
            for _ in range(RUNS):
                session.seconds.calls.clear()
                times.append(_seconds(session, inputs, time.perf_counter()))
                waited = session.seconds.calls["keys"] if times[-1] == min(times[1:]) else waited
        cells = (
            name,
            log_n,
            "all in memory" if budget is None else f"{budget / 1e6:.0f} MB",
            f"{most / 1e6:.0f} MB",
            f"{total / most:.1f}x",
            loads,
            f"{(_peak(connection) - before) / 1e6:.0f} MB",
            f"{times[0]:.2f} s",
            f"{min(times[1:]):.2f} s",
            f"{waited:.2f} s",
        )
    return f"| {' | '.join(map(str, cells))} |"


def _peak(connection: Connection) -> int:
    return connection.call("describe")[0]["peak_bytes"]


def _seconds(session: Session, inputs: list[int], start: float) -> float:
    session.free(session.evaluate(inputs))
    return time.perf_counter() - start


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
