"""What is measured of a compiler. Plain numbers, which cross from process to process as JSON.

Nothing here needs more than Python: other compilers' environments import it too.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Counts:
    """What one evaluation takes; None is unknown.

    Attributes:
        rotations: of ciphertexts.
        keys: different rotation keys.
        products: of a ciphertext and a plaintext.
        ciphertext_products: of two ciphertexts.
        levels: of a fresh ciphertext.
        bootstraps: of ciphertexts.
    """

    rotations: int
    keys: int | None
    products: int
    ciphertext_products: int | None = None
    levels: int | None = None
    bootstraps: int | None = None


@dataclass(frozen=True)
class Compilation:
    """A network compiled.

    Attributes:
        slots: that the compiler packed for.
        counts: of the program.
        wall: seconds on the clock.
        cpu: seconds of the processor, by the compiler and the processes that it started.
        megabytes: peak memory of the largest process, imports of torch included.
        output_megabytes: of the program with its constants; None if it stays in memory.
        evaluation: seconds of the processor for an encrypted evaluation in the compiler's own runtime, if it
            has one.
        error: the largest error of that evaluation.
        dry: nothing but the counts is what a real compilation has.
    """

    slots: int
    counts: Counts
    wall: float
    cpu: float
    megabytes: float
    output_megabytes: float | None = None
    evaluation: float | None = None
    error: float | None = None
    dry: bool = False

    @staticmethod
    def of(fields: Mapping[str, Any]) -> Compilation:
        """From its fields, as JSON has them."""
        return Compilation(**{**fields, "counts": Counts(**fields["counts"])})


@dataclass(frozen=True)
class Evaluation:
    """A program executed under encryption.

    Attributes:
        log_n: log2 of the ring dimension.
        keys: seconds of their generation.
        seconds: of the processor, for an evaluation: the best of some, all plaintexts encoded anew.
        megabytes: peak memory of the process with the library.
        error: largest difference of an output from the model's.
    """

    log_n: int
    keys: float
    seconds: float
    megabytes: float
    error: float


@dataclass
class Stopwatch:
    """Seconds of a stretch of code."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Measures what is done inside, by this process and by those that it waits for."""
    measured, wall, cpu = Stopwatch(), time.perf_counter(), _cpu_seconds()
    yield measured
    measured.wall, measured.cpu = time.perf_counter() - wall, _cpu_seconds() - cpu


def _cpu_seconds() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak_megabytes() -> float:
    """Peak memory so far: this process's, or that of the largest process it waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(_own_peak(), children) / 1024


def _own_peak() -> int:
    """Kilobytes; ``getrusage`` counts what the parent had before this process was another program."""
    if STATUS.exists():
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
