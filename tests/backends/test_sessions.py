"""Programs under encryption, on OpenFHE and on SEAL."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import pytest
from he_dialects.parsing import parse_module
from hypothesis import HealthCheck, given, settings

from hetorch_heir.backends.connection import Connection, LocalConnection, WorkerConnection, connect
from hetorch_heir.backends.errors import BackendError
from hetorch_heir.backends.executor.parameters import Parameters
from hetorch_heir.backends.pythons import find_python
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import Session, operation_counts, required_keys, run_encrypted
from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.errors import HETorchError, ParameterError, ProgramError
from hetorch_heir.core.security import max_log_qp
from tests import program_forms
from tests.backends.programs import BOOTSTRAPPED, TEXT, expected, program

PRIMES_14 = {
    1152921504606830593: 1152921504606748673,
    1125899906826241: 1125899904679937,
    1099512004609: 1099512938497,
    1099511480321: 1099510054913,
}
"""For the primes of the programs those that a ring of 2^14 takes."""

X = np.linspace(-1, 1, 8)
Library = tuple[str, Connection]


def session(library: Library, given: Program, lanes: int = 1) -> Session:
    name, connection = library
    opened = Session(connection, name, given, given.parameters(lanes=lanes, insecure=True))
    opened.generate_keys()
    return opened


def test_a_program_runs(library: Library) -> None:
    steps = []
    opened = session(library, program())
    ((output,),) = opened.run([[X]], check=True, report=lambda done, total: steps.append(done))
    assert output == pytest.approx(expected(X), abs=1e-4)
    assert output.dtype == np.float32
    assert opened.seconds.evaluation >= sum(opened.seconds.calls.values()) > 0
    assert operation_counts(opened.load()) == {
        "rotate": 2, "add": 1, "mul_plain": 1, "rescale": 2, "add_plain": 1, "mul": 1, "relinearize": 1,
        "level_reduce": 1,
    }  # fmt: skip


def test_a_bootstrap(openfhe: Connection) -> None:
    """On a ring that is far too small to be secure, at a scale that bootstrapping needs."""
    opened = session(("openfhe", openfhe), program(BOOTSTRAPPED))
    ((output,),) = opened.run([[X]], check=True)
    assert output == pytest.approx(np.roll(X, -1) ** 4, abs=1e-4)
    context, _ = openfhe.call("describe")
    assert context["secret"] == "sparse, encapsulated"
    assert len(context["moduli"]) == 2 + 16 + 1


def test_seal_does_not_bootstrap(seal: Connection) -> None:
    opened = session(("seal", seal), program(BOOTSTRAPPED.replace("logN = 12", "logN = 13")))
    with pytest.raises(BackendError, match="no operation bootstrap"):
        opened.run([[X]])


def test_primes_are_those_of_the_program(library: Library) -> None:
    """OpenFHE chooses its first prime itself; the others are those that rescales divide by."""
    opened = session(library, program())
    context, _ = opened.connection.call("describe")
    assert context["ring_dimension"] == 1 << 13
    assert tuple(context["moduli"][1:]) == opened.parameters.moduli[1:]


def test_samples_share_a_ciphertext(library: Library) -> None:
    samples = [np.random.default_rng(seed).uniform(-1, 1, 8) for seed in range(5)]
    opened = session(library, program(), lanes=8)
    results = opened.run([[x] for x in samples], check=True)
    for x, (output,) in zip(samples, results, strict=True):
        assert output == pytest.approx(expected(x), abs=1e-4)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=program_forms.programs())
def test_random_programs_give_what_the_interpreter_gives(library: Library, text: str) -> None:
    module = parse_module(text)
    module.verify()
    given = Program(module, Path(), text)
    inputs = program_forms.inputs()
    ((output,),) = session(library, given).run([inputs], check=True)
    (reference,) = given.run_in_the_clear(inputs)
    scale = max(1.0, float(np.abs(reference).max()))
    assert np.abs(output - reference).max() < 1e-4 * scale


def test_a_missing_rotation_key_is_named(library: Library) -> None:
    opened = session(library, program())
    opened.connection.call("forget_rotations")
    with pytest.raises(BackendError, match=r"rotations? by 1") as raised:
        opened.run([[X]])
    assert "generate the keys" in (raised.value.hint or "")


def test_insecure_parameters_are_refused() -> None:
    with pytest.raises(ParameterError, match="128-bit"):
        program().parameters()


def test_values_that_overflow_the_modulus_are_refused(openfhe: Connection) -> None:
    """SEAL doesn't notice: it decrypts something."""
    opened = session(("openfhe", openfhe), program())
    with pytest.raises(BackendError, match=r"encode|decrypt"):
        opened.run([[X * 1e12]])


def test_values_that_are_no_numbers_are_refused(library: Library) -> None:
    opened = session(library, program())
    with pytest.raises(ProgramError, match="input 0 has values that are not finite"):
        opened.run([[np.where(X < 0, np.nan, X)]])


