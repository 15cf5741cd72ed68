"""Runs test samples of the examples encrypted on OpenFHE and SEAL, and compares the classes they are given.

    python -m benchmarks.encrypted_examples                              # all, and prints the table
    python -m benchmarks.encrypted_examples lenet_relu --backend openfhe --write

``--write`` keeps the rows that were run, and the table of all rows, in benchmarks/results. Finished
ciphertexts are kept in build/, so that an interrupted run goes on where it was; a finished one starts anew.

The programs are exported for fewer slots than the ring has, so that samples share ciphertexts. Their class is
compared with that of the same program on cleartext slots, and with that of the model in torch.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from he_dialects.parsing import parse_module
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.command import RESULTS, provenance
from examples import (
    breast_cancer_logistic,
    diabetes_linear,
    digits_relu,
    digits_square,
    lenet_relu,
    lenet_square,
    small_resnet,
)
from examples.common import OUTPUT, Example, export, outputs, r_squared
from hetorch_heir.backends.batch import Journal, run_batch, session_runners
from hetorch_heir.backends.connection import connect
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import Session
from hetorch_heir.cli.progress import progress_bar
from hetorch_heir.export.result import ExportResult

SAMPLES = 20
BACKENDS = ("openfhe", "seal")
EXAMPLES: dict[str, tuple[Example, int | None]] = {
    module.EXAMPLE.name: (module.EXAMPLE, slots)
    for module, slots in (
        (digits_square, 1024),
        (digits_relu, 1024),
        (diabetes_linear, None),
        (breast_cancer_logistic, None),
        (lenet_square, 4096),
        (lenet_relu, 4096),
        (small_resnet, 1024),
    )
}
"""The examples by name, with the slots that they are exported for; None leaves them the ring's."""

LARGEST_KEYS = 12e9
"""Bytes of SEAL's keys that this machine has room for."""

