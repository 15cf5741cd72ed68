"""Measures how large exported programs are, with packed constants and with loops that build them.

    python -m benchmarks.export_size            # prints the table
    python -m benchmarks.export_size --write    # and keeps it in benchmarks/results/export_size.md

Sizes are those of the program and its files. Times are seconds of the processor: of the whole export, and of
heir-opt down to the openfhe dialect. Weights are random; activations are x².
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.command import main, provenance
from hetorch_heir.export.api import export
from hetorch_heir.heir import lower

PACKAGES = ("hetorch-heir", "torch", "xdsl", "heir_py", "numpy")
MEGABYTE = 1_000_000
FORMS = ("packed", "formula")


class Square(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * x


def lola() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 5, 5, stride=2, padding=2),
        Square(),
        nn.Flatten(),
        nn.Linear(980, 100),
        Square(),
        nn.Linear(100, 10),
    )


def lenet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        Square(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        Square(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        Square(),
        nn.Linear(120, 84),
        Square(),
        nn.Linear(84, 10),
    )


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = _normalised(inputs, outputs, 3, stride)
        self.second = _normalised(outputs, outputs, 3, 1)
        changes = stride > 1 or inputs != outputs
        self.shortcut = _normalised(inputs, outputs, 1, stride) if changes else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        inner = self.first(x)
        total = self.second(inner * inner) + self.shortcut(x)
        return total * total


def resnet20() -> nn.Module:
    channels = [16, *[16] * 3, *[32] * 3, *[64] * 3]
    blocks = [Block(inputs, outputs, 1 if inputs == outputs else 2) for inputs, outputs in pairwise(channels)]
    pooling = (nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(_normalised(3, 16, 3, 1), Square(), *blocks, *pooling, nn.Linear(64, 10))


def _normalised(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs))


@dataclass(frozen=True)
class Model:
    """A network to export.

    Attributes:
        limits: megabytes that its program must not exceed, by form.
    """

    name: str
    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    slots: int
    limits: dict[str, int]


MODELS = (
    Model("LoLA", lola, (1, 1, 28, 28), 8192, {}),
    Model("LeNet-5", lenet, (1, 1, 28, 28), 8192, {}),
    Model("ResNet-20", resnet20, (1, 3, 32, 32), 32768, {"packed": 600, "formula": 20}),
)


def measure(model: Model, weights: str, folder: Path) -> str:
    """A row of the table."""
    torch.manual_seed(0)
    network = model.make().eval()
    path = folder / "model.mlir"
    start = time.process_time()
    result = export(network, torch.randn(model.shape), path, slots=model.slots, weights=weights)
    exported = time.process_time() - start
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    lower(path, backend="openfhe", entry_function=result.function, slots=model.slots, target="ckks")
    lowered = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - children
    limit = f"{model.limits[weights]} MB" if weights in model.limits else ""
    text, size = len(result.text.encode()), result.output_bytes
    raw = sum(one.numel() for one in network.parameters()) * 4
    return (
        f"| {model.name} | {model.slots} | {weights} | {text / MEGABYTE:.2f} |"
        f" {(size - text) / MEGABYTE:.2f} | {size / MEGABYTE:.2f} MB | {limit} |"
        f" {raw / MEGABYTE:.2f} MB | {result.counts.products} | {exported:.1f} |"
        f" {lowered:.2f} |"
    )


def report() -> str:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        rows = [measure(model, weights, Path(name)) for model in MODELS for weights in FORMS]
    lines = [
        "# Size of exported programs",
        "",
        provenance("export_size", *PACKAGES),
        "",
        "| model | slots | weights | text, MB | files, MB | in all | target | the model's parameters |"
        " products | export, s | heir-opt, s |",
        "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
        "Constants are in single precision, as the models are.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(__doc__ or "", report, "export_size")
