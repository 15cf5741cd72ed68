"""The operations on (R)LWE ciphertexts, plaintexts and ring elements."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import I64, IndexType, IntegerAttr, IntegerType
from xdsl.ir import Attribute
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure, SameOperandsAndResultType
from xdsl.utils.exceptions import VerifyException

from he_dialects import syntax
from he_dialects.assembly import PropertyOp, TypeSignature, element_type
from he_dialects.lwe import rules
from he_dialects.lwe.attributes import EncodingAttr, InverseCanonicalEncodingAttr
from he_dialects.lwe.types import CiphertextType, PlaintextType, PublicKeyType, SecretKeyType
from he_dialects.polynomial import IntPolynomialAttr, RingAttr
from he_dialects.syntax import ATTRIBUTE, INDEX, Stripped, Syntax


class _BinaryOp(PropertyOp, ABC):
    """Two ciphertexts, or tensors of them."""

    lhs = operand_def(rules.CIPHERTEXT_LIKE)
    rhs = operand_def(rules.CIPHERTEXT_LIKE)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure())


@irdl_op_definition
class AddOp(_BinaryOp):
    """Sum of two LWE ciphertexts of one type."""

    name = "lwe.add"

    traits = traits_def(Pure(), SameOperandsAndResultType())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED


class _SumOp(_BinaryOp, ABC):
    def verify_(self) -> None:
        rules.verify_same_rings(self)
        rules.verify_same_plaintext_spaces(self)
        rules.verify_sum(self.lhs, self.rhs, self.output)


@irdl_op_definition
class RAddOp(_SumOp):
    """Sum of two RLWE ciphertexts; the dimension is the larger one."""

    name = "lwe.radd"


@irdl_op_definition
class RSubOp(_SumOp):
    """Difference of two RLWE ciphertexts; the dimension is the larger one."""

    name = "lwe.rsub"


@irdl_op_definition
class RMulOp(_BinaryOp):
    """Product of two RLWE ciphertexts, not relinearized."""

    name = "lwe.rmul"

    def verify_(self) -> None:
        rules.verify_same_rings(self)
        rules.verify_mul(self.lhs, self.rhs, self.output)


class _PlainOp(PropertyOp, ABC):
    """A ciphertext and a plaintext in either order, or tensors of them."""

    lhs = operand_def(rules.EITHER_LIKE)
    rhs = operand_def(rules.EITHER_LIKE)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure())


class _PlainSumOp(_PlainOp, ABC):
    def verify_(self) -> None:
        encrypted, _ = rules.split_plain_operands(self.lhs, self.rhs)
        rules.verify_same_plaintext_spaces(self)
        if self.output.type != encrypted.type:
            raise VerifyException(f"the result must have the ciphertext's type {encrypted.type}")


@irdl_op_definition
class RAddPlainOp(_PlainSumOp):
    """Sum of an RLWE ciphertext and a plaintext."""

    name = "lwe.radd_plain"


@irdl_op_definition
class RSubPlainOp(_PlainSumOp):
    """Difference of an RLWE ciphertext and a plaintext."""

    name = "lwe.rsub_plain"


@irdl_op_definition
class RMulPlainOp(_PlainOp):
    """Product of an RLWE ciphertext and a plaintext."""

    name = "lwe.rmul_plain"

    def verify_(self) -> None:
        rules.verify_mul_plain(self.lhs, self.rhs, self.output)


@irdl_op_definition
class RNegateOp(PropertyOp):
    """Negation of an RLWE ciphertext."""

    name = "lwe.rnegate"

    input = operand_def(rules.CIPHERTEXT_LIKE)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), SameOperandsAndResultType())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED


@irdl_op_definition
class MulScalarOp(PropertyOp):
    """Product of an LWE ciphertext and a scalar."""

    name = "lwe.mul_scalar"

    ciphertext = operand_def(rules.CIPHERTEXT_LIKE)
    scalar = operand_def()
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        if self.output.type != self.ciphertext.type:
            raise VerifyException("the result must have the ciphertext's type")


@irdl_op_definition
class EncodeOp(PropertyOp):
    """Encoding of one integer as a plaintext of an LWE scheme."""

    name = "lwe.encode"

    input = operand_def()
    plaintext_bits = prop_def(IntegerAttr[IndexType])
    output = result_def(PlaintextType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"plaintext_bits": INDEX}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.TO

    def verify_(self) -> None:
        ring = rules.plaintext(self.output).plaintext_space.ring
        modulus = ring.polynomial_modulus
        if not isinstance(modulus, IntPolynomialAttr) or modulus.data != ((1, 1),):
            raise VerifyException("LWE plaintext ring modulus must be x")
        expected = IntegerType(self.plaintext_bits.value.data)
        if ring.coefficient_type != expected:
            raise VerifyException(
                "LWE plaintext ring coefficient type width must match message bits parameter, "
                f"expected {expected} but got {ring.coefficient_type}"
            )


@irdl_op_definition
class TrivialEncryptOp(PropertyOp):
    """A plaintext as a ciphertext without noise or key."""

    name = "lwe.trivial_encrypt"

    input = operand_def(rules.PLAINTEXT_LIKE)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        if rules.plaintext(self.input).plaintext_space != rules.ciphertext(self.output).plaintext_space:
            raise VerifyException("plaintext space of the input and output must match")


def _verify_cleartext(cleartext: Attribute, encoding: EncodingAttr) -> None:
    """Check that the cleartext's elements can be encoded: real numbers by the canonical embedding only."""
    if not isinstance(encoding, InverseCanonicalEncodingAttr) and not isinstance(
        element_type(cleartext), IntegerType
    ):
        raise VerifyException(f"{encoding.name} encodes integers, got {cleartext}")


