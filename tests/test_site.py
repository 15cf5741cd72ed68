"""The site: it builds without warnings, and has a page for all that there is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from he_dialects.universe import DIALECTS

from hetorch_heir.conversions.universe import PASSES
from hetorch_heir.passes.builtin import BUILTIN_PASSES
from tools.reference_pages import pages

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def reference() -> dict[str, str]:
    return pages()


def test_every_operation_has_an_entry(reference: dict[str, str]) -> None:
    for name, load in DIALECTS.items():
        headings = set(re.findall(r"^### `(.+)`$", reference[f"dialects/{name}.md"], re.MULTILINE))
        dialect = load()
        classes = [*dialect.operations, *dialect.attributes]
        assert headings == {one.name for one in classes if one.__module__.startswith("he_dialects")}
        assert f"[`{name}`]({name}.md)" in reference["dialects/index.md"]


def test_operands_are_described(reference: dict[str, str]) -> None:
    rotate = reference["dialects/hetorch.md"].partition("### `hetorch.rotate`")[2].partition("###")[0]
    assert "| operand | `input` | `hetorch.ct` |" in rotate
    assert re.search(r"^\| attribute \| `steps` \|", rotate, re.MULTILINE)


def test_every_pass_has_an_entry(reference: dict[str, str]) -> None:
    for row in BUILTIN_PASSES:
        assert f"\n## `{row.name}`\n" in reference["passes.md"]
    for name in (*PASSES, "heir-opt"):
        assert f"\n## `{name}`\n" in reference["mlir-passes.md"]


def test_every_option_has_an_entry(reference: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hetorch_heir.cli.export", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", done.stdout.partition("positional")[0]))
    assert len(options) > 30
    assert {option for option in options if f"`{option}`" not in reference["commands.md"]} == set()


def test_no_markup_of_docstrings_is_left(reference: dict[str, str]) -> None:
    for path, text in reference.items():
        assert not re.search(r":(class|func|mod|meth):`", text), path


def test_it_builds_without_warnings(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    page = (tmp_path / "reference" / "dialects" / "hetorch.html").read_text()
    assert "hetorch.rotate" in page
    noise = (tmp_path / "noise.html").read_text()
    assert 'href="benchmarks/noise.html"' in noise
