"""``hetorch-export``: what is remembered from one call to the next, and how to forget it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from hetorch_heir.cli.export import main
from hetorch_heir.core.cache import FOLDER_VARIABLE, SIZE_VARIABLE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "cache"))
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 4), nn.Tanh(), nn.Linear(4, 2)).eval()
    torch.export.save(torch.export.export(model, (torch.randn(1, 8),)), "model.pt2")
    return tmp_path / "cache"


def test_the_same_program_comes_from_the_cache(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model.pt2", "-o", "out1.mlir", "--inline-limit", "0"]) == 0
    said = capsys.readouterr().err
    assert any(file.name.startswith("export-") for file in folder.iterdir())
    assert main(["model.pt2", "-o", "out2.mlir", "--inline-limit", "0"]) == 0
    assert capsys.readouterr().err == said.replace("out1.mlir", "out2.mlir")
    assert Path("out2.mlir").read_text() == Path("out1.mlir").read_text().replace("out1.", "out2.")
    assert Path("out1.constants.bin").read_bytes() == Path("out2.constants.bin").read_bytes()


def test_nothing_is_kept_without_the_cache(folder: Path) -> None:
    assert main(["model.pt2", "-o", "out.mlir", "--no-cache"]) == 0
    assert not folder.exists()


def test_the_cache_is_cleared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model.pt2", "-o", "out.mlir"]) == 0
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main(["--clear-cache"])
    assert end.value.code == 0
    assert str(folder) in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_clearing_what_is_turned_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, "")
    with pytest.raises(SystemExit) as end:
        main(["--clear-cache"])
    assert end.value.code == 0
    assert "nothing is remembered" in capsys.readouterr().err


def test_a_wrong_size_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SIZE_VARIABLE, "many")
    assert main(["model.pt2", "-o", "out.mlir"]) == 1
    assert "HETORCH_CACHE_SIZE is 'many'" in capsys.readouterr().err
    with pytest.raises(SystemExit) as end:
        main(["--clear-cache"])
    assert end.value.code == 1
