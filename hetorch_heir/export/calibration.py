"""Ranges of a model's activations, seen on data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.fx import GraphModule, Interpreter, Node

from hetorch_heir.core.errors import HETorchError
from hetorch_heir.passes.graph import location, operation_name

RANGE = "range"
DATA_MARGIN = 0.1
"""Part of its width by which a range seen on calibration data is widened on both sides."""
EXAMPLE_MARGIN = 0.5
"""The same for a single example input, which says less."""
NEARLY_SYMMETRIC = 0.8
"""A range whose smaller side is at least this part of the larger one is made symmetric."""


class CalibrationError(HETorchError):
    """Calibration data can't be read or does not fit the model."""


@dataclass(frozen=True)
class ActivationRange:
    """The values that an activation got, over all samples."""

    place: str
    function: str
    low: float
    high: float


def load_samples(path: Path, shapes: Sequence[tuple[int, ...]]) -> list[tuple[torch.Tensor, ...]]:
    """Samples from a .npy file (one input) or a .npz file (one array per input, in order).

    Args:
        path: arrays with the samples along the first axis, which is split into batches as the model wants.
        shapes: shapes of the model's inputs.

    Raises:
        CalibrationError: the file is missing, is not a numpy file, or does not fit the inputs.
    """
    try:
        loaded = np.load(path, allow_pickle=False)
        arrays = [loaded] if isinstance(loaded, np.ndarray) else [loaded[name] for name in loaded.files]
    except (OSError, ValueError, EOFError) as error:
        raise CalibrationError(
            f"can't read calibration data from {path}: {error}",
            hint="give a .npy file with one sample per row, or a .npz file with one array per input",
        ) from error
    if len(arrays) != len(shapes):
        raise CalibrationError(
            f"{path} holds {len(arrays)} arrays, and the model has {len(shapes)} inputs",
            hint="save one array per input with numpy.savez",
        )
    return list(zip(*(_batches(a, s, path) for a, s in zip(arrays, shapes, strict=True)), strict=True))


def _batches(array: np.ndarray, shape: tuple[int, ...], path: Path) -> Iterator[torch.Tensor]:
    size = int(np.prod(shape))
    if array.size == 0 or array.size % size or not np.issubdtype(array.dtype, np.number):
        raise CalibrationError(
            f"calibration data of shape {array.shape} in {path} does not fit an input of shape {shape}",
            hint="the first axis counts samples; the rest is the shape of one",
        )
    if not np.all(np.isfinite(array)):
        raise CalibrationError(f"calibration data in {path} holds NaN or infinite values")
    for sample in array.reshape(-1, *shape):
        yield torch.from_numpy(np.array(sample, dtype=np.float32))


def calibrate(
    graph_module: GraphModule,
    samples: Sequence[tuple[torch.Tensor, ...]],
    functions: frozenset[str],
    margin: float,
) -> list[ActivationRange]:
    """Runs the graph on samples and records the range of every activation's input, widened by a margin.

    Args:
        graph_module: a normalised graph on tensors; ``meta["range"]`` of its activation nodes is set.
        functions: names of the activations.
        margin: part of the width added on each side.
    """
    observer = RangeObserver(graph_module, functions)
    with torch.no_grad():
        for sample in samples:
            observer.run(*sample)
    for node, (low, high) in observer.ranges.items():
        width = max(high - low, 1e-3)
        node.meta[RANGE] = _symmetric(low - margin * width, high + margin * width)
    return observer.report()


def _symmetric(low: float, high: float) -> tuple[float, float]:
    """A range that is symmetric but for a little is made so.

    On a symmetric range odd and even functions (and gelu, silu, relu, which are even but for a line) have
    every other coefficient zero, which saves up to a third of the products.
    """
    radius = max(-low, high)
    if low < 0.0 < high and min(-low, high) >= NEARLY_SYMMETRIC * radius:
        return -radius, radius
    return low, high


class RangeObserver(Interpreter):
    """Runs a graph and keeps the smallest and the largest input of every activation."""

    def __init__(self, graph_module: GraphModule, functions: frozenset[str]) -> None:
        super().__init__(graph_module)
        self._functions = functions
        self.ranges: dict[Node, tuple[float, float]] = {}

    def run_node(self, n: Node) -> object:
        if n.op.startswith("call") and operation_name(n) in self._functions:
            argument = n.args[0]
            assert isinstance(argument, Node)
            value = self.env[argument]
            low, high = self.ranges.get(n, (float("inf"), float("-inf")))
            self.ranges[n] = (min(low, float(value.min())), max(high, float(value.max())))
        return super().run_node(n)

    def report(self) -> list[ActivationRange]:
        return [
            ActivationRange(location(node), operation_name(node), low, high)
            for node, (low, high) in self.ranges.items()
        ]
