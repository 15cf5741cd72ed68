"""What is known of the errors of a vector of slots: their variances, or some draws of them.

Variances of sums add up if errors are independent. They are not where values that were computed from the same
ones meet again (the squares of neighbouring pixels in a pooling layer): draws, which go through the program
like values, tell how such errors add up. Each takes as long as all variances.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Slots = npt.NDArray[np.float64]
Own = TypeVar("Own", bound="Errors")


class Errors(ABC):
    """Errors of values of shape (..., slots)."""

    @property
    @abstractmethod
    def variances(self) -> Slots:
        """Of the shape of the values."""

    @abstractmethod
    def scaled(self: Own, factor: float | Slots) -> Own:
        """Each multiplied by a factor."""

    @abstractmethod
    def plus(self: Own, other: Own, sign: float = 1.0) -> Own:
        """The errors of a sum, or difference."""

    @abstractmethod
    def times(self: Own, other: Own) -> Own:
        """The product of errors; of the same object, their square."""

    @abstractmethod
    def turned(self: Own, steps: int) -> Own:
        """Moved ``steps`` slots to the left."""

    @abstractmethod
    def added(self: Own, deviation: float | Slots) -> Own:
        """With independent errors of a standard deviation besides."""

    @abstractmethod
    def row(self: Own, number: int) -> Own:
        """Those of one of several vectors."""

    @abstractmethod
    def stacked(self: Own, others: list[Own]) -> Own:
        """Those of several vectors, this one the first."""


class Independent(Errors):
    """Errors taken for independent, known by their variances."""

    def __init__(self, variances: Slots) -> None:
        self._variances = variances

    @classmethod
    def none(cls, values: Slots) -> Independent:
        return cls(np.zeros_like(values))

    @property
    def variances(self) -> Slots:
        return self._variances

    def scaled(self, factor: float | Slots) -> Independent:
        return Independent(self._variances * np.square(factor))

    def plus(self, other: Independent, sign: float = 1.0) -> Independent:
        return Independent(self._variances + other._variances)

    def times(self, other: Independent) -> Independent:
        # A square of a Gaussian has twice the square of its variance.
        return Independent((2.0 if other is self else 1.0) * self._variances * other._variances)

    def turned(self, steps: int) -> Independent:
        return Independent(np.roll(self._variances, -steps, -1))

    def added(self, deviation: float | Slots) -> Independent:
        return Independent(self._variances + np.square(deviation))

    def row(self, number: int) -> Independent:
        return Independent(self._variances[number])

    def stacked(self, others: list[Independent]) -> Independent:
        return Independent(np.stack([self._variances, *(one._variances for one in others)]))


class Drawn(Errors):
    """Some draws of the errors: shape (draws, ..., slots)."""

    def __init__(self, draws: npt.NDArray[np.float64], generator: np.random.Generator) -> None:
        self._draws = draws
        self._generator = generator

    @classmethod
    def none(cls, values: Slots, draws: int, generator: np.random.Generator) -> Drawn:
        return cls(np.zeros((draws, *values.shape)), generator)

    def _new(self, draws: npt.NDArray[np.float64]) -> Drawn:
        return Drawn(draws, self._generator)

    @property
    def variances(self) -> Slots:
        return np.square(self._draws).mean(0)

    def scaled(self, factor: float | Slots) -> Drawn:
        return self._new(self._draws * factor)

    def plus(self, other: Drawn, sign: float = 1.0) -> Drawn:
        return self._new(self._draws + sign * other._draws)

    def times(self, other: Drawn) -> Drawn:
        return self._new(self._draws * other._draws)

    def turned(self, steps: int) -> Drawn:
        return self._new(np.roll(self._draws, -steps, -1))

    def added(self, deviation: float | Slots) -> Drawn:
        return self._new(self._draws + deviation * self._generator.standard_normal(self._draws.shape))

    def row(self, number: int) -> Drawn:
        return self._new(self._draws[:, number])

    def stacked(self, others: list[Drawn]) -> Drawn:
        return self._new(np.stack([self._draws, *(one._draws for one in others)], axis=1))
