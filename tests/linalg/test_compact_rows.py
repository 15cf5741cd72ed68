"""Compact forms give back the same numbers, and are small where there is structure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.linalg.compact_rows import (
    CompactRows,
    TableStore,
    column_classes,
    compact,
    split_mask,
)


def size(form: CompactRows) -> int:
    return sum(factor.values.size for factor in form.factors)


def turned(rows: np.ndarray, giants: list[int]) -> np.ndarray:
    return np.stack([np.roll(row, giant) for row, giant in zip(rows, giants, strict=True)])


def convolution_rows(seed: int = 0) -> np.ndarray:
    """The diagonals of a 3x3 convolution of 4 to 4 channels of 8x8 pixels: shape (36, 256)."""
    weights = np.random.default_rng(seed).normal(size=(36, 4))
    y, x = np.divmod(np.arange(64), 8)
    rows = []
    for tap, row in enumerate(weights):
        dy, dx = divmod(tap % 9, 3)
        inside = (np.abs(y + dy - 4.5) < 4) & (np.abs(x + dx - 4.5) < 4)
        rows.append(np.kron(row, inside))
    return np.stack(rows)


@st.composite
def structured(draw: st.DrawFn) -> tuple[np.ndarray, list[int]]:
    """Rows that are products of weights by group and masks by pattern, anyhow structured or not at all."""
    slots = draw(st.sampled_from([1, 4, 12, 16, 64]))
    count = draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    few = draw(st.booleans())
    numbers = rng.integers(-2, 3, (count, slots)) if few else rng.normal(size=(count, slots))
    groups = rng.integers(0, draw(st.integers(1, slots)), slots)
    patterns = rng.integers(0, draw(st.integers(1, 4)), slots)
    masks = rng.integers(0, 2, (count, 4))
    rows = (numbers[:, groups] * masks[:, patterns]).astype(dtype)
    giants = [int(one) for one in rng.integers(0, slots, count)]
    return turned(rows, giants), giants


@given(st.lists(structured(), min_size=1, max_size=3))
def test_forms_give_back_the_same_numbers(cases: list[tuple[np.ndarray, list[int]]]) -> None:
    store = TableStore()
    for rows, giants in cases:
        form = compact(rows, giants, store)
        if form is not None:
            assert np.array_equal(form.expanded(), rows)
            assert form.expanded().dtype == rows.dtype
            assert all(store.number(factor.table) is not None for factor in form.factors)


@given(structured())
def test_classes_and_masks_are_exact_however_large_they_are(case: tuple[np.ndarray, list[int]]) -> None:
    rows, _ = case
    classes = column_classes(rows)
    assert np.array_equal(classes.expanded(), rows)
    assert len(np.unique(classes.values, axis=1).T) == classes.values.shape[1]
    masked = split_mask(classes)
    if masked is not None:
        weights, masks = masked
        assert np.array_equal(weights.expanded() * masks.expanded(), rows)
        assert set(np.unique(masks.values)) <= {0, 1}


def test_a_convolution_takes_its_weights_and_nine_masks() -> None:
    giants = [9 * (tap // 9) for tap in range(36)]
    rows = turned(convolution_rows(), giants)
    form = compact(rows, giants, TableStore())
    assert form is not None
    assert [factor.values.shape for factor in form.factors] == [(36, 4), (36, 9)]
    assert np.array_equal(form.expanded(), rows)


def test_transforms_between_the_same_layouts_share_tables() -> None:
    store = TableStore()
    for seed in range(3):
        compact(convolution_rows(seed), [0] * 36, store)
    assert len(store.tables) == 2


def test_a_vector_uses_the_table_of_a_transform_before_it() -> None:
    store = TableStore()
    compact(convolution_rows(), [0] * 36, store)
    bias = np.repeat(np.arange(4.0), 64)[None]
    form = compact(bias, [0], store)
    assert form is not None
    assert size(form) == 4
    assert len(store.tables) == 2
    assert compact(bias, [0], TableStore()) is not None, "a table of 4-byte entries is half of these rows"
    assert compact(bias.astype(np.float32), [0], TableStore()) is None


def test_replicas_are_kept_once() -> None:
    rows = np.tile(np.random.default_rng(0).normal(size=(8, 16)), 8)
    form = compact(rows, [0] * 8, TableStore())
    assert form is not None
    assert size(form) == 8 * 16


def test_numbers_without_structure_have_no_form() -> None:
    store = TableStore()
    assert compact(np.random.default_rng(0).normal(size=(8, 64)), [0] * 8, store) is None
    assert not store.tables


@pytest.mark.parametrize("odd", [np.inf, -np.inf, np.nan])
def test_numbers_that_are_not_finite_are_not_masked(odd: float) -> None:
    rows = convolution_rows()
    rows[0, rows[0] != 0] = odd
    assert split_mask(column_classes(rows)) is None
    form = compact(rows, [0] * 36, TableStore())
    assert form is not None
    assert np.array_equal(form.expanded(), rows, equal_nan=True)


def test_zeros_of_both_signs_are_one_number() -> None:
    rows = np.zeros((2, 64))
    rows[:, ::2] = -0.0
    assert column_classes(rows).values.shape == (2, 1)
