"""Latencies measured with OpenFHE and SEAL.

openfhe-python 1.6.1.0.22.4, one thread of a 2.5 GHz Xeon with AVX512, milliseconds of processor
time, best of several runs, good within a factor of two. Parameters (scale bits/first prime bits):
N = 2^14 40/50 with 8 key-switching digits, N = 2^15 40/60 with 3, N = 2^16 59/60 with 4; the
bootstrap is of 2^15 slots at N = 2^16 and independent of its operand's level. SEAL (tenseal 0.3.18) was
measured at N = 2^14 with primes of 40 bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_PRIMES = {14: (8, 5, 2), 15: (15, 10, 5), 16: (22, 15, 8, 3)}

_BOOTSTRAP_MS_16 = 44_000.0

_MILLISECONDS: dict[str, dict[int, tuple[float, ...]]] = {
    "rotate": {14: (54, 26, 11), 15: (138, 70, 48), 16: (542, 332, 252, 65)},
    "hoist": {14: (38, 20, 4), 15: (58, 29, 14), 16: (378, 141, 99, 19)},
    "hoisted_rotate": {14: (28, 12, 4), 15: (64, 41, 36), 16: (264, 149, 141, 47)},
    "cmult": {14: (4.4, 2.7, 1.0), 15: (11, 7, 3.4), 16: (39, 18, 10, 3.6)},
    "relinearize": {14: (58, 23, 9), 15: (120, 69, 34), 16: (506, 309, 166, 65)},
    "pmult": {14: (2.0, 1.3, 0.3), 15: (5.7, 3.8, 1.6), 16: (15, 9, 5, 1.6)},
    "cadd": {14: (0.7, 0.4, 0.2), 15: (3.3, 2.0, 0.7), 16: (9.6, 6.8, 3.4, 0.9)},
    "rescale": {14: (5.6, 5.3, 2.2), 15: (22, 15, 8.8), 16: (117, 51, 43, 10)},
    "encode": {14: (6.1, 4.1, 1.9), 15: (14, 10, 5.5), 16: (44, 32, 18, 8.5)},
}

_SAME_COST = {"csub": "cadd", "padd": "cadd", "psub": "cadd", "negate": "cadd"}
"""Operations that do the same arithmetic as one that was measured."""


_SEAL_PRIMES: tuple[int, ...] = (8, 5, 2)

_SEAL_MILLISECONDS: dict[str, tuple[float, ...]] = {
    "rotate": (35, 17, 4.4),
    "cmult": (3.3, 2.0, 0.7),
    "relinearize": (33, 15, 4.5),
    "pmult": (1.7, 0.9, 0.3),
    "cadd": (0.5, 0.3, 0.1),
    "rescale": (5.9, 3.4, 1.2),
    "encode": (3.9, 3.6, 1.5),
}


def openfhe_samples() -> Mapping[int, Mapping[str, Mapping[int, float]]]:
    """Milliseconds by log2 of the ring dimension, operation and number of primes."""
    tables: dict[int, Mapping[str, Mapping[int, float]]] = {}
    for log_n, primes in _PRIMES.items():
        table = _completed(
            {op: dict(zip(primes, rows[log_n], strict=True)) for op, rows in _MILLISECONDS.items()}
        )
        bootstrap = _BOOTSTRAP_MS_16 * 2.0 ** (log_n - 16) * log_n / 16
        tables[log_n] = MappingProxyType(table | {"bootstrap": dict.fromkeys(primes, bootstrap)})
    return MappingProxyType(tables)


def seal_samples() -> Mapping[int, Mapping[str, Mapping[int, float]]]:
    """The same for SEAL, which neither hoists nor bootstraps."""
    table = {op: dict(zip(_SEAL_PRIMES, row, strict=True)) for op, row in _SEAL_MILLISECONDS.items()}
    return MappingProxyType({14: MappingProxyType(_completed(table))})


def _completed(table: dict[str, dict[int, float]]) -> dict[str, dict[int, float]]:
    """The table with the operations that were not measured on their own."""
    same = {op: table[measured] for op, measured in _SAME_COST.items()}
    # Dropping primes copies the others: cheaper than an addition, and not worth a row of its own.
    return table | same | {"level_reduce": {count: ms / 2 for count, ms in table["cadd"].items()}}
