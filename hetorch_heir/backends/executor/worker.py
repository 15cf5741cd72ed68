"""The worker's side of the pipe."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Sequence
from typing import BinaryIO

from .errors import ExecutionError
from .service import Service
from .wire import ConnectionClosed, receive, send

REPORT_INTERVAL = 0.1
"""Seconds between messages about progress."""


def main(arguments: Sequence[str]) -> int:
    """Serve the requests on two file descriptors, given by number, until the other side goes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are nobody's to wait for
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt ends the other side, and its end ours
    requests, answers = (int(argument) for argument in arguments)
    with open(requests, "rb") as reader, open(answers, "wb") as writer:
        serve(Service(), reader, writer)
    return 0


def serve(service: Service, reader: BinaryIO, writer: BinaryIO) -> None:
    """Answer requests until the stream ends."""
    try:
        while True:
            body, buffers = receive(reader)
            if body["method"] == "fork":
                _fork(service, body["path"], reader, writer)
                send(writer, {"answer": {}})
            else:
                _answer(service, body, buffers, writer)
    except ConnectionClosed:
        return


def _answer(service: Service, body: dict[str, object], buffers: list[bytes], writer: BinaryIO) -> None:
    last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > REPORT_INTERVAL:
            last = time.monotonic()
            send(writer, {"progress": [done, total]})

    try:
        answer, results = service.answer(str(body["method"]), body, buffers, report)
    except ExecutionError as error:
        send(writer, {"error": error.what, "hint": error.hint})
    except MemoryError:
        send(writer, {"error": "the worker has run out of memory", "hint": None})
    except ConnectionClosed:
        raise
    except Exception as error:  # a fault here must not look like a hang there
        send(writer, {"error": f"{type(error).__name__}: {error}", "hint": None})
    else:
        send(writer, {"answer": answer}, results)


def _fork(service: Service, path: str, reader: BinaryIO, writer: BinaryIO) -> None:
    """Let a child, which shares our keys, serve the socket ``path`` until it ends."""
    if os.fork():
        return
    # The other side sees from a closed pipe that a worker has died: only the worker itself may hold it.
    os.close(reader.fileno())
    os.close(writer.fileno())
    status = 1
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            with connection.makefile("rb") as requests, connection.makefile("wb") as answers:
                serve(service, requests, answers)
        status = 0
    finally:
        os._exit(status)
