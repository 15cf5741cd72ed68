"""A model as packed values: inputs, linear stretches between them, and elementwise operations on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from torch.fx import Node

from hetorch_heir.linalg import linear_map
from hetorch_heir.linalg.linear_map import Matrix
from hetorch_heir.passes.packing.linear_expression import LinearExpression
from hetorch_heir.passes.packing.provenance import MergedLayers


@dataclass(frozen=True)
class PackedInput:
    """An encrypted input of the model."""

    node: Node


@dataclass(frozen=True)
class Stretch:
    """An affine map of other values (and of public inputs)."""

    expression: LinearExpression


@dataclass(frozen=True)
class SlotSum:
    """A matrix of ones on one value, realised by rotations and additions where its layout allows it."""

    operand: int
    matrix: Matrix


@dataclass(frozen=True)
class Elementwise:
    """An operation that acts on each slot: its encrypted operands and its result share one layout.

    ``operation`` is the name of a ``hetorch`` operator; ``attributes`` are its other arguments;
    ``public`` is its plaintext operand, an expression over public inputs and constants.
    """

    operation: str
    operands: tuple[int, ...]
    attributes: tuple[object, ...] = ()
    public: LinearExpression | None = None


Definition = PackedInput | Stretch | SlotSum | Elementwise


@dataclass(frozen=True)
class Value:
    """One packed value.

    Attributes:
        shape: of the tensor.
        origin: the model's node that computes it.
        definition: how it is computed.
        layers: of a linear stretch, the layers that it merges, by the value that they start from.
    """

    shape: tuple[int, ...]
    origin: Node
    definition: Definition
    layers: Mapping[int, MergedLayers] = field(default_factory=dict, compare=False)

    @property
    def size(self) -> int:
        size = 1
        for extent in self.shape:
            size *= extent
        return size


@dataclass
class PackedProgram:
    """Values in an order in which they can be computed; ``outputs`` are (value, shape), as in the model."""

    values: list[Value] = field(default_factory=list)
    outputs: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def add(self, value: Value) -> int:
        self.values.append(value)
        return len(self.values) - 1

    @property
    def linear_maps(self) -> list[tuple[int, int, Matrix]]:
        """(source value, target value, matrix) of every linear map."""
        found: list[tuple[int, int, Matrix]] = []
        for number, value in enumerate(self.values):
            match value.definition:
                case Stretch(expression):
                    found += [(source, number, matrix) for source, matrix in expression.terms.items()]
                case SlotSum(source, matrix):
                    found.append((source, number, matrix))
                case _:
                    pass
        return found

    def zero_gaps(self) -> list[bool]:
        """For every value, whether the slots that hold none of its elements are zero in any layout.

        Inputs are packed with zeros, linear transforms yield zeros, and so do plaintexts; a polynomial
        with a constant term does not.
        """
        known: list[bool] = []
        for value in self.values:
            known.append(_has_zero_gaps(value.definition, known))
        return known


def _has_zero_gaps(definition: Definition, known: Sequence[bool]) -> bool:
    match definition:
        case PackedInput():
            return True
        case SlotSum():
            return False
        case Stretch(expression):
            # A term that needs no transform is added with the gaps that it has.
            kept = (number for number, matrix in expression.terms.items() if linear_map.is_sign(matrix))
            return all(known[number] for number in kept)
        case Elementwise("chebyshev", (operand,), (coefficients,)):
            at_zero = np.polynomial.chebyshev.chebval(0.0, np.asarray(coefficients))
            return known[operand] and bool(at_zero == 0.0)
        case Elementwise(_, operands, _, public):
            return public is not None or any(known[operand] for operand in operands)
