"""Activation functions agree with torch, and have the symmetry that they claim."""

import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from hetorch_heir.approx import ACTIVATION_NAMES, activation
from hetorch_heir.approx.functions import as_activation
from hetorch_heir.core.errors import ParameterError, UnsupportedOperationError

TORCH_FORMS = [
    ("relu", {}, F.relu),
    ("gelu", {}, F.gelu),
    ("gelu", {"approximate": "tanh"}, lambda x: F.gelu(x, approximate="tanh")),
    ("sigmoid", {}, torch.sigmoid),
    ("tanh", {}, torch.tanh),
    ("silu", {}, F.silu),
    ("swish", {}, F.silu),
    ("elu", {"alpha": 0.7}, lambda x: F.elu(x, alpha=0.7)),
    ("softplus", {}, F.softplus),
    ("softplus", {"beta": 2.0, "threshold": 3.0}, lambda x: F.softplus(x, beta=2.0, threshold=3.0)),
    ("softplus", {"beta": -1.5}, lambda x: F.softplus(x, beta=-1.5)),
    ("leaky_relu", {"slope": 0.2}, lambda x: F.leaky_relu(x, 0.2)),
    ("relu6", {}, F.relu6),
    ("selu", {}, F.selu),
    ("celu", {"alpha": 1.7}, lambda x: F.celu(x, alpha=1.7)),
    ("hardsigmoid", {}, F.hardsigmoid),
    ("hardswish", {}, F.hardswish),
    ("hardtanh", {"min": -0.5, "max": 2.0}, lambda x: F.hardtanh(x, -0.5, 2.0)),
    ("mish", {}, F.mish),
    ("softsign", {}, F.softsign),
    ("erf", {}, torch.erf),
    ("sin", {}, torch.sin),
    ("cos", {}, torch.cos),
    ("sign", {}, torch.sign),
    ("prelu", {"slope": 0.3}, lambda x: F.prelu(x, torch.tensor(0.3, dtype=x.dtype))),
    ("clamp", {"min": -0.5, "max": 2.0}, lambda x: torch.clamp(x, -0.5, 2.0)),
    ("clamp", {"min": 0.25}, lambda x: torch.clamp(x, min=0.25)),
    ("clamp", {"max": 0.25}, lambda x: torch.clamp(x, max=0.25)),
    ("softshrink", {"lambd": 0.75}, lambda x: F.softshrink(x, 0.75)),
    ("hardshrink", {"lambd": 0.75}, lambda x: F.hardshrink(x, 0.75)),
    ("threshold", {"threshold": 1.25, "value": -2.0}, lambda x: F.threshold(x, 1.25, -2.0)),
    ("abs", {}, torch.abs),
    ("exp", {}, torch.exp),
    ("log", {}, torch.log),
    ("sqrt", {}, torch.sqrt),
    ("rsqrt", {}, torch.rsqrt),
    ("reciprocal", {}, torch.reciprocal),
]


