"""Measures what operations cost on a library here, and writes the table that estimates are made from.

    python -m tools.measure_costs --backend openfhe
    python -m tools.measure_costs --backend seal --chain 14:5 --chain 15:12 -o seal.json

A chain is log2 of the ring dimension and a depth; its primes are those that an export would take. It takes
some seconds per chain at 2^14, and twice as many for every doubling of the ring.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from hetorch_heir.backends.connection import connect
from hetorch_heir.backends.cost_measurement import measure_costs
from hetorch_heir.backends.cost_tables import FOLDER, CostTable, write_tables
from hetorch_heir.core.chain import CKKSChain, choose_chain
from hetorch_heir.core.errors import HETorchError, ParameterError

DEFAULT_CHAINS = ("13:2", "14:3", "14:5", "14:7", "15:10", "15:14")


def chain_for(text: str, scale_bits: int, first_bits: int) -> CKKSChain:
    """The secure chain that ``log_n:depth`` stands for.

    Raises:
        ParameterError: there is none.
    """
    try:
        log_n, depth = (int(part) for part in text.split(":"))
    except ValueError as error:
        raise ParameterError(
            f"'{text}' is no chain", hint="give log2 of the ring and the depth: 14:5"
        ) from error
    chain = choose_chain(depth, scale_bits, first_bits, slots=1 << (log_n - 1))
    if chain.log_n != log_n:
        raise ParameterError(
            f"depth {depth} is not secure at ring dimension 2^{log_n}", hint=f"use {chain.log_n}:{depth}"
        )
    return chain


def measure(backend: str, chains: Sequence[CKKSChain]) -> list[CostTable]:
    """The tables of some chains."""
    tables = []
    with connect(backend, worker=True) as connection:
        for chain in chains:
            table = measure_costs(connection, backend, chain)
            rounded = {
                name: {count: float(f"{ms:.3g}") for count, ms in row.items()} for name, row in table.items()
            }
            sizes = (chain.log_n, chain.log_scale, len(chain.Q), len(chain.P))
            tables.append(CostTable(*sizes, rounded))
            print(f"2^{chain.log_n}, {len(chain.Q)} primes: rotation {max(rounded['rotate'].values())} ms")
    return tables


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="measure_costs", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--backend", choices=("openfhe", "seal"), required=True)
    parser.add_argument("--chain", action="append", metavar="LOG_N:DEPTH", help="default: a few")
    parser.add_argument("--scale-bits", type=int, default=40)
    parser.add_argument("--first-bits", type=int, default=60)
    parser.add_argument("-o", "--output", type=Path, help="default: the package's own table")
    options = parser.parse_args(arguments)
    try:
        chosen = options.chain or DEFAULT_CHAINS
        chains = [chain_for(one, options.scale_bits, options.first_bits) for one in chosen]
        tables = measure(options.backend, chains)
        with connect(options.backend) as connection:
            library, _ = connection.call("hello", {"library": options.backend})
    except HETorchError as error:
        parser.error(str(error))
    where = {"library": library["library"], "machine": _processor(), "date": str(date.today())}
    write_tables(options.output or FOLDER / f"{options.backend}.json", tables, where)
    return 0


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    raise SystemExit(main())
