"""The README and the pages of docs/: their Python runs, their commands run or exist, their links lead on."""

from __future__ import annotations

import functools
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BINARIES = Path(sys.executable).parent
TOUR = ROOT / "dialects" / "README.md"
PAGES = [ROOT / "README.md", TOUR, *sorted((ROOT / "docs").glob("*.md"))]
WALKED_THROUGH = [ROOT / "README.md", ROOT / "docs" / "getting-started.md"]
"""Pages whose commands are run, in order, after their Python."""
SUBCOMMANDS = ("keygen", "encrypt", "eval", "decrypt")
OURS = ("hetorch-export", "hetorch-opt", "hetorch-run")


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page that are marked with a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[str]:
    return [line for block in blocks(page, "sh") for line in block.splitlines() if line.strip()]


def run_python(page: Path) -> None:
    """Runs the Python of a page, as one program, in the current folder."""
    namespace = {"__name__": "__main__"}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec"), namespace)


@functools.cache
def help_of(tool: str, *command: str) -> str:
    done = subprocess.run([BINARIES / tool, *command, "--help"], capture_output=True, text=True, check=True)
    return done.stdout


def subcommand(words: list[str]) -> list[str]:
    return [word for word in words[1:2] if word in SUBCOMMANDS]


def page_name(page: Path) -> str:
    return page.name


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page not in (*WALKED_THROUGH, TOUR) and blocks(page, "python")],
    ids=page_name,
)
def test_python_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_python(page)


@pytest.mark.parametrize("page", WALKED_THROUGH, ids=page_name)
def test_a_walk_through_works(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_python(page)
    # The environment is active, and make is not called from within its own tests.
    lines = [line for line in commands(page) if not line.startswith((". .venv", "make "))]
    assert len(lines) >= 5
    path = os.pathsep.join([str(BINARIES), os.environ["PATH"]])
    for line in lines:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    assert "EvalMult" in (tmp_path / "out.cpp").read_text()


def test_the_tour_of_the_dialects_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_python(TOUR)
    lines = [line for line in commands(TOUR) if not line.startswith("pip ")]
    assert len(lines) == 2
    path = os.pathsep.join([str(BINARIES), os.environ["PATH"]])
    for line, expected in zip(lines, ("secret.generic", "openfhe.relin_inplace"), strict=True):
        done = subprocess.run(
            ["bash", "-c", line],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert expected in done.stdout


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=page_name)
def test_commands_name_options_that_exist(page: Path) -> None:
    rules = re.findall(r"^([a-z][a-z -]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    for line in commands(page):
        for words in (shlex.split(stage, comments=True) for stage in line.split("|")):
            if words[:1] == ["make"]:
                assert {word for word in words[1:] if "=" not in word} <= targets
            elif words[0] in OURS:
                options = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
                for option in options:
                    assert re.search(rf"{re.escape(option)}\b", help_of(words[0], *subcommand(words))), (
                        f"{option}: {line}"
                    )


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_every_page_is_listed() -> None:
    listed = set(re.findall(r"\]\((.+?)\)", (ROOT / "docs" / "index.md").read_text()))
    assert listed == {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}


def test_the_readme_quotes_the_benchmark() -> None:
    row = re.compile(r"^\| hetorch-heir \|.*$", re.MULTILINE)
    results = (ROOT / "benchmarks" / "results" / "export_mlp.md").read_text()
    assert row.findall((ROOT / "README.md").read_text()) == row.findall(results)
