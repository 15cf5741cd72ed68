"""examples/plugin, installed by pip and used through the commands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "examples" / "plugin"
MODEL = """
import torch
from torch import nn

torch.manual_seed(3)
model = nn.Sequential(nn.Linear(12, 20), nn.SiLU(), nn.Linear(20, 5)).eval()
"""
PIPELINE = (
    "magnitude-pruning{threshold=0.005},input-packing{strategy=mirrored},"
    "nonlinear-to-polynomial{degree=7 approximation_method=interpolation},"
    "linear-layer-bsgs,rescaling-insertion,relinearization-insertion,dead-code-elimination"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model and data, and the plug-in installed in ``packages``."""
    folder = tmp_path_factory.mktemp("plugin")
    source = shutil.copytree(PLUGIN, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", folder / "packages"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, source], check=True)
    (folder / "mine.py").write_text(MODEL)
    random = np.random.default_rng(0)
    np.save(folder / "data.npy", random.normal(size=(40, 1, 12)).astype(np.float32))
    np.save(folder / "x.npy", random.normal(size=(1, 12)).astype(np.float32))
    return folder


def command(folder: Path, name: str, *arguments: str) -> str:
    paths = [folder / "packages", ROOT, ROOT / "dialects"]
    done = subprocess.run(
        [sys.executable, "-m", f"hetorch_heir.cli.{name}", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_all_four_work_through_the_commands(folder: Path) -> None:
    model = ["mine.py:model", "--input-shape", "1,12", "--calibrate", "data.npy", "-o", "out.mlir"]
    summary = json.loads(command(folder, "export", *model, "--pipeline", PIPELINE, "--verify", "--json"))
    assert summary["max_error"] < 0.01
    assert [one["method"] for one in summary["activations"]] == ["interpolation"]
    assert summary["rotations"] < 30
    outputs = {
        backend: np.array(
            json.loads(command(folder, "run", "out.mlir", "-i", "x.npy", "--backend", backend, "--json"))[
                "outputs"
            ][0]
        )
        for backend in ("fake", "single-precision")
    }
    difference = np.abs(outputs["fake"] - outputs["single-precision"]).max()
    assert 0 < difference < 1e-5


def test_they_are_listed_and_explained(folder: Path) -> None:
    listed = json.loads(command(folder, "export", "--list-plugins", "--json"))
    ours = {
        kind: [one["name"] for one in rows if one["distribution"] == "hetorch-example"]
        for kind, rows in listed.items()
    }
    assert ours == {
        "passes": ["magnitude-pruning"],
        "approximations": ["interpolation"],
        "packings": ["mirrored"],
        "backends": ["single-precision"],
    }
    explained = command(folder, "export", "--explain", "magnitude-pruning")
    assert "threshold = 0.01" in explained and "After::" in explained


def test_the_example_is_short() -> None:
    files = [*PLUGIN.rglob("*.py"), PLUGIN / "pyproject.toml"]
    lines = [line for path in files for line in path.read_text().splitlines()]
    assert len(lines) < 100
