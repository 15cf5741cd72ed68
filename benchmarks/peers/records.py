"""Measurements that are kept, so that each network can be measured by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.peers.apart import Failure
from benchmarks.peers.measurement import Compilation, Counts, Evaluation

RECORDS = Path(__file__).resolve().parents[1] / "results" / "compilers.json"


@dataclass(frozen=True)
class Record:
    """What a compiler made of a network.

    Attributes:
        network: its name.
        compiler: the compiler's.
        date: of the measurement.
        compiled: the program, or why there is none.
        evaluated: its encrypted evaluation; None if it was not tried.
    """

    network: str
    compiler: str
    date: str
    compiled: Compilation | Failure
    evaluated: Evaluation | Failure | None


def today() -> str:
    return str(date.today())


def merge(records: Sequence[Record], new: Iterable[Record]) -> list[Record]:
    """Records with new ones in place of those of the same network and compiler."""
    found = {(record.network, record.compiler): record for record in (*records, *new)}
    return list(found.values())


def load_records(path: Path = RECORDS) -> list[Record]:
    """The records in a file; none if there is no file."""
    return [_record(one) for one in json.loads(path.read_text())] if path.exists() else []


def kept(network: str, compiler: str) -> Record | None:
    """The last measurement of a compiler on a network."""
    return next((one for one in load_records() if (one.network, one.compiler) == (network, compiler)), None)


def kept_counts(network: str, compiler: str) -> Counts | Failure | None:
    """What was counted then; None if it never was."""
    record = kept(network, compiler)
    if record is None:
        return None
    return record.compiled if isinstance(record.compiled, Failure) else record.compiled.counts


def save_records(records: Sequence[Record], path: Path = RECORDS) -> None:
    path.write_text(json.dumps([asdict(record) for record in records], indent=1) + "\n")


def _record(fields: dict[str, Any]) -> Record:
    compiled, evaluated = fields["compiled"], fields["evaluated"]
    return Record(
        fields["network"],
        fields["compiler"],
        fields["date"],
        Failure(**compiled) if "reason" in compiled else Compilation.of(compiled),
        None
        if evaluated is None
        else Failure(**evaluated)
        if "reason" in evaluated
        else Evaluation(**evaluated),
    )
