"""Random small convolutional networks keep their meaning, and their operations, down to heir-opt's output."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
from he_dialects.parsing import parse_module
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from examples.residual_network import calibrate_norms
from hetorch_heir import export
from hetorch_heir.export.layer_report import layer_costs
from hetorch_heir.export.result import ExportResult
from hetorch_heir.heir import lower
from hetorch_heir.interpreter.program import Run, execute
from hetorch_heir.passes.graph import is_operation

COUNTED = ("rotate", "mul_plain", "mul", "relinearize", "rescale")
TOLERANCE = 1e-4
"""Relative to the largest output; heir-opt's text has constants of 32 bits."""


class Quadratic(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * x * x + x


class Residual(nn.Module):
    """A convolution with a batch norm, beside a shortcut: the input, or a convolution of one pixel."""

    def __init__(self, layer: nn.Module, norm: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.layer, self.norm, self.shortcut = layer, norm, shortcut

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.layer(x)) + self.shortcut(x)


class _Network:
    """Draws layers one after the other, and knows the shape that they lead to."""

    def __init__(self, draw: st.DrawFn, axes: int) -> None:
        self._draw = draw
        self._axes = axes
        self.channels = draw(st.integers(1, 4))
        self.extents = [draw(st.integers(3, 9)) for _ in range(axes)]
        self.shape = (1, self.channels, *self.extents)
        self.layers: list[nn.Module] = []

    def add(self) -> None:
        kinds: list[Callable[[], nn.Module | None]] = [self._convolution, self._pooling, self._residual]
        layer = self._draw(st.sampled_from(kinds))()
        if layer is not None:
            self.layers.append(layer)
            if self._draw(st.booleans()):
                self.layers.append(Quadratic())

    def finish(self) -> nn.Sequential:
        if self._draw(st.booleans()):
            size = self.channels * int(np.prod(self.extents))
            self.layers += [nn.Flatten(), nn.Linear(size, self._draw(st.integers(1, 7)))]
        return nn.Sequential(*self.layers)

    def _convolution(self) -> nn.Module | None:
        draw = self._draw
        kernel = [draw(st.integers(1, min(4, extent))) for extent in self.extents]
        padding = draw(st.integers(0, 2))
        stride = draw(st.integers(1, min(3, min(self.extents) + 2 * padding)))
        dilation = draw(st.integers(1, 2))
        after = [
            (extent + 2 * padding - dilation * (size - 1) - 1) // stride + 1
            for extent, size in zip(self.extents, kernel, strict=True)
        ]
        if min(after) < 1:
            return None
        groups = draw(st.sampled_from([one for one in range(1, 5) if self.channels % one == 0]))
        channels = groups * draw(st.integers(1, max(1, 5 // groups)))
        make = nn.Conv1d if self._axes == 1 else nn.Conv2d
        size: Any = tuple(kernel)
        layer = make(self.channels, channels, size, stride, padding, dilation, groups)
        self.channels, self.extents = channels, after
        return nn.Sequential(layer, self._norm(channels)) if draw(st.booleans()) else layer

    def _pooling(self) -> nn.Module | None:
        if min(self.extents) < 2:
            return None
        size, stride = self._draw(st.integers(2, 3)), self._draw(st.integers(1, 2))
        padding = self._draw(st.integers(0, size // 2))
        after = [(extent + 2 * padding - size) // stride + 1 for extent in self.extents]
        if min(after) < 1:
            return None
        self.extents = after
        make = nn.AvgPool1d if self._axes == 1 else nn.AvgPool2d
        return make(size, stride, padding, count_include_pad=self._draw(st.booleans()))

    def _residual(self) -> nn.Module:
        make = nn.Conv1d if self._axes == 1 else nn.Conv2d
        before, stride = self.channels, self._draw(st.integers(1, min(2, *self.extents)))
        after = before if stride == 1 else self._draw(st.integers(1, 5))
        shortcut = nn.Identity() if stride == 1 else make(before, after, 1, stride)
        self.channels, self.extents = after, [(extent - 1) // stride + 1 for extent in self.extents]
        return Residual(make(before, after, 3, stride, 1), self._norm(after), shortcut)

    def _norm(self, channels: int) -> nn.Module:
        return nn.BatchNorm1d(channels) if self._axes == 1 else nn.BatchNorm2d(channels)


@st.composite
def networks(draw: st.DrawFn) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(draw(st.integers(0, 99)))
    network = _Network(draw, draw(st.sampled_from([1, 2, 2])))
    for _ in range(draw(st.integers(1, 3))):
        network.add()
    if not network.layers:
        network.layers.append(nn.Flatten())
        network.layers.append(nn.Linear(int(np.prod(network.shape)), 3))
        return nn.Sequential(*network.layers).eval(), torch.rand(network.shape) - 0.5
    model = network.finish()
    samples = torch.rand(16, *network.shape[1:]) - 0.5
    return calibrate_norms(model, samples), samples[:1]


def exported(model: nn.Module, example: Tensor, slots: int, target: str) -> ExportResult:
    return export(model, example, target=target, slots=slots, insecure=True, name="network")


def run(text: str, result: ExportResult, example: Tensor) -> Run:
    with TemporaryDirectory() as folder:
        result.write(Path(folder) / "program.mlir")
        module = parse_module(text)
        module.verify()
        return execute(module, [example.numpy()], resource_dir=Path(folder))


def has_zero_diagonals(result: ExportResult) -> bool:
    """Whether some plaintext is zero: a ciphertext that holds nothing but gaps is made with it."""
    rows = [row for one in result.graph_module.buffers() if one.ndim == 2 for row in one.double()]
    return any(not bool(row.any()) for row in rows)


def assert_right(model: nn.Module, example: Tensor, slots: int, target: str) -> ExportResult:
    """Every stage gives what the model gives, and executes what the graph counts."""
    result = exported(model, example, slots, target)
    with torch.no_grad():
        expected = model(example).numpy()
        graph = result.graph_module(example).numpy()
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(graph, expected, rtol=0, atol=TOLERANCE * scale)
    counts = result.counts
    wanted = [
        counts.rotations,
        counts.products,
        counts.ct_products,
        counts.relinearizations,
        counts.rescales,
    ]
    texts = [result.text]
    if target != "hetorch":
        texts.append(
            lower(result.text, backend="openfhe", entry_function=result.function, slots=slots, target=target)
        )
    for text in texts:
        ran = run(text, result, example)
        np.testing.assert_allclose(
            ran.outputs[0].reshape(expected.shape), expected, rtol=0, atol=TOLERANCE * scale
        )
        executed = [ran.counts[name] for name in COUNTED]
        if text is result.text or not has_zero_diagonals(result):
            assert executed == wanted
        else:  # heir-opt merges ciphertexts that hold nothing
            assert all(one <= other for one, other in zip(executed, wanted, strict=True))
    layers = layer_costs(result.graph_module)
    assert sum(layer.rotations for layer in layers) == counts.rotations
    assert sum(layer.products for layer in layers) == counts.products
    return result


# Each example takes a second: shrinking a failure would take minutes.
UNSHRUNK = settings(
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
SLOTS = st.sampled_from([32, 128, 512, 2048])


@settings(UNSHRUNK, max_examples=12)
@given(networks(), SLOTS, st.sampled_from(["secret", "ckks"]))
def test_every_stage_computes_the_network(made: tuple[nn.Module, Tensor], slots: int, target: str) -> None:
    assert_right(*made, slots, target)


@pytest.mark.slow
@settings(UNSHRUNK, max_examples=150)
@given(networks(), SLOTS, st.sampled_from(["secret", "ckks", "hetorch"]))
def test_every_stage_computes_many_networks(made: tuple[nn.Module, Tensor], slots: int, target: str) -> None:
    assert_right(*made, slots, target)


def test_a_single_result_of_a_signal() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv1d(1, 5, 2, 2), Quadratic(), nn.Flatten(), nn.Linear(10, 1))
    assert_right(model, torch.rand(1, 1, 4), 512, "secret")


def test_images_larger_than_a_ciphertext() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 5, 3, stride=2, padding=1), nn.BatchNorm2d(5), Quadratic(), nn.AvgPool2d(2)
    )
    images = torch.rand(8, 3, 13, 11)
    result = assert_right(calibrate_norms(model, images), images[:1], 128, "ckks")
    packs = [node for node in result.graph_module.graph.nodes if is_operation(node, "pack")]
    assert all(pack.meta["packing_info"].layout.ciphertexts >= 4 for pack in packs)
