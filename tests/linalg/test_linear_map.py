"""Linear operators of tensors as matrices of their flat elements, compared with torch's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hetorch_heir.linalg import linear_map
from hetorch_heir.linalg.linear_map import Matrix

EXTENTS = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def tensor(shape: tuple[int, ...], seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def check(matrix: Matrix, x: torch.Tensor, expected: torch.Tensor) -> None:
    assert linear_map.dimensions(matrix) == (expected.numel(), x.numel())
    np.testing.assert_allclose(matrix @ x.reshape(-1).numpy(), expected.reshape(-1).numpy(), atol=1e-12)


@given(EXTENTS, st.integers(1, 5))
def test_on_last_axis(shape: tuple[int, ...], out: int) -> None:
    x, weight = tensor(shape), tensor((out, shape[-1]), 1)
    check(linear_map.on_last_axis(weight.numpy(), shape), x, torch.nn.functional.linear(x, weight))


@given(EXTENTS, st.integers(1, 3))
def test_on_rows(shape: tuple[int, ...], out: int) -> None:
    x = tensor(shape)
    left = tensor((out, *(shape[-2:-1] or shape)), 1)
    check(linear_map.on_rows(left.numpy(), shape), x, left @ x)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((2, 3, 4), (4, 5)),
        ((2, 3, 4), (2, 4, 5)),
        ((2, 3, 4), (1, 4, 5)),
        ((1, 3, 4), (2, 4, 5)),
        ((2, 1, 3, 4), (5, 4, 2)),
        ((2, 3, 4), (4,)),
    ],
)
def test_batches_of_matrices_on_rows(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    weights, x = tensor(left), tensor(right, 1)
    check(linear_map.on_rows(weights.numpy(), right), x, weights @ x)


@given(EXTENTS, st.integers(1, 3))
def test_on_columns(shape: tuple[int, ...], out: int) -> None:
    x, right = tensor(shape), tensor((shape[-1], out), 1)
    check(linear_map.on_columns(right.numpy(), shape), x, x @ right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((4, 5), (2, 5, 3)),
        ((2, 4, 5), (2, 5, 3)),
        ((1, 4, 5), (2, 5, 3)),
        ((2, 4, 5), (1, 5, 3)),
        ((5, 2, 4), (2, 1, 4, 3)),
        ((4,), (2, 4, 3)),
    ],
)
def test_batches_of_matrices_on_columns(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    x, weights = tensor(left), tensor(right, 1)
    check(linear_map.on_columns(weights.numpy(), left), x, x @ weights)


@given(EXTENTS, st.data())
def test_sums(shape: tuple[int, ...], data: st.DataObject) -> None:
    dims = data.draw(st.sets(st.integers(-len(shape), len(shape) - 1), min_size=1))
    dims = {dim % len(shape) for dim in dims}
    x = tensor(shape)
    matrix = linear_map.sums(shape, list(dims))
    check(matrix, x, x.sum(list(dims)))
    assert np.all(matrix.data == 1)


@given(EXTENTS, st.data())
def test_padding(shape: tuple[int, ...], data: st.DataObject) -> None:
    before, after = ([data.draw(st.integers(-((extent - 1) // 2), 2)) for extent in shape] for _ in range(2))
    pads = [pad for pair in reversed(list(zip(before, after, strict=True))) for pad in pair]
    x = tensor(shape)
    check(linear_map.padding(shape, before, after), x, torch.nn.functional.pad(x, pads))


@given(EXTENTS, st.integers(1, 3))
def test_repeated(shape: tuple[int, ...], count: int) -> None:
    x = tensor((count, *shape))
    weight = tensor((3, int(np.prod(shape))), 1)
    matrix = linear_map.repeated(Matrix(weight.numpy()), count)
    check(matrix, x, x.reshape(count, -1) @ weight.T)


@given(EXTENTS, st.data())
def test_permutation(shape: tuple[int, ...], data: st.DataObject) -> None:
    dims = data.draw(st.permutations(range(len(shape))))
    x = tensor(shape)
    matrix = linear_map.permutation(shape, dims)
    check(matrix, x, x.permute(dims))
    assert linear_map.selection_factor(matrix) == 1.0


@given(EXTENTS, st.data())
def test_expansion(target: tuple[int, ...], data: st.DataObject) -> None:
    shape = tuple(data.draw(st.sampled_from([1, extent])) for extent in target)
    shape = shape[data.draw(st.integers(0, len(shape) - 1)) :]
    x = tensor(shape)
    matrix = linear_map.expansion(shape, target)
    check(matrix, x, x.expand(target))
    assert linear_map.selection_factor(matrix) == 1.0


def test_elementwise_and_selection() -> None:
    assert linear_map.elementwise([[1.0, 2.0]]).toarray().tolist() == [[1, 0], [0, 2]]
    assert linear_map.selection([2, 0, 2], 3).toarray().tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 1]]
    assert linear_map.selection([-1, 1, -1], 2).toarray().tolist() == [[0, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    "left",
    [np.eye(3), np.diag([2.0, -1.0, 3.0]), np.eye(3)[[1, 0, 2]], np.diag([1.0, 0.0, 2.0]), np.ones((2, 3))],
)
@pytest.mark.parametrize("right", [np.eye(3), np.arange(12.0).reshape(3, 4), np.zeros((3, 2))])
def test_products(left: np.ndarray, right: np.ndarray) -> None:
    result = linear_map.product(Matrix(left), Matrix(right))
    np.testing.assert_array_equal(result.toarray(), left @ right)


def test_zeros_are_not_stored() -> None:
    assert linear_map.on_last_axis([[0.0, 1.0]], (3, 2)).nnz == 3
    assert linear_map.on_rows([[0.0, 1.0]], (2, 3)).nnz == 3
    assert linear_map.on_columns([[0.0], [1.0]], (3, 2)).nnz == 3


@pytest.mark.parametrize(
    ("values", "identity", "sign", "factor"),
    [
        ([[1.0, 0.0], [0.0, 1.0]], True, True, 1.0),
        ([[-1.0, 0.0], [0.0, -1.0]], False, True, -1.0),
        ([[1.0, 0.0], [0.0, -1.0]], False, False, None),
        ([[0.0, 1.0], [1.0, 0.0]], False, False, 1.0),
        ([[0.5, 0.0], [0.5, 0.0]], False, False, 0.5),
        ([[1.0, 0.0]], False, False, 1.0),
        ([[2.0, 0.0], [0.0, 2.0]], False, False, 2.0),
        ([[1.0, 1.0], [0.0, 1.0]], False, False, None),
        ([[1.0, 1.0], [0.0, 0.0]], False, False, None),
        ([[0.0, 0.0], [0.0, 0.0]], False, False, None),
        ([[1.0]], True, True, 1.0),
    ],
)
def test_kinds_of_matrices(
    values: list[list[float]], identity: bool, sign: bool, factor: float | None
) -> None:
    matrix = Matrix(np.array(values))
    assert linear_map.is_identity(matrix) == identity
    assert linear_map.is_sign(matrix) == sign
    assert linear_map.selection_factor(matrix) == factor
