"""HEIR's ``bgv`` dialect: the operations of the BGV and BFV schemes on the types of :mod:`he_dialects.lwe`.

    %0 = bgv.mul %x, %y : (!ct_L1, !ct_L1) -> !ct_L1_D3
    %1 = bgv.relinearize %0 <from_basis = [0, 1, 2], to_basis = [0, 1]> : !ct_L1_D3 -> !ct_L1
    %2 = bgv.modulus_switch %1 <to_ring = #ring_L0> : !ct_L1 -> !ct_L0

https://heir.dev/docs/dialects/bgv/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from xdsl.dialects.builtin import I32, I64, DenseArrayBase, IndexType, IntAttr
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Dialect
from xdsl.irdl import irdl_attr_definition, irdl_op_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from he_dialects.assembly import Field, PropertyOp, StructAttribute, TypeSignature
from he_dialects.ckks.attributes import EncryptionKey, EncryptionTechnique
from he_dialects.elementwise import ElementwiseMappable
from he_dialects.lwe import rules, scheme_ops
from he_dialects.syntax import I32_ARRAY, I64_ARRAY, INT, Keyword, Syntax

SCHEME_PARAM = "bgv.schemeParam"
"""The module attribute that holds the :class:`SchemeParamAttr`."""


@irdl_attr_definition
class EncryptionKeyAttr(EnumAttribute[EncryptionKey]):
    """Which key encrypts, as an attribute."""

    name = "bgv.encryption_type"


@irdl_attr_definition
class EncryptionTechniqueAttr(EnumAttribute[EncryptionTechnique]):
    """How public-key encryption proceeds, as an attribute."""

    name = "bgv.encryption_technique"


@irdl_attr_definition
class SchemeParamAttr(StructAttribute):
    """Ring degree, primes and plaintext modulus of a program.

    #bgv.scheme_param<logN = 13, Q = [67239937], P = [34359754753], plaintextModulus = 65537>
    """

    name = "bgv.scheme_param"

    log_n: IntAttr
    q: DenseArrayBase[I64]
    p: DenseArrayBase[I64]
    plaintext_modulus: IntAttr
    encryption_key: EncryptionKeyAttr
    encryption_technique: EncryptionTechniqueAttr

    FIELDS: ClassVar[Sequence[Field]] = (
        Field("logN", INT),
        Field("Q", I64_ARRAY),
        Field("P", I64_ARRAY),
        Field("plaintextModulus", INT),
        Field("encryptionType", Keyword(EncryptionKeyAttr), EncryptionKeyAttr(EncryptionKey.PUBLIC)),
        Field(
            "encryptionTechnique",
            Keyword(EncryptionTechniqueAttr),
            EncryptionTechniqueAttr(EncryptionTechnique.STANDARD),
        ),
    )


@irdl_op_definition
class AddOp(scheme_ops.SumOp):
    """Sum of two ciphertexts of equal level; the dimension is the larger one."""

    name = "bgv.add"


@irdl_op_definition
class SubOp(scheme_ops.SumOp):
    """Difference of two ciphertexts of equal level; the dimension is the larger one."""

    name = "bgv.sub"


@irdl_op_definition
class MulOp(scheme_ops.ProductOp):
    """Product of two ciphertexts of equal level, not relinearized."""

    name = "bgv.mul"


@irdl_op_definition
class AddPlainOp(scheme_ops.PlainSumOp):
    """Sum of a ciphertext and a plaintext."""

    name = "bgv.add_plain"


@irdl_op_definition
class SubPlainOp(scheme_ops.PlainSumOp):
    """Difference of a ciphertext and a plaintext, in the order of the operands."""

    name = "bgv.sub_plain"


@irdl_op_definition
class MulPlainOp(scheme_ops.PlainProductOp):
    """Product of a ciphertext and a plaintext."""

    name = "bgv.mul_plain"


@irdl_op_definition
class RotateColumnsOp(scheme_ops.RotationOp):
    """Cyclic rotation to the left of both rows of the 2 x N/2 matrix that the slots are."""

    name = "bgv.rotate_cols"


@irdl_op_definition
class RotateRowsOp(scheme_ops.RotationOp):
    """Rotation of the columns of the 2 x N/2 matrix that the slots are: an exchange of its rows."""

    name = "bgv.rotate_rows"

    def verify_(self) -> None:
        super().verify_()
        if self.dynamic_shift is not None and isinstance(self.dynamic_shift.type, IndexType):
            raise VerifyException("the dynamic shift must be integer, but got 'index'")


@irdl_op_definition
class NegateOp(scheme_ops.NegationOp):
    """Negation of a ciphertext."""

    name = "bgv.negate"


@irdl_op_definition
class RelinearizeOp(PropertyOp):
    """Key switching to a smaller basis: ``[0, 1, 2]`` stands for the powers 1, s, s² of the secret key."""

    name = "bgv.relinearize"

    input = operand_def(rules.CIPHERTEXT_LIKE)
    from_basis = prop_def(DenseArrayBase[I32])
    to_basis = prop_def(DenseArrayBase[I32])
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), ElementwiseMappable())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"from_basis": I32_ARRAY, "to_basis": I32_ARRAY}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        rules.verify_relinearize(self.input, self.output, len(self.from_basis), len(self.to_basis))


@irdl_op_definition
class ModulusSwitchOp(scheme_ops.DivisionOp):
    """Division by the last primes of the modulus, and rounding, which leaves the message as it is."""

    name = "bgv.modulus_switch"


@irdl_op_definition
class LevelReduceOp(scheme_ops.LevelReductionOp):
    """Dropping of the last primes of the modulus, without division."""

    name = "bgv.level_reduce"


BGV = Dialect(
    "bgv",
    [
        AddOp,
        AddPlainOp,
        SubOp,
        SubPlainOp,
        MulOp,
        MulPlainOp,
        RotateColumnsOp,
        RotateRowsOp,
        NegateOp,
        RelinearizeOp,
        ModulusSwitchOp,
        LevelReduceOp,
    ],
    [SchemeParamAttr],
)
