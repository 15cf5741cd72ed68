"""The commands on the pages of docs/ that are no walk-through run, on files like those that they name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import hetorch_heir

ROOT = Path(__file__).resolve().parent.parent
BINARIES = Path(sys.executable).parent
INSTALLS = re.compile(r"^(make|pip|python3\.10|\S*/pip|mkdir|python -m benchmarks)\b")
"""Commands that set up environments, or measure for a long time."""
ELSEWHERE = {"getting-started.md", "running.md", "key-memory.md"}
"""Pages that are walked through from the start, and those on encrypted execution: tests/cli runs the like."""
OF_A_PLUGIN = ("interpolation", "single-precision")
"""What the plug-in of examples/ brings, which has tests of its own."""
FORMS = {"secret": "secret.mlir", "ckks": "ckks.mlir", "openfhe": "openfhe.mlir"}
"""What program.mlir is for a pass that converts from a form."""


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    return [
        line for line in lines if not INSTALLS.match(line) and not any(one in line for one in OF_A_PLUGIN)
    ]


PAGES = [
    pytest.param(page, id=page.name)
    for page in sorted((ROOT / "docs").glob("*.md"))
    if page.name not in ELSEWHERE and commands(page)
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that pages speak of: a model, data, and programs in every form."""
    folder = tmp_path_factory.mktemp("files")
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 4), nn.Tanh(), nn.Linear(4, 2)).eval()
    inputs = torch.randn(20, 8)
    torch.export.save(torch.export.export(model, (inputs[:1],)), folder / "model.pt2")
    for name, array in (("calibration", inputs), ("data", inputs), ("samples", inputs[:4]), ("x", inputs[0])):
        np.save(folder / f"{name}.npy", array.numpy())
    options: dict[str, Any] = {"calibration": [inputs], "activation_degree": 3}
    hetorch_heir.export(model, inputs[:1], folder / "out.mlir", **options)
    (folder / "weights").mkdir()
    for form, name in FORMS.items():
        lowered: dict[str, Any] = {"lower": "openfhe"} if form == "openfhe" else {"target": form}
        hetorch_heir.export(model, inputs[:1], folder / name, inline_limit=None, **options, **lowered)
    return folder


def run(line: str, folder: Path) -> None:
    paths = [str(ROOT), str(ROOT / "dialects")]
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=folder,
        env={
            **os.environ,
            "HOME": str(folder),
            "PATH": os.pathsep.join([str(BINARIES), os.environ["PATH"]]),
            "PYTHONPATH": os.pathsep.join(paths),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stderr[-2000:]}"


@pytest.mark.slow  # a process for every command
@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_run(page: Path, files: Path, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    shutil.copytree(files, folder)
    (folder / ".local" / "share" / "bash-completion" / "completions").mkdir(parents=True)
    lines = commands(page)
    assert lines
    for line in lines:
        form = re.search(r"convert-(secret|ckks|openfhe)-to", line)
        shutil.copy(folder / FORMS[form[1] if form else "ckks"], folder / "program.mlir")
        run(line, folder)