COLUMNS = (
    "example", "library", "log2 N", "levels", "samples", "per ciphertext", "keys, seconds",
    "evaluation, seconds per sample", "class as in the clear", "class as in torch", "max error",
    "peak memory, MB",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What an example gave on a library; ``refused`` says why it was not run."""

    example: str
    backend: str
    log_n: int = 0
    levels: int = 0
    samples: int = 0
    per_ciphertext: int = 0
    key_seconds: float = 0.0
    seconds: float = 0.0
    as_clear: int | None = None
    as_torch: int | None = None
    error: float = 0.0
    peak_bytes: int = 0
    refused: str = ""

    def __str__(self) -> str:
        name = f"| {self.example} | {self.backend} | {self.log_n} | {self.levels} |"
        if self.refused:
            return f"{name} {self.refused} |" + " |" * (len(COLUMNS) - 5)
        cells = (
            self.samples,
            self.per_ciphertext,
            f"{self.key_seconds:.1f}",
            f"{self.seconds:.2f}",
            *("" if one is None else f"{one} of {self.samples}" for one in (self.as_clear, self.as_torch)),
            f"{self.error:.1e}",
            f"{self.peak_bytes / 1e6:.0f}",
        )
        return f"{name} {' | '.join(map(str, cells))} |"


def seal_key_bytes(program: Program) -> float:
    """The size of SEAL's keys: it has one special prime, so that each prime is a digit of its own."""
    moduli = len(program.parameters().moduli)
    keys = len(program.record().rotations()) + 1
    return keys * 2 * moduli * (moduli + 1) * 8 * (1 << program.parameters().log_n)


def classes(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The classes of outputs (samples, outputs): the largest score, or the side of a probability."""
    return scores.argmax(1) if scores.shape[1] > 1 else (scores[:, 0] > 0.5).astype(np.int64)


def program_of(result: ExportResult) -> Program:
    """The program of an export that has all constants in its text."""
    module = parse_module(result.text)
    module.verify()
    return Program(module, Path(), result.text)


def run(name: str, backends: Iterable[str], count: int) -> list[Row]:
    """The rows of an example."""
    example, slots = EXAMPLES[name]
    model = example.train(0)
    program = program_of(export(example, model, target="hetorch", slots=slots, inline_limit=None))
    return [_run_on(backend, example, model, program, count) for backend in backends]


def _run_on(backend: str, example: Example, model: torch.nn.Module, program: Program, count: int) -> Row:
    inputs: Tensor = example.load().test.inputs[:count]
    head = Row(example.name, backend, program.parameters().log_n, program.parameters().max_level)
    size = seal_key_bytes(program)
    if backend == "seal" and size > LARGEST_KEYS:
        return replace(head, refused=f"not run: its keys have {size / 1e9:.0f} GB")
    samples = [[one[None]] for one in inputs.numpy()]
    lanes = program.lanes_for(len(samples))
    folder = OUTPUT / example.name / f"encrypted_{backend}_{count}"
    with connect(backend, worker=True) as connection:
        session = Session(connection, backend, program, program.parameters(lanes=lanes))
        session.generate_keys()
        journal = Journal(folder, program.digest)
        start, done = time.perf_counter(), len(journal.finished(count))
        with session_runners(session, 1) as runners, progress_bar(f"{example.name}, {backend}") as progress:
            (found,) = run_batch(samples, journal, runners, lanes=lanes, progress=progress)
        seconds = (time.perf_counter() - start) / max(1, count - done)
        context, _ = connection.call("describe")
    journal.remove()
    clear = np.stack([program.run_in_the_clear(one)[0] for one in samples])
    expected = outputs(model, inputs).numpy()
    found, clear = (one.reshape(expected.shape) for one in (found, clear))
    classified = example.score is not r_squared
    return replace(
        head,
        log_n=context["ring_dimension"].bit_length() - 1,
        samples=count,
        per_ciphertext=lanes,
        key_seconds=session.seconds.keys,
        seconds=seconds,
        as_clear=_agreeing(found, clear) if classified else None,
        as_torch=_agreeing(found, expected) if classified else None,
        error=float(np.abs(found - clear).max()),
        peak_bytes=context["peak_bytes"],
    )


def _agreeing(found: NDArray[np.float32], expected: NDArray[np.float32]) -> int:
    return int((classes(found) == classes(expected)).sum())


def table(rows: Iterable[Row]) -> str:
    """The report."""
    lines = [
        "# The examples, encrypted",
        "",
        provenance("encrypted_examples", "hetorch-heir", "tenseal", "torch"),
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
        *map(str, rows),
        "",
        "The first test samples of each example, at 128-bit security. The error is the largest difference of",
        "an output from the same program on cleartext slots. Seconds contain encryption and decryption.",
        "`diabetes_linear` has no classes.",
    ]
    return "\n".join(lines) + "\n"


def kept(path: Path) -> dict[str, Row]:
    """The rows in a file, by example and library."""
    if not path.exists():
        return {}
    return {f"{one['example']} {one['backend']}": Row(**one) for one in json.loads(path.read_text())}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("examples", nargs="*", metavar="EXAMPLE", help=", ".join(EXAMPLES))
    parser.add_argument("--backend", action="append", choices=BACKENDS)
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--write", action="store_true", help="keep the rows in benchmarks/results")
    options = parser.parse_args()
    if unknown := set(options.examples) - set(EXAMPLES):
        parser.error(f"no such example: {', '.join(sorted(unknown))}")
    torch.set_num_threads(1)
    path = RESULTS / "encrypted_examples.json"
    rows = kept(path) if options.write else {}
    for name in options.examples or EXAMPLES:
        for row in run(name, options.backend or BACKENDS, options.samples):
            rows[f"{row.example} {row.backend}"] = row
            ordered = [rows[key] for key in _order() if key in rows]
            if options.write:
                path.write_text(json.dumps([asdict(one) for one in ordered], indent=1) + "\n")
                path.with_suffix(".md").write_text(table(ordered))
    print(table(rows.values()), end="")


def _order() -> list[str]:
    return [f"{name} {backend}" for name in EXAMPLES for backend in BACKENDS]


if __name__ == "__main__":
    main()
