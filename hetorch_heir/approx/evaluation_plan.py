"""Evaluation plans: the homomorphic operations that compute a polynomial of one ciphertext.

A plan is straight-line code in SSA form: step i computes value i from values with smaller indices,
and step 0 is the input t in [-1, 1]. A product, of two ciphertexts or of a ciphertext and a plaintext
constant, is followed by a rescaling and costs a level. Additions are free in levels: a value at a
higher level is dropped to the lower one, and doubling is adding a value to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Input:
    """The ciphertext t, its slots in [-1, 1]."""


@dataclass(frozen=True)
class Product:
    """Value ``left`` times value ``right``: ciphertext times ciphertext, one level."""

    left: int
    right: int


@dataclass(frozen=True)
class Scale:
    """Value times a plaintext constant, one level."""

    value: int
    constant: float


@dataclass(frozen=True)
class Add:
    """Sum of two values; doubles when they are the same."""

    left: int
    right: int


@dataclass(frozen=True)
class Subtract:
    """Value ``left`` minus value ``right``."""

    left: int
    right: int


@dataclass(frozen=True)
class AddConstant:
    """Value plus a plaintext constant."""

    value: int
    constant: float


Step = Input | Product | Scale | Add | Subtract | AddConstant


def operands(step: Step) -> tuple[int, ...]:
    """Indices of the values that a step reads, one entry for each reading."""
    match step:
        case Input():
            return ()
        case Scale(value, _) | AddConstant(value, _):
            return (value,)
        case Product(left, right) | Add(left, right) | Subtract(left, right):
            return (left, right)


_COMPUTE: Mapping[type[Step], Callable[..., Array]] = MappingProxyType(
    {
        Product: lambda values, s: values[s.left] * values[s.right],
        Scale: lambda values, s: values[s.value] * s.constant,
        Add: lambda values, s: values[s.left] + values[s.right],
        Subtract: lambda values, s: values[s.left] - values[s.right],
        AddConstant: lambda values, s: values[s.value] + s.constant,
    }
)
# Derivatives of a step by its operands, in the order of `operands`.
_DERIVATIVES: Mapping[type[Step], Callable[..., tuple[Array | float, ...]]] = MappingProxyType(
    {
        Product: lambda values, s: (values[s.right], values[s.left]),
        Scale: lambda values, s: (s.constant,),
        Add: lambda values, s: (1.0, 1.0),
        Subtract: lambda values, s: (1.0, -1.0),
        AddConstant: lambda values, s: (1.0,),
    }
)


@dataclass(frozen=True)
class EvaluationPlan:
    """Steps that evaluate a polynomial; the last one is the result.

    Args:
        steps: step 0 is the :class:`Input`, and the only one; every other reads earlier values.
    """

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not self.steps or not isinstance(self.steps[0], Input):
            raise ValueError("a plan starts with its input")
        for index, step in enumerate(self.steps[1:], start=1):
            if isinstance(step, Input) or not all(0 <= j < index for j in operands(step)):
                raise ValueError(f"step {index}, {step}, does not read earlier values")

    @property
    def result(self) -> int:
        """Index of the value that is the polynomial."""
        return len(self.steps) - 1

    @cached_property
    def depths(self) -> tuple[int, ...]:
        """Levels consumed before each value, counted from the input."""
        depths: list[int] = []
        for step in self.steps:
            consumed = 1 if isinstance(step, Product | Scale) else 0
            depths.append(max((depths[j] for j in operands(step)), default=0) + consumed)
        return tuple(depths)

    def depth_of(self, step: int) -> int:
        """Levels consumed by the value of that step."""
        return self.depths[step]

    @property
    def depth(self) -> int:
        """Levels consumed by the whole evaluation."""
        return self.depths[self.result]

    def _count(self, *kinds: type[Step]) -> int:
        return sum(isinstance(step, kinds) for step in self.steps)

    @property
    def products(self) -> int:
        """Number of ciphertext-ciphertext products."""
        return self._count(Product)

    @property
    def plain_products(self) -> int:
        """Number of ciphertext-plaintext products."""
        return self._count(Scale)

    @property
    def additions(self) -> int:
        """Number of additions, subtractions, doublings, and additions of a constant."""
        return self._count(Add, Subtract, AddConstant)

    def intermediates(self, t: ArrayLike) -> list[Array]:
        """The value of every step, each of the shape of ``t``."""
        values = [np.asarray(t, dtype=np.float64)]
        for step in self.steps[1:]:
            values.append(_COMPUTE[type(step)](values, step))
        return values

    def evaluate(self, t: ArrayLike) -> Array:
        """The polynomial at ``t``, by the operations of the plan in float64."""
        return self.intermediates(t)[self.result]

    def max_intermediate(self) -> float:
        """Largest absolute value that any step takes on [-1, 1]: the message range that is needed."""
        return max(float(np.max(np.abs(value))) for value in self.intermediates(unit_samples()))

    def noise_gain(self, t: ArrayLike) -> Array:
        """Standard deviation of the result's error at ``t``, over that of the error of one product.

        First-order model: every product and plaintext product adds an independent error of standard
        deviation 1 (the rounding of a CKKS rescaling), which the derivatives carry to the result.
        """
        values = self.intermediates(t)
        zero = np.zeros_like(values[0])
        sensitivity = [zero] * self.result + [zero + 1.0]
        variance = zero
        for index in range(self.result, 0, -1):
            step = self.steps[index]
            if isinstance(step, Product | Scale):
                variance = variance + sensitivity[index] ** 2
            derivatives = _DERIVATIVES[type(step)](values, step)
            for operand, derivative in zip(operands(step), derivatives, strict=True):
                sensitivity[operand] = sensitivity[operand] + sensitivity[index] * derivative
        return np.sqrt(variance)


def unit_samples(count: int = 1025) -> Array:
    """Points of [-1, 1], the ends included, clustered towards them."""
    return np.cos(np.linspace(np.pi, 0.0, count))
