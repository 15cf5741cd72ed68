"""Measures where ResNet-20 with composite ReLUs is bootstrapped, through the whole export.

    python -m benchmarks.bootstrapping            # prints the table; a few minutes, 4 GB
    python -m benchmarks.bootstrapping --write    # and keeps it in benchmarks/results/bootstrapping.md

The network has random weights and is calibrated on random images; each of its ReLUs becomes a composite sign
of degrees {15, 15, 27} and a product, 14 levels. Every row is an export in a process of its own. Greedy
refreshes what is at level 0, in the same graph. Published counts are from the papers of ANT-ACE and Orion.
"""

from __future__ import annotations

import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import nn
from torch.fx import GraphModule

from benchmarks.command import main, provenance
from examples.residual_network import resnet20
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.export.api import export
from hetorch_heir.passes.base import TransformationPass
from hetorch_heir.passes.builtin import RelinearizationInsertionPass
from hetorch_heir.passes.cost import ciphertexts_of
from hetorch_heir.passes.management.annotation import ScaleModel, start_at
from hetorch_heir.passes.management.bootstrap_placement import greedy_placement

LEVELS: tuple[int | None, ...] = (10, 15, 16, None)
"""From one bootstrap to the next; None lets the compiler choose."""

PUBLISHED = {10: "38 (Orion)", 15: "19 (ANT-ACE)"}
CALIBRATED, TESTED = 16, 4
"""Images that ranges are taken from, and others that outputs are compared on."""
SCALE_BITS = 59
PACKAGES = ("hetorch-heir", "torch", "xdsl", "numpy")


@dataclass(frozen=True)
class Measurement:
    """One export.

    Attributes:
        levels: from one bootstrap to the next.
        greedy: bootstraps that refreshing as late as possible takes.
        error: largest of an output, part of the largest output.
        seconds: of CPU.
        megabytes: peak of the process.
    """

    levels: int
    bootstraps: int
    greedy: int
    rotations: int
    log_n: int
    error: float
    seconds: float
    megabytes: float


class _Greedy:
    """Counts, in the graph that bootstraps will be placed in, those of the greedy placement."""

    def __init__(self, levels: int | None) -> None:
        self._levels = levels
        self.bootstraps = 0

    def __call__(self, step: TransformationPass, graph_module: GraphModule) -> None:
        if not isinstance(step, RelinearizationInsertionPass) or self._levels is None:
            return
        parameters = CKKSParameters(1 << 16, [60] + [SCALE_BITS] * self._levels, 2.0**SCALE_BITS)
        context = CompilationContext(HEScheme.CKKS, parameters)
        start_at(graph_module, context)
        chosen = greedy_placement(graph_module, ScaleModel(context), 0.0)
        self.bootstraps = sum(map(ciphertexts_of, chosen))


def measure(levels: int | None) -> Measurement:
    """Export the network with so many levels."""
    torch.set_num_threads(1)
    model, images = resnet20(nn.ReLU)
    samples = [(one[None],) for one in images]
    greedy = _Greedy(levels)
    options = {} if levels is None else {"levels": levels, "bootstraps": "always"}
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        result = export(
            model,
            samples[0],
            Path(folder) / "resnet20.mlir",
            activation_method="composite",
            calibration=samples[:CALIBRATED],
            after_pass=greedy,
            cache=False,
            **options,
        )
    seconds = time.process_time() - start
    spare = result.chain.bootstrapping.spare if result.chain.bootstrapping else 0
    return Measurement(
        result.chain.fresh_level - spare,
        result.counts.bootstraps,
        greedy.bootstraps,
        result.counts.rotations,
        result.chain.log_n,
        _error(result.graph_module, model, samples[CALIBRATED : CALIBRATED + TESTED]),
        seconds,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _error(compiled: GraphModule, model: nn.Module, samples: list[tuple[torch.Tensor]]) -> float:
    with torch.no_grad():
        pairs = [(compiled(*sample), model(*sample)) for sample in samples]
    return max(float((ours - theirs).abs().max() / theirs.abs().max()) for ours, theirs in pairs)


def report() -> str:
    # A fresh process for each: memory is a peak.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        rows = [_row(levels, one) for levels, one in zip(LEVELS, pool.map(measure, LEVELS), strict=True)]
    lines = [
        "# Bootstraps of ResNet-20 with composite ReLUs",
        "",
        provenance("bootstrapping", *PACKAGES),
        "",
        "| levels between bootstraps | bootstraps | greedy | published | rotations | ring | relative error |"
        " CPU, s | memory, MB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
        "A bootstrap on OpenFHE consumes 20 levels more and starts from one (docs/levels.md): with 16 levels"
        " the chain has 37. The last row has the number of levels with the smallest estimated latency.",
    ]
    return "\n".join(lines) + "\n"


def _row(asked: int | None, one: Measurement) -> str:
    name = str(one.levels) if asked is not None else f"{one.levels} (chosen)"
    greedy = str(one.greedy) if asked is not None else ""
    return (
        f"| {name} | {one.bootstraps} | {greedy} | {PUBLISHED.get(asked or 0, '')} | {one.rotations} |"
        f" 2^{one.log_n} | {one.error:.1e} | {one.seconds:.0f} | {one.megabytes:.0f} |"
    )


if __name__ == "__main__":
    main(__doc__ or "", report, "bootstrapping")
