"""Models that were exported come back as graphs that compute the model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import hetorch_heir.export.api
from hetorch_heir.core.context import CompilationContext
from hetorch_heir.core.parameters import CKKSParameters
from hetorch_heir.core.scheme import HEScheme
from hetorch_heir.export.exporter import ExportOptions, export_graph
from hetorch_heir.export.summary import count_operations
from hetorch_heir.imports import import_program
from hetorch_heir.passes.pipeline import PassPipeline

FORMS = [("hetorch", None), ("secret", None), ("ckks", None), ("ckks", "openfhe"), ("secret", "openfhe")]


class Network(nn.Module):
    """Two layers around a square, with weights that are the same in every run."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Linear(12, 8)
        self.last = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.first(x)
        return self.last(hidden * hidden)


@pytest.mark.parametrize(("target", "lowered"), FORMS)
def test_an_exported_model_comes_back(target: str, lowered: str | None, tmp_path: Path) -> None:
    model, x = Network().eval(), torch.linspace(-1, 1, 12)
    path = tmp_path / "network.mlir"
    result = hetorch_heir.export.api.export(model, x, path, target=target, lower=lowered, inline_limit=64)
    assert result.resources, "the constants are to be read from a file"
    graph = import_program(path)
    torch.testing.assert_close(graph(x), model(x), atol=1e-4, rtol=1e-4, check_dtype=False)
    chain = graph.meta["chain"]
    context = CompilationContext(HEScheme.CKKS, CKKSParameters.from_chain(chain))
    graph = PassPipeline.parse("dead-code-elimination").run(graph, context)
    again = export_graph(graph, chain, ExportOptions(function="network")).module
    assert count_operations(again, "network") == result.counts


@pytest.mark.parametrize(("target", "lowered"), FORMS)
def test_loops_that_build_constants_are_run(target: str, lowered: str | None, tmp_path: Path) -> None:
    model, x = nn.Conv2d(2, 2, 3, padding=1).eval(), torch.linspace(-1, 1, 128).reshape(1, 2, 8, 8)
    path = tmp_path / "network.mlir"
    hetorch_heir.export.api.export(
        model, x, path, target=target, lower=lowered, weights="formula", slots=256, insecure=True
    )
    assert path.read_text().count("scf.for") > 2
    torch.testing.assert_close(import_program(path)(x), model(x), atol=1e-4, rtol=1e-4, check_dtype=False)


def test_the_conversions_need_no_torch() -> None:
    program = (
        "import sys\n"
        "from hetorch_heir.conversions.universe import PASSES\n"
        "for load in PASSES.values(): load()\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
