"""Affine expressions over packed values: what a linear stretch of a model computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from hetorch_heir.linalg import linear_map
from hetorch_heir.linalg.linear_map import Matrix

Vector = npt.NDArray[np.float64]
Key = TypeVar("Key")


@dataclass(frozen=True)
class LinearExpression:
    """``sum(matrix @ value) + sum(matrix @ public input) + constant``, all flat and in row-major order.

    Attributes:
        shape: shape of the result.
        terms: matrix by the number of the encrypted value that it applies to.
        public: matrix by the name of the public (plaintext) input that it applies to.
        constant: flat vector; None is zero.
    """

    shape: tuple[int, ...]
    terms: dict[int, Matrix] = field(default_factory=dict)
    public: dict[str, Matrix] = field(default_factory=dict)
    constant: Vector | None = None

    @classmethod
    def of_value(cls, value: int, shape: tuple[int, ...]) -> LinearExpression:
        return cls(shape, {value: linear_map.identity(int(np.prod(shape)))})

    @classmethod
    def of_public(cls, name: str, shape: tuple[int, ...]) -> LinearExpression:
        return cls(shape, {}, {name: linear_map.identity(int(np.prod(shape)))})

    @classmethod
    def of_constant(cls, constant: npt.ArrayLike) -> LinearExpression:
        array = np.asarray(constant, dtype=np.float64)
        return cls(array.shape, {}, {}, array.reshape(-1))

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    @property
    def is_encrypted(self) -> bool:
        return bool(self.terms)

    @property
    def is_constant(self) -> bool:
        return not self.terms and not self.public

    @property
    def value(self) -> int | None:
        """The number of the value that this expression is, if it is one and nothing else."""
        if len(self.terms) != 1 or self.public or (self.constant is not None and np.any(self.constant)):
            return None
        ((number, matrix),) = self.terms.items()
        return number if linear_map.is_identity(matrix) else None

    @property
    def array(self) -> npt.NDArray[np.float64]:
        """The value of a constant expression, in its shape."""
        flat = np.zeros(self.size) if self.constant is None else self.constant
        return flat.reshape(self.shape)

    def apply(self, matrix: Matrix, shape: tuple[int, ...]) -> LinearExpression:
        """``matrix @ self``, as a tensor of ``shape``."""
        return self._mapped(
            lambda one: matrix @ one if isinstance(one, np.ndarray) else linear_map.product(matrix, one),
            shape,
        )

    def scaled(self, factors: npt.ArrayLike) -> LinearExpression:
        """The elementwise product with constants that broadcast against the expression."""
        array = np.asarray(factors, dtype=np.float64)
        if array.size == 1:
            number = float(array.reshape(()))
            shape = np.broadcast_shapes(self.shape, array.shape)
            return self._mapped(lambda one: one * number, shape)
        shape = np.broadcast_shapes(self.shape, array.shape)
        diagonal = linear_map.elementwise(np.broadcast_to(array, shape))
        return self.expanded(shape).apply(diagonal, shape)

    def plus(self, other: LinearExpression, sign: float = 1.0) -> LinearExpression:
        """``self + sign * other`` with broadcasting."""
        shape = np.broadcast_shapes(self.shape, other.shape)
        left, right = self.expanded(shape), other.expanded(shape).scaled(sign)
        constant = left.constant
        if right.constant is not None:
            constant = right.constant if constant is None else constant + right.constant
        terms, public = dict(left.terms), dict(left.public)
        for number, matrix in right.terms.items():
            terms[number] = _clean(terms[number] + matrix) if number in terms else matrix
        for name, matrix in right.public.items():
            public[name] = _clean(public[name] + matrix) if name in public else matrix
        return LinearExpression(shape, _encrypted(terms), _nonzero(public), constant)

    def reshaped(self, shape: tuple[int, ...]) -> LinearExpression:
        return LinearExpression(shape, self.terms, self.public, self.constant)

    def expanded(self, shape: tuple[int, ...]) -> LinearExpression:
        if shape == self.shape:
            return self
        if int(np.prod(shape)) == self.size:
            return self.reshaped(shape)
        return self.apply(linear_map.expansion(self.shape, shape), shape)

    def _mapped(self, function: Callable[..., Matrix], shape: tuple[int, ...]) -> LinearExpression:
        constant = None if self.constant is None else np.asarray(function(self.constant))
        terms = {number: _clean(function(matrix)) for number, matrix in self.terms.items()}
        public = {name: _clean(function(matrix)) for name, matrix in self.public.items()}
        return LinearExpression(shape, _encrypted(terms), _nonzero(public), constant)


def _nonzero(terms: dict[Key, Matrix]) -> dict[Key, Matrix]:
    return {key: matrix for key, matrix in terms.items() if matrix.nnz}


def _encrypted(terms: dict[int, Matrix]) -> dict[int, Matrix]:
    """The terms that are not zero; one that is if there are no others, so that the sum stays encrypted."""
    return _nonzero(terms) or dict(list(terms.items())[:1])


def _clean(matrix: Matrix) -> Matrix:
    """Without stored zeros, and with sorted columns."""
    result = linear_map.Matrix(matrix)
    result.eliminate_zeros()
    result.sort_indices()
    return result
