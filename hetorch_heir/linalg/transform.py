"""A plan for y = M x on packed ciphertexts: which rotations, which diagonals, which sums."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hetorch_heir.linalg.layout import Layout


@dataclass(frozen=True)
class Product:
    """One ciphertext-plaintext product of a plan.

    ``diagonal`` (a row of the plan's diagonals) times input ``input`` rotated by ``baby``; the sum of
    the products that share ``output`` and ``giant`` is rotated by ``giant`` and added to ``output``.
    """

    output: int
    giant: int
    input: int
    baby: int
    diagonal: int


@dataclass(frozen=True)
class LinearTransform:
    """A planned linear map from ``source`` to ``target``, between layouts of the same number of slots.

    Attributes:
        prelude: strides; for each, input = input + rotate(input, stride) before everything else
            (copies an unreplicated input into the gaps beside it).
        products: sorted by output, giant, input, baby.
        diagonals: shape (distinct diagonals, slots), already rotated for their giant step. While a plan is
            made they hold numbers of entries, see :mod:`hetorch_heir.linalg.plan_assembly`.
        ladder: strides; for each, output = output + rotate(output, stride) at the end (rotate-and-sum).
    """

    source: Layout
    target: Layout
    products: tuple[Product, ...]
    diagonals: npt.NDArray[Any] = field(repr=False)
    prelude: tuple[int, ...] = ()
    ladder: tuple[int, ...] = ()

    @cached_property
    def babies(self) -> frozenset[tuple[int, int]]:
        """(input, shift) of every rotated input."""
        return frozenset((p.input, p.baby) for p in self.products if p.baby)

    @cached_property
    def giants(self) -> frozenset[tuple[int, int]]:
        """(output, shift) of every rotated partial sum."""
        return frozenset((p.output, p.giant) for p in self.products if p.giant)

    @property
    def rotations(self) -> int:
        outer = len(self.prelude) * self.source.ciphertexts + len(self.ladder) * self.target.ciphertexts
        return len(self.babies) + len(self.giants) + outer

    @property
    def rotation_keys(self) -> frozenset[int]:
        """The distinct rotation indices."""
        steps = {shift for _, shift in self.babies | self.giants} | set(self.prelude) | set(self.ladder)
        return frozenset(step % self.source.slots for step in steps)

    @property
    def additions(self) -> int:
        outputs = Counter(p.output for p in self.products)
        outer = len(self.prelude) * self.source.ciphertexts + len(self.ladder) * self.target.ciphertexts
        return len(self.products) - len(outputs) + outer

    def apply(self, slots: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Carries the plan out on cleartext slots of shape (input ciphertexts, slots)."""
        inputs = np.asarray(slots, dtype=np.float64)
        for stride in self.prelude:
            inputs = inputs + np.roll(inputs, -stride, axis=1)
        result = np.zeros((self.target.ciphertexts, self.target.slots))
        partial: dict[tuple[int, int], npt.NDArray[np.float64]] = {}
        for product in self.products:
            term = self.diagonals[product.diagonal] * np.roll(inputs[product.input], -product.baby)
            key = (product.output, product.giant)
            partial[key] = partial[key] + term if key in partial else term
        for (output, giant), value in partial.items():
            result[output] += np.roll(value, -giant)
        for stride in self.ladder:
            result = result + np.roll(result, -stride, axis=1)
        return result
