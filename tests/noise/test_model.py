"""What operations add to errors, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.noise.model import NoiseModel, openfhe_noise, seal_noise

CHAIN = choose_chain(5, 40, 60)
SCALE = CHAIN.scale


def test_a_slot_of_a_rounded_polynomial_has_the_deviation_of_the_formula() -> None:
    degree, generator = CHAIN.ring_dimension, np.random.default_rng(0)
    rounding = generator.uniform(-0.5, 0.5, degree)
    roots = np.exp(1j * np.pi * np.arange(degree) / degree)
    slots = np.fft.fft(rounding * roots).real
    assert np.std(slots) == pytest.approx(seal_noise(CHAIN).encoding(1.0), rel=0.05)


def test_errors_with_a_mean_gather_in_the_first_slot() -> None:
    degree, model = CHAIN.ring_dimension, openfhe_noise(CHAIN)
    first = abs(sum(np.exp(1j * np.pi * np.arange(degree) / degree))) ** 2 / degree
    assert model.mean_shape[0] == pytest.approx(first)
    assert model.mean_shape.mean() == pytest.approx(1.0)
    switched = model.key_switching(SCALE, 5)
    assert switched.argmax() == 0
    assert switched[0] > 50 * np.median(switched)


def test_fewer_slots_average_errors_out_in_a_subring() -> None:
    few = choose_chain(5, 40, 60, slots=128)
    full, packed = openfhe_noise(CHAIN), openfhe_noise(few)
    assert packed.rescaling(SCALE) == pytest.approx(full.rescaling(SCALE) / 8)
    assert seal_noise(few).rescaling(SCALE) == seal_noise(CHAIN).rescaling(SCALE)
    assert packed.mean_shape.shape == (128,)


def test_a_public_key_and_unrelinearized_products_make_more_noise() -> None:
    public, secret = openfhe_noise(CHAIN), openfhe_noise(CHAIN, secret_key_encryption=True)
    assert public.encryption(SCALE) > 100 * secret.encryption(SCALE)
    assert public.rescaling(SCALE, 3) > 100 * public.rescaling(SCALE, 2)


def test_errors_shrink_with_the_scale() -> None:
    model = openfhe_noise(CHAIN)
    assert model.encryption(2.0**50) == pytest.approx(model.encryption(2.0**40) / 1024)


def test_decryption_adds_at_least_its_floor() -> None:
    model = openfhe_noise(CHAIN)
    assert model.decryption(0.0, SCALE) == pytest.approx(model.deviation(CHAIN.ring_dimension / 32, SCALE))
    assert model.decryption(1.0, SCALE) == pytest.approx(2**0.5)
    # A product that is not rescaled is decrypted at the scale of inputs.
    assert model.decryption(0.0, SCALE**2) == model.decryption(0.0, SCALE)
    assert seal_noise(CHAIN).decryption(0.25, SCALE) == 0.25


def test_bootstraps_bear_no_small_scales() -> None:
    large, small = (openfhe_noise(choose_chain(2, bits, 60, slots=1 << 15)) for bits in (59, 50))
    assert 1e-6 < large.bootstrap < 1e-5
    assert small.bootstrap == pytest.approx(2**9 * large.bootstrap)


@pytest.mark.parametrize(
    "make",
    [
        lambda: NoiseModel(CHAIN, digit_primes=0),
        lambda: NoiseModel(CHAIN, special_primes=0),
        lambda: NoiseModel(CHAIN, bootstrap=-1.0),
    ],
)
def test_impossible_models_are_refused(make: Callable[[], NoiseModel]) -> None:
    with pytest.raises(ParameterError, match="at least one prime"):
        make()
