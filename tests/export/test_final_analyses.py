"""Analyses at the end of a pipeline: on the exported program, once, and without spoiling the output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

import hetorch_heir
from hetorch_heir.cli.export import main
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.export.final_analyses import split_analyses
from hetorch_heir.passes.pipeline import PassPipeline
from tests.cli.models import Squares, export_file

PASSES = (
    "input-packing{strategy=auto},linear-layer-bsgs,constant-folding,rescaling-insertion{strategy=lazy},"
    "relinearization-insertion,dead-code-elimination"
)


def exported(analyses: str, samples: torch.Tensor) -> hetorch_heir.ExportResult:
    torch.manual_seed(0)
    model = nn.Linear(16, 4)
    return hetorch_heir.export(
        model, samples[:1], pipeline=f"{PASSES},{analyses}", calibration=samples, cache=False
    )


def test_they_see_the_parameters_of_the_program() -> None:
    result = exported("cost-analysis{verbose=false},noise-analysis{verbose=false}", torch.randn(3, 16))
    cost, noise = (result.graph_module.meta[name] for name in ("cost_analysis", "noise_analysis"))
    assert cost.key_memory == result.chain.key_bytes * len(result.counts.rotation_keys)
    assert not cost.assumptions
    assert cost.estimated_latency == result.summary()["estimate"]["milliseconds"] > 0
    # The calibration data is there, so nothing has to be drawn.
    assert (noise.samples, noise.assumptions) == (3, ())


def test_outputs_of_too_little_precision_are_told_or_refused() -> None:
    samples = torch.randn(1, 16)
    warned = exported("noise-analysis{min_precision=40 verbose=false}", samples)
    assert any("and 40 are asked for" in one for one in warned.warnings)
    with pytest.raises(ParameterError, match="--scale-bits"):
        exported("noise-analysis{min_precision=40 on_loss=refuse}", samples)


def test_analyses_between_passes_stay_where_they_are() -> None:
    text = "input-packing,cost-analysis,linear-layer-bsgs,rescaling-insertion,noise-analysis,cost-analysis"
    pipeline, analyses = split_analyses(PassPipeline.parse(text))
    assert [step.name for step in pipeline.passes][1:3] == ["cost-analysis", "linear-layer-bsgs"]
    assert [step.name for step in analyses] == ["noise-analysis", "cost-analysis"]


def test_reports_are_printed_every_time_and_beside_the_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = export_file(Squares(), tmp_path / "squares.pt2")
    for _ in range(2):
        command = [model, "-o", str(tmp_path / "out.mlir"), "--json", "--pipeline", f"{PASSES},cost-analysis"]
        assert main(command) == 0
        captured = capsys.readouterr()
        assert captured.err.count("=== Cost Analysis ===") == 1
        estimate = json.loads(captured.out)["estimate"]
        assert f"Estimated Latency: {estimate['milliseconds']:.2f} ms" in captured.err
        assert estimate["library"] == "openfhe"
        assert estimate["ciphertext_bytes"] > 0 < estimate["plaintext_bytes"]


def test_the_summary_says_what_is_estimated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = export_file(Squares(), tmp_path / "squares.pt2")
    assert main([model, "-o", str(tmp_path / "out.mlir")]) == 0
    assert "estimated for openfhe, one thread: 0." in capsys.readouterr().err
