"""HEIR's ``kernel`` dialect: whole kernels that a library offers, on cleartexts, secrets or ciphertexts.

    %1 = kernel.linear_transform %x, %m <diagonal_indices = [0, 1]> : !ct, tensor<2x4096xf64> -> !ct
    %2 = kernel.eval_chebyshev %1 <coefficients = [0.5, 1.0, 0.25]> : !ct -> !ct

https://heir.dev/docs/dialects/kernel/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    I64,
    AnyFloatConstr,
    ArrayAttr,
    DenseArrayBase,
    Float64Type,
    FloatAttr,
    IntAttr,
    IntegerAttr,
    IntegerType,
    TensorType,
)
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute, SSAValue, TypeAttribute
from xdsl.irdl import (
    base,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from he_dialects import syntax
from he_dialects.arrow import ArrowOp
from he_dialects.assembly import INT, Field, StructAttribute
from he_dialects.elementwise import ElementwiseMappable
from he_dialects.lattigo.types import RLWECiphertextType
from he_dialects.lwe import CiphertextType, InverseCanonicalEncodingAttr
from he_dialects.openfhe.types import CiphertextType as OpenFHECiphertextType
from he_dialects.secret import SecretType
from he_dialects.syntax import ATTRIBUTE, F64, I64_ARRAY, Syntax

SECRETS = SecretType | CiphertextType | RLWECiphertextType | OpenFHECiphertextType
DIAGONALS = TensorType.constr(base(IntegerType) | AnyFloatConstr)


@irdl_attr_definition
class PreparedLinearTransformType(StructAttribute, TypeAttribute):
    """A matrix in the form in which a library applies it, for ciphertexts at a level."""

    name = "kernel.prepared_linear_transform"

    level: IntAttr
    slots: IntAttr
    log_bsgs_ratio: IntAttr

    FIELDS: ClassVar[Sequence[Field]] = (
        Field("level", INT),
        Field("slots", INT),
        Field("log_bsgs_ratio", INT),
    )


def _verify_diagonals(diagonals: SSAValue, indices: DenseArrayBase[I64]) -> tuple[int, ...]:
    """The shape of a matrix of one row per diagonal."""
    shape = cast("TensorType[Any]", diagonals.type).get_shape()
    if len(shape) != 2:
        raise VerifyException(
            f"diagonals must be 2D tensor of floating-point or integer values, but got {diagonals.type}"
        )
    if DYNAMIC_INDEX in shape:
        raise VerifyException("diagonals must have a static shape")
    if shape[0] != len(indices):
        raise VerifyException(
            f"number of diagonals ({shape[0]}) must match number of diagonal indices ({len(indices)})"
        )
    return shape


@irdl_op_definition
class EvalChebyshevOp(ArrowOp):
    """A sum of Chebyshev polynomials of values in [-1, 1]."""

    name = "kernel.eval_chebyshev"

    input = operand_def()
    coefficients = prop_def(ArrayAttr[Attribute])
    output = result_def()
    traits = traits_def(Pure(), ElementwiseMappable())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"coefficients": ATTRIBUTE}


@irdl_op_definition
class LinearTransformOp(ArrowOp):
    """The product of a matrix, given by some of its diagonals, and a vector."""

    name = "kernel.linear_transform"

    input = operand_def()
    diagonals = operand_def(DIAGONALS)
    diagonal_indices = prop_def(DenseArrayBase[I64])
    bsgs_ratio = opt_prop_def(FloatAttr[Float64Type])
    output = result_def()
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"diagonal_indices": I64_ARRAY, "bsgs_ratio": F64}

    def verify_(self) -> None:
        input_type = self.input.type
        _verify_input(input_type)
        slots = _verify_diagonals(self.diagonals, self.diagonal_indices)[1]
        if not isa(input_type, TensorType):
            return
        size = _slot_count(input_type)
        if size < slots:
            raise VerifyException(f"input slot size ({size}) is smaller than diagonals slot size ({slots})")
        output_type = self.output.type
        if not isa(output_type, TensorType) or output_type.get_shape() != input_type.get_shape():
            raise VerifyException(f"the result must have the input's shape, got {output_type}")


def _verify_input(input_type: Attribute) -> None:
    """Check that an input is secret, or a tensor of what could be."""
    element = input_type
    if isa(input_type, TensorType):
        element = input_type.get_element_type()
        if isinstance(element, IntegerType) or AnyFloatConstr.verifies(element):
            return
    if not isinstance(element, SECRETS):
        raise VerifyException(
            "the input must be a ranked tensor of integer, floating-point, or secret-typed values, or a "
            f"single secret-typed value, but got {input_type}"
        )


def _slot_count(tensor: TensorType[Attribute]) -> int:
    """The number of values of a row of values, or of the slots of ciphertexts."""
    shape = tensor.get_shape()
    if len(shape) not in (1, 2):
        raise VerifyException("input must be 1D or 2D ranked tensor")
    if len(shape) == 2 and shape[0] != 1:
        raise VerifyException("input tensor batch dimension (first dimension) must be 1")
    if DYNAMIC_INDEX in shape:
        raise VerifyException("input must have a static shape")
    element = tensor.get_element_type()
    if not isinstance(element, CiphertextType):
        return shape[-1]
    space = element.plaintext_space
    degree = space.ring.degree or 1
    return shape[-1] * (degree // 2 if isinstance(space.encoding, InverseCanonicalEncodingAttr) else degree)


@irdl_op_definition
class PrepareLinearTransformOp(ArrowOp):
    """The encoding of the diagonals of a matrix, once for many vectors."""

    name = "kernel.prepare_linear_transform"

    diagonals = operand_def(DIAGONALS)
    diagonal_indices = prop_def(DenseArrayBase[I64])
    output = result_def(PreparedLinearTransformType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"diagonal_indices": I64_ARRAY}
    KINDS: ClassVar[Mapping[int, type[ParametrizedAttribute]]] = {1: PreparedLinearTransformType}

    def verify_(self) -> None:
        _verify_diagonals(self.diagonals, self.diagonal_indices)


@irdl_op_definition
class ApplyLinearTransformOp(ArrowOp):
    """The product of a prepared matrix and a vector."""

    name = "kernel.apply_linear_transform"

    input = operand_def()
    transform = operand_def(PreparedLinearTransformType)
    diagonal_indices = opt_prop_def(DenseArrayBase[I64])
    diagonal_width = opt_prop_def(IntegerAttr[I64])
    output = result_def()
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "diagonal_indices": I64_ARRAY,
        "diagonal_width": syntax.I64,
    }
    KINDS: ClassVar[Mapping[int, type[ParametrizedAttribute]]] = {1: PreparedLinearTransformType}


Kernel = Dialect(
    "kernel",
    [EvalChebyshevOp, LinearTransformOp, PrepareLinearTransformOp, ApplyLinearTransformOp],
    [PreparedLinearTransformType],
)
