"""What Orion's linear transforms take, from the indices of their diagonals.

Orion leaves the schedule of a transform to Lattigo, whose counts it does not tell. They follow from the
indices: Lattigo splits index i into a giant step, i rounded down to a multiple of the baby size, and a baby
step, the rest; the baby size is the largest power of two, or half the one after, for which there are about as
many giant steps as baby steps (Lattigo 6, ``core/rlwe`` and ``circuits/common/lintrans``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Schedule:
    """The rotations of a transform between two ciphertexts.

    Attributes:
        babies: steps of the input.
        giants: steps of partial sums.
    """

    babies: frozenset[int]
    giants: frozenset[int]

    @property
    def steps(self) -> frozenset[int]:
        """Of both kinds: what keys are needed for."""
        return self.babies | self.giants


def schedule(indices: Iterable[int], slots: int) -> Schedule:
    """Lattigo's schedule for a matrix with these diagonals, when neither kind of step is preferred."""
    found = sorted({index % slots for index in indices})
    size = 1
    while size < slots:
        # Both with their step 0, or with one step too many if there is none: as Lattigo counts them.
        babies, giants = len({index % size for index in found}), len({index // size for index in found})
        if babies > 1 and giants <= babies:
            return _split(found, size if giants == babies else size // 2)
        size *= 2
    return _split(found, 1)


def _split(indices: Sequence[int], size: int) -> Schedule:
    babies = frozenset(index % size for index in indices) - {0}
    return Schedule(babies, frozenset(index - index % size for index in indices) - {0})


@dataclass
class Recorder:
    """The transforms of a network.

    Attributes:
        rotations: of all of them.
        products: of ciphertexts and diagonals.
        steps: that keys are needed for.
    """

    slots: int
    rotations: int = 0
    products: int = 0
    steps: set[int] = field(default_factory=set)

    def add(self, layer: Any) -> None:
        """Adds a layer: the transforms of its blocks, and the sums over parts of its outputs."""
        columns = [column for _, column in layer.diagonals]
        for diagonals in layer.diagonals.values():
            planned = schedule(diagonals, self.slots)
            self.rotations += len(planned.babies) + len(planned.giants)
            self.products += len(diagonals)
            self.steps |= planned.steps
        rows = len(columns) // len(set(columns))
        folds = [self.slots >> position for position in range(1, layer.output_rotations + 1)]
        self.rotations += rows * len(folds)
        self.steps |= set(folds)


def sparse_diagonals(
    matrix: Any, slots: int, embedding: str, is_last: bool
) -> tuple[dict[tuple[int, int], dict[int, list[float]]], int]:
    """The indices of what Orion's ``diagonalize`` finds, without values, and without dense blocks.

    Orion makes each block dense: at 32768 slots one takes 4 GB, and its copies several times that.

    Args:
        matrix: a layer's matrix, in SciPy's sparse form.
        slots: of a ciphertext.
        embedding: "hybrid" folds few outputs into the slots, "square" does not.
        is_last: the last layer is not folded.

    Returns:
        Empty diagonals by index, by row and column of the block; and how many sums fold the outputs.
    """
    rows, columns = matrix.shape
    row_blocks = -(-rows // slots)
    height, folds = slots, 0
    if row_blocks == 1 and embedding == "hybrid" and not is_last:
        height = 1 << (rows - 1).bit_length()
        folds = (slots // height).bit_length() - 1
    entries = matrix.tocoo()
    nonzero = entries.data != 0
    row, column = entries.row[nonzero], entries.col[nonzero]
    blocks: dict[tuple[int, int], dict[int, list[float]]] = {
        (i, j): {} for i in range(row_blocks) for j in range(-(-columns // slots))
    }
    for i, j in blocks:
        inside = (row // slots == i) & (column // slots == j)
        offsets = (column[inside] % slots - row[inside] % slots) % height
        blocks[i, j] = {index: [] for index in sorted(set(offsets.tolist()))} or {0: []}
    return blocks, folds
