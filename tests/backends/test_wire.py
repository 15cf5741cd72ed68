"""Messages between a process and its worker."""

from __future__ import annotations

import io

import numpy as np
import pytest

from hetorch_heir.backends.executor.wire import MAX_HEAD, ConnectionClosed, receive, send


def sent(*messages: tuple[dict, list]) -> bytes:
    stream = io.BytesIO()
    for body, buffers in messages:
        send(stream, body, buffers)
    return stream.getvalue()


def test_messages_arrive() -> None:
    values = np.arange(5.0)
    stream = io.BytesIO(sent(({"a": [1, "ß"]}, [values.data, b"", b"xyz"]), ({}, [])))
    body, buffers = receive(stream)
    assert body == {"a": [1, "ß"]}
    assert np.array_equal(np.frombuffer(buffers[0]), values) and buffers[1:] == [b"", b"xyz"]
    assert receive(stream) == ({}, [])


@pytest.mark.parametrize("length", [0, 2, 6, 30, -1])
def test_an_early_end_is_noticed(length: int) -> None:
    message = sent(({"method": "run"}, [b"12345678"]))
    with pytest.raises(ConnectionClosed):
        receive(io.BytesIO(message[:length]))


def test_something_else_is_not_taken_for_a_message() -> None:
    with pytest.raises(ConnectionClosed, match="no message"):
        receive(io.BytesIO((MAX_HEAD + 1).to_bytes(4, "little") + bytes(100)))


def test_a_reader_that_has_gone_is_noticed() -> None:
    stream = io.BytesIO()
    stream.close()
    with pytest.raises(ConnectionClosed):
        send(stream, {})
