"""Measures exports with and without what is remembered of earlier ones.

    python -m benchmarks.caching            # prints the table
    python -m benchmarks.caching --write    # and keeps it in benchmarks/results/caching.md

Every network is exported four times in a process of its own: without a cache, with an empty one, again, and
with other weights in its last layer. Seconds are of CPU, after imports, with the files written.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from torch import nn

from benchmarks import command
from benchmarks.networks import NETWORKS
from hetorch_heir.core.cache import FOLDER_VARIABLE, FolderCache
from hetorch_heir.export.api import export

ROWS = {"MLP 784-128-128-10": 8192, "LoLA": 8192, "LeNet-5": 8192, "ResNet-20": 32768}
"""Slots by network."""


def measure(name: str) -> list[float]:
    """Seconds without, with an empty, with the filled cache, and with another last layer; megabytes kept."""
    torch.set_num_threads(1)
    model, example = NETWORKS[name]()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER_VARIABLE] = str(Path(folder) / "cache")

        def seconds(use: bool) -> float:
            start = time.process_time()
            export(model, example, Path(folder) / "out.mlir", slots=ROWS[name], insecure=True, cache=use)
            return time.process_time() - start

        export(nn.Linear(4, 4), torch.zeros(1, 4), cache=False)  # what torch imports when it is first used
        times = [seconds(use) for use in (False, True, True)]
        last = [one for one in model.modules() if isinstance(one, nn.Linear)][-1]
        with torch.no_grad():
            last.weight.mul_(0.5)
        times.append(seconds(True))
        return [*times, FolderCache(Path(folder) / "cache").size / 1e6]


def report() -> str:
    lines = [
        "# Caching",
        "",
        command.provenance("caching", "hetorch-heir", "torch", "xdsl", "numpy"),
        "",
        "Seconds of CPU of one export, after imports.",
        "",
        "| network | without cache | empty cache | unchanged | ratio | last layer changed | kept, MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name in ROWS:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.caching", "--one", name],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        without, empty, unchanged, changed, kept = json.loads(done.stdout.splitlines()[-1])
        lines.append(
            f"| {name} | {without:.2f} | {empty:.2f} | {unchanged:.2f} | {without / unchanged:.0f}"
            f" | {changed:.2f} | {kept:.0f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--one")
    chosen, _ = parser.parse_known_args()
    if chosen.one is not None:
        print(json.dumps(measure(chosen.one)))
    else:
        command.main(__doc__ or "", report, "caching")
