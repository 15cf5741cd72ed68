"""Straight-line programs: how they are built, sent and checked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hetorch_heir.backends.executor.errors import ExecutionError
from hetorch_heir.backends.executor.stream import Stream, StreamBuilder
from tests.backends.programs import program


def small() -> StreamBuilder:
    builder = StreamBuilder()
    x = builder.input(3, 40)
    turned = builder.append("rotate", (3, 40, 2), x, argument=2)
    constant = builder.constant(np.array([0.5, 0.25]))
    builder.append("mul_plain", (3, 80, 2), turned, constant, 40)
    return builder


def test_a_program_is_recorded() -> None:
    stream = program().record()
    operations = [one.operation for one in stream.instructions()]
    assert operations == [
        "rotate", "rotate", "add", "mul_plain", "rescale", "add_plain", "mul", "relinearize", "rescale",
        "level_reduce",
    ]  # fmt: skip
    assert stream.rotations() == [1, 3]
    assert stream.states[-1].tolist() == [0, 40, 2]
    # Constants are kept up to their period.
    assert [constant.tolist() for constant in stream.constants] == [[1.0, 0.5, 0.25, 0.125], [0.5]]


def test_equal_constants_are_kept_once() -> None:
    builder = StreamBuilder()
    first = builder.constant(np.array([1.0, 2.0, 1.0, 2.0]))
    assert builder.constant(np.array([1.0, 2.0])) == first
    assert builder.constant(np.array([1.0, 2.0, 1.0, 3.0])) != first


@given(
    st.lists(arrays.arrays(np.float64, st.sampled_from([1, 2, 8]), elements=st.floats(-1e9, 1e9)), min_size=1)
)
def test_messages_keep_everything(constants: list[np.ndarray]) -> None:
    builder = small()
    numbers = [builder.constant(values) for values in constants]
    stream = builder.build([1, 2])
    body, buffers = stream.to_message()
    got = Stream.from_message(body, [bytes(buffer) for buffer in buffers])
    assert got.outputs == (1, 2) and got.inputs == 1
    assert np.array_equal(got.code, stream.code) and np.array_equal(got.states, stream.states)
    for number, values in zip(numbers, constants, strict=True):
        assert np.array_equal(np.resize(got.constants[number], values.size), values)


def test_single_precision_is_sent_as_such() -> None:
    body, buffers = small().build([2]).to_message()
    assert body["kind"] == "<f4" and len(bytes(buffers[2])) == 8


@pytest.mark.parametrize(("column", "value"), [(0, 99), (0, -1), (1, 5), (1, -1), (2, 7), (3, 0)], ids=str)
def test_what_reads_beyond_is_refused(column: int, value: int) -> None:
    stream = small().build([2])
    code = stream.code.copy()
    code[1, column] = value
    if column == 3:
        code = code[:1]  # a table too short
    with pytest.raises(ExecutionError):
        Stream(1, (2,), code, stream.states, stream.constants).instructions()


def test_returning_what_is_not_there_is_refused() -> None:
    with pytest.raises(ExecutionError, match="returns"):
        small().build([3])


def test_a_message_of_something_else_is_refused() -> None:
    body, buffers = small().build([2]).to_message()
    raw = [bytes(buffer) for buffer in buffers]
    for broken in ({}, {**body, "kind": "O"}, {**body, "lengths": [5]}):
        with pytest.raises(ExecutionError):
            Stream.from_message(broken, raw)
    with pytest.raises(ExecutionError):
        Stream.from_message(body, [raw[0][:-3], *raw[1:]])