@pytest.mark.parametrize(("name", "params", "reference"), TORCH_FORMS)
def test_equals_torch(name, params, reference):
    function = activation(name, **params)
    x = np.linspace(max(-12.0, function.lower), 12.0, 1203)
    x = x[~np.isin(x, function.poles)]
    expected = reference(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(function(x), expected, rtol=1e-12, atol=1e-12)


def test_every_name_is_compared_with_torch():
    assert {name for name, _, _ in TORCH_FORMS} == set(ACTIVATION_NAMES)


@pytest.mark.parametrize(("name", "params"), [(name, params) for name, params, _ in TORCH_FORMS])
def test_symmetry_is_as_claimed(name, params):
    function = activation(name, **params)
    u = np.linspace(0.01, 10.0, 400)

    def core(v):
        return function(function.center + v) - function.offset - function.slope * v

    sign = {"even": 1.0, "odd": -1.0}.get(function.parity)
    if sign is not None:
        np.testing.assert_allclose(core(-u), sign * core(u), atol=1e-8)
    elif math.isinf(function.lower):
        for missed in (1.0, -1.0):  # no line taken off makes it even or odd
            curved = np.diff(core(-u) - missed * core(u), 2)
            assert np.abs(curved).max() > 1e-4


@pytest.mark.parametrize(("name", "params"), [(name, params) for name, params, _ in TORCH_FORMS])
def test_is_finite_on_the_default_range_and_far_out(name, params):
    function = activation(name, **params)
    a, b = function.default_range
    function.require_regular((a, b))
    assert np.all(np.isfinite(function(np.linspace(a, b, 501))))
    if name not in ("exp", "reciprocal") and math.isinf(function.lower):
        assert np.all(np.isfinite(function(np.array([-1e4, 1e4]))))


@pytest.mark.parametrize(("name", "params"), [(name, params) for name, params, _ in TORCH_FORMS])
def test_piecewise_linear_functions_are_their_pieces(name, params):
    function = activation(name, **params)
    known = {"relu", "abs", "sign", "relu6", "hardsigmoid", "hardtanh", "clamp", "prelu", "leaky_relu"}
    known |= {"softshrink", "hardshrink", "threshold"}
    assert (function.pieces is not None) == (name in known)
    if function.pieces is not None:
        x = np.linspace(-7.0, 9.0, 1001) + 1e-9
        np.testing.assert_allclose(function.pieces(x), function(x), atol=1e-12)
        x = x[(x > -2.0) & (x < 0.4)]
        np.testing.assert_allclose(function.pieces.within((-2.0, 0.4))(x), function(x), atol=1e-12)
        assert len(function.pieces.within((0.8, 1.2)).kinks) == 0


def test_unknown_names_and_parameters_are_refused():
    with pytest.raises(UnsupportedOperationError, match="gelo") as unknown:
        activation("gelo")
    assert "gelu" in str(unknown.value)
    with pytest.raises(ParameterError, match="no parameter beta"):
        activation("elu", beta=1.0)
    with pytest.raises(ParameterError, match="no parameter scale"):
        activation("tanh", scale=2.0)
    with pytest.raises(ParameterError, match="approximation 'erf'"):
        activation("gelu", approximate="erf")
    with pytest.raises(ParameterError, match="min < max"):
        activation("hardtanh", min=1.0, max=1.0)
    with pytest.raises(ParameterError, match="min or max"):
        activation("clamp")
    with pytest.raises(ParameterError, match="finite beta other than 0"):
        activation("softplus", beta=0.0)


def test_a_user_callable_is_taken_as_it_is():
    cube = as_activation(lambda x: x**3)
    assert cube.parity == "none"
    np.testing.assert_array_equal(cube([1, 2, 3]), [1.0, 8.0, 27.0])
    assert as_activation(cube) is cube


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("log", (-1.0, 2.0)),
        ("log", (0.0, 2.0)),
        ("sqrt", (-0.5, 1.0)),
        ("rsqrt", (0.0, 1.0)),
        ("reciprocal", (-1.0, 1.0)),
        ("reciprocal", (0.0, 1.0)),
        ("reciprocal", (-3.0, 1.0)),
        ("log", (-3.0, -1.0)),
    ],
)
def test_singular_domains_are_refused(name, domain):
    with pytest.raises(ParameterError, match=r"singular|not defined") as refused:
        activation(name).require_regular(domain)
    assert name in (refused.value.where or "")
    numbers = re.search(r"for example \((.+), (.+)\)[;,]", refused.value.hint or "")
    assert numbers is not None
    suggested = (float(numbers[1]), float(numbers[2]))
    activation(name).require_regular(suggested)
    assert suggested[0] < suggested[1]


def test_regular_domains_of_singular_functions_are_taken():
    activation("sqrt").require_regular((0.0, 4.0))
    activation("reciprocal").require_regular((-2.0, -1.0))
