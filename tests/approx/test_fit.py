"""Fits: their errors, exact parity, weights, choice of the degree, refusals."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import chebyshev

from hetorch_heir.approx import ACTIVATION_NAMES, activation, approximate, choose_degree
from hetorch_heir.approx.fit import Method
from hetorch_heir.core.errors import ParameterError

METHODS: tuple[Method, ...] = ("chebyshev", "least_squares", "minimax")
EXAMPLES = {
    name: activation(name, **{"clamp": {"min": -0.5}, "threshold": {"threshold": 1.0}}.get(name, {}))
    for name in ACTIVATION_NAMES
}
CONTINUOUS = [name for name, one in EXAMPLES.items() if one.pieces is None or not one.pieces.jumps]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CONTINUOUS)
def test_degree_15_is_close_on_the_default_range(name, method):
    function = EXAMPLES[name]
    a, b = function.default_range
    values = function(np.linspace(a, b, 1001))
    polynomial = approximate(function, 15, method=method)
    assert polynomial.domain == (a, b)
    assert polynomial.max_error(function) <= 0.05 * (values.max() - values.min())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CONTINUOUS)
def test_parity_is_exact_on_a_symmetric_range(name, method):
    function = EXAMPLES[name]
    polynomial = approximate(function, 12, method=method)
    a, b = polynomial.domain
    if function.parity == "none" or b - function.center != function.center - a:
        assert np.count_nonzero(polynomial.coefficients) == len(polynomial.coefficients)
        return
    wrong = 0 if function.parity == "odd" else 1
    forbidden = polynomial.coefficients[wrong::2]
    broken = function.offset if wrong == 0 else function.slope * (b - a) / 2
    assert forbidden[0] == pytest.approx(broken, rel=1e-15)
    assert all(c == 0.0 for c in forbidden[1:])


def test_parity_is_not_used_on_an_asymmetric_range():
    polynomial = approximate(activation("tanh"), 6, (-2.0, 3.0))
    assert all(c != 0.0 for c in polynomial.coefficients)


def test_chebyshev_is_the_truncated_series():
    # exp(t) = I_0(1) + 2 sum I_j(1) T_j(t)
    from scipy.special import iv

    polynomial = approximate(np.exp, 6, (-1.0, 1.0))
    expected = iv(np.arange(7), 1.0) * np.where(np.arange(7) == 0, 1.0, 2.0)
    np.testing.assert_allclose(polynomial.coefficients, expected, atol=1e-14)


@pytest.mark.parametrize("name", ["relu", "gelu", "elu", "sigmoid", "mish"])
@pytest.mark.parametrize("degree", [4, 7, 10])
def test_each_method_wins_in_its_own_norm(name, degree):
    function = activation(name)
    fits = {method: approximate(function, degree, method=method) for method in METHODS}
    x = np.linspace(*function.default_range, 20001)
    largest = {m: np.abs(p(x) - function(x)).max() for m, p in fits.items()}
    mean_square = {m: np.mean((p(x) - function(x)) ** 2) for m, p in fits.items()}
    assert min(largest, key=lambda m: largest[m]) == "minimax"
    assert mean_square["least_squares"] <= 1.001 * min(mean_square.values())


def test_an_exact_polynomial_is_found_and_trimmed():
    for method in METHODS:
        polynomial = approximate(lambda x: x**3 - 2 * x, 9, (-2.0, 2.0), method=method)
        assert polynomial.degree == 3, method
        assert polynomial.max_error(lambda x: x**3 - 2 * x) < 1e-12


def test_the_error_of_the_series_falls_with_every_degree():
    function = activation("relu")
    errors = [approximate(function, d).max_error(function) for d in range(1, 17)]
    assert all(later <= earlier * (1 + 1e-12) for earlier, later in itertools.pairwise(errors))


def test_calibration_samples_draw_the_fit_to_them():
    function = activation("relu")
    samples = np.random.default_rng(3).normal(0.0, 0.7, 5000).clip(-4.0, 4.0)
    uniform = approximate(function, 8, method="least_squares")
    weighted = approximate(function, 8, method="least_squares", weights=samples)

    def mean_square(polynomial):
        return np.mean((polynomial(samples) - function(samples)) ** 2)

    assert mean_square(weighted) < 0.5 * mean_square(uniform)
    assert weighted.max_error(function) < 1.0
    assert all(c == 0.0 for c in weighted.coefficients[3::2])


def test_a_density_gives_the_normal_equations():
    def density(x):
        return np.exp(-(x**2))

    polynomial = approximate(activation("exp"), 5, (-2.0, 1.0), method="least_squares", weights=density)
    t = np.cos((np.arange(20000) + 0.5) * np.pi / 20000)
    x = 1.5 * t - 0.5
    residual = (polynomial(x) - np.exp(x)) * density(x) * np.sqrt(1 - t**2)
    moments = chebyshev.chebvander(t, 5).T @ residual / len(t)
    np.testing.assert_allclose(moments, 0.0, atol=1e-8)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(CONTINUOUS),
    st.integers(1, 20),
    st.floats(0.2, 6.0),
    st.sampled_from(METHODS),
)
def test_every_fit_on_a_regular_range_beats_a_constant(name, degree, width, method):
    function = EXAMPLES[name]
    domain = (0.1, 0.1 + width)
    polynomial = approximate(function, degree, domain, method=method)
    values = function(np.linspace(*domain, 2001))
    assert polynomial.max_error(function) <= 1.5 * (values.max() - values.min()) + 1e-12


@pytest.mark.parametrize(
    ("name", "error", "degree"), [("exp", 1e-3, 5), ("abs", 0.05, 6), ("sigmoid", 0.01, 7), ("tanh", 0.05, 7)]
)
def test_choose_degree_is_the_lowest(name, error, degree):
    function = activation(name)
    chosen = choose_degree(function, None, error)
    assert chosen.degree == degree
    assert chosen.max_error(function) <= error
    assert approximate(function, degree - 1, method="minimax").max_error(function) > error


def test_choose_degree_with_another_method():
    function = activation("silu")
    chosen = choose_degree(function, (-4.0, 4.0), 1e-3, method="chebyshev")
    assert chosen.max_error(function) <= 1e-3
    assert approximate(function, chosen.degree - 1, (-4.0, 4.0)).max_error(function) > 1e-3


def test_choose_degree_refuses_what_it_cannot_reach():
    with pytest.raises(ParameterError, match="not to 1e-06") as refused:
        choose_degree(activation("relu"), (-1.0, 1.0), 1e-6, max_degree=20)
    assert "max_degree" in (refused.value.hint or "")
    for error in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ParameterError, match="maximal error"):
            choose_degree(activation("relu"), (-1.0, 1.0), error)


@pytest.mark.parametrize("degree", [0, -3, 1024])
def test_degrees_out_of_bounds_are_refused(degree):
    with pytest.raises(ParameterError, match="degree from 1"):
        approximate(activation("tanh"), degree)


@pytest.mark.parametrize("domain", [(1.0, -1.0), (0.0, 0.0), (np.nan, 1.0), (-np.inf, 1.0)])
def test_unusable_domains_are_refused(domain):
    with pytest.raises(ParameterError, match="range"):
        approximate(activation("tanh"), 3, domain)


@pytest.mark.parametrize(
    ("name", "domain"), [("log", (-1.0, 1.0)), ("sqrt", (-1.0, 1.0)), ("reciprocal", (-1.0, 2.0))]
)
def test_singularities_are_refused(name, domain):
    with pytest.raises(ParameterError, match=r"singular|not defined"):
        approximate(activation(name), 3, domain)


def test_callables_that_fail_on_the_range_are_refused():
    with pytest.raises(ParameterError, match="NaN or infinite at 0"):
        approximate(lambda x: 1.0 / x, 3, (-1.0, 1.0))
    with pytest.raises(ParameterError, match="maps"):
        approximate(lambda x: x[1:], 3, (-1.0, 1.0))


def test_methods_and_weights_that_do_not_fit_are_refused():
    relu = activation("relu")
    with pytest.raises(ParameterError, match="method 'horner'"):
        approximate(relu, 3, method="horner")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ParameterError, match="takes no weights"):
        approximate(relu, 3, weights=np.ones(5))
    for weights, message in [
        (np.array([]), "empty"),
        (np.array([1.0, np.nan]), "NaN"),
        (np.array([0.0, 9.0]), "leave the range"),
        (lambda x: x, "negative"),
        (lambda x: 0.0 * x, "zero on the whole range"),
    ]:
        with pytest.raises(ParameterError, match=message):
            approximate(relu, 3, method="least_squares", weights=weights)
