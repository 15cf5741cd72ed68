"""Random small models keep their meaning, and their operations, through every stage down to heir-opt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch
from he_dialects.parsing import parse_module
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from torch import nn

from hetorch_heir import export
from hetorch_heir.export.result import ExportResult
from hetorch_heir.heir import lower, translate
from hetorch_heir.interpreter.program import Run, execute

ACTIVATIONS = ("square", "cube", "relu", "sigmoid", "tanh", "gelu", "silu", "none")
COUNTED = ("rotate", "mul_plain", "mul", "relinearize", "rescale")


class RandomMLP(nn.Module):
    """Linear layers with activations, and a residual connection where two widths are equal."""

    def __init__(self, widths: list[int], activations: Sequence[str], seed: int, normalised: bool) -> None:
        super().__init__()
        torch.manual_seed(seed)
        pairs = list(pairwise(widths))
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairs)
        self.norms = nn.ModuleList(nn.BatchNorm1d(after) for _, after in pairs)
        self.activations = activations
        self.normalised = normalised

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer, norm, name in zip(self.layers, self.norms, self.activations, strict=True):
            hidden = layer(x)
            if self.normalised:
                hidden = norm(hidden)
            hidden = _activate(hidden, name)
            x = hidden + x if hidden.shape == x.shape else hidden
        return x


def _activate(x: torch.Tensor, name: str) -> torch.Tensor:
    if name == "none":
        return x
    if name == "square":
        return x * x
    if name == "cube":
        return x**3
    return getattr(torch.nn.functional, name)(x)


@st.composite
def models(draw: st.DrawFn) -> tuple[RandomMLP, torch.Tensor]:
    widths = draw(st.lists(st.integers(1, 40), min_size=2, max_size=4))
    activations = draw(
        st.lists(st.sampled_from(ACTIVATIONS), min_size=len(widths) - 1, max_size=len(widths) - 1)
    )
    model = RandomMLP(widths, activations, draw(st.integers(0, 99)), draw(st.booleans())).eval()
    batch = draw(st.sampled_from([1, 1, 1, 3]))
    return model, torch.rand(batch, widths[0], generator=torch.Generator().manual_seed(1)) - 0.5


def exported(model: nn.Module, example: torch.Tensor, slots: int, target: str) -> ExportResult:
    return export(
        model, example, target=target, slots=slots, insecure=True, activation_degree=6, calibration=[example]
    )


def run(text: str, result: ExportResult, example: torch.Tensor) -> Run:
    with TemporaryDirectory() as folder:
        for resource in result.resources:
            (Path(folder) / resource.path).write_bytes(resource.data)
        module = parse_module(text)
        module.verify()
        return execute(module, [example.numpy()], resource_dir=Path(folder))


# Each example takes a second: shrinking a failure would take minutes.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=12, deadline=None, phases=UNSHRUNK)
@given(models(), st.sampled_from([64, 256, 1024]))
def test_every_stage_computes_the_same(made: tuple[RandomMLP, torch.Tensor], slots: int) -> None:
    model, example = made
    results = {target: exported(model, example, slots, target) for target in ("hetorch", "secret", "ckks")}
    graph = results["hetorch"].graph_module(example).detach().numpy()
    counts = results["hetorch"].counts
    for target, result in results.items():
        texts = [result.text]
        if target != "hetorch":
            texts.append(
                lower(
                    result.text,
                    backend="openfhe",
                    entry_function=result.function,
                    slots=slots,
                    target=target,
                )
            )
        for text in texts:
            ran = run(text, result, example)
            scale = max(1.0, float(np.abs(graph).max()))
            assert np.abs(ran.outputs[0] - graph).max() < 1e-4 * scale
            executed = [ran.counts[name] for name in COUNTED]
            assert executed == [
                counts.rotations,
                counts.products,
                counts.ct_products,
                counts.relinearizations,
                counts.rescales,
            ]


@settings(max_examples=10, deadline=None, phases=UNSHRUNK)
@given(models())
def test_the_graph_is_close_to_the_model(made: tuple[RandomMLP, torch.Tensor]) -> None:
    model, example = made
    result = export(
        model,
        example,
        target="hetorch",
        slots=1024,
        insecure=True,
        activation_degree=30,
        calibration=[example],
    )
    expected = model(example).detach()
    scale = max(1.0, float(expected.abs().max()))
    assert (result.graph_module(example) - expected).abs().max() < 0.1 * scale


@pytest.mark.parametrize("target", ["secret", "ckks"])
def test_lattigo_keeps_every_operation(target: str) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 20), nn.Tanh(), nn.Linear(20, 5))
    example = torch.randn(1, 12)
    result = export(model, example, target=target, lower="lattigo", calibration=[example], inline_limit=None)
    names = Counter(
        word for line in result.text.splitlines() for word in line.split() if word.startswith("lattigo.")
    )
    counts = result.counts
    multiplications = names["lattigo.ckks.mul_new"] + names["lattigo.ckks.mul"]
    assert names["lattigo.ckks.rotate_new"] + names["lattigo.ckks.rotate"] == counts.rotations
    assert multiplications == counts.products + counts.ct_products
    assert (
        names["lattigo.ckks.relinearize_new"] + names["lattigo.ckks.relinearize"] == counts.relinearizations
    )
    assert names["lattigo.ckks.rescale_new"] + names["lattigo.ckks.rescale"] == counts.rescales
    assert "func" in translate(result.text, "lattigo")


def test_cpp_is_emitted_for_both_targets() -> None:
    model, example = nn.Linear(6, 3), torch.randn(1, 6)
    for target in ("secret", "ckks"):
        result = export(model, example, target=target, lower="openfhe")
        assert "EvalRotate" in translate(result.text, "openfhe-pke")
