"""Forms that heir-opt prints: custom, generic and with places, each comes back as it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from he_dialects.locations import verify_module
from he_dialects.parsing import parse_module
from he_dialects.printing import module_text

HEIR_OPT = str(Path(sys.executable).parent / "heir-opt")
FORMS = sorted((Path(__file__).parent / "forms").glob("*.mlir"))
PLACES = "--mlir-print-debuginfo"


def heir_opt(text: str, *arguments: str) -> str:
    run = subprocess.run([HEIR_OPT, *arguments], input=text, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[:2000]
    return run.stdout


def our_text(text: str, *, generic: bool = False, locations: bool = False) -> str:
    module = parse_module(text)
    verify_module(module)
    return module_text(module, generic=generic, locations=locations)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_the_custom_form_comes_back(path: Path) -> None:
    printed = heir_opt(path.read_text())
    assert heir_opt(our_text(printed)) == printed
    # The file itself leaves out more than heir-opt does, and its names are others.
    assert heir_opt(our_text(path.read_text())) == printed


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_the_generic_form_comes_back(path: Path) -> None:
    printed = heir_opt(path.read_text())
    generic = heir_opt(printed, "--mlir-print-op-generic")
    assert heir_opt(our_text(generic, generic=True)) == printed
    assert heir_opt(our_text(printed, generic=True)) == printed


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_places_come_back(path: Path) -> None:
    printed = heir_opt(path.read_text(), PLACES)
    assert heir_opt(our_text(printed, locations=True), PLACES) == printed


def test_a_place_behind_a_secret_computation_does_not_crash_heir_opt() -> None:
    text = (
        "func.func @f(%x: !secret.secret<i8>) -> !secret.secret<i8> {\n"
        "  %0 = secret.generic(%x: !secret.secret<i8>) {\n"
        "  ^bb0(%y: i8):\n"
        "    secret.yield %y : i8\n"
        "  } -> !secret.secret<i8>\n"
        "  return %0 : !secret.secret<i8>\n"
        "}\n"
    )
    printed = heir_opt(text, PLACES)
    assert heir_opt(our_text(printed, locations=True), PLACES) == printed
