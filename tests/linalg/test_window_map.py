"""Convolutions and window sums as matrices, compared with torch's own for random geometry."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hetorch_heir.linalg.linear_map import Matrix, dimensions
from hetorch_heir.linalg.window_map import Window, convolution, window_sum


def tensor(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def check(matrix: Matrix, x: torch.Tensor, expected: torch.Tensor) -> None:
    assert dimensions(matrix) == (expected.numel(), x.numel())
    assert all(np.all(np.diff(matrix.indices[one:end]) > 0) for one, end in _rows(matrix))
    assert np.all(matrix.data)
    np.testing.assert_allclose(matrix @ x.reshape(-1).numpy(), expected.reshape(-1).numpy(), atol=1e-12)


def _rows(matrix: Matrix) -> list[tuple[int, int]]:
    return list(zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True))


def axes(low: int, high: int, rank: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*[st.integers(low, high)] * rank)


@st.composite
def windows(draw: st.DrawFn, rank: int, transposed: bool) -> Window:
    kernel, padding = draw(axes(1, 3, rank)), draw(axes(0, 2, rank))
    return Window(kernel, draw(axes(1, 3, rank)), padding, draw(axes(1, 2, rank)), transposed)


@settings(deadline=None, max_examples=60)
@given(st.data(), st.integers(1, 3), st.booleans())
def test_convolutions(data: st.DataObject, rank: int, transposed: bool) -> None:
    window = data.draw(windows(rank, transposed))
    groups, per_group, outputs = (data.draw(st.integers(1, 2)) for _ in range(3))
    spatial = data.draw(axes(5, 8 if rank < 3 else 5, rank))
    x = tensor(data.draw(st.integers(1, 2)), groups * per_group, *spatial)
    channels = (groups * per_group, outputs) if transposed else (groups * outputs, per_group)
    weight = tensor(*channels, *window.kernel, seed=1)
    if transposed:  # results of no extent can't be
        padding = tuple(min(a, b - 1) for a, b in zip(window.padding, window.kernel, strict=True))
        window = Window(window.kernel, window.stride, padding, window.dilation, True)
    extra = [data.draw(st.integers(0, step - 1)) if transposed else 0 for step in window.stride]
    geometry = (list(window.stride), list(window.padding), list(window.dilation), transposed, extra, groups)
    expected = torch.ops.aten.convolution.default(x, weight, None, *geometry)
    matrix = convolution(weight.numpy(), x.shape, expected.shape[2:], window, groups)
    check(matrix, x, expected)


@settings(deadline=None)
@given(st.data(), st.integers(2, 3), st.booleans())
def test_window_sums(data: st.DataObject, rank: int, ceil_mode: bool) -> None:
    kernel, stride = data.draw(axes(1, 4, rank)), data.draw(axes(1, 4, rank))
    padding = tuple(data.draw(st.integers(0, size // 2)) for size in kernel)
    x = tensor(2, 3, *data.draw(axes(4, 6, rank)))
    pool = torch.ops.aten.avg_pool2d if rank == 2 else torch.ops.aten.avg_pool3d
    expected = pool(x, kernel, stride, padding, ceil_mode, True, 1)
    window = Window(kernel, stride, padding, (1,) * rank)
    check(window_sum(x.shape, expected.shape[2:], window), x, expected)


def test_zero_weights_are_not_stored() -> None:
    weight = np.zeros((2, 2, 3, 3))
    weight[0, 0, 1, 1] = 2.0
    matrix = convolution(weight, (1, 2, 4, 5), (4, 5), Window((3, 3), (1, 1), (1, 1), (1, 1)))
    assert matrix.nnz == 20
    assert np.array_equal(matrix.indices, np.arange(20))


@pytest.mark.parametrize("groups", [1, 16])
def test_a_layer_of_a_residual_network_is_built_quickly(groups: int) -> None:
    """2.3 million entries; the limit is generous, for machines that are busy."""
    weight = np.ones((16, 16 // groups, 3, 3))
    start = time.process_time()
    matrix = convolution(weight, (1, 16, 32, 32), (32, 32), Window((3, 3), (1, 1), (1, 1), (1, 1)), groups)
    assert time.process_time() - start < 2.0
    assert matrix.nnz == 16 * 16 // groups * (3 * 32 - 2) ** 2
    assert matrix.indices.dtype == np.int32
