"""The operations of the BGV and BFV schemes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import I1, IntegerAttr
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

from he_dialects.assembly import PropertyOp
from he_dialects.lattigo import shapes, types
from he_dialects.syntax import BOOL, Stripped, Syntax, bool_attr


@irdl_op_definition
class NewParametersFromLiteralOp(PropertyOp):
    """Parameters of the BGV scheme."""

    name = "lattigo.bgv.new_parameters_from_literal"

    params_literal = prop_def(types.BGVParametersLiteralAttr, prop_name="paramsLiteral")
    params = result_def(types.BGVParameterType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"paramsLiteral": Stripped(types.BGVParametersLiteralAttr)}


@irdl_op_definition
class NewEncoderOp(PropertyOp):
    """The object that encodes and decodes."""

    name = "lattigo.bgv.new_encoder"

    params = operand_def(types.BGVParameterType)
    encoder = result_def(types.BGVEncoderType)
    traits = traits_def(Pure())


@irdl_op_definition
class NewEvaluatorOp(PropertyOp):
    """The object that operates on ciphertexts, with the keys that it needs for it."""

    name = "lattigo.bgv.new_evaluator"

    params = operand_def(types.BGVParameterType)
    evaluation_key_set = opt_operand_def(types.RLWEEvaluationKeySetType)
    scale_invariant = opt_prop_def(IntegerAttr[I1], bool_attr(False), prop_name="scaleInvariant")
    """Whether products are those of BFV."""
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"scaleInvariant": BOOL}
    evaluator = result_def(types.BGVEvaluatorType)
    traits = traits_def(Pure())


@irdl_op_definition
class NewPlaintextOp(shapes.NewPlaintextOp):
    """Allocation of a plaintext, at a level or at the highest one."""

    name = "lattigo.bgv.new_plaintext"


@irdl_op_definition
class EncodeOp(shapes.EncodeOp):
    """Encoding of values into a given plaintext."""

    name = "lattigo.bgv.encode"


@irdl_op_definition
class DecodeOp(shapes.DecodeOp):
    """Decoding of a plaintext."""

    name = "lattigo.bgv.decode"


@irdl_op_definition
class AddNewOp(shapes.BinaryNewOp):
    """Sum of a ciphertext, and a ciphertext or plaintext."""

    name = "lattigo.bgv.add_new"
    traits = traits_def(Pure())
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


@irdl_op_definition
class AddOp(shapes.BinaryInPlaceOp):
    """Sum of a ciphertext, and a ciphertext or plaintext, into a given ciphertext."""

    name = "lattigo.bgv.add"
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


@irdl_op_definition
class SubNewOp(shapes.BinaryNewOp):
    """Difference of a ciphertext, and a ciphertext or plaintext."""

    name = "lattigo.bgv.sub_new"
    traits = traits_def(Pure())
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


@irdl_op_definition
class SubOp(shapes.BinaryInPlaceOp):
    """Difference of a ciphertext, and a ciphertext or plaintext, into a given ciphertext."""

    name = "lattigo.bgv.sub"
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


@irdl_op_definition
class MulNewOp(shapes.BinaryNewOp):
    """Product, not relinearized, of a ciphertext, and a ciphertext or plaintext."""

    name = "lattigo.bgv.mul_new"
    traits = traits_def(Pure())
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


@irdl_op_definition
class MulOp(shapes.BinaryInPlaceOp):
    """Product, not relinearized, of a ciphertext, and a ciphertext or plaintext, into a given ciphertext."""

    name = "lattigo.bgv.mul"
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


@irdl_op_definition
class RelinearizeNewOp(shapes.UnaryNewOp):
    """Key switching back to two polynomials."""

    name = "lattigo.bgv.relinearize_new"
    traits = traits_def(Pure())
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


@irdl_op_definition
class RelinearizeOp(shapes.UnaryInPlaceOp):
    """Key switching back to two polynomials, into a given ciphertext."""

    name = "lattigo.bgv.relinearize"
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


@irdl_op_definition
class RescaleNewOp(shapes.UnaryNewOp):
    """Division by the last prime of the modulus."""

    name = "lattigo.bgv.rescale_new"
    traits = traits_def(Pure())
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


@irdl_op_definition
class RescaleOp(shapes.UnaryInPlaceOp):
    """Division by the last prime of the modulus, into a given ciphertext."""

    name = "lattigo.bgv.rescale"
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


@irdl_op_definition
class RotateColumnsNewOp(shapes.RotateNewOp):
    """Rotation of both rows of slots."""

    name = "lattigo.bgv.rotate_columns_new"
    traits = traits_def(Pure())
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


@irdl_op_definition
class RotateColumnsOp(shapes.RotateInPlaceOp):
    """Rotation of both rows of slots, into a given ciphertext."""

    name = "lattigo.bgv.rotate_columns"
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


@irdl_op_definition
class RotateRowsNewOp(shapes.UnaryNewOp):
    """Exchange of the two rows of slots."""

    name = "lattigo.bgv.rotate_rows_new"
    traits = traits_def(Pure())
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


@irdl_op_definition
class RotateRowsOp(shapes.UnaryInPlaceOp):
    """Exchange of the two rows of slots, into a given ciphertext."""

    name = "lattigo.bgv.rotate_rows"
    EVALUATORS: ClassVar[tuple[type[Attribute], ...]] = (types.BGVEvaluatorType,)


OPERATIONS = [
    AddOp,
    AddNewOp,
    DecodeOp,
    EncodeOp,
    MulOp,
    MulNewOp,
    NewEncoderOp,
    NewEvaluatorOp,
    NewParametersFromLiteralOp,
    NewPlaintextOp,
    RelinearizeOp,
    RelinearizeNewOp,
    RescaleOp,
    RescaleNewOp,
    RotateColumnsOp,
    RotateColumnsNewOp,
    RotateRowsOp,
    RotateRowsNewOp,
    SubOp,
    SubNewOp,
]
"""All operations of this module."""
