"""Encrypted evaluations of programs of any compiler in HEIR's dialects, by this project's runtime."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.peers.apart import serve
from benchmarks.peers.counting import open_program
from benchmarks.peers.measurement import Evaluation
from benchmarks.peers.samples import PROGRAM, load_sample
from hetorch_heir.backends.connection import connect
from hetorch_heir.backends.cost_measurement import processor_seconds
from hetorch_heir.backends.session import Session


def evaluate(folder: str, runs: int = 3, backend: str = "openfhe") -> Evaluation:
    """Runs the program in a folder on the sample there.

    Args:
        folder: of both.
        runs: evaluations, of which the fastest counts.
        backend: the library.

    Raises:
        ParameterError: the program has less than 128-bit security.
    """
    sample, expected = load_sample(Path(folder))
    opened = open_program(Path(folder) / PROGRAM)
    with connect(backend, worker=True) as connection:
        session = Session(connection, backend, opened, opened.parameters())
        session.generate_keys()
        stream = session.load()
        handles = session.encrypt([[sample]])
        results = session.evaluate(handles)
        seconds = [processor_seconds(connection, handles) for _ in range(runs)]
        (output,) = session.decrypt(stream, results)[0]
        context, _ = connection.call("describe")
    return Evaluation(
        log_n=context["ring_dimension"].bit_length() - 1,
        keys=session.seconds.keys,
        seconds=min(seconds),
        megabytes=context["peak_bytes"] / 1e6,
        error=float(np.abs(output - expected).max()),
    )


def evaluation_seconds(session: Session, handles: Sequence[int]) -> float:
    """Seconds on the clock, as a client waits, of one evaluation, whose results are let go of."""
    start = time.perf_counter()
    results = session.evaluate(handles)
    seconds = time.perf_counter() - start
    session.free(results)
    return seconds


if __name__ == "__main__":
    serve(evaluate)