def test_inputs_of_a_wrong_shape_are_refused(library: Library) -> None:
    opened = session(library, program())
    with pytest.raises(ProgramError, match="takes 8 values"):
        opened.run([[X[:5]]])
    with pytest.raises(ProgramError, match="takes input 0"):
        opened.run([[]])


def test_secure_parameters_on_a_library_that_checks_them(library: Library) -> None:
    """The modulus is what a ring of 2^14 carries at 128 bits: OpenFHE and SEAL agree with the table."""
    name, connection = library
    text = TEXT.replace("logN = 13", "logN = 14")
    for old, new in PRIMES_14.items():
        text = text.replace(str(old), str(new))
    given = program(text)
    opened = Session(connection, name, given, given.parameters())
    assert opened.parameters.max_log_qp == 430


@pytest.mark.parametrize(
    ("depth", "scale", "log_n", "ring"),
    [
        (2, 40, 13, 13),  # with a shorter first prime
        (5, 40, 14, 14),
        (7, 40, 14, 14),  # with a shorter first prime
        (12, 40, 15, 15),
        (6, 50, 14, 15),
    ],
)
def test_openfhe_takes_the_ring_or_the_next(
    depth: int, scale: int, log_n: int, ring: int, openfhe: Connection
) -> None:
    """A chain that is secure by the table is never refused."""
    chain = choose_chain(depth, scale, 60)
    limit = max_log_qp(chain.log_n)
    parameters = Parameters(chain.log_n, chain.Q, chain.P, scale, chain.slots, max_log_qp=limit)
    openfhe.call("open", {"library": "openfhe", "parameters": parameters.to_json()})
    context, _ = openfhe.call("describe")
    assert (chain.log_n, context["ring_dimension"]) == (log_n, 1 << ring)
    if ring == log_n:
        assert tuple(context["moduli"][1:]) == chain.Q[1:]


def test_scales_that_openfhe_has_not_are_refused(openfhe: Connection) -> None:
    text = TEXT.replace("logDefaultScale = 40", "logDefaultScale = 35")
    given = program(text)
    with pytest.raises(BackendError, match="35 bits"):
        Session(openfhe, "openfhe", given, given.parameters(insecure=True))


def test_keys_are_those_that_the_program_needs() -> None:
    assert required_keys(program().record(), lanes=4) == [
        ("relinearization", 0), ("rotation", 4), ("rotation", 12),
    ]  # fmt: skip


def test_seal_runs_in_this_process_and_openfhe_in_a_worker() -> None:
    with connect("seal") as connection:
        assert isinstance(connection, LocalConnection)
    with connect("seal", worker=True) as connection:
        assert isinstance(connection, WorkerConnection)
        assert connection.call("hello", {"library": "seal"})[0]["library"].startswith("SEAL")


def test_in_one_call() -> None:
    (output,) = run_encrypted(program(), [X], backend="seal", insecure=True, check=True)
    assert output == pytest.approx(expected(X), abs=1e-4)


def test_forks_have_the_keys(openfhe: Connection) -> None:
    opened = session(("openfhe", openfhe), program())
    copies = [opened.fork() for _ in range(2)]
    try:
        for copy in (*copies, opened):
            ((output,),) = copy.run([[X]])
            assert output == pytest.approx(expected(X), abs=1e-4)
    finally:
        for copy in copies:
            copy.connection.close()
    assert opened.run([[X]])


def test_an_executor_in_this_process_has_no_forks() -> None:
    with connect("seal") as connection, pytest.raises(BackendError, match="can't be copied"):
        connection.fork()


def test_a_python_without_the_library_is_named() -> None:
    for name in ("/bin/sh", "no-such-python"):
        with pytest.raises(BackendError, match=name.rpartition("/")[2]) as raised:
            find_python("openfhe", name)
        assert "python3.10 -m venv" in (raised.value.hint or "")


@pytest.mark.parametrize("signal_name", ["KILL", "SEGV"])
def test_a_worker_that_dies_is_an_error_at_once(signal_name: str) -> None:
    with connect("seal", worker=True) as connection:
        assert isinstance(connection, WorkerConnection)
        opened = session(("seal", connection), program())
        connection.process.send_signal(getattr(signal, f"SIG{signal_name}"))
        with pytest.raises(BackendError, match=f"SIG{signal_name}"):
            opened.run([[X]])
        with pytest.raises(HETorchError, match=r"closed|ended"):
            opened.run([[X]])


def test_requests_out_of_order_are_refused() -> None:
    with connect("seal") as connection:
        for method, body in (
            ("describe", {}),
            ("run", {"inputs": []}),
            ("run_together", {"groups": [[]]}),
            ("decrypt", {"handle": 0}),
            ("nothing", {}),
            ("hello", {"library": "none"}),
        ):
            with pytest.raises(BackendError):
                connection.call(method, body)
