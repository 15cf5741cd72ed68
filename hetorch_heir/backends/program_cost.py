"""What a program costs: time, and memory of ciphertexts, plaintexts and keys.

Counts what the executor does (:mod:`.executor.evaluation`): rotations of one ciphertext share their
decomposition, each plaintext is encoded once per run, registers are freed after their last use.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from hetorch_heir.backends.base import CostModel
from hetorch_heir.backends.executor.parameters import Parameters
from hetorch_heir.backends.executor.stream import BINARY, PLAINTEXT_OPERATIONS, Stream
from hetorch_heir.backends.session import required_keys

COSTS = {
    "add": "cadd",
    "sub": "csub",
    "mul": "cmult",
    "negate": "negate",
    "add_plain": "padd",
    "sub_plain": "psub",
    "mul_plain": "pmult",
    "rotate": "rotate",
    "relinearize": "relinearize",
    "rescale": "rescale",
    "level_reduce": "level_reduce",
    "bootstrap": "bootstrap",
}
"""The operations of a cost model by those of streams."""


@dataclass(frozen=True)
class ProgramCost:
    """The cost of a run.

    Attributes:
        milliseconds: on one thread, by operation of the cost model; "encode" is the encoding of plaintexts.
        counts: the same operations, counted.
        critical_path: milliseconds of the longest chain of operations that wait for each other.
        ciphertext_bytes: the most bytes of ciphertexts at any time.
        plaintext_bytes: of all encoded plaintexts, if they are kept between runs.
        key_bytes: of the evaluation keys.
    """

    milliseconds: dict[str, float]
    counts: dict[str, int]
    critical_path: float
    ciphertext_bytes: int
    plaintext_bytes: int
    key_bytes: int

    @property
    def total(self) -> float:
        """Milliseconds in all."""
        return sum(self.milliseconds.values())

    @property
    def parallelism(self) -> float:
        """How many threads the program could use, were all operations free to start when they can."""
        return self.total / self.critical_path if self.critical_path else 1.0


def program_cost(
    stream: Stream, parameters: Parameters, model: CostModel, *, kept_plaintexts: bool = False
) -> ProgramCost:
    """The cost of a run of ``stream``.

    Args:
        stream: the program.
        parameters: of its context.
        model: latencies.
        kept_plaintexts: plaintexts are encoded already, by an earlier run.
    """
    milliseconds, counts = defaultdict[str, float](float), Counter[str]()
    ready = [0.0] * len(stream.states)
    critical_path = 0.0
    for register, operands, parts in _operations(stream, model, kept_plaintexts):
        for name, latency in parts:
            milliseconds[name] += latency
            counts[name] += 1
        waited = max((ready[operand] for operand in operands), default=0.0)
        ready[register] = waited + sum(latency for _, latency in parts)
        critical_path = max(critical_path, ready[register])
    return ProgramCost(
        dict(sorted(milliseconds.items(), key=lambda item: -item[1])),
        dict(counts),
        critical_path,
        _peak_bytes(stream, parameters),
        sum((level + 1) * 8 << parameters.log_n for _, level, _ in _plaintexts(stream)),
        _key_bytes(stream, parameters),
    )


def _operations(
    stream: Stream, model: CostModel, kept_plaintexts: bool
) -> Iterator[tuple[int, tuple[int, ...], list[tuple[str, float]]]]:
    """For each instruction the register, what it waits for, and the operations with their latencies."""
    instructions = stream.instructions()
    rotated = Counter(one.x for one in instructions if one.operation == "rotate")
    hoists = {"hoist", "hoisted_rotate"} <= model.operations
    decomposed: set[int] = set()
    encoded: set[tuple[int, int, int]] = set()
    for one in instructions:
        level, _, dimension = stream.states[one.x].tolist()
        name = COSTS[one.operation]
        operands = (one.x, one.y) if one.operation in BINARY else (one.x,)
        if one.operation == "rotate" and hoists and rotated[one.x] > 1:
            parts = [("hoisted_rotate", model.latency("hoisted_rotate", level))]
            if one.x not in decomposed:
                parts.insert(0, ("hoist", model.latency("hoist", level)))
            decomposed.add(one.x)
        else:
            larger = 1.0 if one.operation in ("relinearize", "mul") else dimension / 2
            parts = [(name, larger * model.latency(name, level))]
        if one.operation in PLAINTEXT_OPERATIONS and not kept_plaintexts:
            key = (one.y, level, one.argument)
            if key not in encoded:
                parts.append(("encode", model.latency("encode", level)))
            encoded.add(key)
        yield one.result, operands, parts


def _plaintexts(stream: Stream) -> set[tuple[int, int, int]]:
    """Constant, level and scale of every plaintext."""
    return {
        (one.y, int(stream.states[one.x][0]), one.argument)
        for one in stream.instructions()
        if one.operation in PLAINTEXT_OPERATIONS
    }


def _peak_bytes(stream: Stream, parameters: Parameters) -> int:
    sizes = [
        (level + 1) * dimension * 8 << parameters.log_n for level, _, dimension in stream.states.tolist()
    ]
    last = dict.fromkeys(stream.outputs, len(sizes))
    for one in stream.instructions():
        for register in (one.x, one.y) if one.operation in BINARY else (one.x,):
            last[register] = max(last.get(register, 0), one.result)
    dying: dict[int, list[int]] = {}
    for register, user in last.items():
        dying.setdefault(user, []).append(register)
    alive = peak = sum(sizes[: stream.inputs])
    for one in stream.instructions():
        alive += sizes[one.result]
        peak = max(peak, alive)
        alive -= sum(sizes[register] for register in dying.get(one.result, ()))
        if one.result not in last:  # nothing reads it
            alive -= sizes[one.result]
    return peak


def _key_bytes(stream: Stream, parameters: Parameters) -> int:
    """Two polynomials modulo QP for each key-switching digit of each key."""
    primes, special = len(parameters.moduli), max(1, len(parameters.special))
    digits = -(-primes // special)
    keys = [kind for kind, _ in required_keys(stream, parameters.lanes) if kind != "bootstrap"]
    return len(keys) * 2 * digits * (primes + special) * 8 << parameters.log_n
