"""Polynomials for the sign: best by equioscillation, composed as published, used by piecewise functions."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hetorch_heir.approx import activation, approximate_composite, composite_abs, composite_sign
from hetorch_heir.approx.composite_activation import CompositeActivation
from hetorch_heir.approx.composite_degrees import DEGREES, best_abs, choose_abs, choose_sign
from hetorch_heir.approx.planner import minimal_depth, plan_evaluation
from hetorch_heir.approx.polynomial import Polynomial
from hetorch_heir.approx.sign_minimax import minimax_sign, sign_errors
from hetorch_heir.core.errors import ParameterError


@pytest.mark.parametrize("ratio", [2.0**-12, 0.05, 0.4, 0.8])
@pytest.mark.parametrize("degree", [3, 7, 13, 27])
def test_the_error_alternates_as_often_as_the_best_one_must(degree, ratio):
    coefficients, error = minimax_sign(degree, ratio)
    assert all(c == 0.0 for c in coefficients[0::2])
    x = np.linspace(ratio, 1.0, 200001)
    difference = Polynomial(coefficients)(x) - 1.0
    assert np.abs(difference).max() == pytest.approx(error, rel=1e-6, abs=1e-14)
    extremal = difference[np.abs(difference) >= (1 - 1e-4) * error]
    if error > 1e-12:
        changes = np.count_nonzero(np.diff(np.sign(extremal)))
        assert changes + 1 >= (degree - 1) // 2 + 2


def test_float64_and_40_digits_agree():
    for degree, ratio in itertools.product((5, 15, 31), (0.01, 0.3)):
        exact, error = minimax_sign(degree, ratio)
        quick, near = minimax_sign(degree, ratio, polished=False)
        assert near == pytest.approx(error, rel=1e-5)
        np.testing.assert_allclose(quick, exact, atol=1e-3 * error)


def test_errors_fall_with_the_degree_and_with_the_ratio():
    ratios = np.array([0.001, 0.01, 0.1, 0.5])
    table = np.array([sign_errors(degree, ratios) for degree in DEGREES])
    assert np.all(np.diff(table, axis=0) < 0.0) and np.all(np.diff(table, axis=1) < 0.0)


@pytest.mark.parametrize(("degree", "ratio"), [(31, 0.9999), (63, 0.99), (1, 0.5), (63, 0.5)])
def test_intervals_close_to_one_are_taken(degree, ratio):
    coefficients, _ = minimax_sign(degree, ratio)
    x = np.linspace(ratio, 1.0, 1001)
    assert np.abs(Polynomial(coefficients)(x) - 1.0).max() < (0.5 if degree == 1 else 1e-13)


# E. Lee et al., ICML 2022 and IEEE TETC 2023: degrees for relu with an error of 2^-alpha.
PUBLISHED_RELU = {
    5: (13,),
    6: (3, 7),
    7: (7, 7),
    8: (7, 15),
    9: (15, 15),
    10: (7, 7, 13),
    11: (7, 7, 27),
    12: (7, 15, 27),
    13: (15, 15, 27),
    14: (15, 27, 29),
}
# E. Lee et al., IEEE TDSC 2022: levels of a comparison to alpha bits, by minimax compositions.
PUBLISHED_COMPARISON = {4: 5, 5: 7, 6: 8, 7: 10, 8: 11, 9: 13, 10: 14, 11: 15, 12: 16, 13: 17, 14: 19, 15: 20}


@pytest.mark.parametrize(("alpha", "degrees"), PUBLISHED_RELU.items())
def test_published_degrees_reach_their_precision(alpha, degrees):
    assert 2.0 ** -(alpha + 1) < composite_abs(degrees).abs_error / 2 <= 2.0**-alpha


@pytest.mark.parametrize(("alpha", "degrees"), PUBLISHED_RELU.items())
def test_the_degrees_chosen_are_no_worse_than_the_published_ones(alpha, degrees):
    chosen = choose_abs(alpha - 1)
    published = composite_abs(degrees)
    assert chosen.abs_error / 2 <= 2.0**-alpha
    assert (chosen.levels, chosen.products) <= (published.levels, published.products)


def test_the_reference_takes_13_levels():
    reference = composite_abs((15, 15, 27))
    assert reference.levels == 13 and choose_abs(12).levels == 13
    assert reference.products == 24 and choose_abs(12).products <= 24


@pytest.mark.parametrize(("alpha", "levels"), PUBLISHED_COMPARISON.items())
def test_comparisons_take_the_published_levels(alpha, levels):
    chosen = choose_sign(alpha)
    assert chosen.levels <= levels
    t = np.geomspace(2.0**-alpha, 1.0, 20001)
    assert np.abs(chosen(t) - 1.0).max() <= 2.0 ** (1 - alpha)
    np.testing.assert_allclose(chosen(-t), -chosen(t), atol=1e-12)


@pytest.mark.parametrize("levels", [3, 4, 5, 6, 7])
def test_no_degrees_of_so_many_levels_are_better(levels):
    best = best_abs(levels)
    assert best.levels <= levels

    def of_depth(depth):
        yield ()
        for k in range(2, min(depth, 5) + 1):
            yield from (((1 << k) - 1, *rest) for rest in of_depth(depth - k))

    errors = [composite_abs(degrees).abs_error for degrees in of_depth(levels) if degrees]
    assert best.abs_error <= 1.001 * min(errors)


def test_precision_grows_by_about_a_bit_for_every_level():
    bits = [-math.log2(best_abs(levels).abs_error) for levels in (4, 7, 10, 13)]
    assert all(2.0 < after - before < 3.5 for before, after in itertools.pairwise(bits))


def test_intermediate_values_stay_in_the_unit_interval():
    composition = composite_abs((15, 15, 27))
    value = np.linspace(-1.0, 1.0, 20001)
    for polynomial in composition.polynomials[:-1]:
        value = polynomial(value)
        assert np.abs(value).max() <= 1.0 + 1e-12
        assert plan_evaluation(polynomial.coefficients).depth == minimal_depth(polynomial.degree)


FUNCTIONS = {
    "relu": activation("relu"),
    "leaky_relu": activation("leaky_relu", slope=0.1),
    "prelu": activation("prelu", slope=0.25),
    "abs": activation("abs"),
    "clamp": activation("clamp", min=-1.0, max=2.0),
    "clamp from below": activation("clamp", min=0.5),
    "relu6": activation("relu6"),
    "hardtanh": activation("hardtanh"),
    "hardsigmoid": activation("hardsigmoid"),
    "softshrink": activation("softshrink"),
    "hardshrink": activation("hardshrink"),
    "threshold": activation("threshold", threshold=1.0, value=-2.0),
    "sign": activation("sign"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_piecewise_linear_functions_to_a_precision(name):
    function = FUNCTIONS[name]
    domain = (-3.5, 8.0)
    composite = approximate_composite(function, domain, precision=7)
    assert isinstance(composite, CompositeActivation)
    half_width = 1.0 / composite.terms[0].scale
    assert half_width <= 11.5
    x = np.linspace(*domain, 30011)
    jumps = [kink.position for kink in function.pieces.kinks if kink.jump] if function.pieces else []
    for position in jumps:
        x = x[np.abs(x - position) >= half_width * 2.0**-7]
    error = np.abs(composite(x) - function(x)).max()
    assert error <= 1.01 * composite.max_error(function)
    # Where a sign has no kink its error is largest near the ends of the range, and those of two kinks add up.
    assert error <= (2.1 if name == "hardshrink" else 1.25) * half_width * 2.0**-7
    assert composite.levels == composite.sign.levels + (name != "sign")
    assert (composite.gap > 0.0) == bool(jumps)


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["relu", "leaky_relu", "abs", "clamp", "relu6"]),
    st.floats(-9.0, 4.0),
    st.floats(0.5, 20.0),
    st.sampled_from([(7,), (3, 7), (7, 15)]),
)
def test_any_range_will_do(name, low, width, degrees):
    function, domain = FUNCTIONS[name], (low, low + width)
    composite = approximate_composite(function, domain, degrees=degrees)
    if isinstance(composite, Polynomial):
        assert composite.max_error(function) <= 1e-12 * max(map(abs, domain))
        return
    # At most the error of |t| for every kink.
    weights = sum(abs(term.kink.weight) / term.scale for term in composite.terms)
    assert composite.max_error(function) <= weights * composite.sign.abs_error * (1 + 1e-6) + 1e-12


def test_levels_instead_of_a_precision():
    errors = [
        approximate_composite(activation("relu"), (-1.0, 1.0), levels=levels).max_error(activation("relu"))
        for levels in (4, 8, 12)
    ]
    assert errors == sorted(errors, reverse=True) and errors[-1] < 2.0**-12


@pytest.mark.parametrize(
    ("build", "message", "hint"),
    [
        (lambda: composite_abs(()), "at least one polynomial", "15, 15, 27"),
        (lambda: composite_abs((15, 14)), "odd degree from 1 to 63, not 14", "3, 7, 15 and 31"),
        (lambda: composite_abs((65,)), "odd degree from 1 to 63, not 65", "compose several"),
        (lambda: composite_sign((15,), 0.0), r"on \[0, 1\]", "jumps at 0"),
        (lambda: composite_sign((15,), math.nan), r"on \[nan, 1\]", "0.001"),
        (lambda: choose_abs(0.0), "precision of 0 bits", "1 to 20"),
        (lambda: choose_sign(64), "precision of 64 bits", "1 to 20"),
        (lambda: choose_abs(math.nan), "precision of nan bits", "1 to 20"),
        (lambda: best_abs(1), "2 to 18 levels, not 1", "13 levels"),
        (lambda: approximate_composite(activation("gelu")), "gelu is not piecewise", "minimax"),
        (lambda: approximate_composite(activation("relu"), (2.0, 2.0)), "empty", "lower end first"),
        (
            lambda: approximate_composite(activation("relu"), precision=8, degrees=(7,)),
            "exclude each other",
            "one of them",
        ),
    ],
)
def test_impossible_requests_are_refused(build, message, hint):
    with pytest.raises(ParameterError, match=message) as refused:
        build()
    assert hint in (refused.value.hint or "")
