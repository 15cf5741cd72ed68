"""What a plan computes and counts, on a plan written by hand."""

from __future__ import annotations

import numpy as np

from hetorch_heir.linalg.layout import Layout
from hetorch_heir.linalg.transform import LinearTransform, Product

LAYOUT = Layout.contiguous(8, 4)
DIAGONALS = np.array([[1.0, 2.0, 3.0, 4.0], [1.0, 0.0, 0.0, 0.0]])
PLAN = LinearTransform(
    source=LAYOUT,
    target=LAYOUT,
    products=(Product(0, 0, 0, 1, 0), Product(0, 2, 1, 0, 1), Product(1, 0, 0, 1, 1)),
    diagonals=DIAGONALS,
    prelude=(3,),
    ladder=(1, 2),
)


def test_counts() -> None:
    assert PLAN.babies == {(0, 1)}
    assert PLAN.giants == {(0, 2)}
    # Preludes turn both inputs, ladders both outputs.
    assert PLAN.rotations == 2 + 1 + 1 + 2 * 2
    assert PLAN.rotation_keys == {1, 2, 3}
    assert PLAN.additions == 2 + 1 + 2 * 2


def test_apply() -> None:
    inputs = np.array([[1.0, 10.0, 100.0, 1000.0], [1.0, 0.0, 0.0, 0.0]])
    # After the prelude: [[1001, 11, 110, 1100], [1, 1, 0, 0]].
    first = np.array([11.0, 220.0, 3300.0, 4004.0]) + np.array([0.0, 0.0, 1.0, 0.0])
    second = np.array([11.0, 0.0, 0.0, 0.0])
    # Strides 1 and 2 add up all four slots.
    expected = [[first.sum()] * 4, [second.sum()] * 4]
    np.testing.assert_allclose(PLAN.apply(inputs), expected)


def test_keys_are_modulo_the_slots() -> None:
    plan = LinearTransform(LAYOUT, LAYOUT, (Product(0, 0, 0, 5, 0),), DIAGONALS)
    assert plan.rotation_keys == {1}
