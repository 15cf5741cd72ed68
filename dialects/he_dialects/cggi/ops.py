"""Gates, arithmetic and comparisons."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import (
    ArrayAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    TensorType,
    VectorType,
)
from xdsl.ir import SSAValue
from xdsl.irdl import (
    base,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure, SameOperandsAndResultType
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects.assembly import PropertyOp, TypeSignature, element_type
from he_dialects.elementwise import ElementwiseMappable
from he_dialects.gates import GATES, GatesAttr
from he_dialects.lwe import CiphertextType
from he_dialects.lwe.rules import CIPHERTEXT_LIKE
from he_dialects.syntax import ATTRIBUTE, INDEX, PREDICATE, Stripped, Syntax
from he_dialects.tables import operation, same_type


@irdl_attr_definition
class BoolGatesAttr(GatesAttr):
    """The gates of :class:`PackedGatesOp`."""

    name = "cggi.cggi_bool_gates"


GATE_OPERATIONS = tuple(
    operation(
        f"cggi.{name}",
        summary,
        {"lhs": CIPHERTEXT_LIKE, "rhs": CIPHERTEXT_LIKE},
        {"output": CIPHERTEXT_LIKE},
        traits=[SameOperandsAndResultType(), ElementwiseMappable()],
        signature=TypeSignature.SHARED,
    )
    for name, summary in GATES.items()
)
NotOp = operation(
    "cggi.not",
    "Negation.",
    {"input": CIPHERTEXT_LIKE},
    {"output": CIPHERTEXT_LIKE},
    traits=[SameOperandsAndResultType(), ElementwiseMappable()],
    signature=TypeSignature.SHARED,
)

BINARY = {
    "add": "Sum.",
    "mul": "Product.",
    "sub": "Difference.",
    "eq": "Whether two integers are equal.",
    "neq": "Whether two integers differ.",
    "min": "The smaller integer.",
    "max": "The larger integer.",
}
"""The operations on two ciphertexts, or a ciphertext and an integer."""
BINARY_OPERATIONS = tuple(
    operation(
        f"cggi.{name}",
        summary,
        {"lhs": CiphertextType, "rhs": base(IntegerType) | base(CiphertextType)},
        {"output": CiphertextType},
    )
    for name, summary in BINARY.items()
)


class _ShiftOp(PropertyOp, ABC):
    """A shift of the bits by a constant."""

    lhs = operand_def(CIPHERTEXT_LIKE)
    shift_amount = prop_def(IntegerAttr[IndexType], prop_name="shiftAmount")
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"shiftAmount": INDEX}

    def verify_(self) -> None:
        same_type("lhs", "output")(self)


@irdl_op_definition
class PackedGatesOp(PropertyOp):
    """Gates between the elements of two tensors, one for each pair."""

    name = "cggi.packed_gates"

    lhs = operand_def(CIPHERTEXT_LIKE)
    rhs = operand_def(CIPHERTEXT_LIKE)
    gates = prop_def(BoolGatesAttr)
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), SameOperandsAndResultType())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"gates": Stripped(BoolGatesAttr)}


@irdl_op_definition
class ScalarShiftRightOp(_ShiftOp):
    """An arithmetic shift to the right."""

    name = "cggi.sshr"


@irdl_op_definition
class ScalarShiftLeftOp(_ShiftOp):
    """An arithmetic shift to the left."""

    name = "cggi.sshl"


@irdl_op_definition
class CmpOp(PropertyOp):
    """A comparison, with the predicates of ``arith.cmpi``."""

    name = "cggi.cmp"

    lhs = operand_def(CIPHERTEXT_LIKE)
    rhs = operand_def()
    predicate = prop_def(IntegerAttr)
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"predicate": PREDICATE}

    def verify_(self) -> None:
        if not isinstance(element_type(self.rhs), CiphertextType) and not isinstance(
            self.rhs.type, IntegerType
        ):
            raise VerifyException(f"rhs must be an integer or a ciphertext, got {self.rhs.type}")


@irdl_op_definition
class CmuxOp(PropertyOp):
    """The one of two ciphertexts that an encrypted bit selects."""

    name = "cggi.cmux"

    select = operand_def(CIPHERTEXT_LIKE)
    if_true = operand_def(CIPHERTEXT_LIKE)
    if_false = operand_def(CIPHERTEXT_LIKE)
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure())


@irdl_op_definition
class CreateTrivialOp(PropertyOp):
    """A constant that anyone can read, in the form of a ciphertext, or of a tensor of them."""

    name = "cggi.create_trivial"

    value = prop_def(IntegerAttr | ArrayAttr)
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"value": ATTRIBUTE}


@irdl_op_definition
class CastOp(PropertyOp):
    """A ciphertext in another plaintext space."""

    name = "cggi.cast"

    input = operand_def(CIPHERTEXT_LIKE)
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.TO

    def verify_(self) -> None:
        if _shape(self.input) != _shape(self.output):
            raise VerifyException("requires the same shape for all operands and results")


def _shape(value: SSAValue) -> tuple[int, ...] | None:
    """The shape of a container, None for a scalar."""
    if isa(value.type, TensorType) or isa(value.type, VectorType):
        return value.type.get_shape()
    return None
