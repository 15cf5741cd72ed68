"""Keys, encryption, and what all schemes' ciphertexts share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import I64, IntegerAttr, i64
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from he_dialects import syntax
from he_dialects.assembly import PropertyOp
from he_dialects.lattigo import shapes, types
from he_dialects.syntax import ATTRIBUTE, Syntax

PARAMETER = types.BGVParameterType | types.CKKSParameterType


@irdl_op_definition
class NewKeyGeneratorOp(PropertyOp):
    """The generator of keys for given parameters."""

    name = "lattigo.rlwe.new_key_generator"

    params = operand_def(PARAMETER)
    key_generator = result_def(types.RLWEKeyGeneratorType)
    traits = traits_def(Pure())


@irdl_op_definition
class GenKeyPairOp(PropertyOp):
    """A secret key and the public key that belongs to it."""

    name = "lattigo.rlwe.gen_key_pair"

    key_generator = operand_def(types.RLWEKeyGeneratorType)
    secret_key = result_def(types.RLWESecretKeyType)
    public_key = result_def(types.RLWEPublicKeyType)
    traits = traits_def(Pure())


@irdl_op_definition
class GenRelinearizationKeyOp(PropertyOp):
    """The key for relinearization."""

    name = "lattigo.rlwe.gen_relinearization_key"

    key_generator = operand_def(types.RLWEKeyGeneratorType)
    secret_key = operand_def(types.RLWESecretKeyType)
    relinearization_key = result_def(types.RLWERelinearizationKeyType)
    traits = traits_def(Pure())


@irdl_op_definition
class GenGaloisKeyOp(PropertyOp):
    """The key for one rotation, given by its Galois element."""

    name = "lattigo.rlwe.gen_galois_key"

    key_generator = operand_def(types.RLWEKeyGeneratorType)
    secret_key = operand_def(types.RLWESecretKeyType)
    galois_element = prop_def(IntegerAttr, prop_name="galoisElement")
    galois_key = result_def(types.RLWEGaloisKeyType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"galoisElement": ATTRIBUTE}


@irdl_op_definition
class NewEvaluationKeySetOp(PropertyOp):
    """The keys that an evaluator uses: a relinearization key, if any, before the Galois keys."""

    name = "lattigo.rlwe.new_evaluation_key_set"

    keys = var_operand_def(types.RLWERelinearizationKeyType | types.RLWEGaloisKeyType)
    evaluation_key_set = result_def(types.RLWEEvaluationKeySetType)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        if not self.keys:
            raise VerifyException("must have at least one key")
        if any(isinstance(key.type, types.RLWERelinearizationKeyType) for key in self.keys[1:]):
            raise VerifyException("RLWERelinearizationKey must be the first key")


@irdl_op_definition
class NewEncryptorOp(PropertyOp):
    """The object that encrypts with a key."""

    name = "lattigo.rlwe.new_encryptor"

    params = operand_def(PARAMETER)
    encryption_key = operand_def(types.RLWEPublicKeyType | types.RLWESecretKeyType)
    encryptor = result_def(types.RLWEEncryptorType)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        public = isinstance(self.encryption_key.type, types.RLWEPublicKeyType)
        if bool(self.encryptor.type.public_key.value.data) != public:
            raise VerifyException("encryption key and encryptor must have the same public/secret type")


@irdl_op_definition
class NewDecryptorOp(PropertyOp):
    """The object that decrypts with a key."""

    name = "lattigo.rlwe.new_decryptor"

    params = operand_def(PARAMETER)
    secret_key = operand_def(types.RLWESecretKeyType)
    decryptor = result_def(types.RLWEDecryptorType)
    traits = traits_def(Pure())


@irdl_op_definition
class EncryptOp(PropertyOp):
    """Encryption."""

    name = "lattigo.rlwe.encrypt"

    encryptor = operand_def(types.RLWEEncryptorType)
    plaintext = operand_def(types.RLWEPlaintextType)
    ciphertext = result_def(types.RLWECiphertextType)
    traits = traits_def(Pure())


@irdl_op_definition
class DecryptOp(PropertyOp):
    """Decryption."""

    name = "lattigo.rlwe.decrypt"

    decryptor = operand_def(types.RLWEDecryptorType)
    ciphertext = operand_def(types.RLWECiphertextType)
    plaintext = result_def(types.RLWEPlaintextType)
    traits = traits_def(Pure())


@irdl_op_definition
class DropLevelNewOp(shapes.UnaryNewOp):
    """Dropping of primes without division."""

    name = "lattigo.rlwe.drop_level_new"

    level_to_drop = opt_prop_def(IntegerAttr[I64], IntegerAttr(1, i64), prop_name="levelToDrop")
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"levelToDrop": syntax.I64}


@irdl_op_definition
class DropLevelOp(shapes.UnaryInPlaceOp):
    """Dropping of primes without division, into a given ciphertext."""

    name = "lattigo.rlwe.drop_level"

    level_to_drop = opt_prop_def(IntegerAttr[I64], IntegerAttr(1, i64), prop_name="levelToDrop")
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"levelToDrop": syntax.I64}


@irdl_op_definition
class NegateNewOp(shapes.UnaryNewOp):
    """Negation."""

    name = "lattigo.rlwe.negate_new"
    traits = traits_def(Pure())


@irdl_op_definition
class NegateOp(shapes.UnaryInPlaceOp):
    """Negation, into a given ciphertext."""

    name = "lattigo.rlwe.negate"


OPERATIONS = [
    DecryptOp,
    DropLevelNewOp,
    DropLevelOp,
    EncryptOp,
    GenGaloisKeyOp,
    GenKeyPairOp,
    GenRelinearizationKeyOp,
    NegateNewOp,
    NegateOp,
    NewDecryptorOp,
    NewEncryptorOp,
    NewEvaluationKeySetOp,
    NewKeyGeneratorOp,
]
"""All operations of this module."""
