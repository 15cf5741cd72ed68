"""Programs evaluated with their keys on disk, loaded and cleared as a plan says."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from hetorch_heir.backends.connection import Connection
from hetorch_heir.backends.deployment import generate_keys, key_path, load_key
from hetorch_heir.backends.errors import BackendError
from hetorch_heir.backends.executor.errors import ExecutionError
from hetorch_heir.backends.executor.files import write_file
from hetorch_heir.backends.executor.key_loading import KeyLoader, KeySteps
from hetorch_heir.backends.key_plans import key_schedule, plan_for_folder, send_plan
from hetorch_heir.backends.session import Session
from hetorch_heir.key_memory.errors import KeyPlanError
from hetorch_heir.key_memory.plan import KeyUse
from tests.backends.clear_library import ClearLibrary
from tests.backends.programs import expected, program
from tests.backends.test_evaluation import PARAMETERS


def test_the_schedule_has_rotations_in_the_ring_and_relinearizations() -> None:
    assert key_schedule(program().record(), lanes=4) == [
        KeyUse(0, (("rotation", 4),), level=3),
        KeyUse(1, (("rotation", 12),), level=3),
        KeyUse(7, (("relinearization", 0),), level=2),
    ]


def test_a_program_runs_with_one_key_in_memory(library: tuple[str, Connection], tmp_path: Path) -> None:
    name, connection = library
    given, x = program(), np.linspace(-1, 1, 8)
    session = Session(connection, name, given, given.parameters(insecure=True))
    generate_keys(session, tmp_path / "client", tmp_path / "server")
    stream = session.load()
    inputs = session.encrypt([[x]])
    session = Session(connection, name, given, session.parameters)  # a context without any key
    inputs = _with_secret_key(session, tmp_path / "client", x)
    session.load()
    size = max(path.stat().st_size for path in (tmp_path / "server").glob("r*.key"))
    plan = plan_for_folder(stream, 1, tmp_path / "server", size)
    assert plan.total_bytes > 2.5 * plan.peak_bytes and plan.peak_bytes <= size
    send_plan(connection, plan, tmp_path / "server")
    for _ in range(2):  # a plan leaves nothing behind that the next run could stumble over
        results = session.evaluate(inputs, check=True)
        (output,) = session.decrypt(stream, results)[0]
        assert output == pytest.approx(expected(x), abs=1e-4)
    assert session.seconds.calls["keys"] > 0

    key_path(tmp_path / "server", "rotation", 3).write_bytes(b"")
    with pytest.raises(BackendError, match=r"rotation_3\.key"):
        session.evaluate(inputs)


def test_keys_stay_from_one_evaluation_to_the_next(library: tuple[str, Connection], tmp_path: Path) -> None:
    name, connection = library
    given, x = program(), np.linspace(-1, 1, 8)
    session = Session(connection, name, given, given.parameters(insecure=True))
    generate_keys(session, tmp_path / "client", tmp_path / "server")
    session = Session(connection, name, given, session.parameters)
    inputs = _with_secret_key(session, tmp_path / "client", x)
    stream = session.load()
    server = tmp_path / "server"
    sizes = plan_for_folder(stream, 1, server, 1 << 40).sizes
    budget = 2 * max(sizes.values())
    plan = plan_for_folder(stream, 1, server, budget, repeated=True)
    assert len(plan.staying) == 1 and plan.each.loads == 2 and plan.peak_bytes <= budget
    send_plan(connection, plan, server)
    for _ in range(3):
        (output,) = session.decrypt(stream, session.evaluate(inputs, check=True))[0]
        assert output == pytest.approx(expected(x), abs=1e-4)
    everything = plan_for_folder(stream, 1, server, 1 << 40, repeated=True)
    assert set(everything.staying) == set(sizes) and everything.each.loads == 0


def _with_secret_key(session: Session, client: Path, x: np.ndarray) -> list[int]:
    for kind in ("secret", "public"):
        load_key(session.connection, client, (kind, 0))
    return session.encrypt([[x]])


def test_a_budget_below_one_key_is_refused(seal: Connection, tmp_path: Path) -> None:
    given = program()
    session = Session(seal, "seal", given, given.parameters(insecure=True))
    generate_keys(session, tmp_path / "client", tmp_path / "server")
    with pytest.raises(KeyPlanError, match="too small"):
        plan_for_folder(given.record(), 1, tmp_path / "server", 1000)


class HoldingLibrary(ClearLibrary):
    """Remembers which keys are in memory."""

    def __init__(self) -> None:
        super().__init__(PARAMETERS)
        self.held: set[tuple[str, int]] = set()

    def put_key(self, data: bytes, kind: str, steps: int = 0) -> None:
        super().put_key(data, kind, steps)
        assert (kind, steps) not in self.held
        self.held.add((kind, steps))

    def drop_key(self, kind: str, steps: int = 0) -> None:
        self.held.remove((kind, steps))


def plan_of(folder: Path, *actions: tuple[int, str, int]) -> KeySteps:
    keys = {("rotation", steps): str(folder / f"{steps}.key") for _, _, steps in actions}
    for (kind, steps), path in keys.items():
        write_file(path, {"kind": kind}, f"{kind} {steps}".encode())
    return KeySteps(keys, [(at, action, ("rotation", steps), None) for at, action, steps in actions])


def test_a_plan_is_carried_out_step_by_step(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path, (0, "prefetch", 2), (0, "load", 1), (0, "use", 1), (1, "clear", 1), (3, "load", 2)
    )
    library = HoldingLibrary()
    with KeyLoader(library, plan) as loader:
        loader.before(0)
        assert library.held == {("rotation", 1)}
        loader.before(1)
        assert not library.held
        loader.before(3)
        assert library.held == {("rotation", 2)}
    assert not library.held


@pytest.mark.parametrize("action", ["prefetch", "load"])
def test_a_damaged_key_is_found(action: str, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, (0, action, 1), (1, "load", 1))
    path = tmp_path / "1.key"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with KeyLoader(HoldingLibrary(), plan) as loader, pytest.raises(ExecutionError, match="checksum"):
        for instruction in range(2):
            loader.before(instruction)


def test_a_file_is_checked_again_only_when_it_changes(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, (0, "load", 1), (1, "clear", 1))
    for _ in range(2):
        with KeyLoader(HoldingLibrary(), plan) as loader:
            loader.before(1)
        assert len(plan.checked) == 1
    path = tmp_path / "1.key"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    os.utime(path, ns=(1, 1))
    with KeyLoader(HoldingLibrary(), plan) as loader, pytest.raises(ExecutionError, match="checksum"):
        loader.before(0)


def test_a_prefetched_key_that_is_never_loaded_is_given_back(tmp_path: Path) -> None:
    library = HoldingLibrary()
    with KeyLoader(library, plan_of(tmp_path, (0, "prefetch", 1))) as loader:
        loader.before(0)
    assert not library.held


@pytest.mark.parametrize(
    "data",
    [{}, {"paths": [], "actions": [[0, "load", "rotation", 1]]}, {"paths": [], "actions": [[0, "borrow"]]}],
)
def test_a_message_that_is_no_plan_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ExecutionError, match="plan of keys"):
        KeySteps.from_json(data)
