"""The operations on ciphertexts.

Every operation takes the crypto context first. The ``_inplace`` variants overwrite an operand, the first
ciphertext, and give it as their result, which is the only name by which it may be used afterwards.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import I1, I64, ArrayAttr, FloatAttr, IndexType, IntegerAttr, IntegerType, i64
from xdsl.ir import Attribute, SSAValue
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

from he_dialects import syntax
from he_dialects.assembly import PropertyOp
from he_dialects.lwe.rules import verify_one_shift
from he_dialects.openfhe.types import (
    CiphertextType,
    CryptoContextType,
    DigitDecompositionType,
    EvalKeyType,
    PlaintextType,
)
from he_dialects.syntax import ATTRIBUTE, BOOL, INDEX, Syntax, bool_attr


class _UnaryOp(PropertyOp, ABC):
    crypto_context = operand_def(CryptoContextType)
    ciphertext = operand_def(CiphertextType)
    output = result_def(CiphertextType)


class _BinaryOp(PropertyOp, ABC):
    crypto_context = operand_def(CryptoContextType)
    lhs = operand_def(CiphertextType)
    rhs = operand_def(CiphertextType)
    output = result_def(CiphertextType)


class _PlainOp(PropertyOp, ABC):
    """A ciphertext and a plaintext, in either order."""

    crypto_context = operand_def(CryptoContextType)
    lhs = operand_def(CiphertextType | PlaintextType)
    rhs = operand_def(CiphertextType | PlaintextType)
    output = result_def(CiphertextType)

    @property
    def ciphertext(self) -> SSAValue:
        """The operand that is a ciphertext."""
        return self.lhs if isinstance(self.lhs.type, CiphertextType) else self.rhs

    @property
    def plaintext(self) -> SSAValue:
        """The operand that is a plaintext."""
        return self.rhs if isinstance(self.lhs.type, CiphertextType) else self.lhs

    def verify_(self) -> None:
        if isinstance(self.lhs.type, CiphertextType) == isinstance(self.rhs.type, CiphertextType):
            raise VerifyException("expected a ciphertext and a plaintext")


class _ConstantOp(PropertyOp, ABC):
    crypto_context = operand_def(CryptoContextType)
    ciphertext = operand_def(CiphertextType)
    constant = operand_def(I64)
    output = result_def(CiphertextType)


class _KeySwitchOp(PropertyOp, ABC):
    crypto_context = operand_def(CryptoContextType)
    ciphertext = operand_def(CiphertextType)
    eval_key = operand_def(EvalKeyType)
    output = result_def(CiphertextType)


@irdl_op_definition
class AddOp(_BinaryOp):
    """Sum of two ciphertexts."""

    name = "openfhe.add"
    traits = traits_def(Pure())


@irdl_op_definition
class AddInPlaceOp(_BinaryOp):
    """Sum of two ciphertexts, overwriting the left one."""

    name = "openfhe.add_inplace"


@irdl_op_definition
class SubOp(_BinaryOp):
    """Difference of two ciphertexts."""

    name = "openfhe.sub"
    traits = traits_def(Pure())


@irdl_op_definition
class SubInPlaceOp(_BinaryOp):
    """Difference of two ciphertexts, overwriting the left one."""

    name = "openfhe.sub_inplace"


@irdl_op_definition
class AddPlainOp(_PlainOp):
    """Sum of a ciphertext and a plaintext."""

    name = "openfhe.add_plain"
    traits = traits_def(Pure())


@irdl_op_definition
class AddPlainInPlaceOp(_PlainOp):
    """Sum of a ciphertext and a plaintext, overwriting the ciphertext."""

    name = "openfhe.add_plain_inplace"


@irdl_op_definition
class SubPlainOp(_PlainOp):
    """Difference of a ciphertext and a plaintext, in the order of the operands."""

    name = "openfhe.sub_plain"
    traits = traits_def(Pure())


@irdl_op_definition
class SubPlainInPlaceOp(_PlainOp):
    """Difference of a ciphertext and a plaintext, overwriting the ciphertext."""

    name = "openfhe.sub_plain_inplace"


@irdl_op_definition
class MulOp(_BinaryOp):
    """Product of two ciphertexts, relinearized."""

    name = "openfhe.mul"
    traits = traits_def(Pure())


@irdl_op_definition
class MulNoRelinOp(_BinaryOp):
    """Product of two ciphertexts, not relinearized."""

    name = "openfhe.mul_no_relin"
    traits = traits_def(Pure())


@irdl_op_definition
class MulPlainOp(_PlainOp):
    """Product of a ciphertext and a plaintext."""

    name = "openfhe.mul_plain"
    traits = traits_def(Pure())


@irdl_op_definition
class MulConstOp(_ConstantOp):
    """Product of a ciphertext and an integer."""

    name = "openfhe.mul_const"
    traits = traits_def(Pure())


@irdl_op_definition
class MulConstInPlaceOp(_ConstantOp):
    """Product of a ciphertext and an integer, overwriting the ciphertext."""

    name = "openfhe.mul_const_inplace"


@irdl_op_definition
class NegateOp(_UnaryOp):
    """Negation."""

    name = "openfhe.negate"
    traits = traits_def(Pure())


@irdl_op_definition
class NegateInPlaceOp(_UnaryOp):
    """Negation, overwriting the ciphertext."""

    name = "openfhe.negate_inplace"


@irdl_op_definition
class SquareOp(_UnaryOp):
    """Square, relinearized."""

    name = "openfhe.square"
    traits = traits_def(Pure())


@irdl_op_definition
class SquareInPlaceOp(_UnaryOp):
    """Square, relinearized, overwriting the ciphertext."""

    name = "openfhe.square_inplace"


@irdl_op_definition
class RelinOp(_UnaryOp):
    """Relinearization."""

    name = "openfhe.relin"
    traits = traits_def(Pure())


@irdl_op_definition
class RelinInPlaceOp(_UnaryOp):
    """Relinearization, overwriting the ciphertext."""

    name = "openfhe.relin_inplace"


@irdl_op_definition
class ModReduceOp(_UnaryOp):
    """Rescale (CKKS) or modulus switch (BGV) by one prime."""

    name = "openfhe.mod_reduce"
    traits = traits_def(Pure())


@irdl_op_definition
class ModReduceInPlaceOp(_UnaryOp):
    """Rescale (CKKS) or modulus switch (BGV) by one prime, overwriting the ciphertext."""

    name = "openfhe.mod_reduce_inplace"


class _LevelReduceOp(_UnaryOp, ABC):
    level_to_drop = opt_prop_def(IntegerAttr[I64], IntegerAttr(1, i64), prop_name="levelToDrop")
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"levelToDrop": syntax.I64}


@irdl_op_definition
class LevelReduceOp(_LevelReduceOp):
    """Dropping of primes without division."""

    name = "openfhe.level_reduce"
    traits = traits_def(Pure())


@irdl_op_definition
class LevelReduceInPlaceOp(_LevelReduceOp):
    """Dropping of primes without division, overwriting the ciphertext."""

    name = "openfhe.level_reduce_inplace"


@irdl_op_definition
class BootstrapOp(_UnaryOp):
    """Bootstrapping (CKKS)."""

    name = "openfhe.bootstrap"
    traits = traits_def(Pure())


@irdl_op_definition
class RotOp(PropertyOp):
    """Cyclic rotation of the slots to the left, by a constant or by an operand."""

    name = "openfhe.rot"

    crypto_context = operand_def(CryptoContextType)
    ciphertext = operand_def(CiphertextType)
    dynamic_shift = opt_operand_def(IntegerType | IndexType)
    static_shift = opt_prop_def(IntegerAttr)
    output = result_def(CiphertextType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"static_shift": ATTRIBUTE}

    def verify_(self) -> None:
        verify_one_shift(sum(shift is not None for shift in (self.static_shift, self.dynamic_shift)))


@irdl_op_definition
class AutomorphOp(_KeySwitchOp):
    """The automorphism that a key is for."""

    name = "openfhe.automorph"
    traits = traits_def(Pure())


@irdl_op_definition
class KeySwitchOp(_KeySwitchOp):
    """Key switching."""

    name = "openfhe.key_switch"
    traits = traits_def(Pure())


@irdl_op_definition
class KeySwitchInPlaceOp(_KeySwitchOp):
    """Key switching, overwriting the ciphertext."""

    name = "openfhe.key_switch_inplace"


@irdl_op_definition
class KeySwitchDownOp(_UnaryOp):
    """Division by the special primes, the last step of a key switch in the extended basis."""

    name = "openfhe.key_switch_down"
    traits = traits_def(Pure())


@irdl_op_definition
class FastRotationPrecomputeOp(PropertyOp):
    """The digits of a ciphertext, for several rotations of it (hoisting)."""

    name = "openfhe.fast_rotation_precompute"

    crypto_context = operand_def(CryptoContextType)
    input = operand_def(CiphertextType)
    output = result_def(DigitDecompositionType)
    traits = traits_def(Pure())


class _FastRotationOp(PropertyOp, ABC):
    """A rotation of a ciphertext whose digits are known."""

    crypto_context = operand_def(CryptoContextType)
    input = operand_def(CiphertextType)
    index = operand_def(IndexType)
    precomputed_digit_decomp = operand_def(DigitDecompositionType)
    output = result_def(CiphertextType)
    traits = traits_def(Pure())


@irdl_op_definition
class FastRotationOp(_FastRotationOp):
    """A hoisted rotation."""

    name = "openfhe.fast_rotation"

    cyclotomic_order = prop_def(IntegerAttr[IndexType], prop_name="cyclotomicOrder")
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"cyclotomicOrder": INDEX}


@irdl_op_definition
class FastRotationExtOp(_FastRotationOp):
    """A hoisted rotation whose result stays in the extended basis, for :class:`KeySwitchDownOp`."""

    name = "openfhe.fast_rotation_ext"

    add_first = opt_prop_def(IntegerAttr[I1], bool_attr(True), prop_name="addFirst")
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"addFirst": BOOL}


@irdl_op_definition
class EvalChebyshevSeriesOp(_UnaryOp):
    """A Chebyshev series on an interval; OpenFHE halves its first coefficient."""

    name = "openfhe.eval_chebyshev_series"

    coefficients = prop_def(ArrayAttr[Attribute])
    domain_lower = prop_def(FloatAttr)
    domain_upper = prop_def(FloatAttr)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "coefficients": ATTRIBUTE,
        "domain_lower": ATTRIBUTE,
        "domain_upper": ATTRIBUTE,
    }
