"""Completion scripts, in a real bash; versions."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

import hetorch_heir
from hetorch_heir.cli import export, opt, run, run_apart

MAINS: dict[str, Callable[[list[str]], int]] = {
    "hetorch-export": export.main,
    "hetorch-run": run.main,
    "hetorch-opt": opt.main,
}
COMPLETE = """
for script in *.bash; do source "$script"; done
complete -p
complete_words() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
    "_shtab_${1//-/_}"
    echo "$* -> ${COMPREPLY[*]}"
}
"""

CASES = {
    "hetorch-export --activation-m": "--activation-method",
    "hetorch-export --activation-method m": "minimax",
    "hetorch-export --explain lin": "linear-layer-bsgs",
    "hetorch-export model.p": "model.pt2",
    "hetorch-export model.pt2 -o out.mlir --calibrate da": "data.npy",
    "hetorch-export model.pt2 --target s": "secret",
    "hetorch-run keyg": "keygen",
    "hetorch-run prog": "program.mlir",
    "hetorch-run --backend o": "openfhe",
    "hetorch-run keygen --back": "--backend",
    "hetorch-run eval program.mlir --server ke": "keys",
    "hetorch-opt --print-compl": "--print-completion",
    "hetorch-opt -p decompose-rot": "decompose-rotations",
    "hetorch-opt prog": "program.mlir",
}


def output_of(command: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as exit_:
        MAINS[command](arguments)
    assert exit_.value.code == 0
    return capsys.readouterr().out


def test_bash_completes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in MAINS:
        script = output_of(command, ["--print-completion", "bash"], capsys)
        (tmp_path / f"{command}.bash").write_text(script)
    for name in ("model.pt2", "data.npy", "program.mlir"):
        (tmp_path / name).touch()
    (tmp_path / "keys").mkdir()
    lines = [f"complete_words {words}" for words in CASES]
    done = subprocess.run(
        ["bash", "--norc", "-c", COMPLETE + "\n".join(lines)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    for command in MAINS:
        assert re.search(rf"^complete .*-F \S+ {command}$", done.stdout, re.MULTILINE)
    assert done.stderr == ""
    completed = dict(re.findall(r"^(.+) -> (.*)$", done.stdout, re.MULTILINE))
    assert completed == CASES


@pytest.mark.parametrize(("shell", "first"), [("zsh", "#compdef {}"), ("tcsh", "complete {} ")])
@pytest.mark.parametrize("command", ["hetorch-run", "hetorch-opt"])
def test_other_shells_have_scripts(
    command: str, shell: str, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    script = output_of(command, ["--print-completion", shell], capsys)
    assert first.format(command) in script
    assert "print-completion" in script


@pytest.mark.parametrize("command", MAINS)
def test_versions(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = output_of(command, ["--version"], capsys).splitlines()
    assert lines[0] == f"{command} {hetorch_heir.__version__}"
    assert f"heir-opt: heir_py {version('heir_py')}" in lines
    assert f"torch: {version('torch')}" in lines
    assert f"xdsl: {version('xdsl')}" in lines


def test_versions_of_subcommands_and_of_other_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "heir-opt"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("HETORCH_HEIR_OPT", str(own))
    with pytest.raises(SystemExit):
        run_apart.main("keygen", ["--version"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"hetorch-run keygen {hetorch_heir.__version__}"
    assert f"heir-opt: {own}" in lines


@pytest.mark.parametrize("option", ["--help", "--version"])
@pytest.mark.parametrize("module", [export, run, opt])
def test_short_answers_are_quick(module: object, option: str) -> None:
    code = f"import resource, sys\nfrom {module.__name__} import main\n"  # pyright: ignore[reportAttributeAccessIssue]
    code += f"try: main(['{option}'])\nexcept SystemExit: pass\n"
    code += "print(resource.getrusage(resource.RUSAGE_SELF).ru_utime, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stderr) < 0.7, "0.3 seconds are the aim, on a machine that does nothing else"
