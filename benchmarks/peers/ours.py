"""This project's compiler, down to HEIR's openfhe dialect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from benchmarks.networks import NETWORKS, output_of
from benchmarks.peers.apart import serve
from benchmarks.peers.measurement import Compilation, Counts, peak_megabytes, stopwatch
from benchmarks.peers.samples import PROGRAM, save_sample
from hetorch_heir.export.api import export


def compile_network(
    network: str, slots: int, folder: str, options: dict[str, Any], lower: bool = True
) -> Compilation:
    """Exports a network, and lowers it with heir-opt.

    Args:
        network: its name.
        slots: of a ciphertext.
        folder: for the program, with a sample.
        options: of the export.
        lower: run heir-opt too.
    """
    torch.set_num_threads(1)
    model, example = NETWORKS[network]()
    path = Path(folder) / PROGRAM
    with stopwatch() as seconds:
        result = export(model, example, path, slots=slots, lower="openfhe" if lower else None, **options)
    memory = peak_megabytes()
    written = sum(file.stat().st_size for file in Path(folder).iterdir())
    save_sample(Path(folder), example.numpy(), output_of(model, example).numpy())
    counts, chain = result.counts, result.summary()
    return Compilation(
        slots,
        Counts(
            counts.rotations,
            len(counts.rotation_keys),
            counts.products,
            chain["ct_products"],
            counts.levels,
            chain["bootstraps"],
        ),
        seconds.wall,
        seconds.cpu,
        memory,
        written / 1e6,
    )


if __name__ == "__main__":
    serve(compile_network)
