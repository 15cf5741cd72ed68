"""The algebra of affine expressions, compared with that of arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.linalg import linear_map
from hetorch_heir.passes.packing.linear_expression import LinearExpression

Array = npt.NDArray[np.float64]

GENERATOR = np.random.default_rng(0)
VALUES: dict[int | str, Array] = {0: GENERATOR.normal(size=(2, 3)), 1: GENERATOR.normal(size=(2, 3))}
PUBLIC: dict[int | str, Array] = {"p": GENERATOR.normal(size=(2, 3))}


def evaluate(expression: LinearExpression) -> Array:
    """The expression on the numbers above."""
    flat = np.zeros(expression.size)
    for key, matrix in [*expression.terms.items(), *expression.public.items()]:
        assert linear_map.dimensions(matrix) == (expression.size, 6)
        flat = flat + matrix @ (VALUES | PUBLIC)[key].reshape(-1)
    if expression.constant is not None:
        flat = flat + expression.constant
    return flat.reshape(expression.shape)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> tuple[LinearExpression, Array]:
    """An expression, and the array that it is."""
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        if draw(st.booleans()):
            constant = np.asarray(draw(st.sampled_from([0.0, 2.0, [1.0, -1.0, 0.5], [[1.0], [0.0]]])))
            return LinearExpression.of_constant(constant), constant
        if draw(st.booleans()):
            return LinearExpression.of_public("p", (2, 3)), PUBLIC["p"]
        number = draw(st.sampled_from([0, 1]))
        return LinearExpression.of_value(number, (2, 3)), VALUES[number]
    expression, array = draw(expressions(depth - 1))
    kind = draw(st.sampled_from(["plus", "scaled", "reshaped", "expanded", "applied"]))
    if kind == "plus":
        other, other_array = draw(expressions(depth - 1))
        try:
            shape = np.broadcast_shapes(array.shape, other_array.shape)
        except ValueError:
            return expression, array
        sign = draw(st.sampled_from([1.0, -1.0]))
        result = expression.plus(other, sign)
        assert result.shape == shape
        return result, array + sign * other_array
    if kind == "scaled":
        factors = np.asarray(draw(st.sampled_from([0.0, -1.0, 0.5, [[3.0]]])))
        if draw(st.booleans()):
            factors = GENERATOR.normal(size=array.shape[-1:])
        return expression.scaled(factors), array * factors
    if kind == "reshaped":
        return expression.reshaped((array.size,)), array.reshape(-1)
    if kind == "expanded":
        shape = (2, *array.shape)
        return expression.expanded(shape), np.broadcast_to(array, shape)
    order = GENERATOR.permutation(array.size)
    result = expression.apply(linear_map.selection(order, array.size), (array.size,))
    return result, array.reshape(-1)[order]


@given(expressions())
def test_expressions_are_what_arrays_are(pair: tuple[LinearExpression, Array]) -> None:
    expression, array = pair
    assert expression.shape == array.shape
    np.testing.assert_allclose(evaluate(expression), array, atol=1e-12)
    assert all(matrix.nnz for matrix in expression.public.values())
    # A zero is kept only to say that the result is encrypted.
    zeros = [number for number, matrix in expression.terms.items() if not matrix.nnz]
    assert not zeros or len(expression.terms) == 1


def test_what_an_expression_is() -> None:
    value, public = LinearExpression.of_value(3, (2,)), LinearExpression.of_public("p", (2,))
    constant = LinearExpression.of_constant([1.0, 2.0])
    kinds = [(one.is_encrypted, one.is_constant, one.value) for one in (value, public, constant)]
    assert kinds == [(True, False, 3), (False, False, None), (False, True, None)]
    assert value.plus(LinearExpression.of_constant(0.0)).value == 3
    assert value.scaled(2.0).scaled(0.5).value == 3
    assert value.plus(public).plus(public, -1.0).value == 3
    for other in (value.plus(constant), value.plus(public), value.plus(value), value.scaled(-1.0)):
        assert other.value is None
    assert value.scaled(0.0).is_encrypted
    assert value.plus(value, -1.0).is_encrypted


@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
def test_the_array_of_a_constant(shape: tuple[int, ...]) -> None:
    array = np.ones(shape)
    assert np.array_equal(LinearExpression.of_constant(array).array, array)
    assert np.array_equal(LinearExpression(shape).array, np.zeros(shape))


def test_terms_that_vanish_are_dropped() -> None:
    first, second = (LinearExpression.of_value(number, (2,)) for number in (0, 1))
    assert first.plus(second).plus(first, -1.0).value == 1
