"""The operations of the CKKS scheme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import (
    I32,
    I64,
    DenseArrayBase,
    IntegerAttr,
    ModuleOp,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Operation
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
from xdsl.utils.hints import isa

from he_dialects import syntax
from he_dialects.assembly import PropertyOp, TypeSignature
from he_dialects.ckks.attributes import SCHEME_PARAM, SchemeParamAttr
from he_dialects.elementwise import ElementwiseMappable
from he_dialects.lwe import CiphertextType, rules, scheme_ops
from he_dialects.mod_arith import ModIntType
from he_dialects.rns import RNSType, require_rns
from he_dialects.syntax import I32_ARRAY, Syntax


@irdl_op_definition
class AddOp(scheme_ops.SumOp):
    """Sum of two ciphertexts of equal level and scale; the dimension is the larger one."""

    name = "ckks.add"


@irdl_op_definition
class SubOp(scheme_ops.SumOp):
    """Difference of two ciphertexts of equal level and scale; the dimension is the larger one."""

    name = "ckks.sub"


@irdl_op_definition
class MulOp(scheme_ops.ProductOp):
    """Product of two ciphertexts of equal level, neither relinearized nor rescaled."""

    name = "ckks.mul"


@irdl_op_definition
class AddPlainOp(scheme_ops.PlainSumOp):
    """Sum of a ciphertext and a plaintext of equal scale."""

    name = "ckks.add_plain"


@irdl_op_definition
class SubPlainOp(scheme_ops.PlainSumOp):
    """Difference of a ciphertext and a plaintext of equal scale, in the order of the operands."""

    name = "ckks.sub_plain"


@irdl_op_definition
class MulPlainOp(scheme_ops.PlainProductOp):
    """Product of a ciphertext and a plaintext, not rescaled."""

    name = "ckks.mul_plain"


@irdl_op_definition
class RotateOp(scheme_ops.RotationOp):
    """Cyclic rotation of the slots to the left, by a constant or by an operand."""

    name = "ckks.rotate"


@irdl_op_definition
class NegateOp(scheme_ops.NegationOp):
    """Negation of a ciphertext."""

    name = "ckks.negate"


@irdl_op_definition
class RelinearizeOp(PropertyOp):
    """Key switching to a smaller basis: ``[0, 1, 2]`` stands for the powers 1, s, s² of the secret key."""

    name = "ckks.relinearize"

    input = operand_def(rules.CIPHERTEXT_LIKE)
    key_switching_key = opt_operand_def(TensorType[CiphertextType])
    from_basis = prop_def(DenseArrayBase[I32])
    to_basis = prop_def(DenseArrayBase[I32])
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"from_basis": I32_ARRAY, "to_basis": I32_ARRAY}

    def verify_(self) -> None:
        rules.verify_relinearize(self.input, self.output, len(self.from_basis), len(self.to_basis))
        parameters = _scheme_parameters(self)
        if parameters is not None and self.key_switching_key is not None:
            self._verify_key(self.key_switching_key.type, parameters)

    def _verify_key(self, key: Attribute, parameters: SchemeParamAttr) -> None:
        """Check that the key has one part per digit, each over the input's primes and the special ones."""
        if not isa(key, TensorType[CiphertextType]) or len(key.get_shape()) != 1:
            raise VerifyException(f"KSKs must be a rank-1 tensor of Ciphertexts, got {key}")
        basis = require_rns(rules.ciphertext(self.input).ring.coefficient_type).basis.data
        special = [ModIntType(IntegerAttr(prime, i64)) for prime in parameters.special_primes]
        if key.get_element_type().ring.coefficient_type != RNSType.get([*basis, *special]):
            raise VerifyException(
                "Key's RNS type must be the same as the input's RNS type, plus the key-switch moduli "
                f"{list(parameters.special_primes)}"
            )
        full, rest = divmod(len(basis), len(special))
        if key.get_shape() != (full + rest,):
            raise VerifyException(f"KeySwitchingKey must have shape {full + rest}, got {key.get_shape()}")


def _scheme_parameters(op: Operation) -> SchemeParamAttr | None:
    """The CKKS parameters of the module that an operation is in."""
    parent = op.parent_op()
    while parent is not None and not isinstance(parent, ModuleOp):
        parent = parent.parent_op()
    parameters = None if parent is None else parent.attributes.get(SCHEME_PARAM)
    return parameters if isinstance(parameters, SchemeParamAttr) else None


@irdl_op_definition
class RescaleOp(scheme_ops.DivisionOp):
    """Division by the last primes of the modulus, and rounding."""

    name = "ckks.rescale"


@irdl_op_definition
class LevelReduceOp(scheme_ops.LevelReductionOp):
    """Dropping of the last primes of the modulus, without division."""

    name = "ckks.level_reduce"


@irdl_op_definition
class BootstrapOp(PropertyOp):
    """A fresh ciphertext of the same values at a higher level; the result type says which."""

    name = "ckks.bootstrap"

    input = operand_def(rules.CIPHERTEXT_LIKE)
    target_level = opt_prop_def(IntegerAttr[I64], prop_name="targetLevel")
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), ElementwiseMappable())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"targetLevel": syntax.I64}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        if self.target_level is None:
            return
        target, level = self.target_level.value.data, rules.ciphertext(self.output).level
        if level != target:
            raise VerifyException(f"output ciphertext must have {target} levels but has {level}")
