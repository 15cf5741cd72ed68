"""The homomorphic operators: values, fake tensors, capture."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx import symbolic_trace

from hetorch_heir.passes import operations

HE = torch.ops.hetorch
X = torch.arange(8.0).reshape(2, 4)
Y = torch.linspace(-1, 1, 8).reshape(2, 4)
INDEX = torch.tensor([[0, 3, -1, 1], [2, -1, -1, 4]])
TERMS = ([0, 0, 0, 1], [0, 0, 2, 1], [0, 1, 0, 1], [0, 1, 1, 3], [0, 1, 2, 0])

CASES = {
    "cadd": ((X, Y), X + Y),
    "csub": ((X, Y), X - Y),
    "cmult": ((X, Y), X * Y),
    "padd": ((X, Y[0]), X + Y[0]),
    "psub": ((X, torch.tensor(2.0)), X - 2),
    "pmult": ((X, Y), X * Y),
    "negate": ((X,), -X),
    "rotate": ((X, 1), torch.tensor([[1.0, 2, 3, 0], [5, 6, 7, 4]])),
    "rescale": ((X,), X),
    "relinearize": ((X,), X),
    "level_reduce": ((X, 2), X),
    "bootstrap": ((X,), X),
    "chebyshev": ((Y, [1.0, 2.0, 3.0]), 1 + 2 * Y + 3 * (2 * Y**2 - 1)),
    "pack": (
        (torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), INDEX),
        torch.tensor([[1.0, 4, 0, 2], [3, 0, 0, 5]]),
    ),
    "unpack": ((X, torch.tensor([5, 0, 7, 1]), [2, 2]), torch.tensor([[5.0, 0], [7, 1]])),
    "linear_transform": (
        (X, torch.stack([Y[0], Y[1], X[0]]), *TERMS, 2),
        torch.stack(
            [
                Y[0] * X[0] + Y[1] * torch.roll(X[1], -1) + torch.roll(X[0] * torch.roll(X[0], -1), -2),
                torch.roll(Y[0] * torch.roll(X[1], -3), -1),
            ]
        ),
    ),
}


def test_every_operator_is_covered() -> None:
    assert set(CASES) == operations.OPERATIONS


@pytest.mark.parametrize("name", CASES)
def test_values(name: str) -> None:
    arguments, expected = CASES[name]
    torch.testing.assert_close(getattr(HE, name)(*arguments), expected)


@pytest.mark.parametrize("name", CASES)
def test_fake_tensors_have_the_shape_of_the_value(name: str) -> None:
    arguments, expected = CASES[name]
    with FakeTensorMode() as mode:
        fakes = [mode.from_tensor(one) if isinstance(one, torch.Tensor) else one for one in arguments]
        result = getattr(HE, name)(*fakes)
    assert result.shape == expected.shape
    assert result.dtype == expected.dtype


@pytest.mark.parametrize("name", sorted(operations.PRIMITIVE_OPERATIONS))
def test_results_share_no_memory_with_arguments(name: str) -> None:
    argument = X.clone()
    others = CASES[name][0][1:]
    getattr(HE, name)(argument, *others).zero_()
    torch.testing.assert_close(argument, X)


@given(st.lists(st.floats(-3, 3), max_size=20))
def test_chebyshev_agrees_with_numpy(coefficients: list[float]) -> None:
    x = torch.linspace(-1.1, 1.1, 23, dtype=torch.float64)
    expected = np.polynomial.chebyshev.chebval(x.numpy(), coefficients) if coefficients else np.zeros(23)
    np.testing.assert_allclose(HE.chebyshev(x, coefficients).numpy(), expected, atol=1e-9)


@given(st.integers(-20, 20), st.integers(-20, 20))
def test_rotations_add_up(first: int, second: int) -> None:
    torch.testing.assert_close(HE.rotate(HE.rotate(X, first), second), HE.rotate(X, first + second))


def test_a_logical_tensor_of_any_shape_is_accepted() -> None:
    x = torch.randn(2, 3, 4)
    torch.testing.assert_close(HE.chebyshev(HE.pmult(x, torch.tensor(0.5)), [0.0, 1.0]), x / 2)


def test_operators_can_be_traced() -> None:
    graph_module = symbolic_trace(lambda x: HE.rotate(HE.cmult(x, x), 1))
    targets = [node.target for node in graph_module.graph.nodes if node.op == "call_function"]
    assert targets == [HE.cmult, HE.rotate]
    torch.testing.assert_close(graph_module(X), torch.roll(X * X, -1, -1))


def test_unequal_term_lists_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        HE.linear_transform(X, Y, [0], [0, 1], [0], [0], [0], 1)


def test_new_operators_can_be_defined() -> None:
    operations.LIBRARY.define("scale_by(Tensor ct, float factor) -> Tensor")
    operations.LIBRARY.impl("scale_by", lambda ct, factor: ct * factor, "CPU")
    torch.testing.assert_close(HE.scale_by(X, 2.5), X * 2.5)
