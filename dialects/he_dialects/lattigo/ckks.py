"""The operations of the CKKS scheme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import (
    I32,
    I64,
    ArrayAttr,
    DenseArrayBase,
    Float64Type,
    IntegerAttr,
    MemRefType,
    TensorType,
)
from xdsl.ir import Attribute
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from he_dialects.assembly import PropertyOp
from he_dialects.lattigo import shapes, types
from he_dialects.syntax import ATTRIBUTE, F64_ARRAY, I32_ARRAY, Stripped, Syntax


@irdl_op_definition
class NewParametersFromLiteralOp(PropertyOp):
    """Parameters of the CKKS scheme."""

    name = "lattigo.ckks.new_parameters_from_literal"

    params_literal = prop_def(types.CKKSParametersLiteralAttr, prop_name="paramsLiteral")
    params = result_def(types.CKKSParameterType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"paramsLiteral": Stripped(types.CKKSParametersLiteralAttr)}


@irdl_op_definition
class NewEncoderOp(PropertyOp):
    """The object that encodes and decodes."""

    name = "lattigo.ckks.new_encoder"

    params = operand_def(types.CKKSParameterType)
    encoder = result_def(types.CKKSEncoderType)
    traits = traits_def(Pure())


@irdl_op_definition
class NewEvaluatorOp(PropertyOp):
    """The object that operates on ciphertexts, with the keys that it needs for it."""

    name = "lattigo.ckks.new_evaluator"

    params = operand_def(types.CKKSParameterType)
    evaluation_key_set = opt_operand_def(types.RLWEEvaluationKeySetType)
    evaluator = result_def(types.CKKSEvaluatorType)
    traits = traits_def(Pure())


@irdl_op_definition
class NewPlaintextOp(shapes.NewPlaintextOp):
    """Allocation of a plaintext, at a level or at the highest one."""

    name = "lattigo.ckks.new_plaintext"


@irdl_op_definition
class EncodeOp(shapes.EncodeOp):
    """Encoding of values into a given plaintext."""

    name = "lattigo.ckks.encode"


@irdl_op_definition
class DecodeOp(shapes.DecodeOp):
    """Decoding of a plaintext."""

    name = "lattigo.ckks.decode"


@irdl_op_definition
class AddNewOp(shapes.BinaryNewOp):
    """Sum of a ciphertext, and a ciphertext or plaintext."""

    name = "lattigo.ckks.add_new"
    traits = traits_def(Pure())
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.CKKSEvaluatorType,)


@irdl_op_definition
class AddOp(shapes.BinaryInPlaceOp):
    """Sum of a ciphertext, and a ciphertext or plaintext, into a given ciphertext."""

    name = "lattigo.ckks.add"
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.CKKSEvaluatorType,)


@irdl_op_definition
class SubNewOp(shapes.BinaryNewOp):
    """Difference of a ciphertext, and a ciphertext or plaintext."""

    name = "lattigo.ckks.sub_new"
    traits = traits_def(Pure())
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.CKKSEvaluatorType,)


@irdl_op_definition
class SubOp(shapes.BinaryInPlaceOp):
    """Difference of a ciphertext, and a ciphertext or plaintext, into a given ciphertext."""

    name = "lattigo.ckks.sub"
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.CKKSEvaluatorType,)


@irdl_op_definition
class MulNewOp(shapes.BinaryNewOp):
    """Product, not relinearized, of a ciphertext, and a ciphertext or plaintext."""

    name = "lattigo.ckks.mul_new"
    traits = traits_def(Pure())
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.CKKSEvaluatorType,)


@irdl_op_definition
class MulOp(shapes.BinaryInPlaceOp):
    """Product, not relinearized, of a ciphertext, and a ciphertext or plaintext, into a given ciphertext."""

    name = "lattigo.ckks.mul"
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.CKKSEvaluatorType,)


@irdl_op_definition
class RelinearizeNewOp(shapes.UnaryNewOp):
    """Key switching back to two polynomials."""

    name = "lattigo.ckks.relinearize_new"
    traits = traits_def(Pure())
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.CKKSEvaluatorType,)


@irdl_op_definition
class RelinearizeOp(shapes.UnaryInPlaceOp):
    """Key switching back to two polynomials, into a given ciphertext."""

    name = "lattigo.ckks.relinearize"
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.CKKSEvaluatorType,)


@irdl_op_definition
class RescaleNewOp(shapes.UnaryNewOp):
    """Division by the last prime of the modulus."""

    name = "lattigo.ckks.rescale_new"
    traits = traits_def(Pure())
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.CKKSEvaluatorType,)


@irdl_op_definition
class RescaleOp(shapes.UnaryInPlaceOp):
    """Division by the last prime of the modulus, into a given ciphertext."""

    name = "lattigo.ckks.rescale"
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.CKKSEvaluatorType,)


@irdl_op_definition
class RotateNewOp(shapes.RotateNewOp):
    """Cyclic rotation of the slots to the left."""

    name = "lattigo.ckks.rotate_new"
    traits = traits_def(Pure())
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.CKKSEvaluatorType,)


@irdl_op_definition
class RotateOp(shapes.RotateInPlaceOp):
    """Cyclic rotation of the slots to the left, into a given ciphertext."""

    name = "lattigo.ckks.rotate"
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.CKKSEvaluatorType,)


@irdl_op_definition
class NewBootstrappingParametersFromLiteralOp(PropertyOp):
    """Parameters of bootstrapping."""

    name = "lattigo.ckks.new_bootstrapping_parameters_from_literal"

    params = operand_def(types.CKKSParameterType)
    bt_params_literal = prop_def(types.CKKSBootstrappingParametersLiteralAttr, prop_name="btParamsLiteral")
    output = result_def(types.CKKSBootstrappingParameterType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "btParamsLiteral": Stripped(types.CKKSBootstrappingParametersLiteralAttr)
    }


@irdl_op_definition
class GenEvaluationKeysBootstrappingOp(PropertyOp):
    """The keys for bootstrapping."""

    name = "lattigo.ckks.gen_evaluation_keys_bootstrapping"

    params = operand_def(types.CKKSBootstrappingParameterType)
    secret_key = operand_def(types.RLWESecretKeyType)
    output = result_def(types.CKKSBootstrappingEvaluationKeysType)
    traits = traits_def(Pure())


@irdl_op_definition
class NewBootstrappingEvaluatorOp(PropertyOp):
    """The object that bootstraps."""

    name = "lattigo.ckks.new_bootstrapping_evaluator"

    params = operand_def(types.CKKSBootstrappingParameterType)
    evaluation_key_set = operand_def(types.CKKSBootstrappingEvaluationKeysType)
    evaluator = result_def(types.CKKSBootstrappingEvaluatorType)
    traits = traits_def(Pure())


@irdl_op_definition
class BootstrapOp(PropertyOp):
    """Bootstrapping, to the highest level of the parameters."""

    name = "lattigo.ckks.bootstrap"

    evaluator = operand_def(types.CKKSBootstrappingEvaluatorType)
    input = operand_def(types.RLWECiphertextType)
    output = result_def(types.RLWECiphertextType)
    traits = traits_def(Pure())


@irdl_op_definition
class LinearTransformOp(PropertyOp):
    """A matrix, given by its diagonals, times the slots."""

    name = "lattigo.ckks.linear_transform"

    evaluator = operand_def(types.CKKSEvaluatorType)
    encoder = operand_def(types.CKKSEncoderType)
    input = operand_def(types.RLWECiphertextType)
    diagonals = operand_def(TensorType | MemRefType)
    diagonal_indices = prop_def(DenseArrayBase[I32])
    level_q = prop_def(IntegerAttr, prop_name="levelQ")
    log_ratio = prop_def(IntegerAttr, prop_name="logBabyStepGiantStepRatio")
    output = result_def(types.RLWECiphertextType)
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "diagonal_indices": I32_ARRAY,
        "levelQ": ATTRIBUTE,
        "logBabyStepGiantStepRatio": ATTRIBUTE,
    }

    def verify_(self) -> None:
        if len(shapes.shape_of(self.diagonals.type)) != 2:
            raise VerifyException(f"the diagonals must be the rows of a matrix, got {self.diagonals.type}")


@irdl_op_definition
class PrepareLinearTransformOp(PropertyOp):
    """Encoding of the diagonals of a matrix."""

    name = "lattigo.ckks.prepare_linear_transform"

    params = operand_def(types.CKKSParameterType)
    encoder = operand_def(types.CKKSEncoderType)
    diagonals = operand_def(TensorType | MemRefType)
    diagonal_indices = prop_def(DenseArrayBase[I32])
    level_q = prop_def(IntegerAttr, prop_name="levelQ")
    log_slots = prop_def(IntegerAttr[I64], prop_name="logSlots")
    log_ratio = prop_def(IntegerAttr, prop_name="logBabyStepGiantStepRatio")
    output = result_def(types.CKKSLinearTransformationType)
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "diagonal_indices": I32_ARRAY,
        "levelQ": ATTRIBUTE,
        "logSlots": ATTRIBUTE,
        "logBabyStepGiantStepRatio": ATTRIBUTE,
    }

    def verify_(self) -> None:
        shape, indices = shapes.shape_of(self.diagonals.type), len(self.diagonal_indices)
        if len(shape) != 2 or shape[0] != indices:
            raise VerifyException(
                f"number of diagonals ({shape[0]}) must match number of diagonal indices ({indices})"
            )


@irdl_op_definition
class ApplyLinearTransformOp(PropertyOp):
    """An encoded matrix times the slots."""

    name = "lattigo.ckks.apply_linear_transform"

    evaluator = operand_def(types.CKKSEvaluatorType)
    input = operand_def(types.RLWECiphertextType)
    linear_transformation = operand_def(types.CKKSLinearTransformationType)
    output = result_def(types.RLWECiphertextType)


@irdl_op_definition
class NewPolynomialEvaluatorOp(PropertyOp):
    """The object that evaluates polynomials."""

    name = "lattigo.ckks.new_polynomial_evaluator"

    params = operand_def(types.CKKSParameterType)
    evaluator = operand_def(types.CKKSEvaluatorType)
    polynomial_evaluator = result_def(types.CKKSPolynomialEvaluatorType)


@irdl_op_definition
class ChebyshevOp(PropertyOp):
    """A Chebyshev series on an interval, by default from -1 to 1."""

    name = "lattigo.ckks.chebyshev"

    evaluator = operand_def(types.CKKSPolynomialEvaluatorType)
    ciphertext = operand_def(types.RLWECiphertextType)
    coefficients = prop_def(ArrayAttr[Attribute])
    target_scale = prop_def(IntegerAttr, prop_name="targetScale")
    domain = opt_prop_def(DenseArrayBase[Float64Type])
    output = result_def(types.RLWECiphertextType)
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "coefficients": ATTRIBUTE,
        "targetScale": ATTRIBUTE,
        "domain": F64_ARRAY,
    }

    def verify_(self) -> None:
        if self.domain is not None and len(self.domain) != 2:
            raise VerifyException(f"the domain must have two ends, got {len(self.domain)} numbers")


OPERATIONS = [
    AddOp,
    AddNewOp,
    ApplyLinearTransformOp,
    BootstrapOp,
    ChebyshevOp,
    DecodeOp,
    EncodeOp,
    GenEvaluationKeysBootstrappingOp,
    LinearTransformOp,
    MulOp,
    MulNewOp,
    NewBootstrappingEvaluatorOp,
    NewBootstrappingParametersFromLiteralOp,
    NewEncoderOp,
    NewEvaluatorOp,
    NewParametersFromLiteralOp,
    NewPlaintextOp,
    NewPolynomialEvaluatorOp,
    PrepareLinearTransformOp,
    RelinearizeOp,
    RelinearizeNewOp,
    RescaleOp,
    RescaleNewOp,
    RotateOp,
    RotateNewOp,
    SubOp,
    SubNewOp,
]
"""All operations of this module."""
