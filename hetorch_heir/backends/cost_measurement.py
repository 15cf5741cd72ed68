"""Measures what operations cost on a library, with the executor that runs programs.

Times are of the processor, so that other work on the machine matters little; each is the least of some runs
of a program that repeats one operation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hetorch_heir.backends.connection import Connection
from hetorch_heir.backends.executor.library import BOOTSTRAP
from hetorch_heir.backends.executor.parameters import Parameters
from hetorch_heir.backends.executor.stream import Stream, StreamBuilder
from hetorch_heir.backends.session import required_keys
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.core.security import max_log_qp

REPETITIONS = 4
"""Times that a program repeats its operation; cheap operations are repeated ten times as often."""
RUNS = 3
Table = dict[str, dict[int, float]]
"""Milliseconds by operation (as in :class:`CostModel`) and number of primes."""


@dataclass(frozen=True)
class Measured:
    """A context to measure: its chain, and whether it bootstraps."""

    chain: CKKSChain
    bootstraps: bool = False


def parameters_of(chain: CKKSChain, *, bootstraps: bool = False) -> Parameters:
    """What a library makes a context for ``chain`` from."""
    limit = max_log_qp(chain.log_n) if chain.secure else 0
    return Parameters(
        chain.log_n,
        chain.Q,
        chain.P,
        chain.log_scale,
        chain.slots,
        max_log_qp=limit,
        bootstraps=bootstraps,
    )


def default_levels(chain: CKKSChain) -> list[int]:
    """Some levels from 1 to the highest: those between are interpolated."""
    return sorted({1, *range(chain.max_level, 0, -max(1, (chain.max_level + 3) // 4))})


def measure_costs(
    connection: Connection, backend: str, measured: Measured, levels: Iterable[int] | None = None
) -> Table:
    """The table of a library for a context.

    Args:
        connection: an executor that has the library.
        backend: "openfhe" or "seal".
        measured: the context.
        levels: of the operands; None takes :func:`default_levels`.

    Raises:
        ParameterError: a level is not between 1 and the highest.
        BackendError: the library refuses.
    """
    chain = measured.chain
    chosen = default_levels(chain) if levels is None else sorted(set(levels))
    if not chosen or chosen[0] < 1 or chosen[-1] > chain.max_level:
        raise ParameterError(
            f"costs can't be measured at the levels {', '.join(map(str, chosen)) or '(none)'}",
            hint=f"a rescale needs level 1 and there are levels up to {chain.max_level}",
        )
    parameters = parameters_of(chain, bootstraps=measured.bootstraps)
    connection.call("open", {"library": backend, "parameters": parameters.to_json()})
    keys = {key for stream in _streams(chain, 1).values() for key in required_keys(stream)}
    if measured.bootstraps:
        keys.add((BOOTSTRAP, 0))
    connection.call("generate", {"keys": [("public", 0), *sorted(keys)]})
    table: Table = {}
    for level in chosen:
        for operation, milliseconds in _measure_level(connection, chain, level, backend).items():
            table.setdefault(operation, {})[level + 1] = milliseconds
    if measured.bootstraps:
        table["bootstrap"] = {len(chain.Q): _measure_bootstrap(connection, chain)}
    return table


def _measure_bootstrap(connection: Connection, chain: CKKSChain) -> float:
    """Milliseconds of one bootstrap, once: it takes long enough to be told from chance."""
    one = _Builder(1, chain.log_scale)
    stream = one.build(one.bootstrapped(chain.max_level))
    handles = _inputs(connection, chain, 1)
    message, buffers = stream.to_message()
    connection.call("load", {"stream": message, "plaintext_bytes": 0}, buffers)
    seconds = processor_seconds(connection, handles)
    connection.call("free", {"handles": handles})
    return 1000.0 * seconds


@dataclass
class _Builder:
    """A program at one level under construction."""

    level: int
    bits: int

    def __post_init__(self) -> None:
        self._builder = StreamBuilder()
        self.first = self._builder.input(level=self.level, scale=self.bits)
        self.second = self._builder.input(level=self.level, scale=self.bits)

    def append(self, operation: str, x: int, y: int = -1, argument: int = 0, dimension: int = 2) -> int:
        products = 2 if operation in ("mul", "mul_plain", "relinearize") else 1
        level = self.level - (operation in ("rescale", "level_reduce"))
        return self._builder.append(operation, (level, products * self.bits, dimension), x, y, argument)

    def constant(self, seed: int, slots: int) -> int:
        return self._builder.constant(np.random.default_rng(seed).uniform(-1, 1, slots))

    def bootstrapped(self, level: int) -> int:
        return self._builder.append("bootstrap", (level, self.bits, 2), self.first)

    def build(self, output: int) -> Stream:
        return self._builder.build([output])


def _streams(chain: CKKSChain, level: int) -> dict[str, Stream]:
    """Programs that repeat an operation: cheap ones ten times as often."""
    bits, few, many = chain.log_scale, REPETITIONS, 10 * REPETITIONS
    streams: dict[str, Stream] = {}

    def repeat(name: str, count: int, operation: str, *arguments: Any) -> None:
        one = _Builder(level, bits)
        y = one.second if operation in ("add", "mul") else -1
        source = one.append("mul", one.first, one.second, 0, 3) if operation == "relinearize" else one.first
        if operation == "rescale":
            source = one.append("mul", one.first, one.second, 0, 3)
            source = one.append("relinearize", source)
        result = source
        for turn in range(count):
            if operation.endswith("plain"):
                y = one.constant(turn if name == "encode" else 0, chain.slots)
            # Each rotation of another ciphertext: those of one share work.
            at = result if name == "rotate" else source
            result = one.append(operation, at, y, *arguments)
        streams[name] = one.build(result)

    repeat("cadd", many, "add", 0)
    repeat("padd", many, "add_plain", bits)
    repeat("pmult", many, "mul_plain", bits)
    repeat("encode", few, "mul_plain", bits)
    repeat("negate", many, "negate", 0)
    repeat("cmult", few, "mul", 0, 3)
    repeat("relinearize", few, "relinearize", 0)
    repeat("rescale", many, "rescale", bits)
    repeat("rotate", few, "rotate", 1)
    repeat("hoisted 2", 2, "rotate", 1)
    repeat("hoisted 6", 6, "rotate", 1)
    repeat("level_reduce", many, "level_reduce", 1)
    repeat("mul once", 1, "mul", 0, 3)
    repeat("relinearize once", 1, "relinearize", 0)
    return streams


def _measure_level(connection: Connection, chain: CKKSChain, level: int, backend: str) -> dict[str, float]:
    inputs = _inputs(connection, chain, level)
    seconds = {name: _seconds(connection, one, inputs) for name, one in _streams(chain, level).items()}
    connection.call("free", {"handles": inputs})
    few, many = REPETITIONS, 10 * REPETITIONS
    # Plaintexts are encoded once per program, or each in the program named for it.
    product = (seconds["pmult"] - seconds["encode"] / few) / (many - 1)
    encode = seconds["encode"] / few - product
    found = {
        "cadd": seconds["cadd"] / many,
        "padd": (seconds["padd"] - encode) / many,
        "pmult": product,
        "encode": encode,
        "negate": seconds["negate"] / many,
        "cmult": seconds["cmult"] / few,
        "relinearize": (seconds["relinearize"] - seconds["mul once"]) / few,
        "rescale": (seconds["rescale"] - seconds["relinearize once"]) / many,
        "rotate": seconds["rotate"] / few,
        "level_reduce": seconds["level_reduce"] / many,
    }
    if backend == "openfhe":
        found["hoisted_rotate"] = (seconds["hoisted 6"] - seconds["hoisted 2"]) / 4
        found["hoist"] = seconds["hoisted 2"] - 2 * found["hoisted_rotate"]
    # Differences of small times can be anything: no operation is free.
    return {name: max(1000.0 * value, 1e-3) for name, value in found.items()}


def _inputs(connection: Connection, chain: CKKSChain, level: int) -> list[int]:
    """Two fresh ciphertexts."""
    values = np.random.default_rng(0).uniform(-1, 1, chain.slots)
    body = {"level": level, "scale": chain.log_scale}
    return [connection.call("encrypt", body, [values.data])[0]["handle"] for _ in range(2)]


def _seconds(connection: Connection, stream: Stream, inputs: list[int]) -> float:
    """The least processor time of some runs."""
    message, buffers = stream.to_message()
    connection.call("load", {"stream": message, "plaintext_bytes": 0}, buffers)
    return min(processor_seconds(connection, inputs) for _ in range(RUNS))


def processor_seconds(connection: Connection, inputs: list[int]) -> float:
    """Processor time of one run of the program that is loaded; its results are freed."""
    answer, _ = connection.call("run", {"inputs": inputs, "check": False})
    connection.call("free", {"handles": answer["outputs"]})
    return answer["processor_seconds"]
