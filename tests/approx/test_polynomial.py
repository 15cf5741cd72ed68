"""Polynomials in the Chebyshev basis."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import chebyshev

from hetorch_heir.approx import Polynomial, from_power_basis
from hetorch_heir.approx.polynomial import dense_samples, from_unit, is_symmetric
from hetorch_heir.core.errors import ParameterError

coefficient = st.floats(-10.0, 10.0)


@given(st.lists(coefficient, min_size=1, max_size=12), st.floats(-5.0, 5.0), st.floats(0.1, 10.0))
def test_power_basis_is_converted(coefficients, start, width):
    domain = (start, start + width)
    polynomial = from_power_basis(coefficients, domain)
    x = np.linspace(*domain, 41)
    powers = np.abs(x)[:, None] ** np.arange(len(coefficients))
    magnitude = float(np.max(powers @ np.abs(coefficients)))
    np.testing.assert_allclose(
        polynomial(x), np.polyval(coefficients[::-1], x), rtol=0, atol=1e-11 * magnitude + 1e-300
    )


@given(st.lists(coefficient, min_size=1, max_size=40), st.floats(-1.0, 1.0))
def test_values_are_those_of_the_chebyshev_sum(coefficients, t):
    polynomial = Polynomial(tuple(coefficients), (2.0, 8.0))
    scale, offset = polynomial.input_map
    x = (t - offset) / scale
    expected = sum(c * math.cos(j * math.acos(t)) for j, c in enumerate(coefficients))
    assert float(polynomial(x)) == pytest.approx(expected, abs=1e-9)


def test_input_map_takes_the_domain_to_the_unit_interval():
    scale, offset = Polynomial((1.0,), (2.0, 8.0)).input_map
    assert (scale * 2.0 + offset, scale * 8.0 + offset) == pytest.approx((-1.0, 1.0))


def test_degree_and_trimming_ignore_what_is_zero():
    polynomial = Polynomial((1.0, 0.5, 1e-18, 0.0))
    assert polynomial.degree == 2
    assert polynomial.trimmed().coefficients == (1.0, 0.5)
    assert Polynomial((0.0, 0.0)).trimmed().coefficients == (0.0,)
    assert Polynomial((3.0,)).degree == 0


def test_max_error_finds_a_maximum_between_equidistant_points():
    # T_60 is 1 at 61 points that cluster at the ends of the interval.
    assert Polynomial((0.0,) * 60 + (1.0,), (0.0, 3.0)).max_error(np.zeros_like) == pytest.approx(1.0)
    assert Polynomial((0.25,)).max_error(lambda x: 0.25 + np.maximum(x, 0.0)) == pytest.approx(1.0)


def test_samples_stay_in_the_domain_and_hold_its_ends():
    samples = dense_samples((0.1, 0.7), 31)
    assert (samples[0], samples[-1]) == (0.1, 0.7)
    assert np.all(np.diff(samples) > 0.0)


def test_unit_points_are_mapped_into_the_domain_exactly():
    np.testing.assert_array_equal(from_unit(np.array([-1.0, 0.0, 1.0]), (-3.0, 3.0)), [-3.0, 0.0, 3.0])
    assert float(from_unit(np.array([1.0]), (0.1, 0.7))[0]) == 0.7


def test_symmetry_of_a_domain_is_about_a_centre():
    assert is_symmetric((-2.0, 2.0))
    assert is_symmetric((-2.0, 8.0), center=3.0)
    assert is_symmetric((0.1 - 0.3, 0.1 + 0.3), center=0.1)
    assert not is_symmetric((-2.0, 2.001))


@pytest.mark.parametrize("domain", [(1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.inf)])
def test_unusable_domains_are_refused(domain):
    with pytest.raises(ParameterError, match="range"):
        Polynomial((1.0,), domain)
    with pytest.raises(ParameterError, match="range"):
        from_power_basis((1.0, 2.0), domain)


@pytest.mark.parametrize("coefficients", [(), (1.0, math.nan), (math.inf,)])
def test_unusable_coefficients_are_refused(coefficients):
    with pytest.raises(ParameterError, match="coefficient"):
        Polynomial(coefficients)


def test_clenshaw_agrees_with_numpy_outside_of_the_domain():
    polynomial = Polynomial((0.5, -1.0, 0.25, 2.0))
    assert float(polynomial(1.7)) == pytest.approx(chebyshev.chebval(1.7, [0.5, -1.0, 0.25, 2.0]))
