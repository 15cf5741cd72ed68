"""Layouts of images: channels of pixels on a grid whose points are slots.

A convolution reads, for every pixel, the same neighbours: when pixels lie on a regular grid, every
neighbour is one rotation for all pixels and channels at once. After a stride, pixels are ``spacing`` grid
points apart, and other channels fill the points in between (multiplexed packing; Lee et al., "Low-Complexity
Deep Convolutional Neural Networks on Fully Homomorphic Encryption Using Multiplexed Parallel Convolutions",
2022, section 4). Replicas fill the remaining slots, and may be skewed or crossed so that a rotate-and-sum
ladder over them adds up different channels (docs/planner.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hetorch_heir.core.errors import ParameterError
from hetorch_heir.linalg.layout import EMPTY, Grid, Layout, next_power_of_two
from hetorch_heir.linalg.linear_map import Matrix

Index = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ImageForm:
    """A family of layouts of a tensor of ``channels`` images, height x width.

    Attributes:
        rows, columns: points of the grid, powers of two; one row for signals of one dimension.
        spacing: grid points from a pixel to the next; a power of two.
        split: pixels whose coordinates have the same remainder by ``split`` form a grid of their own (a
            phase): neighbours for a stride of ``split``. A power of two.
        multiplexed: whether spacing**2 channels share a grid.
        copies: how often each phase is repeated before the next one; a power of two.
        first: grids left empty before the first one, so that skewed replicas do not run into each other.
    """

    channels: int
    height: int
    width: int
    rows: int
    columns: int
    spacing: int = 1
    split: int = 1
    multiplexed: bool = True
    copies: int = 1
    first: int = 0

    def __post_init__(self) -> None:
        high = -(-self.height // self._vertical(self.split)) * self._vertical(self.spacing)
        wide = -(-self.width // self.split) * self.spacing
        if high > self.rows or wide > self.columns:
            raise ParameterError(
                f"images of {self.height} x {self.width} do not fit a grid of {self.rows} x {self.columns}"
                f" with {self.spacing} points from pixel to pixel"
            )

    @property
    def size(self) -> int:
        return self.channels * self.height * self.width

    @property
    def block(self) -> int:
        """Slots of one grid."""
        return self.rows * self.columns

    @property
    def phases(self) -> int:
        """Grids that the pixels of a channel are spread over."""
        return self.split * self._vertical(self.split)

    @property
    def sharing(self) -> int:
        """Channels that share a grid."""
        return self.spacing * self._vertical(self.spacing) if self.multiplexed else 1

    @property
    def blocks(self) -> int:
        """Grids of one phase, padded to a power of two."""
        return next_power_of_two(self.first + -(-self.channels // self.sharing))

    @property
    def period(self) -> int:
        """Slots of one replica of the whole tensor."""
        return self.phases * self.copies * self.blocks * self.block

    @property
    def grid(self) -> Grid:
        return Grid(self.columns, self.block, self.spacing)

    @property
    def positions(self) -> Index:
        """The slot of every element in the first replica (and its first copy)."""
        replica = self._replica()
        held = np.flatnonzero(replica != EMPTY)
        result = np.zeros(self.size, dtype=np.int64)
        result[replica[held][::-1]] = held[::-1]
        return result

    def periodic(self, slots: int) -> Layout:
        """Replicas one after the other, as many as there is room for."""
        replica = self._replica()
        count = max(1, slots // self.period)
        ciphertexts = max(1, self.period // slots)
        table = np.tile(replica, count).reshape(ciphertexts, slots)
        # Where channels are padded to a power of two, whole ciphertexts may hold nothing.
        table = table[np.any(table != EMPTY, axis=1)]
        return self._layout(table, self._describe("image"))

    def skewed(self, slots: int, step: int, every: int | None = None) -> Layout:
        """Replica r begins ``step`` * r slots later in the tensor.

        Args:
            every: slots after which the next skew begins; a multiple of the period, which is the default.

        Raises:
            ParameterError: there is one replica only.
        """
        self._replicas(slots)
        position = np.arange(slots)
        table = self._replica()[(position + step * (position // (every or self.period))) % self.period]
        return self._layout(table[None, :], f"{self._describe('image')} skewed by {step}")

    def crossed(self, slots: int) -> Layout:
        """Replica r has the channels that share a grid exchanged: channel q lies where q xor r would.

        Every point of the grid offers all of them among the replicas, so no shift from one to the other is
        needed. Replicas beyond spacing**2 are skewed by channels.

        Raises:
            ParameterError: there is one replica only, or channels do not share grids.
        """
        if self.sharing == 1:
            raise ParameterError("channels do not share grids: there is nothing to exchange")
        replicas = self._replicas(slots)
        replica, bits = self._replica(), self.spacing.bit_length() - 1
        position = np.arange(slots)
        number, inside = position // self.period, position % self.period
        crossing = min(replicas, self.sharing)
        step = self.blocks * self.block * crossing // replicas
        inside = (inside + step * (number // crossing)) % self.period if step >= self.block else inside
        point = inside % self.block
        row, column = point // self.columns, point % self.columns
        for digit in range(crossing.bit_length() - 1):
            place = digit // 2 if self.rows > 1 else digit
            flipped = ((number >> digit) & 1) << (bits - 1 - place)
            if self.rows > 1 and digit % 2 == 0:
                row = row ^ flipped
            else:
                column = column ^ flipped
        table = replica[inside - point + row * self.columns + column]
        return self._layout(table[None, :], f"{self._describe('image')} crossed")

    def layouts(self, slots: int, skews: Iterable[tuple[int, int]] = ()) -> list[Layout]:
        """The periodic layout, skewed ones, and the crossed one if there is one.

        Args:
            skews: (step, slots after which the next begins), beside those that share all of the tensor
                among the replicas.
        """
        found = {self.periodic(slots): None}
        if 2 * self.period <= slots:
            share = self.period**2 // slots
            for step, every in ((share, self.period), (share // 2, self.period), *skews):
                if 0 < step < self.period and every % self.period == 0 and every < slots:
                    found[self.skewed(slots, step, every)] = None
            if self.sharing > 1:
                found[self.crossed(slots)] = None
        return list(found)

    def _vertical(self, factor: int) -> int:
        """A spacing or split along the columns; signals of one dimension are images of one row."""
        return factor if self.rows > 1 else 1

    def _replicas(self, slots: int) -> int:
        if 2 * self.period > slots:
            raise ParameterError(f"{slots} slots have no room for a second replica of {self.period} slots")
        return slots // self.period

    def _replica(self) -> Index:
        """The element in each slot of one replica."""
        channel, y, x = (axis.reshape(-1) for axis in np.indices((self.channels, self.height, self.width)))
        group, shared = self.first + channel // self.sharing, channel % self.sharing
        split = self._vertical(self.split)
        row = (y // split) * self._vertical(self.spacing) + shared // self.spacing
        column = (x // self.split) * self.spacing + shared % self.spacing
        phase = (y % split) * self.split + x % self.split
        table = np.full((self.phases, self.copies, self.blocks, self.rows, self.columns), EMPTY)
        table[phase, :, group, row, column] = np.arange(self.size)[:, None]
        return table.reshape(-1)

    def _layout(self, table: Index, name: str) -> Layout:
        return Layout(self.size, table.shape[1], table, None, name, self.grid)

    def _describe(self, kind: str) -> str:
        parts = [f"{kind} on {self.rows}x{self.columns}"]
        if self.spacing > 1:
            parts.append(f"{'multiplexed' if self.multiplexed else 'spaced'} by {self.spacing}")
        if self.split > 1:
            parts.append(f"split by {self.split}")
        return ", ".join(parts)


def aligned(matrix: Matrix, source: ImageForm, target: ImageForm, results: Layout) -> Layout | None:
    """The layout of an input from which a map leads to ``results`` with as few shifts as grids allow.

    Every slot of ``results`` finds the grids of the input (its channels and phases) in the blocks that
    follow it, and its neighbours where they are in any other slot. Skew and gaps of ``results`` are taken
    over.

    Args:
        matrix: shape (elements of the target, elements of the source).
        source: how the input is spread over grids of the target's size, without copies.
        target: the form that ``results`` is a layout of.
        results: a layout in one ciphertext.

    Returns:
        None if a slot would have to hold two elements, or an element is read by no slot.
    """
    slots, block = results.slots, target.block
    if results.ciphertexts != 1 or source.block != block or source.period > slots:
        return None
    outputs = np.flatnonzero(results.table[0] != EMPTY)
    rows = results.table[0, outputs]
    counts = np.diff(matrix.indptr)[rows]
    which = np.repeat(np.arange(rows.size), counts)
    within = np.arange(which.size) - np.repeat(np.cumsum(counts) - counts, counts)
    columns = matrix.indices[matrix.indptr[rows][which] + within]
    here = target.positions[rows][which]
    there = source.positions[columns]
    planes = (there // block - here // block) % (source.period // block)
    read = (outputs[which] + planes * block + there % block - here % block) % slots
    table = np.full(slots, EMPTY, dtype=np.int64)
    table[read] = columns
    if np.any(table[read] != columns) or np.unique(columns).size != source.size:
        return None
    return Layout(source.size, slots, table[None, :], None, f"aligned with {results.name}", source.grid)
