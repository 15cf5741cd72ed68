"""The two packages: he-dialects, which needs xdsl alone, and hetorch-heir, which needs it."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Sequence
from importlib.metadata import requires
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from he_dialects.heir_tools import PINNED_VERSION

ROOT = Path(__file__).resolve().parent.parent
DIALECTS = ROOT / "dialects"
SOURCES = {"he-dialects": (DIALECTS, "he_dialects"), "hetorch-heir": (ROOT, "hetorch_heir")}
"""The folder of each package, and what it packages."""
SETTINGS = {
    name: tomllib.loads((folder / "pyproject.toml").read_text()) for name, (folder, _) in SOURCES.items()
}

CKKS = """
!Z = !mod_arith.int<1095233372161 : i64>
!rns = !rns.rns<!Z>
#ring = #polynomial.ring<coefficientType = !rns, polynomialModulus = <1 + x**1024>>
#key = #lwe.key<>
#space = #lwe.ciphertext_space<ring = #ring, encryption_type = lsb>
#encoding = #lwe.inverse_canonical_encoding<scaling_factor = 1024>
#plain_ring = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**1024>>
#plaintext = #lwe.plaintext_space<ring = #plain_ring, encoding = #encoding>
#chain = #lwe.modulus_chain<elements = <1095233372161 : i64>, current = 0>
!ct = !lwe.lwe_ciphertext<plaintext_space = #plaintext, ciphertext_space = #space, key = #key, modulus_chain = #chain>
func.func @f(%x: !ct) -> !ct {
  %0 = ckks.add %x, %x : (!ct, !ct) -> !ct
  %1 = ckks.rotate %0 <static_shift = 3 : index> : !ct
  func.return %1 : !ct
}
"""  # noqa: E501


def project(name: str) -> dict[str, Any]:
    return SETTINGS[name]["project"]


def test_he_dialects_needs_xdsl_alone_in_the_release_that_the_project_needs() -> None:
    (xdsl,) = project("he-dialects")["dependencies"]
    assert re.fullmatch(r"xdsl==[0-9.]+", xdsl)
    assert xdsl in project("hetorch-heir")["dependencies"]
    assert f"he-dialects=={project('he-dialects')['version']}" in project("hetorch-heir")["dependencies"]


def test_he_dialects_imports_nothing_but_xdsl_and_what_comes_with_it() -> None:
    imported = set[str]()
    for path in (DIALECTS / "he_dialects").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0 and node.module is not None
                imported.add(node.module.partition(".")[0])
    assert imported - sys.stdlib_module_names == {"he_dialects", "xdsl", "typing_extensions"}
    assert any(re.match(r"typing[-_]extensions\b", one) for one in requires("xdsl") or ())


def test_the_releases_of_heir_py_agree() -> None:
    pin = f"heir_py=={PINNED_VERSION}"
    assert project("he-dialects")["optional-dependencies"]["heir"] == [pin]
    assert pin in project("hetorch-heir")["dependencies"]


def test_each_plug_in_belongs_to_one_package() -> None:
    declared = {name: project(name)["entry-points"]["xdsl.universe"] for name in SETTINGS}
    assert declared == {
        "he-dialects": {"he-dialects": "he_dialects.plugin:UNIVERSE"},
        "hetorch-heir": {"hetorch-heir": "hetorch_heir.conversions.universe:UNIVERSE"},
    }


def test_both_have_the_licence() -> None:
    assert (DIALECTS / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def build(name: str, folder: Path) -> Path:
    """Builds the wheel of a package from a copy of its sources."""
    root, package = SOURCES[name]
    source = folder / name
    source.mkdir()
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / file, source)
    shutil.copytree(root / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    command = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, source]
    subprocess.run([sys.executable, "-m", *command], check=True)
    (wheel,) = folder.glob(f"{name.replace('-', '_')}-*.whl")
    return wheel


@pytest.mark.parametrize("name", SOURCES)
def test_wheels_contain_one_package_each_with_its_data(name: str, tmp_path: Path) -> None:
    names = ZipFile(build(name, tmp_path)).namelist()
    root, package = SOURCES[name]
    top = {one.partition("/")[0] for one in names}
    assert {one for one in top if not one.endswith(".dist-info")} == {package}
    assert {str(path.relative_to(root)) for path in (root / package).rglob("*.py")} <= set(names)
    assert f"{package}/py.typed" in names
    assert any(one.endswith("/LICENSE") for one in names)
    if name == "he-dialects":
        assert "he_dialects/irdl/hetorch.irdl.mlir" in names


@pytest.mark.slow
def test_he_dialects_works_with_xdsl_alone(tmp_path: Path) -> None:
    wheel = build("he-dialects", tmp_path)
    venv.create(tmp_path / "venv", with_pip=True)
    binaries = tmp_path / "venv" / "bin"

    def run(*command: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            input=text,
            cwd=tmp_path,
            env={**os.environ, "PATH": str(binaries)},  # no heir-opt from elsewhere
            capture_output=True,
            text=True,
            check=False,
        )

    installed = run(binaries / "python", "-m", "pip", "install", "--quiet", wheel)
    assert installed.returncode == 0, installed.stderr

    def ours(code: str) -> str:
        done = run(binaries / "python", "-I", "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout

    absent: Sequence[str] = ("torch", "hetorch_heir", "numpy", "heir")
    ours(f"from importlib.util import find_spec\nassert not any(map(find_spec, {absent}))")
    ours("from he_dialects.universe import DIALECTS\nfor load in DIALECTS.values(): load()")

    done = run(binaries / "python", "-I", binaries / "xdsl-opt", text=CKKS)
    assert done.returncode == 0, done.stderr
    assert "ckks.rotate %0 <static_shift = 3 : index>" in done.stdout
    again = run(binaries / "python", "-I", binaries / "xdsl-opt", text=done.stdout)
    assert again.stdout == done.stdout

    missing = run(binaries / "python", "-I", binaries / "xdsl-opt", "-p", "heir-opt", text=CKKS)
    assert missing.returncode == 1
    assert f"pip install heir_py=={PINNED_VERSION}" in missing.stderr
