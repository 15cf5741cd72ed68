"""Measures blocks of ResNet-20 that are bootstrapped between, encrypted on OpenFHE with 128-bit security.

    python -m benchmarks.encrypted_bootstrap             # prints the table: some minutes, 12 GB
    python -m benchmarks.encrypted_bootstrap --write     # and keeps it in benchmarks/results

The model is the first stage of ResNet-20: blocks of two 3x3 convolutions from 16 to 16 channels on images of
32x32 pixels, batch norms and shortcuts, random weights, and squares for activations. A block takes the four
levels that a bootstrap leaves at ring dimension 2^16, so every block but the last is followed by one. Levels,
scales and dimensions of all ciphertexts are compared with the program's types. The error is the largest
difference of an output from the interpreter, and from torch.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from he_dialects.parsing import parse_module
from torch import Tensor, nn

import hetorch_heir
from benchmarks.command import main, provenance
from examples.residual_network import BasicBlock, calibrate_norms
from examples.square import Square
from hetorch_heir.backends.connection import connect
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import Seconds, Session

CHANNELS, SIZE = 16, 32
BLOCKS = 3
LEVELS = 4
SLOTS = CHANNELS * SIZE * SIZE
SCALE_BITS = 59
"""OpenFHE's bootstrapping loses too much at smaller scales."""

NORM_WEIGHT, NORM_BIAS = 0.05, 0.1
"""Of the batch norms, small so that values stay below 1, where they are bootstrapped."""

PIPELINE = (
    "input-packing{strategy=auto},linear-layer-bsgs,constant-folding,addition-balancing,"
    "common-subexpression-elimination,rescaling-insertion{strategy=lazy},relinearization-insertion,"
    "bootstrapping-insertion{strategy=optimal},dead-code-elimination"
)


@dataclass(frozen=True)
class Measurement:
    """One encrypted evaluation.

    Attributes:
        seconds: what the time was spent on.
        context: as the library made it, with the process's peak memory.
        bootstraps: in the program.
        noise: largest difference from the interpreter.
        error: largest difference from the model.
    """

    seconds: Seconds
    context: dict[str, Any]
    bootstraps: int
    noise: float
    error: float


def stage(channels: int = CHANNELS, size: int = SIZE, blocks: int = BLOCKS) -> tuple[nn.Module, Tensor]:
    """Blocks of ResNet-20's first stage, and images whose values stay between -1 and 1 on the way."""
    torch.manual_seed(0)
    model = nn.Sequential(*(BasicBlock(channels, channels, 1, Square) for _ in range(blocks)))
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, NORM_WEIGHT)
            nn.init.constant_(module.bias, NORM_BIAS)
    images = torch.rand(16, channels, size, size) / 2 - 0.25
    return calibrate_norms(model, images), images[:1]


def export_stage(
    model: nn.Module, sample: Tensor, slots: int, folder: Path, *, insecure: bool = False
) -> tuple[Program, int]:
    """The program of blocks that are bootstrapped between, and the number of bootstraps."""
    path = folder / "stage.mlir"
    result = hetorch_heir.export(
        model,
        sample,
        path,
        scale_bits=SCALE_BITS,
        levels=LEVELS,
        slots=slots,
        insecure=insecure,
        pipeline=PIPELINE,
    )
    text = path.read_text()
    module = parse_module(text)
    module.verify()
    return Program(module, folder, text), result.counts.bootstraps


def measure(model: nn.Module, sample: Tensor, slots: int, *, insecure: bool = False) -> Measurement:
    """Export the model with bootstraps and run it on OpenFHE."""
    with tempfile.TemporaryDirectory() as name:
        program, bootstraps = export_stage(model, sample, slots, Path(name), insecure=insecure)
        inputs = [sample.numpy()]
        (clear,) = program.run_in_the_clear(inputs)
        with torch.no_grad():
            expected = model(sample).numpy()
        with connect("openfhe", worker=True) as connection:
            session = Session(connection, "openfhe", program, program.parameters(insecure=insecure))
            session.generate_keys()
            ((output,),) = session.run([inputs], check=True)
            context, _ = connection.call("describe")
    return Measurement(
        session.seconds,
        context,
        bootstraps,
        float(np.abs(output - clear).max()),
        float(np.abs(output - expected).max()),
    )


def report() -> str:
    torch.set_num_threads(1)
    measured = measure(*stage(), SLOTS)
    seconds, bootstraps = measured.seconds, measured.bootstraps
    within = seconds.calls["bootstrap"]
    facts = {
        "ring dimension": measured.context["ring_dimension"],
        "primes": len(measured.context["moduli"]),
        "secret": measured.context["secret"],
        "slots": SLOTS,
        "blocks": BLOCKS,
        "bootstraps": bootstraps,
        "keys": f"{seconds.keys:.0f} s",
        "evaluation": f"{seconds.evaluation:.0f} s",
        "of that a bootstrap": f"{within / bootstraps:.0f} s",
        "of that a block": f"{(seconds.evaluation - within) / BLOCKS:.0f} s",
        "peak memory": f"{measured.context['peak_bytes'] / 1e9:.1f} GB",
        "largest difference from the interpreter": f"{measured.noise:.1e}",
        "largest difference from torch": f"{measured.error:.1e}",
    }
    lines = [
        "# Encrypted blocks of ResNet-20 with bootstraps, 128-bit security",
        "",
        provenance("encrypted_bootstrap", "hetorch-heir", "torch", "numpy"),
        "openfhe 1.6.1.0.22.4.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in facts.items()),
        "",
        "Level, scale and dimension of every ciphertext were compared with the program's types during the"
        " evaluation.",
        f"Load of the machine during the measurement: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(__doc__ or "", report, "encrypted_bootstrap")
