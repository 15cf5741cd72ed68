"""The interface of backends on encrypting libraries."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import numpy as np
import pytest
from he_dialects.parsing import parse_module

from hetorch_heir.backends import CostModel, FakeBackend, LibraryBackend
from hetorch_heir.backends.cost_tables import measured_costs
from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.program import run_program
from tests.backends.programs import TEXT

CHAIN = choose_chain(3, 40, 50, slots=4096, insecure=True)
X = np.arange(4096.0) / 4096
Y = np.linspace(-1, 1, 4096)


@pytest.fixture(scope="module", params=["openfhe", "seal"])
def backend(request: pytest.FixtureRequest) -> Iterator[LibraryBackend]:
    with LibraryBackend(request.param, CHAIN) as opened:
        yield opened


def test_arithmetic(backend: LibraryBackend) -> None:
    x, y = backend.encrypt(X), backend.encrypt(Y)
    results = {
        "cadd": (backend.cadd(x, y), X + Y),
        "csub": (backend.csub(x, y), X - Y),
        "cmult": (backend.cmult(x, y), X * Y),
        "padd": (backend.padd(x, Y), X + Y),
        "psub": (backend.psub(x, Y), X - Y),
        "pmult": (backend.pmult(x, 3.0), X * 3),
        "negate": (backend.negate(x), -X),
        "rotate": (backend.rotate(x, 3), np.roll(X, -3)),
        "rescale": (backend.rescale(backend.pmult(x, Y)), X * Y),
        "relinearize": (backend.relinearize(backend.cmult(x, y)), X * Y),
        "level_reduce": (backend.level_reduce(x, 2), X),
    }
    assert set(results) == backend.get_supported_operations()
    assert set(results) == FakeBackend().get_supported_operations() - {"bootstrap"}
    for name, (ct, values) in results.items():
        np.testing.assert_allclose(backend.decrypt(ct), values, atol=1e-4, err_msg=name)


def test_the_rules_of_the_scheme_hold(backend: LibraryBackend) -> None:
    x = backend.encrypt(X)
    product = backend.cmult(x, x)
    with pytest.raises(ProgramError, match="relinearize"):
        backend.rotate(product, 1)
    with pytest.raises(ProgramError, match="unequal scale"):
        backend.cadd(x, product)
    with pytest.raises(ProgramError, match="unequal level"):
        backend.cadd(x, backend.level_reduce(x))
    with pytest.raises(ProgramError, match="outside the modulus chain"):
        backend.encrypt(X, level=4)


def test_rotations_by_nothing_and_backwards(backend: LibraryBackend) -> None:
    x = backend.encrypt(X)
    np.testing.assert_allclose(backend.decrypt(backend.rotate(x, 0)), X, atol=1e-4)
    np.testing.assert_allclose(backend.decrypt(backend.rotate(x, -2)), np.roll(X, 2), atol=1e-4)


def test_ciphertexts_that_nobody_has_are_freed(backend: LibraryBackend) -> None:
    x = backend.encrypt(X)
    handle = backend.negate(x).payload.number
    gc.collect()
    kept = backend.negate(x)  # requests carry the news of what has gone
    with pytest.raises(Exception, match="no ciphertext"):
        backend._connection.call("state", {"handle": handle})
    assert backend._connection.call("state", {"handle": kept.payload.number})[0]["state"] == [3, 40.0, 2]


def test_the_interpreter_runs_over_a_backend(backend: LibraryBackend) -> None:
    """Operation by operation, instead of as a stream."""
    text = TEXT.replace("<8 : i64", "<4096 : i64").replace("slot_count = 8", "slot_count = 4096")
    text = text.replace("8xf32", "4096xf32").replace(
        "dense<[1.0, 0.5, 0.25, 0.125, 1.0, 0.5, 0.25, 0.125]>", "dense<1.0>"
    )
    module = parse_module(text)
    module.verify()
    (output,) = run_program(module, [X], domain=backend.domain)
    np.testing.assert_allclose(output, (np.roll(X, -1) + np.roll(X, -3) + 0.5) ** 2, atol=1e-3)


def test_costs_are_measured(backend: LibraryBackend) -> None:
    model = backend.cost_model
    assert isinstance(model, CostModel)
    assert model.latency("rotate", 7) > model.latency("pmult", 7) > model.latency("cadd", 7) > 0
    assert model.for_ring(14).latency("rescale", 7) == measured_costs(backend.library).latency("rescale", 7)
