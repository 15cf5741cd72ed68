"""Tables of measured latencies: the only source of what an operation is taken to cost.

``python -m hetorch_heir.cli.measure`` writes them, a file per library and machine; two come with the package.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hetorch_heir.backends.base import CostModel
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.errors import ParameterError

FOLDER = Path(__file__).with_name("costs")
DEFAULT_COSTS = "openfhe"
DEFAULT_LOG_N = 14
SAME_COST = {"csub": "cadd", "psub": "padd"}
"""Operations that do the same arithmetic as one that is measured."""

Milliseconds = Mapping[str, Mapping[int, float]]


@dataclass(frozen=True)
class CostTable:
    """Latencies on one chain.

    Attributes:
        log_n: log2 of the ring dimension.
        scale_bits: size of the rescaling primes.
        primes: primes of the ciphertext modulus.
        special: special primes; with ``primes`` they give the digits of key switching.
        milliseconds: by operation and number of primes that the operand has.
        bootstraps: whether the context bootstraps: it has more primes than the program sees.
    """

    log_n: int
    scale_bits: int
    primes: int
    special: int
    milliseconds: Milliseconds
    bootstraps: bool = False

    @property
    def completed(self) -> dict[str, Mapping[int, float]]:
        """The operations measured, and those that cost the same."""
        same = {name: self.milliseconds[like] for name, like in SAME_COST.items()}
        return {**same, **self.milliseconds}

    @property
    def chain_key(self) -> tuple[int, bool, int, int, int]:
        """What tells tables of one library apart."""
        return (self.log_n, self.bootstraps, self.primes, self.special, self.scale_bits)

    def distance(self, chain: CKKSChain, bootstraps: bool) -> tuple[int, bool, int, int]:
        """How unlike ``chain`` the table's is: by ring, by bootstraps, by key switching, by length."""
        digits = -(-self.primes // self.special)
        return (
            abs(self.log_n - chain.log_n),
            self.bootstraps != bootstraps,
            abs(digits - chain.digits),
            abs(self.primes - len(chain.Q)),
        )


@dataclass(frozen=True)
class MeasuredCosts(CostModel):
    """A cost model that knows on which chains it was measured, and takes the one most like a program's.

    Args:
        tables: all that was measured.
    """

    tables: tuple[CostTable, ...] = field(default=(), repr=False)

    def for_ring(self, log_n: int) -> MeasuredCosts:
        return MeasuredCosts(_by_ring(self.tables), log_n, self.tables)

    def for_chain(self, chain: CKKSChain, *, bootstraps: bool = False) -> MeasuredCosts:
        nearest = min(self.tables, key=lambda one: one.distance(chain, bootstraps))
        samples = {nearest.log_n: {**_bootstrap(self.tables, nearest.log_n), **nearest.completed}}
        return MeasuredCosts(samples, chain.log_n, self.tables)


def measured_costs(source: str | Path = DEFAULT_COSTS) -> MeasuredCosts:
    """The cost model of a library.

    Args:
        source: "openfhe", "seal", or a file that ``hetorch_heir.cli.measure`` wrote.

    Raises:
        ParameterError: there is no such library or file, or it is damaged.
    """
    tables = tuple(read_tables(source))
    return MeasuredCosts(_by_ring(tables), DEFAULT_LOG_N, tables)


def cost_model(source: str | Path, chain: CKKSChain, *, bootstraps: bool = False) -> MeasuredCosts:
    """The same for a chain: the latencies of the table whose chain is most like it.

    Raises:
        ParameterError: see :func:`measured_costs`.
    """
    return measured_costs(source).for_chain(chain, bootstraps=bootstraps)


def read_tables(source: str | Path) -> list[CostTable]:
    """The tables of a library, or in a file.

    Raises:
        ParameterError: there is none, or it is damaged.
    """
    file = FOLDER / f"{source}.json" if str(source).isidentifier() else Path(source)
    try:
        entries = json.loads(file.read_text())["tables"]
        tables = [CostTable(**{**entry, "milliseconds": _numbered(entry)}) for entry in entries]
        if not all(table.completed for table in tables):
            raise ValueError("a table is empty")
    except OSError as error:
        known = ", ".join(sorted(one.stem for one in FOLDER.glob("*.json")))
        raise ParameterError(
            f"there are no measured costs '{source}'",
            hint=f"use {known}, or a file written by: python -m hetorch_heir.cli.measure",
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ParameterError(f"{file.name} is no table of costs", hint="measure them anew") from error
    if not tables:
        raise ParameterError(f"{file.name} holds no table", hint="measure the costs anew")
    return tables


def write_tables(path: Path, tables: Sequence[CostTable], provenance: Mapping[str, str]) -> None:
    """Writes tables, and where they come from."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {**provenance, "tables": [asdict(table) for table in tables]}
    path.write_text(json.dumps(document, indent=1) + "\n")


def _by_ring(tables: Sequence[CostTable]) -> dict[int, Milliseconds]:
    """For each ring the longest chain that was measured."""
    longest: dict[int, CostTable] = {}
    for table in sorted(tables, key=lambda one: (not one.bootstraps, one.primes)):
        longest[table.log_n] = table
    return {
        log_n: {**_bootstrap(tables, log_n), **table.completed} for log_n, table in sorted(longest.items())
    }


def _bootstrap(tables: Sequence[CostTable], log_n: int) -> Milliseconds:
    """Bootstraps are measured on few chains: elsewhere they are scaled from the nearest ring."""
    measured = [table for table in tables if "bootstrap" in table.milliseconds]
    if not measured:
        return {}
    nearest = min(measured, key=lambda one: abs(one.log_n - log_n))
    factor = 2.0 ** (log_n - nearest.log_n) * log_n / nearest.log_n
    return {"bootstrap": {n: factor * ms for n, ms in nearest.milliseconds["bootstrap"].items()}}


def _numbered(entry: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, dict[int, float]]:
    """JSON's keys are text."""
    return {
        name: {int(count): float(ms) for count, ms in column.items()}
        for name, column in entry["milliseconds"].items()
    }
