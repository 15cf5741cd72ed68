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
from he_dialects.gates import GatesAttr
from he_dialects.lwe import CiphertextType
from he_dialects.lwe.rules import CIPHERTEXT_LIKE
from he_dialects.syntax import ATTRIBUTE, INDEX, PREDICATE, Stripped, Syntax


@irdl_attr_definition
class BoolGatesAttr(GatesAttr):
    """The gates of :class:`PackedGatesOp`."""

    name = "cggi.cggi_bool_gates"


class _GateOp(PropertyOp, ABC):
    """A gate of two inputs, on ciphertexts or on tensors of them."""

    lhs = operand_def(CIPHERTEXT_LIKE)
    rhs = operand_def(CIPHERTEXT_LIKE)
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), SameOperandsAndResultType(), ElementwiseMappable())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED


class _ScalarBinaryOp(PropertyOp, ABC):
    """Two ciphertexts, or a ciphertext and an integer."""

    lhs = operand_def(CiphertextType)
    rhs = operand_def(IntegerType | CiphertextType)
    output = result_def(CiphertextType)
    traits = traits_def(Pure())


class _ShiftOp(PropertyOp, ABC):
    """A shift of the bits by a constant."""

    lhs = operand_def(CIPHERTEXT_LIKE)
    shift_amount = prop_def(IntegerAttr[IndexType], prop_name="shiftAmount")
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"shiftAmount": INDEX}

    def verify_(self) -> None:
        if self.lhs.type != self.output.type:
            raise VerifyException("all of {lhs, output} must have same type")


@irdl_op_definition
class AndOp(_GateOp):
    """Conjunction."""

    name = "cggi.and"


@irdl_op_definition
class NandOp(_GateOp):
    """Negated conjunction."""

    name = "cggi.nand"


@irdl_op_definition
class OrOp(_GateOp):
    """Disjunction."""

    name = "cggi.or"


@irdl_op_definition
class NorOp(_GateOp):
    """Negated disjunction."""

    name = "cggi.nor"


@irdl_op_definition
class XorOp(_GateOp):
    """Exclusive disjunction."""

    name = "cggi.xor"


@irdl_op_definition
class XnorOp(_GateOp):
    """Negated exclusive disjunction."""

    name = "cggi.xnor"


@irdl_op_definition
class NotOp(PropertyOp):
    """Negation."""

    name = "cggi.not"

    input = operand_def(CIPHERTEXT_LIKE)
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), SameOperandsAndResultType(), ElementwiseMappable())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED


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
class AddOp(_ScalarBinaryOp):
    """Sum."""

    name = "cggi.add"


@irdl_op_definition
class MulOp(_ScalarBinaryOp):
    """Product."""

    name = "cggi.mul"


@irdl_op_definition
class SubOp(_ScalarBinaryOp):
    """Difference."""

    name = "cggi.sub"


@irdl_op_definition
class EqOp(_ScalarBinaryOp):
    """Whether two integers are equal."""

    name = "cggi.eq"


@irdl_op_definition
class NeqOp(_ScalarBinaryOp):
    """Whether two integers differ."""

    name = "cggi.neq"


@irdl_op_definition
class MinOp(_ScalarBinaryOp):
    """The smaller integer."""

    name = "cggi.min"


@irdl_op_definition
class MaxOp(_ScalarBinaryOp):
    """The larger integer."""

    name = "cggi.max"


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
