"""The tables of the comparison, in results/compilers.md and between two marks in docs/comparison.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.command import RESULTS, provenance
from benchmarks.peers.apart import Failure
from benchmarks.peers.cases import CASES, COMPILERS
from benchmarks.peers.measurement import Compilation, Evaluation
from benchmarks.peers.records import Record

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "comparison.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
PACKAGES = ("hetorch-heir", "heir_py", "torch-mlir", "torch", "xdsl")

COMPILATION = ("CPU, s", "wall, s", "peak memory, MB", "program, MB")
PROGRAM = (
    "slots", "rotations", "keys", "products with plaintexts", "of ciphertexts", "levels", "bootstraps"
)  # fmt: skip
EVALUATION = ("log2 N", "keys, s", "evaluation, CPU s", "memory, MB", "largest error")


def tables(records: Sequence[Record]) -> str:
    """All tables, from the simplest network to the largest."""
    places = {
        (case.network, name): (i, j) for i, case in enumerate(CASES) for j, name in enumerate(COMPILERS)
    }
    known = sorted(
        (one for one in records if (one.network, one.compiler) in places),
        key=lambda one: places[one.network, one.compiler],
    )
    compiled = [one for one in known if isinstance(one.compiled, Compilation) and not one.compiled.dry]
    sections = (
        ("Programs", PROGRAM, _program, known),
        ("Compilation", COMPILATION, _compilation, compiled),
        ("Encrypted evaluation", EVALUATION, _evaluation, [one for one in known if _was_evaluated(one)]),
    )
    lines: list[str] = []
    for title, columns, cells, rows in sections:
        lines += [f"### {title}", "", *_table(columns, cells, rows), ""]
    return "\n".join([*lines, *_dry_runs(known), _versions(known), ""])


def _dry_runs(records: Sequence[Record]) -> list[str]:
    dry = [one for one in records if isinstance(one.compiled, Compilation) and one.compiled.dry]
    names = "; ".join(f"{one.compiler} on {one.network}" for one in dry)
    return [f"Only counted, in a dry run: {names}.", ""] if dry else []


def _table(
    columns: Sequence[str], cells: Callable[[Record], Sequence[str] | Failure], records: Sequence[Record]
) -> list[str]:
    lines = [
        f"| network | compiler | {' | '.join(columns)} |",
        f"|---|---|{'---:|' * len(columns)}",
    ]
    for record in records:
        row = cells(record)
        filled = [row.reason, *[""] * (len(columns) - 1)] if isinstance(row, Failure) else row
        lines.append(f"| {record.network} | {record.compiler} | {' | '.join(filled)} |")
    return lines


def _program(record: Record) -> list[str] | Failure:
    if isinstance(record.compiled, Failure):
        return record.compiled
    counts = record.compiled.counts
    return [
        str(record.compiled.slots),
        *(
            "" if count is None else str(count)
            for count in (
                counts.rotations, counts.keys, counts.products, counts.ciphertext_products, counts.levels,
                counts.bootstraps,
            )
        ),
    ]  # fmt: skip


def _compilation(record: Record) -> list[str]:
    one = record.compiled
    assert isinstance(one, Compilation)
    size = "" if one.output_megabytes is None else f"{one.output_megabytes:.1f}"
    return [f"{one.cpu:.1f}", f"{one.wall:.1f}", f"{one.megabytes:.0f}", size]


def _evaluation(record: Record) -> list[str] | Failure:
    if isinstance(record.evaluated, Failure):
        return record.evaluated
    if record.evaluated is not None:
        one: Evaluation = record.evaluated
        numbers = f"{one.keys:.1f}", f"{one.seconds:.2f}", f"{one.megabytes:.0f}", f"{one.error:.0e}"
        return [str(one.log_n), *numbers]
    assert isinstance(record.compiled, Compilation)
    return ["", "", f"{record.compiled.evaluation:.2f} (Lattigo)", "", f"{record.compiled.error:.0e}"]


def _was_evaluated(record: Record) -> bool:
    own = isinstance(record.compiled, Compilation) and record.compiled.evaluation is not None
    return own or record.evaluated is not None


def _versions(records: Sequence[Record]) -> str:
    dates = sorted({record.date for record in records})
    measured = " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else "never"
    return f"Measured {measured}; Orion {orion_version()}; tables by {provenance('compilers', *PACKAGES)}"


def orion_version() -> str:
    """The release of Orion that is compared."""
    pins = (ROOT / "constraints-peers.txt").read_text()
    match = re.search(r"^orion-fhe==(\S+)", pins, re.MULTILINE)
    assert match is not None
    return match[1]


def write_tables(text: str) -> None:
    """Keeps the tables with the results, and in the documentation."""
    (RESULTS / "compilers.md").write_text(f"# Comparison of compilers\n\n{text}")
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}")
