"""The layouts that are tried for the values of a program."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from hetorch_heir.linalg.image_layout import ImageForm, aligned
from hetorch_heir.linalg.layout import Layout, next_power_of_two
from hetorch_heir.linalg.linear_map import is_dense
from hetorch_heir.passes.packing.program import PackedInput, PackedProgram, SlotSum

MAX_SCATTERED = 200_000
"""Entries of a sparse map up to which layouts without a grid are tried for its values as well."""


@dataclass(frozen=True)
class Image:
    """Channels of pixels; signals of one dimension have one row."""

    channels: int
    height: int
    width: int

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> Image | None:
        """A tensor of shape (batch, channels, height, width) or (batch, channels, length) as images."""
        if len(shape) < 3:
            return None
        if len(shape) == 3:
            return cls(int(np.prod(shape[:-1])), 1, shape[-1])
        return cls(int(np.prod(shape[:-2])), shape[-2], shape[-1])


class Candidates:
    """Layouts worth trying for the values of a program in ciphertexts of so many slots."""

    def __init__(
        self,
        program: PackedProgram,
        classes: Mapping[int, list[int]],
        slots: int,
        *,
        fixed_input: bool = False,
    ) -> None:
        """Looks the program over.

        Args:
            program: the values and the maps between them.
            classes: values that share a layout, by one of them.
            slots: slots of a ciphertext.
            fixed_input: whether some input comes in a layout that was asked for.
        """
        self._program = program
        self._slots = slots
        self._maps = program.linear_maps
        self._known: dict[tuple[ImageForm, tuple[tuple[int, int], ...]], list[Layout]] = {}
        self._fixed_input = fixed_input
        self._members = {one: members for members in classes.values() for one in members}
        images = [image for image in map(self._image, range(len(program.values))) if image is not None]
        self._rows = max((next_power_of_two(image.height) for image in images), default=1)
        self._columns = max((next_power_of_two(image.width) for image in images), default=1)

    def of(self, number: int) -> list[Layout]:
        """Layouts for a value and those that share its layout."""
        members = self._members[number]
        forms = list(self._forms(members))
        found: dict[Layout, None] = {}
        # Images come first: of equal layouts the one with a grid is kept, which plans are better for.
        for form in forms:
            found.update(dict.fromkeys(self._layouts(form, tuple(self._skews(form.period, members)))))
        if not forms or self._may_scatter(members):
            found.update(dict.fromkeys(self._vectors(self._program.values[number].size, set(members))))
        if self._is_input(members):
            found.update(dict.fromkeys(self._aligned(forms, members)))
        return list(found)

    def _layouts(self, form: ImageForm, skews: tuple[tuple[int, int], ...]) -> list[Layout]:
        """The layouts of a form, made once: values of one shape have the same."""
        if (form, skews) not in self._known:
            self._known[form, skews] = form.layouts(self._slots, skews)
        return self._known[form, skews]

    def _is_input(self, members: list[int]) -> bool:
        """Whether a client packs all of the values, in any layout we like."""
        return all(isinstance(self._program.values[one].definition, PackedInput) for one in members)

    def _aligned(self, forms: list[ImageForm], members: list[int]) -> Iterator[Layout]:
        """Layouts from which the first maps take the fewest shifts to skewed results."""
        for source, target, matrix in self._maps:
            others = self._members[target]
            if source not in members or target in members:
                continue
            for form, other in itertools.product(forms, self._forms(others)):
                if form.copies == 1 and form.block == other.block and other.period < self._slots:
                    for step, every in self._skews(other.period, others):
                        found = aligned(matrix, form, other, other.skewed(self._slots, step, every))
                        if found is not None:
                            yield found

    def _image(self, number: int) -> Image | None:
        """The value as images, unless it may as well be rows that dense matrices are applied to."""
        shape = self._program.values[number].shape
        touching = (matrix for source, target, matrix in self._maps if number in (source, target))
        if len(shape) < 4 and all(is_dense(matrix) for matrix in touching):
            return None
        return Image.of(shape)

    def _may_scatter(self, members: list[int]) -> bool:
        touching = [matrix for source, target, matrix in self._maps if {source, target} & set(members)]
        return all(is_dense(matrix) or matrix.nnz <= MAX_SCATTERED for matrix in touching)

    def _vectors(self, size: int, members: set[int]) -> Iterator[Layout]:
        periodic = Layout.periodic(size, self._slots)
        yield periodic
        if self._fixed_input:
            yield Layout.contiguous(size, self._slots)
        if periodic.ciphertexts == 1:
            for rows in self._result_sizes(members):
                for step in _steps(next_power_of_two(size), rows, self._slots):
                    yield Layout.skewed(size, self._slots, step, rows)

    def _forms(self, members: list[int]) -> Iterator[ImageForm]:
        image = next((one for one in map(self._image, members) if one is not None), None)
        if image is None:
            return
        channels, height, width = image.channels, image.height, image.width
        rows, columns = next_power_of_two(height), next_power_of_two(width)
        vertical = self._rows // rows if height > 1 else self._columns // columns
        spacing = max(1, min(vertical, self._columns // columns))
        yield ImageForm(
            channels, height, width, rows * spacing if height > 1 else 1, columns * spacing, spacing
        )
        if spacing > 1:
            yield ImageForm(channels, height, width, rows, columns)
            if channels < next_power_of_two(channels):
                yield ImageForm(channels, height, width, rows, columns, first=1)
        # A grid of one row is that of a signal: images of two rows have no phases of their own.
        if width > 1 and height != 2 and self._changes_size(members):
            half = (rows // 2 if height > 1 else 1, columns // 2)
            yield ImageForm(channels, height, width, *half, split=2)
            copies = self._copies(members, 4 * channels * half[0] * half[1])
            if copies > 1:
                yield ImageForm(channels, height, width, *half, split=2, copies=copies)

    def _changes_size(self, members: list[int]) -> bool:
        """Whether a map from one of the values has another number of pixels."""
        for source, target, _ in self._maps:
            before, after = (Image.of(self._program.values[one].shape) for one in (source, target))
            resized = before and after and (before.height, before.width) != (after.height, after.width)
            if source in members and (
                resized or isinstance(self._program.values[target].definition, SlotSum)
            ):
                return True
        return self._is_input(members)

    def _copies(self, members: list[int], period: int) -> int:
        """Copies of each phase of an input: as many as maps from it have channels, if there is room."""
        values = self._program.values
        if not self._is_input(members):
            return 1
        images = [Image.of(values[target].shape) for source, target, _ in self._maps if source in members]
        wanted = max((next_power_of_two(image.channels) for image in images if image), default=1)
        return min(wanted, max(1, self._slots // next_power_of_two(period)))

    def _skews(self, period: int, members: list[int]) -> Iterator[tuple[int, int]]:
        """(step, slots after which the next begins) of skews that suit maps from one of the values.

        Maps to vectors want the source skewed by less than those to images.
        """
        if period >= self._slots:
            return
        for rows in self._result_sizes(set(members)):
            if rows < period:
                # A single result has no skew of its own.
                yield from ((step, period) for step in _steps(period, rows, self._slots)[:1])

    def _result_sizes(self, sources: set[int]) -> list[int]:
        """Padded numbers of results of the maps that start at one of the values and fit one ciphertext."""
        values = self._program.values
        sizes = {
            next_power_of_two(values[target].size) for source, target, _ in self._maps if source in sources
        }
        return sorted(one for one in sizes if one <= self._slots)


def _steps(period: int, rows: int, slots: int) -> list[int]:
    """Skews that a map of ``rows`` results from ``period`` elements can use: powers of two."""
    least = max(1, period * rows // slots)
    return [step for step in (least << bit for bit in range(20)) if step < min(period, rows)]
