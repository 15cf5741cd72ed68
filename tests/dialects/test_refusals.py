"""What heir-opt refuses is refused here: every module of the tests of invalid input is given to both."""

from __future__ import annotations

import re
import subprocess
from bisect import bisect_right
from itertools import accumulate
from pathlib import Path

import pytest
from he_dialects.parsing import parse_module
from xdsl.utils.exceptions import ParseError, VerifyException

from hetorch_heir.heir.binaries import HEIR_OPT, find

FOLDER = Path(__file__).parents[2] / "lit_tests" / "dialects"
DIALECTS = sorted(path.parent.name for path in FOLDER.glob("*/invalid.mlir"))
SEPARATOR = "// -----\n"

ONLY_OURS = {
    "the ciphertext modulus needs at least one prime",
    "the modulus must be positive and have a bit to spare in i32, got 0",
    "expected a ciphertext and a plaintext",
    "the result must be of the constant's type",
    "the polynomial must have at least one term",
    "__resattrs must have one dictionary per value: got 2 for 1",
    "reduceOp must be one of arith.addi, arith.addf, arith.muli, arith.mulf, got arith.divf",
}
"""What heir-opt lets pass, by what is said of it here: nonsense that its later passes stumble over."""


def modules(dialect: str) -> list[str]:
    return (FOLDER / dialect / "invalid.mlir").read_text().split(SEPARATOR)


def said_of(module: str) -> str:
    """The message that is expected."""
    found = re.search("// CHECK: (.*)", module)
    assert found is not None
    return found[1]


def refused_by_heir(chunks: list[str]) -> set[int]:
    """The numbers of the modules that heir-opt refuses; a crash is a refusal too."""
    run = subprocess.run(
        [str(find(HEIR_OPT)), "--split-input-file", "--mlir-disable-diagnostic-notes"],
        input=SEPARATOR.join(chunks),
        capture_output=True,
        text=True,
    )
    if len(chunks) == 1:
        return {0} if run.returncode else set()
    if run.returncode not in (0, 1):
        half = len(chunks) // 2
        return refused_by_heir(chunks[:half]) | {half + one for one in refused_by_heir(chunks[half:])}
    # Lines are counted in the whole text.
    starts = list(accumulate((chunk.count("\n") + 1 for chunk in chunks), initial=1))
    lines = [int(line) for line in re.findall(r"<stdin>:(\d+):\d+: error:", run.stderr)]
    refused = {bisect_right(starts, line) - 1 for line in lines}
    # Some it refuses without a word.
    silent = set(range(len(chunks))) - refused if run.returncode else set[int]()
    return refused | {one for one in silent if refused_by_heir([chunks[one]])}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_heir_opt_refuses_the_same_modules(dialect: str) -> None:
    chunks = modules(dialect)
    refused = refused_by_heir(chunks)
    accepted = {said_of(chunk) for number, chunk in enumerate(chunks) if number not in refused}
    assert accepted <= ONLY_OURS


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_module_is_refused_here(dialect: str) -> None:
    for chunk in modules(dialect):
        with pytest.raises((ParseError, VerifyException)):
            parse_module(chunk).verify()


def test_valid_modules_are_told_from_invalid_ones() -> None:
    valid, invalid = "func.func @f() { return }\n", "func.func @f() { return %x : i32 }\n"
    assert refused_by_heir([valid, invalid, valid, invalid]) == {1, 3}