@irdl_op_definition
class RLWEEncodeOp(PropertyOp):
    """Encoding of one value per slot as a plaintext.

    ``level`` is that of the ciphertext that the plaintext is combined with; without it, backends take the top
    of the chain. A cleartext with several axes gives a tensor of plaintexts, its last axis being the slots.
    """

    name = "lwe.rlwe_encode"

    input = operand_def()
    encoding = prop_def(EncodingAttr)
    ring = prop_def(RingAttr)
    level = opt_prop_def(IntegerAttr[I64])
    scale = opt_prop_def(IntegerAttr[I64])
    output = result_def(rules.PLAINTEXT_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "encoding": ATTRIBUTE,
        "ring": Stripped(RingAttr),
        "level": syntax.I64,
        "scale": syntax.I64,
    }
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        if rules.plaintext(self.output).plaintext_space.encoding != self.encoding:
            raise VerifyException("the encoding of the plaintext does not match the given encoding")
        if self.level is not None and self.level.value.data < 0:
            raise VerifyException(f"the level must not be negative, got {self.level.value.data}")
        _verify_cleartext(self.input.type, self.encoding)


@irdl_op_definition
class RLWEDecodeOp(PropertyOp):
    """The values that a plaintext encodes."""

    name = "lwe.rlwe_decode"

    input = operand_def(PlaintextType)
    encoding = prop_def(EncodingAttr)
    ring = prop_def(RingAttr)
    output = result_def()
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"encoding": ATTRIBUTE, "ring": Stripped(RingAttr)}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        if rules.plaintext(self.input).plaintext_space.encoding != self.encoding:
            raise VerifyException("the encoding of the plaintext does not match the given encoding")
        _verify_cleartext(self.output.type, self.encoding)


@irdl_op_definition
class RLWEEncryptOp(PropertyOp):
    """Encryption with a public or a secret key."""

    name = "lwe.rlwe_encrypt"

    input = operand_def(PlaintextType)
    key = operand_def(PublicKeyType | SecretKeyType)
    output = result_def(CiphertextType)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        clear, encrypted = rules.plaintext(self.input), rules.ciphertext(self.output)
        if clear.plaintext_space.encoding != encrypted.plaintext_space.encoding:
            raise VerifyException("the encodings of the plaintext and of the ciphertext do not match")
        key = self.key.type
        if isinstance(key, PublicKeyType | SecretKeyType) and key.ring != encrypted.ring:
            raise VerifyException(
                f"RLWEEncryptOp rings do not match. Key ring: {key.ring}. "
                f"Output ciphertext ring: {encrypted.ring}."
            )


@irdl_op_definition
class RLWEDecryptOp(PropertyOp):
    """Decryption with the secret key."""

    name = "lwe.rlwe_decrypt"

    input = operand_def(CiphertextType)
    secret_key = operand_def(SecretKeyType)
    output = result_def(PlaintextType)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        encrypted, clear, key = (
            rules.ciphertext(self.input),
            rules.plaintext(self.output),
            self.secret_key.type,
        )
        if clear.plaintext_space.encoding != encrypted.plaintext_space.encoding:
            raise VerifyException("the encodings of the ciphertext and of the plaintext do not match")
        key = self.secret_key.type
        if isinstance(key, SecretKeyType) and key.ring != encrypted.ring:
            raise VerifyException("the rings of the ciphertext and of the key do not match")
