"""Finding HEIR's tools, and what becomes of their failures."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from he_dialects import heir_tools

from hetorch_heir.core.errors import HeirOptError
from hetorch_heir.heir import PINNED_VERSION, version
from hetorch_heir.heir.binaries import HEIR_OPT, HEIR_TRANSLATE, Tool, find, run

NOTHING = "module {\n}\n"


def script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize("tool", [HEIR_OPT, HEIR_TRANSLATE])
def test_the_tools_of_the_package_are_found(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tool.variable, raising=False)
    assert find(tool).name == tool.name
    assert find(tool).parent.name == "heir"


def test_a_variable_overrides_where_a_tool_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = script(tmp_path / "other", "echo 'LLVM version 1.2.3'")
    monkeypatch.setenv("HETORCH_HEIR_OPT", str(other))
    assert find(HEIR_OPT) == other
    assert version() == f"{other} (LLVM 1.2.3)"


def test_a_variable_that_names_no_program_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HETORCH_HEIR_OPT", "/nowhere/heir-opt")
    with pytest.raises(HeirOptError, match="'/nowhere/heir-opt', which is no executable file") as caught:
        run(HEIR_OPT, [], NOTHING)
    assert caught.value.hint is not None and "HETORCH_HEIR_OPT" in caught.value.hint


def test_without_the_package_the_search_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HETORCH_HEIR_OPT", raising=False)
    monkeypatch.setattr(heir_tools, "package_folder", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HeirOptError, match="heir-opt not found") as caught:
        find(HEIR_OPT)
    assert caught.value.hint == f"pip install heir_py=={PINNED_VERSION}"
    installed = script(tmp_path / "heir-opt", "exit 0")
    assert find(HEIR_OPT) == installed


def test_the_version_names_the_release_that_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HETORCH_HEIR_OPT", raising=False)
    assert version().startswith(f"heir_py {PINNED_VERSION} (LLVM ")


@pytest.mark.parametrize(
    ("body", "signal"), [("kill -SEGV $$", "SIGSEGV"), ("exit 134", "SIGABRT"), ("exit 139", "SIGSEGV")]
)
def test_a_crash_is_told_from_an_error(
    body: str, signal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETORCH_HEIR_OPT", str(script(tmp_path / "heir-opt", body)))
    with pytest.raises(HeirOptError, match=rf"heir-opt crashed \({signal}\)") as caught:
        run(HEIR_OPT, ["--some-pass=a b"], NOTHING)
    assert caught.value.hint is not None and "'--some-pass=a b'" in caught.value.hint


def test_an_error_keeps_the_place_that_a_location_gives() -> None:
    program = 'func.func @f() {\n  "test.op"() : () -> () loc("model.py":12:3)\n  return\n}'
    with pytest.raises(HeirOptError) as caught:
        run(HEIR_OPT, [], program)
    assert "unregistered dialect" in caught.value.what
    located = (
        'func.func @f(%x: i32) {\n  %0 = "arith.addi"(%x) : (i32) -> i32 loc("model.py":12:3)\n  return\n}'
    )
    with pytest.raises(HeirOptError, match="expected 2 operands") as caught:
        run(HEIR_OPT, [], located)
    assert caught.value.where == "model.py:12:3"


def test_an_error_is_one_even_if_the_exit_code_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "echo 'model.py:3:4: error: no static rotation indices' >&2; echo module"
    monkeypatch.setenv("HETORCH_HEIR_OPT", str(script(tmp_path / "heir-opt", body)))
    with pytest.raises(HeirOptError, match="no static rotation indices") as caught:
        run(HEIR_OPT, [], NOTHING)
    assert caught.value.where == "model.py:3:4"


def test_long_messages_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = f"echo 'a.mlir:1:1: error: {'x' * 5000}' >&2; exit 1"
    monkeypatch.setenv("HETORCH_HEIR_OPT", str(script(tmp_path / "heir-opt", body)))
    with pytest.raises(HeirOptError) as caught:
        run(HEIR_OPT, [], NOTHING)
    assert len(caught.value.what) < 500


def test_a_file_that_can_not_be_run_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "heir-opt"
    broken.write_bytes(b"\x00\x01not a program")
    broken.chmod(0o755)
    monkeypatch.setenv("HETORCH_HEIR_OPT", str(broken))
    with pytest.raises(HeirOptError, match="can't be run"):
        run(HEIR_OPT, [], NOTHING)


def test_programs_are_read_from_text_or_file(tmp_path: Path) -> None:
    file = tmp_path / "a name with spaces.mlir"
    file.write_text(NOTHING)
    assert run(HEIR_OPT, [], file) == run(HEIR_OPT, [], NOTHING) == f"{NOTHING}\n"


def test_nothing_goes_through_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HeirOptError):
        run(HEIR_OPT, ["--no-such-pass; touch made"], NOTHING)
    assert not (tmp_path / "made").exists()
