"""The base of all operations of the ``hetorch`` dialect, and the wording of broken rules."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from typing import ClassVar, cast

from xdsl.dialects.builtin import LocationAttr, TensorType
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import IRDLOperation, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from he_dialects.hetorch.types import CiphertextType, Packed, PlaintextType


def ciphertext_type(value: SSAValue | Operation) -> CiphertextType:
    """The type of an operand that has to be a ciphertext for a result type to be inferred."""
    value_type = SSAValue.get(value).type
    if not isinstance(value_type, CiphertextType):
        raise TypeError(f"expected a value of type !hetorch.ct, got {value_type}")
    return value_type


def plaintext_type(value: SSAValue | Operation) -> PlaintextType:
    value_type = SSAValue.get(value).type
    if not isinstance(value_type, PlaintextType):
        raise TypeError(f"expected a value of type !hetorch.pt, got {value_type}")
    return value_type


def tensor_length(value: SSAValue | Operation) -> int:
    value_type = SSAValue.get(value).type
    if not isinstance(value_type, TensorType) or len(value_type.get_shape()) != 1:
        raise TypeError(f"expected a tensor of one dimension, got {value_type}")
    return value_type.get_shape()[0]


class HETorchOp(IRDLOperation, ABC):
    """An operation of the dialect; the rules that are equalities are declared, the others verified.

    Declared rules are read by :meth:`verify_` and by the IRDL generator, so heir-opt enforces them too.
    """

    traits = traits_def(Pure())

    SHARED: ClassVar[tuple[str, ...]] = ()
    """Type parameters (slots, level, scale, dimension) that are equal in all operands and results."""

    DIMENSIONS: ClassVar[Mapping[str, int]] = {}
    """The dimension that an operand or result, by its name, must have."""

    def __init__(
        self,
        operands: Sequence[SSAValue | Operation],
        result_type: Attribute,
        attributes: Mapping[str, Attribute] | None = None,
        location: LocationAttr | None = None,
    ) -> None:
        super().__init__(operands=operands, result_types=(result_type,), attributes=attributes)
        if location is not None:
            self.location = location

    def verify_(self) -> None:
        packed = self._packed()
        for parameter in self.SHARED:
            require_equal(parameter, packed)
        for name, dimension in self.DIMENSIONS.items():
            for other, value_type in packed:
                if other == name and isinstance(value_type, CiphertextType):
                    require_dimension(name, value_type.dimension, dimension)
        self.verify_scheme()

    def verify_scheme(self) -> None:
        """Rules that are not equalities of parameters, for subclasses."""

    def _packed(self) -> list[tuple[str, Packed]]:
        """Operands and result of ciphertext or plaintext type, with their names."""
        definition = self.get_irdl_definition()
        names = [name for name, _ in definition.operands] + [name for name, _ in definition.results]
        types = [value.type for value in (*self._operands, *self.results)]
        return [(n, t) for n, t in zip(names, types, strict=True) if isinstance(t, Packed)]


def require_equal(parameter: str, packed: Sequence[tuple[str, Packed]]) -> None:
    first: tuple[str, int] | None = None
    for name, value_type in packed:
        number: int | None = getattr(value_type, parameter, None)
        if number is None:  # plaintexts have no dimension
            continue
        if first is None:
            first = (name, number)
        elif number != first[1]:
            raise VerifyException(
                f"{parameter} must be equal: {first[0]} has {parameter} {first[1]}, {name} has {number}"
            )


def require_dimension(name: str, got: int, expected: int) -> None:
    if got != expected:
        hint = ", relinearize it first" if expected == 2 and got == 3 and name == "input" else ""
        raise VerifyException(f"{name} must have dimension {expected}, got {got}{hint}")


def require_result(parameter: str, rule: str, expected: int, got: int) -> None:
    if got != expected:
        raise VerifyException(
            f"the result's {parameter} must be {rule}: expected {parameter} {expected}, got {got}"
        )


def require_slots(value: SSAValue, packed: Packed) -> None:
    tensor = cast(TensorType[Attribute], value.type)
    shape = tensor.get_shape()
    if len(shape) != 1:
        raise VerifyException(f"the tensor must have one dimension, got {tensor}")
    if (elements := shape[0]) != packed.slots:
        raise VerifyException(
            f"the tensor must have one element per slot: it has {elements} elements, "
            f"the {'plaintext' if isinstance(packed, PlaintextType) else 'ciphertext'} "
            f"has {packed.slots} slots"
        )
