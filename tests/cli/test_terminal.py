"""What commands say besides their results: progress, times and colours on terminals, nothing when told so."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hetorch_heir.cli.export import main
from hetorch_heir.cli.messages import report_errors, warn
from hetorch_heir.cli.progress import progress_bar, show_progress
from hetorch_heir.cli.run import main as run_main
from hetorch_heir.core.errors import UsageError
from tests.backends.programs import TEXT
from tests.cli.models import Rectified, export_file

COLOUR = re.compile(r"\033\[[0-9;]*3[0-9]m")


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        return True


def open_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error as a terminal with colours; called in tests, as pytest has its own until then."""
    written = Terminal()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return written


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return export_file(Rectified(), tmp_path_factory.mktemp("model") / "rectified.pt2")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "p.mlir").write_text(TEXT)
    np.save(tmp_path / "x.npy", np.linspace(-1, 1, 8))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refuse() -> int:
    raise UsageError("no such thing: error: in the text", where="here", hint="do this")


def test_errors_are_coloured_on_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    assert report_errors("tool", refuse) == 2
    coloured = terminal.getvalue()
    assert coloured.startswith("tool: \033[1;31merror:\033[0m no such thing")
    assert "\n  \033[2mat:\033[0m here\n  \033[1;36mhelp:\033[0m do this\n" in coloured
    warn("tool", "beware")
    assert "tool: \033[1;33mwarning:\033[0m beware\n" in terminal.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    terminal.truncate(0)
    terminal.seek(0)
    report_errors("tool", refuse)
    assert terminal.getvalue().startswith("tool: error: no such thing")


def test_errors_are_plain_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    report_errors("tool", refuse)
    message = "tool: error: no such thing: error: in the text\n  at: here\n  help: do this\n"
    assert capsys.readouterr().err == message


@pytest.mark.parametrize(("quiet", "expected"), [(False, True), (True, False)])
def test_progress_is_shown_on_terminals_unless_told_not_to(
    quiet: bool, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = open_terminal(monkeypatch)
    with show_progress(quiet=quiet), progress_bar("outer"), progress_bar("inner") as report:
        assert (report is not None) == expected
        if report is not None:
            report(3, 7)
            time.sleep(0.3)  # bars are drawn ten times a second
    shown = terminal.getvalue()
    assert ("inner" in shown, "3/7" in shown) == (expected, expected)


def test_progress_is_not_shown_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(), progress_bar("work") as report:
        assert report is None
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("colours", [True, False])
def test_an_export_on_a_real_terminal(colours: bool, model_file: str, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    if not colours:
        environment["NO_COLOR"] = "1"
    command = [sys.executable, "-m", "hetorch_heir.cli.export", model_file, "-o", "out.mlir"]
    with subprocess.Popen(command, stderr=theirs, env=environment, cwd=tmp_path) as process:
        os.close(theirs)
        written = bytearray()
        with contextlib.suppress(OSError):  # what reading gives when the other side is closed
            while chunk := os.read(ours, 1 << 16):
                written += chunk
        assert process.wait() == 0
    os.close(ours)
    shown = written.decode(errors="replace")
    assert "import" in shown and "rotations" in shown
    assert "\033[?25h" in shown, "the cursor is back"
    assert bool(COLOUR.search(shown)) == colours


def test_quiet_exports_say_nothing_but_warnings(
    model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([model_file, "-o", str(tmp_path / "out.mlir"), "--quiet"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert all("warning: " in line for line in captured.err.splitlines())
    assert "give calibration data" in captured.err


def test_times_of_stages_and_passes(
    model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([model_file, "-o", str(tmp_path / "out.mlir"), "-vv", "-q", "--json"]) == 0
    captured = capsys.readouterr()
    rows = re.findall(r"^( +)(\S.*?) +([\d.]+) s$", captured.err, re.MULTILINE)
    depth = {name: len(indent) for indent, name, _ in rows}
    assert depth["passes"] < depth["linear-layer-bsgs"] < depth["layouts"]
    summary = json.loads(captured.out)
    assert {"import", "load", "passes"} <= set(summary["seconds"])
    assert set(summary["pass_seconds"]) >= {"input-packing", "linear-layer-bsgs", "rescaling-insertion"}
    assert sum(summary["pass_seconds"].values()) <= summary["seconds"]["passes"] + 0.01


def test_times_of_a_run(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(["p.mlir", "-i", "x.npy", "-v"]) == 0
    assert re.search(r"^  evaluation +[\d.]+ s$", capsys.readouterr().err, re.MULTILINE)


def test_keys_made_are_told_as_json(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = ["--client", "c", "--server", "s"]
    command = ["keygen", "p.mlir", *folders, "--backend", "seal", "--insecure", "--json"]
    assert run_main(command) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["client"], told["server"], told["secure"]) == ("c", "s", False)
    assert told["evaluation_key_bytes"] > 1000
