"""Measures what operations cost on a library here, and writes the table that estimates are made from.

    python -m hetorch_heir.cli.measure openfhe -o mine.json
    python -m hetorch_heir.cli.measure seal --chain 14:5 --chain 15:12 -o mine.json
    python -m hetorch_heir.cli.measure openfhe --chain 16:4:bootstrap --add -o mine.json

A chain is log2 of the ring dimension and a depth; its primes are those that an export would take. With
":bootstrap" the context bootstraps to that depth, which is measured too: some minutes and 11 GB. The others
take some seconds at 2^14, and twice as long for every doubling of the ring.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from hetorch_heir.backends.connection import connect
from hetorch_heir.backends.cost_measurement import Measured, measure_costs
from hetorch_heir.backends.cost_tables import CostTable, read_tables, write_tables
from hetorch_heir.cli.messages import report_errors
from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.errors import ParameterError

PROGRAM = "measure"
DEFAULT_CHAINS = ("13:2", "14:3", "14:5", "14:7", "15:10", "15:14", "16:20")
BOOTSTRAP_SCALE_BITS = 59
"""Bootstraps of smaller scales are too noisy, see docs/noise.md."""


def chain_for(text: str, scale_bits: int, first_bits: int) -> Measured:
    """The secure chain that ``log_n:depth`` or ``log_n:depth:bootstrap`` stands for.

    Raises:
        ParameterError: there is none.
    """
    numbers, bootstraps = text.removesuffix(":bootstrap"), text.endswith(":bootstrap")
    try:
        log_n, depth = (int(part) for part in numbers.split(":"))
    except ValueError as error:
        raise ParameterError(
            f"'{text}' is no chain",
            hint="give log2 of the ring and the depth: 14:5, or 16:4:bootstrap",
        ) from error
    slots = 1 << (log_n - 1)
    if bootstraps:
        # What a bootstrap takes besides, and whether that is secure, is the library's to say.
        return Measured(choose_chain(depth, BOOTSTRAP_SCALE_BITS, first_bits, slots), True)
    chain = choose_chain(depth, scale_bits, first_bits, slots)
    if chain.log_n != log_n:
        raise ParameterError(
            f"depth {depth} is not secure at ring dimension 2^{log_n}", hint=f"use {chain.log_n}:{depth}"
        )
    return Measured(chain, False)


def measure(backend: str, chosen: Sequence[Measured]) -> Iterator[CostTable]:
    """The tables of some chains, one after the other."""
    with connect(backend, worker=True) as connection:
        for one in chosen:
            table = measure_costs(connection, backend, one)
            rounded = {
                name: {count: float(f"{ms:.3g}") for count, ms in row.items()} for name, row in table.items()
            }
            chain = one.chain
            sizes = (chain.log_n, chain.log_scale, len(chain.Q), len(chain.P))
            yield CostTable(*sizes, rounded, one.bootstraps)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=(__doc__ or "").splitlines()[0])
    parser.add_argument("backend", choices=("openfhe", "seal"))
    parser.add_argument(
        "--chain", action="append", metavar="LOG_N:DEPTH", help=f"default: {', '.join(DEFAULT_CHAINS)}"
    )
    parser.add_argument("--scale-bits", type=int, default=40)
    parser.add_argument("--first-bits", type=int, default=60)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.json")
    parser.add_argument("--add", action="store_true", help="keep the tables of other chains in the file")
    options = parser.parse_args(arguments)
    return report_errors(PROGRAM, lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    texts = options.chain or DEFAULT_CHAINS
    chosen = [chain_for(one, options.scale_bits, options.first_bits) for one in texts]
    with connect(options.backend) as connection:
        library, _ = connection.call("hello", {"library": options.backend})
    where = {"library": library["library"], "machine": _processor(), "date": str(date.today())}
    tables = read_tables(options.output) if options.add and options.output.exists() else []
    for text, table in zip(texts, measure(options.backend, chosen), strict=True):
        tables = [one for one in tables if one.chain_key != table.chain_key] + [table]
        write_tables(options.output, sorted(tables, key=lambda one: one.chain_key), where)
        slowest = max(table.milliseconds["rotate"].values())
        print(f"{text}: a rotation takes up to {slowest:g} ms", file=sys.stderr)
    return 0


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    raise SystemExit(main())
