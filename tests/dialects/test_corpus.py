"""What heir-opt prints after each pass of its pipelines, we read, and heir-opt reads what we print of it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from he_dialects.locations import verify_module
from he_dialects.parsing import parse_module
from he_dialects.printing import module_text

HEIR_OPT = str(Path(sys.executable).parent / "heir-opt")
CORPUS = Path(__file__).parent / "corpus"
PASSES = "// PASSES: "
HEADING = re.compile(r"^// -----// IR Dump After .* //----- //$", re.MULTILINE)
SEPARATOR = "\n// -----\n"


def pipelines() -> Iterator[tuple[str, str]]:
    """Each file of the corpus with each list of passes that its first lines name."""
    for path in sorted(CORPUS.glob("*.mlir")):
        for line in path.read_text().splitlines():
            if line.startswith(PASSES):
                yield path.name, line.removeprefix(PASSES)


def heir_opt(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([HEIR_OPT, *arguments], input=text, capture_output=True, text=True)


def after_each_pass(path: Path, passes: str) -> list[str]:
    """The different modules that heir-opt prints on its way, as it prints them when it reads them again."""
    with TemporaryDirectory() as directory:
        run = heir_opt(
            str(path),
            *passes.split(),
            "--mlir-print-ir-after-all",
            "--mlir-print-ir-module-scope",
            "--mlir-disable-threading",
            f"--mlir-print-ir-tree-dir={directory}",
        )
        assert run.returncode == 0, run.stderr[-2000:]
        dumps = [dump.read_text() for dump in sorted(Path(directory).rglob("*.mlir"))]
    modules = [HEADING.sub("", dump).strip() for dump in (*dumps, run.stdout)]
    return read_by_heir(list(dict.fromkeys(modules)))


def read_by_heir(modules: list[str]) -> list[str]:
    """What heir-opt prints of modules."""
    run = heir_opt("--split-input-file", text=SEPARATOR.join(modules))
    assert run.returncode == 0, run.stderr[:2000]
    # It separates its output by the same line, between blank ones.
    printed = [module.strip() for module in run.stdout.split("// -----\n")]
    assert len(printed) == len(modules)
    return printed


def our_text(module: str, generic: bool) -> str:
    parsed = parse_module(module)
    verify_module(parsed)
    return module_text(parsed, generic=generic, locations=False)


@pytest.mark.parametrize(("name", "passes"), pipelines())
def test_every_module_of_a_pipeline_comes_back_as_it_was(name: str, passes: str) -> None:
    modules = after_each_pass(CORPUS / name, passes)
    assert read_by_heir([our_text(module, generic=False) for module in modules]) == modules


def test_the_generic_form_comes_back_too() -> None:
    modules = after_each_pass(CORPUS / "gates.mlir", "--scheme-to-fpt")
    assert read_by_heir([our_text(module, generic=True) for module in modules]) == modules


def test_the_corpus_reaches_every_dialect() -> None:
    texts = "".join(
        module for name, passes in pipelines() for module in after_each_pass(CORPUS / name, passes)
    )
    reached = {
        "bgv",
        "ckks",
        "cggi",
        "debug",
        "kernel",
        "key_mgmt",
        "lattigo",
        "lwe",
        "mgmt",
        "openfhe",
        "orion",
        "polynomial",
        "rns",
        "secret",
        "tensor_ext",
        "tfhe_rust",
        "tfhe_rust_bool",
    }
    assert {dialect for dialect in reached if re.search(rf"\b{dialect}\.", texts)} == reached
