"""The tables of latencies that ``python -m tools.measure_costs`` writes, one file per backend."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hetorch_heir.backends.base import CostModel
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.errors import ParameterError

FOLDER = Path(__file__).with_name("costs")
SAME_COST = {"csub": "cadd", "psub": "padd"}
"""Operations that do the same arithmetic as one that is measured."""


@dataclass(frozen=True)
class CostTable:
    """Latencies on one chain.

    Attributes:
        log_n: log2 of the ring dimension.
        scale_bits: size of the rescaling primes.
        primes: primes of the ciphertext modulus.
        special: special primes; with ``primes`` they give the digits of key switching.
        milliseconds: by operation and number of primes that the operand has.
    """

    log_n: int
    scale_bits: int
    primes: int
    special: int
    milliseconds: Mapping[str, Mapping[int, float]]

    @property
    def completed(self) -> dict[str, Mapping[int, float]]:
        """The operations measured, and those that cost the same."""
        same = {name: self.milliseconds[like] for name, like in SAME_COST.items()}
        return {**same, **self.milliseconds}

    def distance(self, chain: CKKSChain) -> tuple[int, int, int]:
        """How unlike ``chain`` the table's is: by ring, by key switching, by length."""
        digits = -(-self.primes // self.special)
        return (
            abs(self.log_n - chain.log_n),
            abs(digits - chain.digits),
            abs(self.primes - len(chain.Q)),
        )


def read_tables(backend: str, path: Path | None = None) -> list[CostTable]:
    """The tables of a backend; ``path`` names another file than the one that comes with the package.

    Raises:
        ParameterError: there is none, or it is damaged.
    """
    file = FOLDER / f"{backend}.json" if path is None else path
    try:
        entries = json.loads(file.read_text())["tables"]
        tables = [CostTable(**{**entry, "milliseconds": _numbered(entry)}) for entry in entries]
    except OSError as error:
        raise ParameterError(
            f"there are no measured costs of '{backend}'",
            hint="measure them: python -m tools.measure_costs --backend openfhe or seal",
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


def cost_model(backend: str, chain: CKKSChain, path: Path | None = None) -> CostModel:
    """The cost model from the table measured on the chain most like ``chain``.

    Raises:
        ParameterError: the backend has no tables.
    """
    table = min(read_tables(backend, path), key=lambda one: one.distance(chain))
    return CostModel({table.log_n: table.completed}, chain.log_n)


def _numbered(entry: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, dict[int, float]]:
    """JSON's keys are text."""
    return {
        name: {int(count): float(ms) for count, ms in column.items()}
        for name, column in entry["milliseconds"].items()
    }
