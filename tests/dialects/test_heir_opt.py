"""The pass that has heir-opt transform the module."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from he_dialects.heir_opt import HeirOptPass
from he_dialects.parsing import parse_module
from he_dialects.printing import module_text
from he_dialects.universe import PASSES
from xdsl.context import Context
from xdsl.dialects.builtin import FileLineColLoc, ModuleOp
from xdsl.passes import PassPipeline
from xdsl.utils.exceptions import PassFailedException

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.mlir"))
HEIR_OPT = str(Path(sys.executable).parent / "heir-opt")
SUM = "func.func @f(%x: i32) -> i32 {\n  %0 = arith.addi %x, %x : i32\n  func.return %0 : i32\n}"


def after(module: ModuleOp, *passes: str, executable: str | None = None) -> ModuleOp:
    """The module after the pass, in a context that knows nothing."""
    HeirOptPass(passes, executable=executable).apply(Context(), module)
    return module


def text_of(module: ModuleOp) -> str:
    return module_text(module, locations=False)


def passes_of(path: Path) -> str:
    """The first list of passes that a file of the corpus names."""
    prefix = "// PASSES: "
    lines = path.read_text().splitlines()
    return next(line.removeprefix(prefix) for line in lines if line.startswith(prefix))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_the_module_becomes_what_heir_opt_makes_of_the_file(path: Path) -> None:
    passes = passes_of(path)
    printed = subprocess.run([HEIR_OPT, *passes.split(), path], capture_output=True, text=True, check=True)
    module = parse_module(path.read_text(), path.name)
    assert text_of(after(module, passes)) == text_of(parse_module(printed.stdout))


def test_the_corpus_is_there() -> None:
    assert len(CORPUS) >= 10


def test_it_is_a_pass_of_a_pipeline_between_others() -> None:
    module = parse_module(SUM)
    spec = "heir-opt{passes=secretize},heir-opt{passes=wrap-generic}"
    PassPipeline.parse_spec(PASSES, spec).apply(Context(), module)
    assert "secret.generic" in text_of(module)


def test_its_specification_is_read_as_it_is_written() -> None:
    one = HeirOptPass(("--cse", "'--a=b c'"), executable="/a/heir-opt", generic=True)
    assert HeirOptPass.from_spec(one.spec()) == one


def test_places_stay_those_of_the_source_and_none_are_invented() -> None:
    located = after(parse_module(SUM, "model.py"), "--secretize", "--wrap-generic")
    places = {op.name: op.location for op in located.walk()}
    addition = places["arith.addi"]
    assert isinstance(addition, FileLineColLoc)
    assert (addition.filename.data, addition.line.data, addition.column.data) == ("model.py", 2, 3)
    assert "loc" not in module_text(after(ModuleOp([])))


def test_errors_have_the_place_in_the_source() -> None:
    module = parse_module(SUM.replace("addi", "divsi"), "model.py")
    with pytest.raises(PassFailedException, match=r"heir-opt failed:\nmodel\.py:\d+:\d+: error: "):
        after(module, "--secretize", "--mlir-to-bgv")


def test_nothing_goes_through_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for passes in ("--cse; touch made", "'--cse; touch made'", "$(touch made)", "--cse > made"):
        with pytest.raises(PassFailedException):
            after(parse_module(SUM), passes)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("passes", "arguments"),
    [
        ((), []),
        (("--cse --sccp",), ["--cse", "--sccp"]),
        (("cse", "sccp"), ["--cse", "--sccp"]),
        (("'--a=b c=d' -e",), ["--a=b c=d", "-e"]),
    ],
)
def test_options_are_split_as_in_a_shell(
    passes: Sequence[str], arguments: Sequence[str], tmp_path: Path
) -> None:
    record = tmp_path / "heir-opt"
    written = tmp_path / "arguments"
    record.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {shlex.quote(str(written))}\necho "module {{}}"\n')
    record.chmod(0o755)
    after(parse_module(SUM), *passes, executable=str(record))
    given = written.read_text().splitlines()
    assert given[1:-2] == arguments  # ours, theirs, ours, and the name of the input
    assert given[-1] == "-"


def test_an_executable_is_also_found_on_the_search_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "my-heir-opt"
    script.write_text('#!/bin/sh\necho "module {}"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert not after(parse_module(SUM), executable="my-heir-opt").ops.first
