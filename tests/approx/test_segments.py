"""Arithmetic of piecewise linear functions, compared with the functions themselves."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.approx import activation
from hetorch_heir.approx.segments import IDENTITY, MAX_BREAKS, Segments, constant

POINTS = np.linspace(-5.0, 5.0, 1013) + 1e-7
"""None of them is a break of the functions below."""
NAMES = ("relu", "leaky_relu", "abs", "hardtanh", "softshrink", "relu6", "sign", "hardshrink", "hardsigmoid")

numbers = st.integers(-8, 8).map(lambda number: number / 4)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("plus"), numbers),
        st.tuples(st.just("scaled"), numbers),
        st.tuples(st.just("under"), st.sampled_from(NAMES)),
    ),
    min_size=1,
    max_size=4,
)


def made(path: list[tuple[str, object]]) -> tuple[Segments, np.ndarray]:
    """A function of these steps, and its values."""
    segments, values = IDENTITY, POINTS
    for kind, value in path:
        if kind == "under":
            function = activation(str(value))
            assert function.pieces is not None
            composed = segments.under(function.pieces)
            assert composed is not None
            segments, values = composed, function(values)
        elif kind == "plus":
            total = segments.plus(constant(float(value)))  # pyright: ignore[reportArgumentType]
            assert total is not None
            segments, values = total, values + float(value)  # pyright: ignore
        else:
            segments, values = segments.scaled(float(value)), values * value  # pyright: ignore
    return segments, values


@given(steps, steps)
def test_compositions_and_sums(left: list[tuple[str, object]], right: list[tuple[str, object]]) -> None:
    (a, values_a), (b, values_b) = made(left), made(right)
    total = a.plus(b.scaled(-0.5))
    assert total is not None
    np.testing.assert_allclose(a.closed()(POINTS), values_a, atol=1e-9)
    np.testing.assert_allclose(total.closed()(POINTS), values_a - 0.5 * values_b, atol=1e-9)


@given(steps)
def test_products_with_steps(path: list[tuple[str, object]]) -> None:
    segments, values = made(path)
    sign = segments.sign()
    assert sign is not None
    product = segments.times(sign)
    assert product is not None
    np.testing.assert_allclose(product.closed()(POINTS), np.abs(values), atol=1e-9)
    assert not product.closed().jumps or made(path)[0].closed().jumps


def test_products_of_lines_are_not_linear() -> None:
    assert IDENTITY.times(IDENTITY) is None


def test_too_many_breaks_are_refused() -> None:
    segments: Segments | None = IDENTITY
    pieces = activation("abs").pieces
    assert pieces is not None
    for number in range(12):
        if segments is None:
            return
        assert len(segments.breaks) <= MAX_BREAKS
        shifted = segments.plus(constant(-(2.0**-number)))
        segments = None if shifted is None else shifted.under(pieces)
    raise AssertionError("2^12 breaks were taken for a function of few")
