"""Plans of single maps: what they compute, what they take, what they cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.linalg.layout import EMPTY, Layout
from hetorch_heir.linalg.linear_map import on_last_axis
from hetorch_heir.linalg.planner import CostWeights, PlannerOptions, TransformPlanner
from hetorch_heir.linalg.transform import LinearTransform
from tests.linalg.random_layouts import SIZES, SLOTS, layouts, matrices, sparse

N = 8192
GENERATOR = np.random.default_rng(0)


def plan_of(
    rows: int, columns: int, source: Layout, target: Layout, options: PlannerOptions | None = None
) -> LinearTransform:
    """The plan of a dense matrix, checked against the matrix."""
    weight = GENERATOR.normal(size=(rows, columns))
    plan = TransformPlanner(options).plan(sparse(weight), source, target)
    x = GENERATOR.normal(size=columns)
    np.testing.assert_allclose(plan.apply(source.pack(x)), target.pack(weight @ x), atol=1e-10)
    return plan


@pytest.mark.parametrize(
    ("rows", "columns", "source", "target", "rotations", "products", "ladder"),
    [
        # The layers of an MLP 784-128-128-10: 40 rotations and 145 products together.
        (128, 784, Layout.skewed(784, N, 16, 128), Layout.periodic(128, N), 12, 16, 6),
        (128, 128, Layout.periodic(128, N), Layout.skewed(128, N, 1, 16), 21, 128, 0),
        (10, 128, Layout.skewed(128, N, 1, 16), Layout.periodic(10, N), 7, 1, 7),
        # The same layers without skew.
        (128, 784, Layout.periodic(784, N), Layout.periodic(128, N), 24, 128, 3),
        (10, 128, Layout.periodic(128, N), Layout.periodic(10, N), 9, 16, 3),
        # At half the slots.
        (128, 784, Layout.skewed(784, 4096, 32, 128), Layout.periodic(128, 4096), 15, 32, 5),
        # More results than elements.
        (500, 20, Layout.skewed(20, 4096, 4, 512), Layout.periodic(500, 4096), 5, 4, 3),
        (500, 20, Layout.skewed(20, 4096, 16, 512), Layout.periodic(500, 4096), 7, 16, 1),
        (500, 20, Layout.periodic(20, 4096), Layout.periodic(500, 4096), 10, 32, 0),
        # A dot product: one product, and a sum over all elements.
        (1, 64, Layout.periodic(64, 64), Layout.periodic(1, 64), 6, 1, 6),
        (1, 1, Layout.periodic(1, 16), Layout.periodic(1, 16), 0, 1, 0),
    ],
)
def test_counts(
    rows: int, columns: int, source: Layout, target: Layout, rotations: int, products: int, ladder: int
) -> None:
    plan = plan_of(rows, columns, source, target)
    assert (plan.rotations, len(plan.products), len(plan.ladder)) == (rotations, products, ladder)
    assert plan.prelude == ()


def test_counts_of_several_ciphertexts() -> None:
    """8 slots: two ciphertexts to three, every shift of every pair, 3 babies and 1 giant each."""
    plan = plan_of(24, 16, Layout.contiguous(16, 8), Layout.contiguous(24, 8))
    assert len(plan.products) == 2 * 3 * 8
    assert plan.rotations == 3 * 2 + 1 * 3
    assert plan.additions == len(plan.products) - 3


def test_a_source_without_replicas_is_copied_first() -> None:
    """In row-major order: three rotations make eight replicas, and then a ladder is possible."""
    plan = plan_of(128, 784, Layout.contiguous(784, N), Layout.periodic(128, N))
    assert plan.prelude == (7168, 6144, 4096)
    assert plan.ladder == (128, 256, 512)
    assert (plan.rotations, len(plan.products)) == (3 + 24, 128)


def test_gaps_that_hold_something_are_not_copied_into() -> None:
    source, target = Layout.contiguous(5, 16), Layout.periodic(3, 16)
    weight = sparse(GENERATOR.normal(size=(3, 5)))
    assert TransformPlanner().plan(weight, source, target).prelude != ()
    assert TransformPlanner().plan(weight, source, target, zero_gaps=False).prelude == ()


def test_rotation_keys_are_counted_once() -> None:
    """The babies 1 … 3 and the giants 4 … 12 of a run of 16, and the ladder 128 … 4096."""
    plan = plan_of(128, 784, Layout.skewed(784, N, 16, 128), Layout.periodic(128, N))
    assert plan.rotation_keys == {1, 2, 3, 4, 8, 12, 128, 256, 512, 1024, 2048, 4096}
    assert len(plan.babies) == len(plan.giants) == 3


def test_equal_diagonals_are_stored_once() -> None:
    source = Layout.contiguous(8, 4)
    plan = TransformPlanner().plan(sparse(2 * np.eye(8)), source, source)
    assert len(plan.products) == 2
    assert plan.diagonals.tolist() == [[2, 2, 2, 2]]


@pytest.mark.parametrize(
    ("options", "babies", "giants"),
    [
        (PlannerOptions(), 7, 7),
        (PlannerOptions(baby_steps=16), 15, 3),
        (PlannerOptions(giant_steps=2), 31, 1),
        (PlannerOptions(baby_steps=4, giant_steps=2), 3, 15),
        (PlannerOptions(min_size=65), 63, 0),
        (PlannerOptions(min_size=64), 7, 7),
    ],
)
def test_options_fix_the_steps(options: PlannerOptions, babies: int, giants: int) -> None:
    plan = plan_of(64, 64, Layout.periodic(64, 64), Layout.periodic(64, 64), options)
    assert (len(plan.babies), len(plan.giants)) == (babies, giants)


def test_structure_of_sparse_maps_is_used() -> None:
    """A tridiagonal matrix takes three products, whatever its size."""
    size = 256
    values = sum(np.diag(GENERATOR.normal(size=size - abs(offset)), offset) for offset in (-1, 0, 1))
    layout = Layout.periodic(size, 1024)
    plan = TransformPlanner().plan(sparse(np.asarray(values)), layout, layout)
    assert len(plan.products) == 3
    assert plan.rotations == 2


def test_a_map_to_nothing_is_still_a_ciphertext() -> None:
    plan = TransformPlanner().plan(sparse(np.zeros((9, 3))), Layout.periodic(3, 4), Layout.contiguous(9, 4))
    assert [one.output for one in plan.products] == [0, 1, 2]
    assert plan.rotations == 0
    assert not plan.apply(np.ones((1, 4))).any()


def test_estimates_know_the_best_layouts() -> None:
    planner = TransformPlanner()
    assert planner.estimate(on_last_axis(np.ones((128, 784)), (784,)), N) == pytest.approx(12 + 16 * 0.06)
    assert planner.estimate(on_last_axis(np.ones((10, 128)), (128,)), N) == pytest.approx(7 + 0.06)
    diagonal = sparse(np.diag(np.arange(1.0, 9.0)))
    assert planner.estimate(diagonal, N) == pytest.approx(0.06)


OPTIONS = st.builds(
    PlannerOptions,
    baby_steps=st.none() | st.integers(1, 20),
    giant_steps=st.none() | st.integers(1, 20),
    min_size=st.sampled_from([1, 16, 64]),
)


@given(st.data(), SIZES, SIZES, SLOTS, OPTIONS, st.booleans())
def test_plans_apply_the_map(
    data: st.DataObject, rows: int, columns: int, slots: int, options: PlannerOptions, zero_gaps: bool
) -> None:
    source, target = data.draw(layouts(columns, slots)), data.draw(layouts(rows, slots))
    values = data.draw(matrices(rows, columns))
    planner = TransformPlanner(options)
    plan = planner.plan(sparse(values), source, target, zero_gaps=zero_gaps)
    x = np.linspace(-1, 1, columns)
    packed = source.pack(x)
    if not zero_gaps:
        packed = np.where(source.table == EMPTY, 1000.0, packed)
    np.testing.assert_allclose(plan.apply(packed), target.pack(values @ x), atol=1e-10)
    # The estimate is no less than what the plan takes, up to the keys that several rotations share
    # and the products that results of zero take.
    weights = CostWeights()
    least = weights.of(plan.rotations, len(plan.products) - target.ciphertexts, 0)
    assert planner.cost(sparse(values), source, target, zero_gaps=zero_gaps) >= least - 1e-9


@given(st.data(), SIZES, SIZES, SLOTS)
def test_plans_are_in_order(data: st.DataObject, rows: int, columns: int, slots: int) -> None:
    source, target = data.draw(layouts(columns, slots)), data.draw(layouts(rows, slots))
    plan = TransformPlanner().plan(sparse(data.draw(matrices(rows, columns))), source, target)
    keys = [(one.output, one.giant, one.input, one.baby) for one in plan.products]
    assert keys == sorted(set(keys))
    assert {one.output for one in plan.products} == set(range(target.ciphertexts))
    assert {one.diagonal for one in plan.products} == set(range(len(plan.diagonals)))
    assert all(0 <= one.input < source.ciphertexts for one in plan.products)
    assert all(0 < key < slots for key in plan.rotation_keys)
