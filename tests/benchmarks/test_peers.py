"""What the comparison of compilers counts, and what it makes of compilers that fail."""

from __future__ import annotations

import dataclasses
import re
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks import compilers
from benchmarks.networks import NETWORKS
from benchmarks.peers import records, tables
from benchmarks.peers.apart import Failure, Limits, call_apart, one_line, run_apart
from benchmarks.peers.cases import CASES, COMPILERS, select
from benchmarks.peers.counting import counts_of, open_program
from benchmarks.peers.heir import arguments, linalg
from benchmarks.peers.measurement import Compilation, Counts, Evaluation, stopwatch
from benchmarks.peers.ours import compile_network
from benchmarks.peers.records import Record
from examples.square import Square
from hetorch_heir.heir.binaries import HEIR_OPT, run

ROOT = Path(__file__).resolve().parents[2]

SMALL = nn.Sequential(nn.Linear(16, 16, bias=False), Square())
SAMPLE = torch.linspace(-1, 1, 16)[None]


@pytest.fixture(scope="module")
def heir_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("heir") / "program.mlir"
    path.write_text(run(HEIR_OPT, arguments(64), linalg(SMALL, SAMPLE)))
    return path


def test_loops_of_heir_are_counted_as_executed(heir_program: Path) -> None:
    text = heir_program.read_text()
    assert "scf.for" in text
    counts = counts_of(open_program(heir_program))
    keys = re.search(r"gen_rotkey .*?indices = \[([^\]]*)\]", text)
    assert keys is not None
    assert counts.products == 16
    assert counts.ciphertext_products == 1
    assert (counts.levels, counts.bootstraps) == (2, 0)
    assert counts.keys == len(keys[1].split(","))
    # The text has fewer rotations than an evaluation.
    assert text.count("openfhe.rot ") < counts.rotations


def test_programs_of_heir_are_computed_as_meant(heir_program: Path) -> None:
    (output,) = open_program(heir_program).run_in_the_clear([SAMPLE.numpy()])
    np.testing.assert_allclose(output, SMALL(SAMPLE).detach().numpy(), atol=1e-5)


def test_counts_of_our_export_are_those_of_the_lowered_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = nn.Sequential(nn.Linear(16, 8), nn.SiLU(), nn.Linear(8, 4))
    monkeypatch.setitem(NETWORKS, "small", lambda: (model, torch.rand(1, 16)))
    compiled = compile_network("small", 64, str(tmp_path), {"activation_degree": 3})
    assert compiled.counts == counts_of(open_program(tmp_path / "program.mlir"))
    assert compiled.counts.rotations > 0
    assert compiled.output_megabytes and compiled.megabytes > 10 and compiled.cpu > 0


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_process_answers_with_its_last_line() -> None:
    answer = run_apart(python("print('chatter'); print('{\"a\": 1}')"))
    assert answer == {"a": 1}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise ValueError('first line\\nsecond')", "second"),
        ("import os; os.kill(os.getpid(), 11)", f"ended by {signal.SIGSEGV.name}"),
        ("raise SystemExit(3)", "exit code 3"),
        ("bytearray(1 << 30)", "MemoryError"),
    ],
)
def test_a_process_that_fails_says_why(code: str, reason: str) -> None:
    assert run_apart(python(code), Limits(bytes=1 << 29)) == Failure(reason)


def test_a_process_that_takes_too_long_ends_with_what_it_started(tmp_path: Path) -> None:
    late = tmp_path / "late"
    child = f"import time, pathlib; time.sleep(3); pathlib.Path({str(late)!r}).touch()"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with stopwatch() as seconds:
        assert run_apart(python(code), Limits(seconds=1)) == Failure("no result in 1 s")
    assert seconds.wall < 3
    time.sleep(max(0.0, 3.5 - seconds.wall))
    assert not late.exists()


def test_an_exception_in_a_served_function_is_one_line() -> None:
    answer = call_apart("benchmarks.peers.encrypted", {"folder": "/nowhere"})
    assert isinstance(answer, Failure)
    assert answer.reason.startswith("FileNotFoundError: ") and "\n" not in answer.reason


