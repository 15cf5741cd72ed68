"""Connections to an executor: in this process, or in a worker on another Python."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from hetorch_heir.backends.errors import BackendError
from hetorch_heir.backends.executor.errors import ExecutionError
from hetorch_heir.backends.executor.service import Service
from hetorch_heir.backends.executor.wire import Buffer, ConnectionClosed, receive, send
from hetorch_heir.backends.pythons import PACKAGES, find_python

Report = Callable[[int, int], None]
Answer = tuple[dict[str, Any], Sequence[Any]]

EXECUTOR = Path(__file__).resolve().parent / "executor"
START_SECONDS = 60.0
"""How long a forked worker may take to call back."""


class Connection(ABC):
    """Requests to an executor and its answers (see :class:`Service` for what it can be asked)."""

    def call(
        self,
        method: str,
        body: dict[str, Any] | None = None,
        buffers: Sequence[Buffer] = (),
        report: Report | None = None,
    ) -> Answer:
        """Send a request and wait for its answer; ``report`` is told of progress.

        Raises:
            BackendError: the request can't be carried out, or the worker has died.
        """
        try:
            return self._call(method, body or {}, buffers, report or _ignore)
        except ExecutionError as error:
            raise BackendError(error.what, hint=error.hint) from error

    @abstractmethod
    def _call(
        self, method: str, body: dict[str, Any], buffers: Sequence[Buffer], report: Report
    ) -> Answer: ...

    def fork(self) -> Connection:
        """A connection to a copy of the executor, with its keys, that runs on its own.

        Raises:
            BackendError: it can't be copied.
        """
        raise BackendError("an executor in this process can't be copied", hint="use a worker process")

    @abstractmethod
    def close(self) -> None:
        """End the executor. Closing twice does nothing."""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _ignore(done: int, total: int) -> None:
    return None


class LocalConnection(Connection):
    """The executor in this process."""

    def __init__(self) -> None:
        self._service = Service()

    def _call(self, method: str, body: dict[str, Any], buffers: Sequence[Buffer], report: Report) -> Answer:
        return self._service.answer(method, body, buffers, report)

    def close(self) -> None:
        self._service = Service()


class _StreamConnection(Connection):
    """The executor behind a pair of streams."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader = reader
        self._writer = writer
        self._lock = threading.Lock()
        self._closed = False
        self._answered = False

    def _call(self, method: str, body: dict[str, Any], buffers: Sequence[Buffer], report: Report) -> Answer:
        with self._lock:
            if self._closed:
                raise BackendError("the connection to the worker is closed")
            self._answered = False
            try:
                send(self._writer, {**body, "method": method}, buffers)
                return self._await_answer(report)
            except ConnectionClosed as error:
                raise self._death() from error
            except BaseException:
                if not self._answered:  # an interrupt: the two sides are out of step
                    self.close()
                raise

    def _await_answer(self, report: Report) -> Answer:
        while True:
            body, buffers = receive(self._reader)
            if "progress" in body:
                report(*body["progress"])
                continue
            self._answered = True
            if "error" in body:
                raise ExecutionError(body["error"], body["hint"])
            return body["answer"], buffers

    def _death(self) -> BackendError:
        return BackendError(
            "the worker process has ended before its answer",
            hint="it may have run out of memory; the kernel's log says so",
        )

    def close(self) -> None:
        self._closed = True
        for stream in (self._writer, self._reader):
            with contextlib.suppress(OSError, ValueError):
                stream.close()


class _SocketConnection(_StreamConnection):
    """A forked executor."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection.makefile("rb"), connection.makefile("wb"))
        self._socket = connection

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        super().close()
        self._socket.close()


class WorkerConnection(_StreamConnection):
    """The executor in a process of its own.

    Args:
        python: the interpreter that runs it; it needs NumPy and the library, nothing of this project.
        threads: threads of the library's own; more than one only pays where cores are idle.

    Raises:
        BackendError: the interpreter can't be started.
    """

    def __init__(self, python: str | Path, threads: int = 1) -> None:
        requests, ours = os.pipe()
        theirs, answers = os.pipe()
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONDONTWRITEBYTECODE": "1"}
        # Threads that spin while they wait take the core from those that work: ten times slower, measured.
        environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        environment.pop("PYTHONPATH", None)
        try:
            self.process = subprocess.Popen(
                [str(python), str(EXECUTOR), str(requests), str(answers)],
                pass_fds=(requests, answers),
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            for descriptor in (ours, theirs):
                os.close(descriptor)
            raise BackendError(f"can't start {python}: {error.strerror}") from error
        finally:
            os.close(requests)
            os.close(answers)
        super().__init__(os.fdopen(theirs, "rb"), os.fdopen(ours, "wb"))

    def fork(self) -> Connection:
        with tempfile.TemporaryDirectory(prefix="hetorch-") as folder, socket.socket(socket.AF_UNIX) as door:
            path = os.path.join(folder, "worker")
            door.bind(path)
            door.listen(1)
            door.settimeout(START_SECONDS)
            self.call("fork", {"path": path})
            try:
                connection, _ = door.accept()
            except TimeoutError as error:
                raise self._death() from error
            connection.settimeout(None)
            return _SocketConnection(connection)

    def _death(self) -> BackendError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        code = self.process.poll()
        if code is None:
            return super()._death()
        if code >= 0:
            return BackendError(f"the worker process has ended with exit code {code}")
        name = signal.Signals(-code).name
        hint = "it may have run out of memory; the kernel's log says so" if name == "SIGKILL" else None
        return BackendError(f"the worker process was ended by {name}", hint=hint)

    def close(self) -> None:
        # The worker and its forks are a group of their own, and have nothing to finish. Killed first: a
        # stream can't be closed while another thread waits for data from it.
        if not self._closed:
            self._closed = True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            super().close()


def connect(backend: str, python: str | None = None, *, worker: bool = False, threads: int = 1) -> Connection:
    """An executor for a backend: in this process where that has the library, or else in a worker.

    Args:
        python: the interpreter of the worker; None searches one.
        worker: use a worker in any case.
        threads: threads of the library's own, in a worker.

    Raises:
        BackendError: no Python has the library.
    """
    found = find_python(backend, python)
    if backend not in PACKAGES:
        if worker or threads > 1:
            raise BackendError(f"the backend '{backend}' runs in this process only", hint="leave out --jobs")
        return LocalConnection()
    if worker or threads > 1 or found != sys.executable:
        return WorkerConnection(found, threads)
    return LocalConnection()
