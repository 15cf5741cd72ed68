"""Layouts: which element of a tensor each ciphertext slot holds.

A layout is a function from (ciphertext, slot) to the flat, row-major index of a tensor element, or to
nothing. Replication (an element in many slots), gaps (slots that hold nothing) and skew are all part
of the function, so that a plan can use them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from hetorch_heir.core.errors import ParameterError

EMPTY = -1
"""The table entry of a slot that holds no element (its value is zero when a client packs it)."""


def next_power_of_two(value: int) -> int:
    """The smallest power of two that is at least ``value`` (1 for 0 and 1)."""
    return 1 << max(0, value - 1).bit_length()


@dataclass(frozen=True)
class Term:
    """One summand ``coefficient * ((position // divisor) % modulus)``; modulus 0 means no reduction."""

    coefficient: int
    divisor: int
    modulus: int = 0


@dataclass(frozen=True)
class Formula:
    """A layout as index arithmetic, so that loops that pack and unpack can be printed.

    With ``position = ciphertext * slots + slot``, the element is ``sum(terms) % modulus``; it is held if
    it is smaller than the tensor's size.
    """

    terms: tuple[Term, ...]
    modulus: int

    def evaluate(self, size: int, count: int) -> npt.NDArray[np.int64]:
        """Element of each of the first ``count`` global slots, ``EMPTY`` where none is held."""
        position = np.arange(count, dtype=np.int64)
        element = np.zeros(count, dtype=np.int64)
        for term in self.terms:
            digit = position // term.divisor
            if term.modulus:
                digit = digit % term.modulus
            element += term.coefficient * digit
        element %= self.modulus
        return np.where(element < size, element, EMPTY)


@dataclass(frozen=True)
class Grid:
    """How the pixels of an image lie in the slots, which tells planners which shifts belong together.

    Attributes:
        pitch: slots from a row of the grid to the next.
        block: slots of a whole grid, from one channel (or one group of channels) to the next.
        spacing: points of the grid from a pixel to the next, along both axes.
    """

    pitch: int
    block: int
    spacing: int = 1


@dataclass(frozen=True, eq=False)
class Layout:
    """The placement of a tensor of ``size`` elements in ``ciphertexts`` ciphertexts of ``slots`` slots.

    ``table`` has shape (ciphertexts, slots) and holds the element of each slot, or ``EMPTY``; ``grid``
    is what is known of its structure. Two layouts are equal when they place the same number of elements
    in the same way.
    """

    size: int
    slots: int
    table: npt.NDArray[np.int64] = field(repr=False)
    formula: Formula | None = None
    name: str = "explicit"
    grid: Grid | None = None

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ParameterError("a tensor without elements has no layout")
        if self.slots < 1 or self.slots.bit_count() != 1:
            raise ParameterError(f"a ciphertext of {self.slots} slots: the number of slots is a power of two")

    @classmethod
    def from_formula(cls, size: int, slots: int, ciphertexts: int, formula: Formula, name: str) -> Layout:
        table = formula.evaluate(size, ciphertexts * slots).reshape(ciphertexts, slots)
        return cls(size, slots, table, formula, name)

    @classmethod
    def from_table(cls, size: int, table: npt.ArrayLike, name: str = "explicit") -> Layout:
        """A layout given slot by slot; ``table`` has shape (ciphertexts, slots).

        Raises:
            ParameterError: an entry is no element, or an element of the tensor is nowhere.
        """
        array = np.asarray(table, dtype=np.int64)
        if array.ndim != 2 or array.size == 0 or array.min() < EMPTY or array.max() >= size:
            raise ParameterError(
                f"a layout table of shape {array.shape} does not place a tensor of {size} elements",
                hint=f"give shape (ciphertexts, slots) with entries between {EMPTY} and {size - 1}",
            )
        layout = cls(size, array.shape[1], array, None, name)
        _ = layout.first_slots  # raises if an element is missing
        return layout

    @classmethod
    def contiguous(cls, size: int, slots: int) -> Layout:
        """Elements in row-major order from slot 0 on, each once; gaps after the last."""
        ciphertexts = max(1, -(-size // slots))
        total = ciphertexts * slots
        formula = Formula((Term(1, 1),), total)
        return cls.from_formula(size, slots, ciphertexts, formula, "contiguous")

    @classmethod
    def periodic(cls, size: int, slots: int, period: int | None = None) -> Layout:
        """Slot s holds element s mod ``period`` (default: the next power of two of ``size``).

        A tensor larger than a ciphertext has no room for replicas and is contiguous.

        Raises:
            ParameterError: the period is no power of two, or too short for the tensor.
        """
        period = next_power_of_two(size) if period is None else period
        if period < size or period.bit_count() != 1:
            raise ParameterError(
                f"a period of {period} for a tensor of {size} elements",
                hint="use a power of two that is at least the size",
            )
        if period > slots:
            return cls.contiguous(size, slots)
        formula = Formula((Term(1, 1),), period)
        return cls.from_formula(size, slots, 1, formula, "periodic")

    @classmethod
    def skewed(cls, size: int, slots: int, step: int, rows: int) -> Layout:
        """The layout from which a map to ``rows`` results takes only ``step`` different shifts.

        Every block of slots is shifted ``step`` elements further than the one before, so that rotations
        by less than ``step`` together with the replicas reach every element from the slots that a
        ladder of strides rows, 2 * rows, … adds up. With p the padded size, slot s holds element
        (s + step * ((s // max(p, rows)) mod groups)) mod p, in min(p, rows) / step groups.

        Args:
            step: a power of two; at least p * rows / slots, and a divisor of p and of ``rows``.
            rows: results of the map, padded to a power of two.

        Raises:
            ParameterError: the step or the number of rows is not usable.
        """
        period = next_power_of_two(size)
        block, smaller = max(period, rows), min(period, rows)
        groups = smaller // step if step > 0 else 0
        if step.bit_count() != 1 or rows.bit_count() != 1 or not 1 <= groups <= slots // block:
            raise ParameterError(
                f"no skewed layout of {size} elements in {slots} slots has step {step} for {rows} rows",
                hint=f"both are powers of two; the step is between {max(1, period * rows // slots)}"
                f" and {smaller}",
            )
        if groups == 1:
            return cls.periodic(size, slots, period)
        formula = Formula((Term(1, 1), Term(step, block, groups)), period)
        return cls.from_formula(size, slots, 1, formula, "skewed")

    @classmethod
    def column_major(cls, shape: tuple[int, ...], slots: int) -> Layout:
        """Elements in the order of the last-but-one axis first (columns of the matrix one by one)."""
        size, (rows, columns) = int(np.prod(shape)), _matrix_shape(shape)
        order = np.arange(size).reshape(-1, rows, columns).transpose(0, 2, 1).reshape(-1)
        return cls._ordered(order, slots, "column_major")

    @classmethod
    def diagonal(cls, shape: tuple[int, ...], slots: int) -> Layout:
        """Generalised diagonals of the matrix one by one: x[i, (i + d) mod columns] for d = 0, 1, ….

        Source: Halevi and Shoup, "Algorithms in HElib" (2014), section 4.3.
        """
        size, (rows, columns) = int(np.prod(shape)), _matrix_shape(shape)
        row, shift = np.meshgrid(np.arange(rows), np.arange(columns), indexing="xy")
        one = (row * columns + (row + shift) % columns).reshape(-1)
        order = (np.arange(size // (rows * columns))[:, None] * rows * columns + one).reshape(-1)
        return cls._ordered(order, slots, "diagonal")

    @classmethod
    def _ordered(cls, order: npt.NDArray[np.int64], slots: int, name: str) -> Layout:
        ciphertexts = max(1, -(-order.size // slots))
        table = np.full(ciphertexts * slots, EMPTY, dtype=np.int64)
        table[: order.size] = order
        return cls(order.size, slots, table.reshape(ciphertexts, slots), None, name)

    @property
    def ciphertexts(self) -> int:
        return self.table.shape[0]

    @cached_property
    def key(self) -> tuple[int, int, bytes]:
        """Equal for layouts that place the same tensor in the same way; hashable."""
        return (self.size, self.slots, self.table.tobytes())

    @cached_property
    def digest(self) -> bytes:
        """Equal for layouts that are equal and on the same grid: plans between them are the same."""
        about = repr((self.size, self.table.shape, self.grid)).encode()
        return blake2b(self.table.tobytes(), key=blake2b(about).digest(), digest_size=16).digest()

    @cached_property
    def period(self) -> int:
        """The smallest power of two p such that slots s and s + p always hold the same element."""
        period = self.slots
        while period > 1 and self.ciphertexts == 1:
            half = period // 2
            if not np.array_equal(self.table[0, :half], self.table[0, half:period]):
                break
            period = half
        return period

    @cached_property
    def first_slots(self) -> npt.NDArray[np.int64]:
        """For each element, one global slot (ciphertext * slots + slot) that holds it: the first.

        Raises:
            ParameterError: an element is held nowhere.
        """
        flat = self.table.reshape(-1)
        held, where = np.unique(flat, return_index=True)
        positions = where[held != EMPTY]
        if positions.size != self.size:
            missing = np.setdiff1d(np.arange(self.size), held)[0]
            raise ParameterError(f"element {missing} of a tensor of {self.size} is in no slot of its layout")
        return positions

    @cached_property
    def replica_slots(self) -> npt.NDArray[np.int64]:
        """The global slots within the first period that hold each element.

        Shape (elements, most replicas of one), ``EMPTY`` where an element has fewer.
        """
        ciphertexts, slots = np.nonzero(self.table[:, : self.period] != EMPTY)
        elements = self.table[ciphertexts, slots]
        order = np.argsort(elements, kind="stable")
        elements = elements[order]
        counts = np.bincount(elements, minlength=self.size)
        result = np.full((self.size, int(counts.max())), EMPTY, dtype=np.int64)
        rank = np.arange(elements.size) - (np.cumsum(counts) - counts)[elements]
        result[elements, rank] = (ciphertexts * self.slots + slots)[order]
        return result

    def replicated(self, copies: int) -> Layout:
        """The layout after the first block, as long as the padded tensor, has been copied to the right.

        Args:
            copies: how many blocks there are then, the first included. One ciphertext only.
        """
        width = next_power_of_two(self.size)
        table = np.full_like(self.table, EMPTY)
        for copy in range(copies):
            table[0, copy * width : (copy + 1) * width] = self.table[0, :width]
        return Layout(self.size, self.slots, table, None, f"replicated x{copies}")

    def pack(self, tensor: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The slots, shape (ciphertexts, slots), of a tensor with ``size`` elements; gaps are zero."""
        flat = np.append(np.asarray(tensor, dtype=np.float64).reshape(-1), 0.0)
        if flat.size != self.size + 1:
            raise ParameterError(f"a layout for {self.size} elements got a tensor of {flat.size - 1}")
        return flat[self.table]

    def unpack(self, slots: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The ``size`` elements, flat, read from slots of shape (ciphertexts, slots)."""
        return np.asarray(slots, dtype=np.float64).reshape(-1)[self.first_slots]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _matrix_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """The last two axes of a shape, with a missing first one read as 1."""
    padded = (1, 1, *shape)
    return padded[-2], padded[-1]
