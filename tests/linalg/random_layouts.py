"""Random layouts and maps between them, for property tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from hetorch_heir.linalg.layout import EMPTY, Layout, next_power_of_two
from hetorch_heir.linalg.linear_map import Matrix

SIZES = st.one_of(st.integers(1, 40), st.integers(1, 300))
SLOTS = st.sampled_from([1, 2, 8, 32, 64, 128, 512])


def random(draw: st.DrawFn) -> np.random.Generator:
    return np.random.default_rng(draw(st.integers(0, 2**32)))


def _shape(draw: st.DrawFn, size: int) -> tuple[int, int]:
    rows = draw(st.sampled_from([one for one in range(1, size + 1) if size % one == 0]))
    return rows, size // rows


@st.composite
def skewed(draw: st.DrawFn, size: int, slots: int) -> Layout:
    """Any legal skew; periodic where there is no room for one."""
    period = next_power_of_two(size)
    legal = [
        (step, rows)
        for rows in (1 << bit for bit in range(slots.bit_length()))
        for step in (1 << bit for bit in range(min(period, rows).bit_length()))
        if step * slots >= period * rows
    ]
    if not legal:
        return Layout.periodic(size, slots)
    return Layout.skewed(size, slots, *draw(st.sampled_from(legal)))


@st.composite
def tables(draw: st.DrawFn, size: int, slots: int) -> Layout:
    """Elements anywhere, some in several slots, gaps, and up to one ciphertext more than needed."""
    generator = random(draw)
    ciphertexts = -(-size // slots) + draw(st.integers(0, 1))
    table = np.full(ciphertexts * slots, EMPTY)
    places = generator.permutation(table.size)
    table[places[:size]] = np.arange(size)
    replicas = int(generator.integers(0, table.size - size + 1))
    table[places[size : size + replicas]] = generator.integers(0, size, replicas)
    return Layout.from_table(size, table.reshape(ciphertexts, slots))


@st.composite
def layouts(draw: st.DrawFn, size: int, slots: int) -> Layout:
    """A layout of any kind for ``size`` elements."""
    makers: list[Callable[[], Layout]] = [
        lambda: Layout.periodic(size, slots),
        lambda: Layout.contiguous(size, slots),
        lambda: Layout.column_major(_shape(draw, size), slots),
        lambda: Layout.diagonal(_shape(draw, size), slots),
        lambda: draw(skewed(size, slots)),
        lambda: draw(tables(size, slots)),
    ]
    return draw(st.sampled_from(makers))()


@st.composite
def matrices(draw: st.DrawFn, rows: int, columns: int) -> npt.NDArray[np.float64]:
    """Dense, sparse, zero, banded and permuted matrices."""
    generator = random(draw)
    values = generator.normal(size=(rows, columns))
    kept = draw(st.sampled_from([1.0, 0.3, 0.05, 0.0]))
    values = values * (generator.random(values.shape) < kept)
    if draw(st.booleans()):
        values = values * (np.abs(np.subtract.outer(np.arange(rows), np.arange(columns))) < 3)
    return values[generator.permutation(rows)] if draw(st.booleans()) else values


def sparse(values: npt.NDArray[np.float64]) -> Matrix:
    return Matrix(values)
