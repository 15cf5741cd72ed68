"""What holds for the project as a whole: its imports, commands, files and set-up."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("hetorch_heir", "dialects/he_dialects")
FOLDERS = (*SOURCES, "tests", "lit_tests", "tools", "benchmarks", "examples")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
LONGEST_FILE = 450
TORCH_USERS = (
    "hetorch_heir.frontend",
    "hetorch_heir.passes",
    "hetorch_heir.export",
    "hetorch_heir.imports",
    "hetorch_heir.compiler",
)
"""The parts that may import torch; all others run in processes that have none."""
OTHER_PYTHONS = ("hetorch_heir.backends.executor.openfhe_",)
"""Modules whose library imports on another Python than ours."""
COMMANDS = {
    "hetorch-export": "hetorch_heir.cli.export",
    "hetorch-opt": "hetorch_heir.cli.opt",
    "hetorch-run": "hetorch_heir.cli.run",
}

OWN_PACKAGES = {"hetorch_heir", "he_dialects", "tests", "examples", "benchmarks", "tools"}
OPTIONAL_PACKAGES = {"mlir", "torch_mlir"}
"""Used where they are importable, for a second opinion."""


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts[1:] if parts[0] == "dialects" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = [module_name(path) for path in FILES if path.is_relative_to(ROOT / "dialects")] + [
    module_name(path)
    for path in FILES
    if path.is_relative_to(ROOT / "hetorch_heir")
    and not module_name(path).startswith((*TORCH_USERS, *OTHER_PYTHONS))
]


def python_without_torch(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs code in a process where importing torch fails."""
    blocked = f"import sys\nsys.modules['torch'] = None\n{code}"
    paths = os.pathsep.join([str(ROOT), str(ROOT / "dialects")])
    return subprocess.run(
        [sys.executable, "-c", blocked, *arguments],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )


def test_only_the_compiler_imports_torch() -> None:
    code = "import importlib\nfor name in sys.argv[1:]: importlib.import_module(name)"
    done = python_without_torch(code, *MODULES)
    assert done.returncode == 0, done.stderr
    assert {"hetorch_heir.interpreter.program", "he_dialects.ckks", "hetorch_heir.cli.run"} <= set(MODULES)


def test_without_torch_the_compiler_can_not_be_imported() -> None:
    done = python_without_torch("import hetorch_heir.compiler")
    assert done.returncode != 0
    assert "torch" in done.stderr


@pytest.mark.parametrize("option", ["--help", "--version"])
@pytest.mark.parametrize("module", COMMANDS.values(), ids=list(COMMANDS))
def test_commands_answer_without_torch(module: str, option: str) -> None:
    code = f"from {module} import main\nmain(sys.argv[1:])"
    done = python_without_torch(code, option)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_commands_are_declared_and_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {name: f"{module}:main" for name, module in COMMANDS.items()}
    for name in COMMANDS:
        assert os.access(Path(sys.executable).parent / name, os.X_OK)


def test_what_is_required_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {line.partition("==")[0] for line in lines if not line.startswith("#")}
    extras = project["optional-dependencies"]
    for requirement in [*project["dependencies"], *extras["test"], *extras["examples"]]:
        assert re.split(r"[=<>~!\[; ]", requirement)[0] in pinned


def test_what_is_imported_is_required() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    required = {re.split(r"[=<>~!\[; ]", one)[0].lower().replace("_", "-") for one in requirements}
    distributions = packages_distributions()
    imported = {name.partition(".")[0] for path in FILES for name in imports(path)}
    for name in imported - sys.stdlib_module_names - OWN_PACKAGES - OPTIONAL_PACKAGES:
        assert required & {one.lower().replace("_", "-") for one in distributions.get(name, [name])}, name


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            yield node.module


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short_and_import_names_one_by_one(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            assert [alias.name for alias in node.names] != ["*"]


def test_the_licence_is_plain_apache() -> None:
    lines = (ROOT / "LICENSE").read_text().splitlines()
    assert lines[0].strip() == "Apache License"
    assert lines[1].strip() == "Version 2.0, January 2004"
    assert len(lines) == 201
    assert lines[-1].strip() == "limitations under the License."


def test_the_makefile_has_the_targets_of_the_readme() -> None:
    done = subprocess.run(
        ["make", "--dry-run", "--old-file=.venv/.installed", "demo", "test", "test-all", "lint", "benchmark"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for command in ("tools/demo.py", "pytest", "bin/lit", "bin/ruff", "benchmarks.export_mlp"):
        assert command in done.stdout


@pytest.mark.parametrize("script", [".ci/run", "tools/set_up.sh"])
def test_scripts_can_be_run(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    done = subprocess.run(
        ["bash", "-n", ROOT / script], capture_output=True, text=True, check=False
    )  # parses, and runs nothing
    assert done.returncode == 0, done.stderr


def test_continuous_integration_runs_the_tests_of_the_readme() -> None:
    assert re.search(r"^make test\b", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)


def test_set_up_refuses_an_old_python(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        [ROOT / "tools" / "set_up.sh"],
        env={**os.environ, "PYTHON": str(old)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "apt-get install" in done.stderr


def test_set_up_asks_for_the_package_that_makes_environments(tmp_path: Path) -> None:
    bare = tmp_path / "python3"
    bare.write_text(
        "#!/bin/sh\n"
        'case "$2" in *ensurepip*) exit 1;; *python%d*) echo python3.11-venv;; esac\n'  # as Debian has it
    )
    bare.chmod(0o755)
    done = subprocess.run(
        [ROOT / "tools" / "set_up.sh"],
        env={**os.environ, "PYTHON": str(bare)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "sudo apt-get install python3.11-venv" in done.stderr


@pytest.mark.parametrize("name", ["export_mlp", "examples"])
def test_results_say_how_they_were_made(name: str) -> None:
    text = (ROOT / "benchmarks" / "results" / f"{name}.md").read_text()
    assert f"python -m benchmarks.{name} --write" in text
    assert re.search(r"20\d\d-\d\d-\d\d, Python 3\.\d+", text)
    assert "torch 2.13.0" in text
