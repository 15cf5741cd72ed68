"""Minimax polynomials: errors known from the literature, and equioscillation."""

import numpy as np
import pytest
from numpy.polynomial import chebyshev

from hetorch_heir.approx import activation, remez
from hetorch_heir.approx.remez import minimax_coefficients
from hetorch_heir.core.errors import ParameterError

T = np.cos(np.linspace(np.pi, 0.0, 40001))


def error_of(function, coefficients):
    return chebyshev.chebval(T, coefficients) - function(T)


def alternations(error, share=0.999):
    """Number of extrema of alternating sign that come within ``share`` of the largest."""
    large = error[np.abs(error) >= share * np.abs(error).max()]
    return 1 + int(np.count_nonzero(np.diff(np.sign(large))))


def test_best_line_to_exp():
    # f'(c) = sinh(1) fixes the point of tangency; E = (cosh 1 - c sinh 1 ... ) / 2, Meinardus (1967).
    slope = np.sinh(1.0)
    tangent = np.log(slope)
    expected = (np.e - slope * 1.0 - (slope - slope * tangent)) / 2.0
    coefficients = minimax_coefficients(np.exp, 1, "none")
    assert np.abs(error_of(np.exp, coefficients)).max() == pytest.approx(expected, rel=1e-6)
    assert coefficients[1] == pytest.approx(slope, rel=1e-6)


def test_best_parabola_to_the_absolute_value():
    np.testing.assert_allclose(minimax_coefficients(np.abs, 2, "even"), [0.625, 0.0, 0.5], atol=1e-9)


def test_bernstein_constant():
    # n E_n(|x|) tends to 0.28016949902… (Varga, Carpenter 1985), from below, by O(1/n^2).
    coefficients = minimax_coefficients(np.abs, 100, "even")
    assert 100 * np.abs(error_of(np.abs, coefficients)).max() == pytest.approx(0.2801695, rel=2e-4)


@pytest.mark.parametrize("degree", [1, 2, 5, 8, 15, 40])
@pytest.mark.parametrize(
    ("name", "parity"),
    [("exp", "none"), ("tanh", "odd"), ("erf", "odd"), ("abs", "even"), ("softsign", "odd")],
)
def test_the_error_equioscillates(name, parity, degree):
    def function(t):
        return activation(name)(3.0 * t)

    coefficients = minimax_coefficients(function, degree, parity)
    error = error_of(function, coefficients)
    if np.abs(error).max() > 1e-12:  # below, the error is rounding
        # An odd polynomial of degree 2n+1 has n+1 coefficients and alternates n+2 times on each side.
        free = {"none": degree + 1, "odd": 2 * ((degree + 1) // 2), "even": 2 * (degree // 2 + 1) - 1}[parity]
        assert alternations(error) >= free + 1
    wrong = {"none": [], "odd": coefficients[0::2], "even": coefficients[1::2]}[parity]
    assert np.all(np.asarray(wrong) == 0.0)


@pytest.mark.parametrize("parity", ["none", "odd", "even"])
def test_parity_changes_nothing_but_zeros(parity):
    function = {"none": np.exp, "odd": np.sin, "even": np.cos}[parity]
    general = minimax_coefficients(lambda t: function(2.0 * t), 7, "none")
    special = minimax_coefficients(lambda t: function(2.0 * t), 7, parity)
    np.testing.assert_allclose(special, general, atol=1e-7)


def test_no_polynomial_of_that_degree_is_better():
    best = minimax_coefficients(np.exp, 4, "none")
    optimum = np.abs(error_of(np.exp, best)).max()
    random = np.random.default_rng(7)
    for _ in range(200):
        other = best + random.normal(scale=optimum, size=5)
        assert np.abs(error_of(np.exp, other)).max() > optimum * (1 - 1e-9)


def test_a_polynomial_is_reproduced():
    np.testing.assert_allclose(
        minimax_coefficients(lambda t: 2 * t**3 - t, 6, "none"), [0, 0.5, 0, 0.5, 0, 0, 0], atol=1e-12
    )


def test_a_kink_inside_converges():
    coefficients = minimax_coefficients(lambda t: np.maximum(t - 0.3, 0.0), 21, "none")
    assert alternations(error_of(lambda t: np.maximum(t - 0.3, 0.0), coefficients), 0.98) >= 23


def test_a_jump_leaves_half_of_it():
    def jump(t):
        return np.where(t > 0.31, 1.0, 0.0)

    coefficients = minimax_coefficients(jump, 12, "none")
    assert np.abs(error_of(jump, coefficients)).max() == pytest.approx(0.5, abs=0.01)


def test_no_convergence_is_an_error(monkeypatch):
    monkeypatch.setattr(remez, "_MAX_EXCHANGES", 1)
    with pytest.raises(ParameterError, match="did not converge") as refused:
        minimax_coefficients(lambda t: np.maximum(t - 0.3, 0.0), 21, "none")
    assert "chebyshev" in (refused.value.hint or "")
