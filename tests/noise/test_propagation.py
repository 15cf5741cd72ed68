"""Errors through programs: predicted, simulated, and measured on the libraries."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.noise import bootstrap_stream, measure_operations, operation_streams
from hetorch_heir.backends import FakeBackend
from hetorch_heir.backends.executor.stream import StreamBuilder
from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.noise.model import openfhe_noise, seal_noise
from hetorch_heir.noise.programs import noise_model
from hetorch_heir.noise.propagation import estimate_noise

CHAIN = choose_chain(3, 40, 60, slots=1024)
MODEL = openfhe_noise(CHAIN)
GENERATOR = np.random.default_rng(0)
X, Y, CONSTANT = (GENERATOR.uniform(-1, 1, CHAIN.slots) for _ in range(3))
STREAMS = operation_streams(CHAIN.max_level, CONSTANT)


def test_products_multiply_errors_by_the_other_factor() -> None:
    estimate = estimate_noise(STREAMS["mul"], [X, Y], MODEL)
    fresh = MODEL.encryption(CHAIN.scale)
    expected = fresh * np.sqrt(np.mean(X**2 + Y**2))
    assert estimate.deviations[2] == pytest.approx(expected, rel=1e-6)
    assert estimate.magnitudes[2] == np.abs(X * Y).max()
    np.testing.assert_array_equal(estimate.values[0], X * Y)


def test_the_factors_of_a_square_have_the_same_error() -> None:
    square = estimate_noise(STREAMS["square, relinearize, rescale"], [X, Y], MODEL)
    twin = estimate_noise(STREAMS["mul, relinearize, rescale"], [X, X], MODEL)
    assert square.deviations[2] == pytest.approx(np.sqrt(2) * twin.deviations[2], rel=1e-6)


def test_headroom_tells_what_overflows() -> None:
    builder = StreamBuilder()
    source = builder.input(0, 40)
    stream = builder.build([builder.append("add_plain", (0, 40, 2), source, builder.constant(CONSTANT), 40)])
    roomy = estimate_noise(stream, [X], MODEL)
    assert roomy.headroom[0] == pytest.approx(60 - 1 - 40 - np.log2(np.abs(X).max()), abs=1e-3)
    assert estimate_noise(stream, [X * 2.0**20], MODEL).headroom[1] < 0


@pytest.mark.parametrize("name", ["encrypt, decrypt", "rotate", "mul, relinearize, rescale", "add_plain"])
@pytest.mark.parametrize("make", [openfhe_noise, seal_noise])
def test_the_clear_backend_simulates_what_is_predicted(name: str, make: type) -> None:
    model = make(CHAIN)
    backend = FakeBackend(noise=model)
    x, y = backend.encrypt(X), backend.encrypt(Y)
    result = {
        "encrypt, decrypt": lambda: x,
        "rotate": lambda: backend.rotate(x, 1),
        "mul, relinearize, rescale": lambda: backend.rescale(backend.relinearize(backend.cmult(x, y))),
        "add_plain": lambda: backend.padd(x, CONSTANT),
    }[name]()
    estimate = estimate_noise(STREAMS[name], [X, Y], model)
    error = (result.values - estimate.values[0][: CHAIN.slots])[1:]
    predicted = estimate.deviations[-1]
    if name == "rotate":  # the first slot has most of it
        predicted = np.median(model.key_switching(CHAIN.scale, 3)) + model.encryption(CHAIN.scale)
    assert 0.5 < error.std() / predicted < 2.0


def test_bootstraps_add_what_was_measured_to_what_there_is() -> None:
    chain = choose_chain(4, 59, 60, slots=1 << 12)
    model, values = openfhe_noise(chain), np.resize(X, chain.slots)
    estimate = estimate_noise(bootstrap_stream(chain.max_level), [values, values], model)
    backend = FakeBackend(noise=model)
    refreshed = backend.bootstrap(backend.level_reduce(backend.encrypt(values), 4))
    error = refreshed.values - values
    assert refreshed.level == chain.max_level
    assert error.std() == pytest.approx(model.bootstrap, rel=0.1)
    assert estimate.deviations[-1] == pytest.approx(model.bootstrap, rel=0.1)


def test_noise_of_another_chain_is_refused() -> None:
    with pytest.raises(ParameterError, match="another modulus chain"):
        FakeBackend(choose_chain(2, 40, 60), noise=MODEL)


def test_unknown_backends_are_refused() -> None:
    with pytest.raises(ParameterError, match="use one of openfhe, seal"):
        noise_model("concrete", CHAIN)


@pytest.mark.parametrize("backend", ["openfhe", "seal"])
def test_predicted_errors_are_those_of_the_libraries(backend: str) -> None:
    """Within a bit."""
    for name, (_, _, ratio) in measure_operations(backend, CHAIN, key_pairs=1).items():
        assert 0.5 < ratio < 2.0, name
