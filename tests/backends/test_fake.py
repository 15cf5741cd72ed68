"""The cleartext backend keeps a real scheme's rules."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hetorch_heir.backend import FakeBackend as AliasedFakeBackend
from hetorch_heir.backends import CostModel, FakeBackend, FakeCiphertext
from hetorch_heir.backends.cost_tables import read_tables
from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.errors import ParameterError, ProgramError

CHAIN = choose_chain(3, 40, 60, slots=8)
X = np.arange(8.0) / 8
Y = np.linspace(-1, 1, 8)


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend(CHAIN)


def test_arithmetic(backend: FakeBackend) -> None:
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
        "bootstrap": (backend.bootstrap(backend.level_reduce(x)), X),
    }
    assert set(results) == backend.get_supported_operations()
    for name, (ct, expected) in results.items():
        np.testing.assert_allclose(backend.decrypt(ct), expected, err_msg=name)


def test_levels_scales_and_dimensions_follow_the_scheme(backend: FakeBackend) -> None:
    x = backend.encrypt(X)
    assert (x.level, x.scale, x.dimension) == (3, 2.0**40, 2)
    product = backend.cmult(x, x)
    assert (product.level, product.scale, product.dimension) == (3, 2.0**80, 3)
    rescaled = backend.rescale(backend.relinearize(product))
    assert (rescaled.level, rescaled.dimension) == (2, 2)
    assert rescaled.scale == 2.0**80 / CHAIN.Q[3]
    assert backend.bootstrap(rescaled).level == 3


def test_a_sum_of_slightly_different_scales_is_slightly_wrong(backend: FakeBackend) -> None:
    x = backend.encrypt(X)
    rescaled = backend.rescale(backend.pmult(x, 1.0))
    reduced = backend.level_reduce(x)
    total = backend.decrypt(backend.cadd(rescaled, reduced))
    ratio = reduced.scale / rescaled.scale
    assert ratio != 1.0
    np.testing.assert_allclose(total, X + ratio * X, rtol=1e-15)


REFUSED: dict[str, tuple[Callable[[FakeBackend, FakeCiphertext], object], str]] = {
    "different levels": (lambda b, x: b.cadd(x, b.level_reduce(x)), "levels 3 and 2"),
    "different scales": (lambda b, x: b.csub(x, b.pmult(x, 1.0)), "scales"),
    "rotation of a product": (lambda b, x: b.rotate(b.cmult(x, x), 1), "unrelinearized"),
    "product of a product": (lambda b, x: b.cmult(b.cmult(x, x), x), "unrelinearized"),
    "bootstrap of a product": (lambda b, x: b.bootstrap(b.cmult(x, x)), "unrelinearized"),
    "rescaling at level 0": (lambda b, x: b.rescale(b.level_reduce(x, 3)), "level 0"),
    "reduction below level 0": (lambda b, x: b.level_reduce(x, 4), "level 3"),
    "overflow": (lambda b, x: b.pmult(b.pmult(b.level_reduce(x, 3), X), X), "only 60 bits"),
    "level too high": (lambda b, x: b.encrypt(X, level=4), "level 4"),
    "plaintext that does not fit": (lambda b, x: b.padd(x, np.ones(3)), "3 values"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_scheme_can_t_do_is_refused(backend: FakeBackend, case: str) -> None:
    attempt, message = REFUSED[case]
    with pytest.raises(ProgramError, match=message):
        attempt(backend, backend.encrypt(X))


def test_noise_is_of_the_size_asked_for_and_reproducible() -> None:
    values = np.zeros(4096)
    chain = choose_chain(1, 40, 60)
    one, two = (FakeBackend(chain, noise=1e-3, seed=7).encrypt(values).values for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert 0.9e-3 < one.std() < 1.1e-3


def test_default_chain_is_secure() -> None:
    backend = AliasedFakeBackend()
    assert backend.chain.secure
    assert backend.encrypt(1.0).level == backend.chain.max_level


def test_costs_grow_with_level_and_ring() -> None:
    model = FakeBackend().cost_model
    (measured,) = (one for one in read_tables("openfhe") if (one.log_n, one.primes) == (14, 8))
    rotations = measured.milliseconds["rotate"]
    assert model.latency("rotate", 7) == model.latency("rotate") == rotations[8]
    assert rotations[2] < model.latency("rotate", 2) < rotations[4]
    assert model.latency("rotate", 0) == pytest.approx(rotations[2] / 2)
    assert model.latency("rotate", 15) == pytest.approx(rotations[8] * 2)
    assert model.for_ring(17).latency("rotate", 15) > 2 * model.for_ring(15).latency("rotate", 15)
    assert FakeBackend().get_supported_operations() <= model.operations


def test_costs_are_those_of_a_library() -> None:
    assert "hoist" not in FakeBackend(costs="seal").cost_model.operations
    with pytest.raises(ParameterError, match="no measured costs 'concrete'"):
        _ = FakeBackend(costs="concrete").cost_model


def test_ciphertext_sizes() -> None:
    model = CostModel(FakeBackend().cost_model.samples, 14)
    assert model.ciphertext_bytes(level=7) == 2 * 8 * 2**14 * 8
    assert model.ciphertext_bytes(level=7, dimension=3) == 3 * 8 * 2**14 * 8
    assert model.ciphertext_bytes() == model.ciphertext_bytes(level=7)


def test_unknown_operations_have_no_cost() -> None:
    with pytest.raises(ParameterError, match="'conjugate'"):
        FakeBackend().cost_model.latency("conjugate")