def test_reasons_fit_into_a_cell() -> None:
    assert one_line("a | b\nc") == "a \\| b"
    assert len(one_line("x" * 1000)) == 160
    assert one_line("") == ""


COMPILED = Compilation(64, Counts(5, 4, 3, 2, 1, 0), 1.25, 1.0, 100.0, 2.5)
EVALUATED = Evaluation(13, 0.5, 0.25, 200.0, 1e-6)


def record(compiler: str, compiled: Compilation | Failure, evaluated: Evaluation | Failure | None) -> Record:
    return Record("MLP 784-128-128-10", compiler, "2026-01-02", compiled, evaluated)


def test_a_peer_that_fails_is_listed_with_its_error() -> None:
    text = tables.tables(
        [
            record("Orion", Failure("out of luck"), None),
            record("HEIR", COMPILED, Failure("no result in 9 s")),
            record("hetorch-heir", COMPILED, EVALUATED),
        ]
    )
    lines = text.splitlines()
    rows = [line for line in lines if line.startswith("| MLP")]
    assert rows == [
        "| MLP 784-128-128-10 | hetorch-heir | 64 | 5 | 4 | 3 | 2 | 1 | 0 |",
        "| MLP 784-128-128-10 | HEIR | 64 | 5 | 4 | 3 | 2 | 1 | 0 |",
        "| MLP 784-128-128-10 | Orion | out of luck |  |  |  |  |  |  |",
        "| MLP 784-128-128-10 | hetorch-heir | 1.0 | 1.2 | 100 | 2.5 |",
        "| MLP 784-128-128-10 | HEIR | 1.0 | 1.2 | 100 | 2.5 |",
        "| MLP 784-128-128-10 | hetorch-heir | 13 | 0.5 | 0.25 | 200 | 1e-06 |",
        "| MLP 784-128-128-10 | HEIR | no result in 9 s |  |  |  |  |",
    ]
    assert "Measured 2026-01-02; Orion 1.0.2" in text


def test_an_evaluation_by_a_compiler_of_its_own_is_listed() -> None:
    own = dataclasses.replace(COMPILED, evaluation=1.5, error=1e-4)
    text = tables.tables([record("Orion", own, None)])
    assert "| MLP 784-128-128-10 | Orion |  |  | 1.50 (Lattigo) |  | 1e-04 |" in text


def test_a_dry_run_is_only_counted() -> None:
    text = tables.tables([record("Orion", dataclasses.replace(COMPILED, dry=True), None)])
    assert [line for line in text.splitlines() if line.startswith("| MLP")] == [
        "| MLP 784-128-128-10 | Orion | 64 | 5 | 4 | 3 | 2 | 1 | 0 |"
    ]
    assert "Only counted, in a dry run: Orion on MLP 784-128-128-10." in text


def test_records_are_kept_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "records.json"
    assert records.load_records(path) == []
    first = [record("HEIR", COMPILED, EVALUATED), record("Orion", Failure("no"), None)]
    records.save_records(first, path)
    assert records.load_records(path) == first
    newer = record("Orion", COMPILED, Failure("why"))
    assert records.merge(first, [newer]) == [first[0], newer]


def test_networks_are_selected_by_parts_of_their_names() -> None:
    assert select(["all"]) == list(CASES)
    assert [case.network for case in select(["lola", "LENET"])] == ["LoLA", "LeNet-5"]
    assert select([]) == select(["nothing"]) == []
    assert {case.network for case in CASES} <= set(NETWORKS)


def test_without_its_environment_orion_is_listed_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compilers, "ORION_PYTHON", tmp_path / "python")
    made = compilers.measure(CASES[0], "Orion", Limits())
    assert made.compiled == Failure("not installed: make setup-peers")


def test_tables_of_the_documentation_are_those_kept() -> None:
    results = (ROOT / "benchmarks" / "results" / "compilers.md").read_text()
    page = tables.PAGE.read_text()
    assert results.partition("\n\n")[2].strip() in page
    kept = {(one.network, one.compiler) for one in records.load_records()}
    assert kept <= {(case.network, compiler) for case in CASES for compiler in COMPILERS}
