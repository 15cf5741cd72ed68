"""Ranges of a model's activations, and samples of their inputs, seen on data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.fx import GraphModule, Interpreter, Node

from hetorch_heir.approx.functions import ActivationFunction, Array
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.progress import tracked
from hetorch_heir.export.samples import CalibrationError, load_samples, take_samples
from hetorch_heir.passes.activation_nodes import recognise
from hetorch_heir.passes.approximation import CALIBRATED_RANGE, CALIBRATED_SAMPLES
from hetorch_heir.passes.graph import location, operation_name
from hetorch_heir.passes.scalar_functions import FusedFunction

__all__ = [
    "DATA_MARGIN",
    "EXAMPLE_MARGIN",
    "RANGE",
    "ActivationRange",
    "CalibrationError",
    "RangeObserver",
    "calibrate",
    "load_samples",
    "require_margin",
    "take_samples",
]

RANGE = CALIBRATED_RANGE
DATA_MARGIN = 0.1
"""Part of its width by which a range seen on calibration data is widened on both sides."""
EXAMPLE_MARGIN = 0.5
"""The same for a single example input, which says less."""
NEARLY_SYMMETRIC = 0.8
"""A range whose smaller side is at least this part of the larger one is made symmetric."""
KEPT_VALUES = 8192
"""Values of an activation's input that are kept as samples, evenly from all data."""
AT_WALL = 1e-6
"""Part of a range's width within which its end is taken to be where the function ends."""


@dataclass(frozen=True)
class ActivationRange:
    """The values that an activation got, over all samples."""

    place: str
    function: str
    low: float
    high: float


def require_margin(margin: float) -> None:
    """Refuse a margin that is negative or not finite.

    Raises:
        ParameterError: it is.
    """
    if not (margin >= 0.0 and math.isfinite(margin)):
        raise ParameterError(
            f"a range can't be widened by {margin:g} of its width",
            hint=f"use 0 or more; the default is {DATA_MARGIN:g} of the width on each side",
        )


def calibrate(
    graph_module: GraphModule,
    samples: Sequence[tuple[torch.Tensor, ...]],
    functions: frozenset[str],
    margin: float,
) -> list[ActivationRange]:
    """Runs the graph on samples and records the range of every activation's input, widened by a margin.

    Args:
        graph_module: a normalised graph on tensors; ``meta["range"]`` and ``meta["samples"]`` of its
            activation nodes are set.
        functions: names of the activations.
        margin: part of the width added on each side; less where the function is singular beside the range.
    """
    observer = RangeObserver(graph_module, functions, KEPT_VALUES // max(1, len(samples)) + 1)
    with torch.no_grad():
        for sample in tracked(samples, "samples"):
            observer.run(*sample)
    for node, (low, high) in observer.ranges.items():
        found = recognise(node, graph_module)
        walls = _Walls(node.target, found.resolve() if found is not None else None)
        node.meta[RANGE] = _widened(low, high, margin, walls)
        node.meta[CALIBRATED_SAMPLES] = observer.values(node)
    return observer.report()


@dataclass(frozen=True)
class _Walls:
    """Where an activation has no value."""

    target: object
    function: ActivationFunction | None

    def between(self, low: float, high: float) -> tuple[float, ...]:
        if isinstance(self.target, FusedFunction):
            return self.target.singular_points(low, high)
        return () if self.function is None else (self.function.lower, *self.function.poles)


def _widened(low: float, high: float, margin: float, walls: _Walls) -> tuple[float, float]:
    width = max(high - low, 1e-3)
    a, b = _symmetric(low - margin * width, high + margin * width)
    for wall in walls.between(a, b):
        # Half of what the data leaves is as much margin as there is.
        if abs(wall - low) <= AT_WALL * width:
            a = low
        elif a <= wall <= low:
            a = (wall + low) / 2.0
        if abs(wall - high) <= AT_WALL * width:
            b = high
        elif high <= wall <= b:
            b = (wall + high) / 2.0
    return a, b


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
    """Runs a graph and keeps the smallest and the largest input of every activation.

    Args:
        functions: names of the activations.
        kept_values: how many of an activation's values to keep from each run.
    """

    def __init__(self, graph_module: GraphModule, functions: frozenset[str], kept_values: int = 0) -> None:
        super().__init__(graph_module)
        self._functions = functions
        self._kept_values = kept_values
        self._values: dict[Node, list[Array]] = {}
        self.ranges: dict[Node, tuple[float, float]] = {}

    def run_node(self, n: Node) -> object:
        if n.op.startswith("call") and operation_name(n) in self._functions:
            argument = n.args[0]
            assert isinstance(argument, Node)
            value = self.env[argument]
            low, high = self.ranges.get(n, (float("inf"), float("-inf")))
            self.ranges[n] = (min(low, float(value.min())), max(high, float(value.max())))
            if self._kept_values:
                flat = value.detach().double().numpy().reshape(-1)
                kept = np.linspace(0, len(flat) - 1, min(self._kept_values, len(flat))).astype(np.int64)
                self._values.setdefault(n, []).append(flat[kept])
        return super().run_node(n)

    def values(self, node: Node) -> Array:
        """The values kept of an activation's input."""
        return np.concatenate(self._values[node])

    def report(self) -> list[ActivationRange]:
        return [
            ActivationRange(location(node), operation_name(node), low, high)
            for node, (low, high) in self.ranges.items()
        ]
