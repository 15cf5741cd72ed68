"""Evaluation plans: right values, least depth, few products, bounded noise."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import chebyshev

from hetorch_heir.approx import activation, approximate, from_power_basis, minimal_depth, plan_evaluation
from hetorch_heir.approx.evaluation_plan import Product, Scale
from hetorch_heir.core.errors import ParameterError
from tests.approx.oracle import LATTIGO, dense, even_and_linear, fewest_products, odd

T = np.linspace(-1.0, 1.0, 257)
SHAPES = {
    "dense": dense,
    "odd": lambda degree: odd(degree | 1),
    "even and linear": lambda degree: even_and_linear(degree - degree % 2) | 1 << degree - degree % 2,
    "even": lambda degree: even_and_linear(degree + degree % 2) & ~2,
}


def coefficients_of(support, seed=0, decay=0.9):
    """Random coefficients in [-1, 1] that decay, none of them small by accident."""
    rng = np.random.default_rng(seed)
    count = support.bit_length()
    sizes = rng.uniform(0.25, 1.0, count) * decay ** np.arange(count)
    present = [bool(support >> j & 1) or j == 0 for j in range(count)]
    return np.where(present, sizes * rng.choice([-1.0, 1.0], count), 0.0)


def check(coefficients, plan):
    """The plan computes the polynomial, at the least depth; its steps are all used."""
    degree = int(np.max(np.flatnonzero(coefficients)))
    scale = np.sum(np.abs(coefficients))
    expected = chebyshev.chebval(T, coefficients)
    np.testing.assert_allclose(plan.evaluate(T), expected, rtol=0, atol=1e-11 * scale)
    assert plan.depth == math.ceil(math.log2(degree + 1)) == minimal_depth(degree)
    read = {j for step in plan.steps for j in vars(step).values() if isinstance(j, int)}
    assert read == set(range(plan.result))


@settings(max_examples=60)
@given(st.lists(st.floats(-1.0, 1.0, width=32), min_size=2, max_size=34).filter(lambda c: abs(c[-1]) > 1e-3))
def test_random_polynomials(coefficients):
    # Coefficients of exactly 1, 2, 4 … cost no level, which is checked below.
    coefficients = [c if abs(c) not in (0.5, 1.0) else 0.9 * c for c in coefficients]
    check(coefficients, plan_evaluation(coefficients))


@settings(max_examples=25)
@given(
    st.integers(1, 127),
    st.sampled_from(sorted(SHAPES)),
    st.sampled_from([1.0, 0.95, 0.8]),
    st.integers(0, 2**32 - 1),
)
def test_random_polynomials_of_all_degrees_and_parities(degree, shape, decay, seed):
    coefficients = coefficients_of(SHAPES[shape](degree), seed, decay)
    plan = plan_evaluation(coefficients.tolist())
    check(coefficients, plan)
    assert plan.max_intermediate() <= 16 * max(1.0, np.sum(np.abs(coefficients)))


@settings(max_examples=20)
@given(st.integers(1, 60), st.data())
def test_random_supports(degree, data):
    others = data.draw(st.sets(st.integers(1, degree), max_size=12))
    coefficients = coefficients_of(sum(1 << j for j in others | {degree}), degree)
    check(coefficients, plan_evaluation(coefficients.tolist()))


@pytest.mark.parametrize("degree", LATTIGO)
def test_published_counts_are_reached_without_divisions(degree):
    products, levels = LATTIGO[degree]
    plan = plan_evaluation(coefficients_of(dense(degree)).tolist(), noise_limit=0.0)
    assert plan.depth == levels
    assert plan.products <= products


# Products without divisions, for dense, odd, and even polynomials with a linear term.
COUNTS = {
    "dense": [0, 1, 2, 2, 3, 4, 5, 4, 5, 5, 6, 6, 7, 7, 8],
    "odd": [0, 2, 3, 5, 5, 6, 7, 8, 7, 8, 8, 9, 10, 10, 11, 12],
    "even and linear": [1, 2, 3, 3, 4, 5, 6, 5, 6, 6, 7, 7, 8, 8, 9],
}


@pytest.mark.parametrize("shape", COUNTS)
def test_small_counts(shape):
    degrees = {"dense": range(1, 16), "odd": range(1, 32, 2), "even and linear": range(2, 32, 2)}[shape]
    plans = [plan_evaluation(coefficients_of(SHAPES[shape](d)).tolist(), noise_limit=0.0) for d in degrees]
    assert [plan.products for plan in plans] == COUNTS[shape]
    assert [plan.depth for plan in plans] == [minimal_depth(d) for d in degrees]


@pytest.mark.parametrize("degree", range(2, 19))
@pytest.mark.parametrize("shape", ["dense", "odd", "even and linear"])
def test_no_basis_is_better_than_the_one_found(shape, degree):
    support = SHAPES[shape](degree)
    levels = minimal_depth(support.bit_length() - 1)
    found = plan_evaluation(coefficients_of(support).tolist(), noise_limit=0.0).products
    assert fewest_products(support, levels, at_most=found) == found


def test_parity_saves_products():
    counts = [
        plan_evaluation(coefficients_of(SHAPES[shape](63)).tolist(), noise_limit=0.0).products
        for shape in ("even", "odd", "dense")
    ]
    assert counts == sorted(counts)
    assert counts[0] <= 14 and counts[1] <= 17 and counts[2] <= 18


@pytest.mark.parametrize(("degree", "products"), [(27, 10), (55, 14), (119, 20), (127, 25)])
def test_divisions_save_products_of_smooth_functions(degree, products):
    coefficients = coefficients_of(dense(degree)).tolist()
    plan = plan_evaluation(coefficients)
    reference = plan_evaluation(coefficients, noise_limit=0.0)
    assert plan.products <= products < reference.products
    assert np.max(plan.noise_gain(T)) <= 2.0 * np.max(reference.noise_gain(T))
    check(coefficients, plan)


def test_noise_limit_is_what_stops_divisions():
    sigmoid = approximate(activation("sigmoid"), 7).coefficients
    careful, careless = plan_evaluation(sigmoid), plan_evaluation(sigmoid, noise_limit=20.0)
    assert (careful.products, careless.products) == (5, 4)
    assert 2.0 * np.max(careful.noise_gain(T)) < np.max(careless.noise_gain(T))
    check(sigmoid, careless)


@pytest.mark.parametrize("name", ["relu", "gelu", "silu", "elu", "tanh", "exp"])
@pytest.mark.parametrize("degree", [8, 15, 27, 59])
def test_activations_stay_accurate_and_bounded(name, degree):
    polynomial = approximate(activation(name), degree, method="minimax")
    plan = plan_evaluation(polynomial.coefficients)
    check(polynomial.coefficients, plan)
    assert plan.max_intermediate() <= 4 * max(2.0, float(np.max(np.abs(plan.evaluate(T)))))
    assert np.sqrt(np.mean(plan.noise_gain(T) ** 2)) < 20.0


def test_a_line_is_one_plaintext_product():
    plan = plan_evaluation([0.25, 0.3])
    assert (plan.products, plan.plain_products, plan.depth) == (0, 1, 1)
    assert plan_evaluation([0.0, 0.3]).additions == 0


def test_powers_of_two_cost_no_level():
    plan = plan_evaluation([0.0, 4.0, 0.0, 0.0, 2.0])
    assert (plan.plain_products, plan.depth) == (0, 2)
    np.testing.assert_allclose(plan.evaluate(T), chebyshev.chebval(T, [0, 4, 0, 0, 2]), atol=1e-14)


def test_power_basis_polynomials():
    cubic = from_power_basis([1.0, -2.0, 0.0, 0.7], (-3.0, 5.0))
    plan = plan_evaluation(cubic.coefficients)
    scale, offset = cubic.input_map
    x = np.linspace(-3.0, 5.0, 33)
    np.testing.assert_allclose(plan.evaluate(scale * x + offset), 1 - 2 * x + 0.7 * x**3, rtol=1e-12)
    assert (plan.products, plan.depth) == (2, 2)


def test_more_levels_can_save_products():
    coefficients = coefficients_of(dense(15)).tolist()
    tight = plan_evaluation(coefficients, noise_limit=0.0)
    loose = plan_evaluation(coefficients, levels=5, noise_limit=0.0)
    assert loose.products < tight.products
    assert loose.depth == 5
    np.testing.assert_allclose(loose.evaluate(T), tight.evaluate(T), atol=1e-12)


def test_plans_are_the_same_every_time():
    coefficients = coefficients_of(dense(21)).tolist()
    assert plan_evaluation(coefficients) == plan_evaluation(coefficients)


def test_steps_are_written_once_and_t_is_the_only_input():
    plan = plan_evaluation(coefficients_of(dense(31)).tolist())
    assert len(set(plan.steps)) == len(plan.steps)
    assert all(step.constant != 0.0 for step in plan.steps if isinstance(step, Scale))
    assert sum(isinstance(step, Product) for step in plan.steps) == plan.products


def test_negligible_coefficients_are_left_out():
    plan = plan_evaluation([0.5, 0.3, 0.2, 1e-18])
    assert (plan.products, plan.depth) == (1, 2)


@pytest.mark.parametrize("factor", [1e-20, 1e-9, 1e9, 1e18])
@pytest.mark.parametrize("degree", [7, 12, 23, 27])
def test_the_scale_makes_no_difference_without_divisions_and_none_to_the_values_with(degree, factor):
    coefficients = coefficients_of(dense(degree), decay=0.95)
    plans = [plan_evaluation((f * coefficients).tolist(), noise_limit=0.0) for f in (1.0, factor)]
    assert len({(plan.products, plan.plain_products, plan.depth) for plan in plans}) == 1
    check(factor * coefficients, plans[1])
    check(factor * coefficients, plan_evaluation((factor * coefficients).tolist(), noise_limit=100.0))


@pytest.mark.parametrize("coefficients", [[], [3.0], [3.0, 0.0, 0.0], [0.0, 0.0], [1.0, 1e-20]])
def test_constants_are_refused(coefficients):
    with pytest.raises(ParameterError, match="constant polynomial"):
        plan_evaluation(coefficients)


@pytest.mark.parametrize("coefficient", [math.nan, math.inf])
def test_coefficients_that_are_not_finite_are_refused(coefficient):
    with pytest.raises(ParameterError, match="NaN or infinite"):
        plan_evaluation([1.0, coefficient])


def test_too_few_levels_are_refused():
    with pytest.raises(ParameterError, match="takes 4 levels, 3 are allowed") as refused:
        plan_evaluation(coefficients_of(dense(9)).tolist(), levels=3)
    assert "degree to 7" in (refused.value.hint or "")


def test_too_high_degrees_are_refused():
    with pytest.raises(ParameterError, match="degree 1024 is above 1023"):
        plan_evaluation([0.0] * 1024 + [1.0])
