"""Compares this project with HEIR's own PyTorch pipeline and with Orion, on the same networks.

    python -m benchmarks.compilers                          # what was measured last, as tables
    python -m benchmarks.compilers --models all             # measures everything: most of an hour
    python -m benchmarks.compilers --models MLP --write     # one network (or several, by parts of names)

Every compiler runs in a process of its own, within limits of time and memory; one that fails is listed with
its error. ``--write`` keeps measurements in results/compilers.json, next to those of other networks, and the
tables in results/compilers.md and docs/comparison.md. Orion needs ``make setup-peers`` first.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.peers.apart import Failure, Limits, call_apart
from benchmarks.peers.cases import CASES, COMPILERS, Case, select
from benchmarks.peers.measurement import Compilation, Evaluation
from benchmarks.peers.records import Record, load_records, merge, save_records, today
from benchmarks.peers.tables import tables as tables_of
from benchmarks.peers.tables import write_tables

ORION_PYTHON = Path(__file__).resolve().parents[1] / ".venv-peers" / "bin" / "python"
ORION_BYTES = 20 << 30
"""Of address space, of which Go's runtime reserves more than it uses."""
NOT_INSTALLED = Failure("not installed: make setup-peers")


def measure(case: Case, compiler: str, limits: Limits) -> Record:
    """Compiles a network, and evaluates the program under encryption where it is one in HEIR's dialects."""
    if compiler == "Orion":
        return Record(case.network, compiler, today(), _orion(case, limits), None)
    with tempfile.TemporaryDirectory() as folder:
        request = {"network": case.network, "folder": folder}
        if compiler == "hetorch-heir":
            request |= {"slots": case.slots, "options": case.options}
            compiled = _compilation(call_apart("benchmarks.peers.ours", request, limits))
        else:
            request |= {"slots": case.heir_slots}
            compiled = _compilation(call_apart("benchmarks.peers.heir", request, limits))
        evaluated = None
        if isinstance(compiled, Compilation) and case.encrypted:
            answer = call_apart("benchmarks.peers.encrypted", {"folder": folder}, limits)
            evaluated = answer if isinstance(answer, Failure) else Evaluation(**answer)
    return Record(case.network, compiler, today(), compiled, evaluated)


def _orion(case: Case, limits: Limits) -> Compilation | Failure:
    if not ORION_PYTHON.exists():
        return NOT_INSTALLED
    request = {"network": case.network, "scheme": case.orion.scheme(), "dry": case.orion.dry}
    limits = replace(limits, bytes=ORION_BYTES)
    return _compilation(call_apart("benchmarks.peers.orion", request, limits, python=ORION_PYTHON))


def _compilation(answer: dict[str, object] | Failure) -> Compilation | Failure:
    return answer if isinstance(answer, Failure) else Compilation.of(answer)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        epilog=f"networks: {'; '.join(case.network for case in CASES)}",
    )
    parser.add_argument("--models", nargs="+", metavar="NAME", help='parts of names of networks, or "all"')
    parser.add_argument(
        "--compilers", nargs="+", choices=COMPILERS, default=COMPILERS, help="all, if left out"
    )
    parser.add_argument("--seconds", type=float, default=Limits.seconds, help="limit of each process")
    parser.add_argument("--write", action="store_true", help="keep what was measured, and the tables")
    options = parser.parse_args()
    records = load_records()
    chosen = select(options.models or [])
    if options.models and not chosen:
        parser.error(f"no network has {' or '.join(options.models)} in its name")
    limits = Limits(seconds=options.seconds)
    for case in chosen:
        for compiler in options.compilers:
            measured = measure(case, compiler, limits)
            # Read anew: another network may have been measured meanwhile.
            records = merge(load_records() if options.write else records, [measured])
            if options.write:
                save_records(records)
    text = tables_of(records)
    print(text, end="")
    if options.write:
        write_tables(text)


if __name__ == "__main__":
    main()
