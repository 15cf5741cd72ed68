"""The shapes that Lattigo's operations share between schemes.

Each comes in two forms: one that gives a new ciphertext, and one that writes into its last ciphertext
operand and gives that as its result.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import I64, IndexType, IntegerAttr, IntegerType, MemRefType, TensorType, i64
from xdsl.ir import Attribute
from xdsl.irdl import operand_def, opt_operand_def, opt_prop_def, result_def
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects import syntax
from he_dialects.assembly import PropertyOp
from he_dialects.lattigo import types
from he_dialects.lwe.rules import verify_one_shift
from he_dialects.syntax import ATTRIBUTE, Syntax

EVALUATOR = types.BGVEvaluatorType | types.CKKSEvaluatorType
# Operands of a class precede those of its bases in xDSL, so every shape lists all of its operands.


class _EvaluatorOp(PropertyOp, ABC):
    """A method of a scheme's evaluator."""

    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType, types.CKKSEvaluatorType)
    """The evaluators that have the method; the first operand is one of them."""

    def verify_(self) -> None:
        evaluator = self.operands[0].type
        if not isinstance(evaluator, self.EVALUATORS):
            names = " or ".join(kind.name for kind in self.EVALUATORS)
            raise VerifyException(f"the evaluator must be a {names}, got {evaluator}")


class BinaryNewOp(_EvaluatorOp, ABC):
    """An operation on a ciphertext, and a ciphertext or plaintext."""

    evaluator = operand_def(EVALUATOR)
    lhs = operand_def(types.RLWECiphertextType)
    rhs = operand_def(types.RLWECiphertextType | types.RLWEPlaintextType)
    output = result_def(types.RLWECiphertextType)


class BinaryInPlaceOp(_EvaluatorOp, ABC):
    """The same, into a given ciphertext."""

    evaluator = operand_def(EVALUATOR)
    lhs = operand_def(types.RLWECiphertextType)
    rhs = operand_def(types.RLWECiphertextType | types.RLWEPlaintextType)
    inplace = operand_def(types.RLWECiphertextType)
    output = result_def(types.RLWECiphertextType)


class UnaryNewOp(_EvaluatorOp, ABC):
    """An operation on a ciphertext."""

    evaluator = operand_def(EVALUATOR)
    input = operand_def(types.RLWECiphertextType)
    output = result_def(types.RLWECiphertextType)


class UnaryInPlaceOp(_EvaluatorOp, ABC):
    """The same, into a given ciphertext."""

    evaluator = operand_def(EVALUATOR)
    input = operand_def(types.RLWECiphertextType)
    inplace = operand_def(types.RLWECiphertextType)
    output = result_def(types.RLWECiphertextType)


class _RotateOp(_EvaluatorOp, ABC):
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"static_shift": ATTRIBUTE}

    def verify_(self) -> None:
        super().verify_()
        inputs = sum(isinstance(t, types.RLWECiphertextType) for t in self.operand_types)
        dynamic = len(self.operands) - 1 - inputs
        verify_one_shift(dynamic + ("static_shift" in self.properties))


class RotateNewOp(_RotateOp, ABC):
    """A rotation of the slots, by a constant or by an operand."""

    evaluator = operand_def(EVALUATOR)
    input = operand_def(types.RLWECiphertextType)
    dynamic_shift = opt_operand_def(IntegerType | IndexType)
    static_shift = opt_prop_def(IntegerAttr)
    output = result_def(types.RLWECiphertextType)


class RotateInPlaceOp(_RotateOp, ABC):
    """The same, into a given ciphertext."""

    evaluator = operand_def(EVALUATOR)
    input = operand_def(types.RLWECiphertextType)
    inplace = operand_def(types.RLWECiphertextType)
    dynamic_shift = opt_operand_def(IntegerType | IndexType)
    static_shift = opt_prop_def(IntegerAttr)
    output = result_def(types.RLWECiphertextType)


class NewPlaintextOp(PropertyOp, ABC):
    """Allocation of a plaintext, at a level or at the highest one."""

    params = operand_def(types.BGVParameterType | types.CKKSParameterType)
    level = opt_prop_def(IntegerAttr[I64])
    plaintext = result_def(types.RLWEPlaintextType)
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"level": syntax.I64}

    def verify_(self) -> None:
        if self.level is not None and self.level.value.data < 0:
            raise VerifyException(f"the level must not be negative, got {self.level.value.data}")


class EncodeOp(PropertyOp, ABC):
    """Encoding of values into a given plaintext."""

    encoder = operand_def(types.BGVEncoderType | types.CKKSEncoderType)
    value = operand_def(TensorType | MemRefType)
    plaintext = operand_def(types.RLWEPlaintextType)
    scale = opt_prop_def(IntegerAttr[I64], IntegerAttr(1, i64))
    encoded = result_def(types.RLWEPlaintextType)
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"scale": syntax.I64}


class DecodeOp(PropertyOp, ABC):
    """Decoding of a plaintext; the operand that it is decoded into gives the type."""

    encoder = operand_def(types.BGVEncoderType | types.CKKSEncoderType)
    plaintext = operand_def(types.RLWEPlaintextType)
    value = operand_def(TensorType | MemRefType)
    decoded = result_def()

    def verify_(self) -> None:
        if self.value.type != self.decoded.type:
            raise VerifyException("value and result must have the same type")


def shape_of(value_type: Attribute) -> tuple[int, ...]:
    """The shape of a tensor or memref."""
    if not isa(value_type, TensorType) and not isa(value_type, MemRefType):
        raise VerifyException(f"expected a tensor or memref, got {value_type}")
    return value_type.get_shape()
