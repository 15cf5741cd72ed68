"""Batches: many samples through one program, on several executors, without losing what is finished."""

from __future__ import annotations

import hashlib
import io
import json
import queue
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from hetorch_heir.backends.errors import BackendError
from hetorch_heir.backends.session import Arrays, Session
from hetorch_heir.core.files import write_files

Outputs = list[NDArray[Any]]
Runner = Callable[[Sequence[Arrays]], list[Outputs]]
"""Runs up to so many samples as share a ciphertext; the outputs of each."""

Progress = Callable[[int, int], None]
Task = TypeVar("Task")
Worker = TypeVar("Worker")


def samples_of(inputs: Arrays) -> list[list[NDArray[Any]]]:
    """The samples of a batch: the first axis of every input counts them.

    Raises:
        BackendError: the inputs have none, or unequal numbers of samples.
    """
    counts = {array.shape[0] if array.ndim else 0 for array in inputs}
    if len(counts) != 1 or not min(counts):
        raise BackendError(
            f"the inputs of a batch have {', '.join(map(str, sorted(counts)))} samples",
            hint="the first axis of every input counts the samples, which must be equally many",
        )
    return [[array[index] for array in inputs] for index in range(counts.pop())]


def digest_of(*parts: str | Arrays) -> str:
    """A digest of texts and arrays."""
    state = hashlib.sha256()
    for part in parts:
        for one in [part] if isinstance(part, str) else part:
            header = one if isinstance(one, str) else f"{one.dtype}{one.shape}"
            state.update(f"{len(header)}:{header}".encode())
            if not isinstance(one, str):
                state.update(np.ascontiguousarray(one).tobytes())
    return state.hexdigest()


class Journal:
    """The outputs of finished samples, in a folder of their own until all are there.

    Args:
        folder: is made when the first sample is finished.
        identity: what the samples are of; a folder of anything else is refused.

    Raises:
        BackendError: the folder belongs to another batch.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self._folder = folder
        self._marker = folder / "batch.json"
        self._identity = identity
        # An empty folder is what a disk leaves that was full when the batch began.
        if folder.exists() and any(folder.iterdir()) and self._read_marker() != identity:
            raise BackendError(
                f"{folder} holds results of another batch",
                hint="finish that batch with its program and inputs, or delete the folder",
            )

    def _read_marker(self) -> str | None:
        try:
            return json.loads(self._marker.read_text())["batch"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _path(self, index: int) -> Path:
        return self._folder / f"{index:06}.npz"

    def keep(self, index: int, outputs: Outputs) -> None:
        """Write the outputs of a sample."""
        if not self._marker.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            write_files({self._marker: json.dumps({"batch": self._identity}).encode()})
        stream = io.BytesIO()
        np.savez(stream, *outputs)
        write_files({self._path(index): stream.getvalue()})

    def finished(self, count: int) -> list[int]:
        """Which of ``count`` samples are finished."""
        return [index for index in range(count) if self._path(index).exists()]

    def collect(self, count: int) -> Outputs:
        """The outputs of all samples, stacked along a new first axis."""
        samples = [self._load(index) for index in range(count)]
        return [np.stack(parts) for parts in zip(*samples, strict=True)]

    def _load(self, index: int) -> Outputs:
        with np.load(self._path(index), allow_pickle=False) as file:
            return [file[name] for name in file.files]

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def run_batch(
    samples: Sequence[Arrays],
    journal: Journal,
    runners: Sequence[Runner],
    *,
    lanes: int = 1,
    progress: Progress | None = None,
    abort: Callable[[], None] | None = None,
) -> Outputs:
    """The stacked outputs of all samples; those in the journal aren't run again.

    Args:
        runners: each is used by one thread at a time.
        lanes: samples that a runner takes at once.
        progress: is told how many samples are done, of how many.
        abort: is called when a runner fails or the batch is interrupted, to end the others.

    Raises:
        HETorchError: what a runner raised first; samples that are finished by then stay in the journal.
    """
    done = journal.finished(len(samples))
    pending = sorted(set(range(len(samples))) - set(done))
    groups = [pending[start : start + lanes] for start in range(0, len(pending), lanes)]

    def run(runner: Runner, group: list[int]) -> int:
        for index, outputs in zip(group, runner([samples[i] for i in group]), strict=True):
            journal.keep(index, outputs)
        return len(group)

    share(groups, runners, run, total=len(samples), done=len(done), progress=progress, abort=abort)
    return journal.collect(len(samples))


def share(
    tasks: Sequence[Task],
    workers: Sequence[Worker],
    run: Callable[[Worker, Task], int],
    *,
    total: int,
    done: int = 0,
    progress: Progress | None = None,
    abort: Callable[[], None] | None = None,
) -> None:
    """Run all tasks, each by whichever worker is free; ``run`` says how much of ``total`` that was.

    Raises:
        HETorchError: what a task raised first; the other tasks are given up.
    """
    free: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    for worker in workers:
        free.put(worker)

    def run_when_free(task: Task) -> int:
        worker = free.get()
        try:
            return run(worker, task)
        finally:
            free.put(worker)

    if progress is not None:
        progress(done, total)
    with ThreadPoolExecutor(len(workers)) as pool:
        futures = [pool.submit(run_when_free, task) for task in tasks]
        try:
            for future in as_completed(futures):
                done += future.result()
                if progress is not None:
                    progress(done, total)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            if abort is not None:
                abort()
            raise


@contextmanager
def session_runners(session: Session, jobs: int, *, check: bool = False) -> Iterator[list[Runner]]:
    """Runners on ``jobs`` executors with the keys of ``session``, for as long as the context lasts."""
    session.load()
    sessions = [session, *(session.fork() for _ in range(jobs - 1))]
    try:
        yield [lambda samples, one=one: one.run(samples, check=check) for one in sessions]
    finally:
        for one in sessions[1:]:
            session.seconds.evaluation += one.seconds.evaluation
            session.seconds.calls.update(one.seconds.calls)
            one.connection.close()
