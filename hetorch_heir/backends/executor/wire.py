"""Messages between a process and its worker: a JSON object and buffers of bytes.

    message = length of the head (4 bytes), head (JSON, UTF-8), buffers
    head    = {"body": object, "buffers": [length of each]}

Numbers are little-endian. Nothing in a message is ever executed or unpickled.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any, BinaryIO

Buffer = bytes | bytearray | memoryview

_LENGTH = struct.Struct("<I")
MAX_HEAD = 1 << 28
"""Bytes; a longer head is a sign that the stream is out of step."""


class ConnectionClosed(Exception):
    """The other side has gone, or talks something else."""


def send(stream: BinaryIO, body: dict[str, Any], buffers: Sequence[Buffer] = ()) -> None:
    """Write a message.

    Raises:
        ConnectionClosed: nobody reads.
    """
    parts = [memoryview(buffer) for buffer in buffers]
    views = [part.cast("B") if part.nbytes else memoryview(b"") for part in parts]  # can't cast nothing
    head = json.dumps({"body": body, "buffers": [view.nbytes for view in views]}).encode()
    try:
        stream.write(_LENGTH.pack(len(head)) + head)
        for view in views:
            stream.write(view)
        stream.flush()
    except (OSError, ValueError) as error:
        raise ConnectionClosed(str(error)) from error


def receive(stream: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    """Read a message.

    Raises:
        ConnectionClosed: the stream ends, within a message or before it.
    """
    (length,) = _LENGTH.unpack(_read(stream, _LENGTH.size))
    if length > MAX_HEAD:
        raise ConnectionClosed("no message begins here")
    head = json.loads(_read(stream, length))
    return head["body"], [_read(stream, size) for size in head["buffers"]]


def _read(stream: BinaryIO, size: int) -> bytes:
    try:
        data = stream.read(size)
    except (OSError, ValueError) as error:
        raise ConnectionClosed(str(error)) from error
    if data is None or len(data) < size:
        raise ConnectionClosed("the stream ended")
    return data
