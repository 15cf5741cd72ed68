"""Evaluation keys for the levels at which a program uses them, and no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hetorch_heir.backends.connection import Connection
from hetorch_heir.backends.deployment import generate_keys, header_of, key_path, load_key
from hetorch_heir.backends.errors import BackendError
from hetorch_heir.backends.executor.openfhe_key_limits import WORD, KeyLayout
from hetorch_heir.backends.key_levels import highest_levels
from hetorch_heir.backends.key_plans import plan_for_folder, send_plan
from hetorch_heir.backends.session import Session
from hetorch_heir.key_memory.plan import LOAD
from tests.backends.programs import BOOTSTRAPPED, TEXT, expected, program

ROTATIONS = [("rotation", 1), ("rotation", 3)]
RELINEARIZATION = ("relinearization", 0)


def test_the_highest_level_of_a_use_counts() -> None:
    assert highest_levels(program().record()) == {**dict.fromkeys(ROTATIONS, 3), RELINEARIZATION: 2}
    assert highest_levels(program().record(), lanes=2)[("rotation", 6)] == 3


def test_keys_that_bootstrapping_uses_are_for_all_levels() -> None:
    assert highest_levels(program(BOOTSTRAPPED).record()) == {("rotation", 1): 0}


@pytest.fixture
def served(openfhe: Connection, tmp_path: Path) -> Session:
    """A context with the keys of a program, read from the server's files."""
    given = program()
    session = Session(openfhe, "openfhe", given, given.parameters(insecure=True))
    generate_keys(session, tmp_path / "client", tmp_path / "server")
    session = Session(openfhe, "openfhe", given, session.parameters)
    for folder, keys in (
        ("client", [("secret", 0), ("public", 0)]),
        ("server", [*ROTATIONS, RELINEARIZATION]),
    ):
        for key in keys:
            load_key(openfhe, tmp_path / folder, key)
    return session


def test_openfhe_computes_with_smaller_keys(served: Session, tmp_path: Path) -> None:
    headers = {key: header_of(key_path(tmp_path / "server", *key)) for key in (*ROTATIONS, RELINEARIZATION)}
    assert [headers[key]["level"] for key in (*ROTATIONS, RELINEARIZATION)] == [3, 3, 2]
    # Four primes in as many digits and three in three, beside the special one.
    sizes = [headers[key]["size"] for key in (ROTATIONS[0], RELINEARIZATION)]
    assert sizes[0] / sizes[1] == pytest.approx(4 * 5 / (3 * 4), rel=0.01)
    x = np.linspace(-1, 1, 8)
    ((output,),) = served.run([[x]], check=True)
    assert output == pytest.approx(expected(x), abs=1e-4)


@pytest.mark.parametrize(("operation", "arguments"), [("relinearize", []), ("rotate", [1])])
def test_a_key_is_not_used_above_its_level(
    served: Session, tmp_path: Path, operation: str, arguments: list[int]
) -> None:
    handles = served.encrypt([[np.ones(8)]])
    key = (RELINEARIZATION[0], 0) if operation == "relinearize" else ROTATIONS[0]
    path = key_path(tmp_path / "server", *key)
    content = path.read_bytes()
    level = header_of(path)["level"]
    path.write_bytes(content.replace(f'"level": {level}'.encode(), b'"level": 0'))
    load_key(served.connection, tmp_path / "server", key)
    body = {"operation": operation, "operands": handles, "arguments": arguments}
    with pytest.raises(BackendError, match="up to level 0, and this one has level 3"):
        served.connection.call("apply", body)


def test_a_library_without_smaller_keys_writes_whole_ones(seal: Connection, tmp_path: Path) -> None:
    given = program()
    session = Session(seal, "seal", given, given.parameters(insecure=True))
    generate_keys(session, tmp_path / "client", tmp_path / "server")
    assert "level" not in header_of(key_path(tmp_path / "server", *RELINEARIZATION))


def test_a_key_is_loaded_for_the_levels_that_are_left(openfhe: Connection, tmp_path: Path) -> None:
    given = program(
        TEXT.replace(
            "%z = hetorch.level_reduce %t, 1",
            "%y = hetorch.rotate %t, 1 : (!ct_1) -> !ct_1\n    %z = hetorch.level_reduce %y, 1",
        )
    )
    session = Session(openfhe, "openfhe", given, given.parameters(insecure=True))
    server = tmp_path / "server"
    generate_keys(session, tmp_path / "client", server)
    session = Session(openfhe, "openfhe", given, session.parameters)
    for kind in ("secret", "public"):
        load_key(openfhe, tmp_path / "client", (kind, 0))
    stream = session.load()
    budget = header_of(key_path(server, *ROTATIONS[0]))["size"]
    plan = plan_for_folder(stream, 1, server, budget)
    loads = [(one.key, one.level) for one in plan.each.actions if one.action == LOAD]
    assert loads == [(ROTATIONS[0], 3), (ROTATIONS[1], 3), (RELINEARIZATION, 2), (ROTATIONS[0], 1)]
    assert plan.each.bytes_loaded < (2 + 3 * 4 / 20 + 2 * 3 / 20 + 0.01) * budget
    send_plan(openfhe, plan, server)
    x = np.linspace(-1, 1, 8)
    ((output,),) = session.run([[x]], check=True)
    assert output == pytest.approx(np.roll(expected(x), -1), abs=1e-4)


RING = 4
PRIMES = (17, 41, 73, 89)
"""Three primes of ciphertexts, and a special one."""


def key_of(primes: tuple[int, ...] = PRIMES, digits: int = 3) -> bytes:
    """Bytes in the form of a key: two lists of polynomials; the first residues have a version before them."""
    residues = [WORD.pack(RING) + WORD.pack(5) * RING + WORD.pack(prime) for prime in primes]
    polynomial = b"".join(b"<\x01" + one + b">" for one in residues)
    return (b"key" + polynomial * 2 * digits + b"end").replace(b"<\x01", b"<\x01\0\0\0\0", 1)


@pytest.mark.parametrize(("used", "left"), [(3, 2 * 3 * 4), (2, 2 * 2 * 3), (1, 2 * 1 * 2)])
def test_only_the_residues_that_are_used_stay(used: int, left: int) -> None:
    whole = key_of()
    layout = KeyLayout(whole, RING, 3, 1)
    limited = layout.limited(used)
    assert layout.known and layout.size(used) == len(limited)
    assert limited.count(WORD.pack(5) * RING) == left
    assert limited.count(b"<\0>") == 2 * 3 * 4 - left
    assert (limited == whole) == (used == 3)


def test_a_limited_key_can_be_limited_again() -> None:
    whole = KeyLayout(key_of(), RING, 3, 1)
    again = KeyLayout(whole.limited(2), RING, 2, 1)
    assert again.known and again.limited(1) == whole.limited(1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"something else",
        key_of(primes=(17, 41, 73)),  # no special prime
        key_of(primes=(17, 41, 73, 17)),
        key_of(digits=2),
        key_of()[:-10],
        key_of().replace(b"<\x01", b"<\x02"),
    ],
)
def test_bytes_of_another_form_are_left_whole(data: bytes) -> None:
    assert not KeyLayout(data, RING, 3, 1).known
