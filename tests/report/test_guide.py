"""docs/report.md does what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hetorch_heir.cli.export import main

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "report.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_guide_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = blocks("python")
    namespace: dict[str, object] = {}
    exec(first, namespace)
    (shell,) = blocks("sh")
    for line in shell.splitlines():
        program, *arguments = shlex.split(line)
        assert program == "hetorch-export"
        assert main(arguments) == 0
    assert "different rotation keys" in capsys.readouterr().err
    assert (tmp_path / "figures" / "levels.svg").exists()
    page = tmp_path / "out.html"
    assert 'id="network"' in page.read_text()
    page.unlink()
    exec(second, namespace)
    assert page.exists()
    assert "('0', " in capsys.readouterr().out
