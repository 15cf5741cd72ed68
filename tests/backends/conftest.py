"""Connections to executors, shared by the tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hetorch_heir.backends.connection import Connection, connect


@pytest.fixture(scope="session")
def openfhe() -> Iterator[Connection]:
    """A worker with OpenFHE; without one the tests fail, and say what to install."""
    with connect("openfhe") as connection:
        yield connection


@pytest.fixture(scope="session")
def seal() -> Iterator[Connection]:
    with connect("seal") as connection:
        yield connection


@pytest.fixture(params=["openfhe", "seal"])
def library(request: pytest.FixtureRequest) -> tuple[str, Connection]:
    """The name of a library and an executor that has it."""
    return request.param, request.getfixturevalue(request.param)
