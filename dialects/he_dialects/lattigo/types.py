"""The types of Lattigo's objects, and the literals that parameters are made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override
from xdsl.dialects.builtin import I1, I32, I64, DenseArrayBase, IntAttr, IntegerAttr, NoneAttr
from xdsl.ir import TypeAttribute
from xdsl.irdl import irdl_attr_definition

from he_dialects.assembly import Field, OpaqueType, StructAttribute
from he_dialects.printing import AliasedAttribute
from he_dialects.syntax import ATTRIBUTE, BOOL, I32_ARRAY, I64_ARRAY, INT

_MODULI = (
    Field("logN", INT),
    Field("Q", I64_ARRAY, NoneAttr()),
    Field("P", I64_ARRAY, NoneAttr()),
    Field("logQ", I32_ARRAY, NoneAttr()),
    Field("logP", I32_ARRAY, NoneAttr()),
)
"""Ring degree and primes; the primes are given themselves, or by their sizes in bits."""


@irdl_attr_definition
class BGVParametersLiteralAttr(StructAttribute):
    """The parameters of the BGV scheme."""

    name = "lattigo.bgv.parameters_literal"

    log_n: IntAttr
    q: DenseArrayBase[I64] | NoneAttr
    p: DenseArrayBase[I64] | NoneAttr
    log_q: DenseArrayBase[I32] | NoneAttr
    log_p: DenseArrayBase[I32] | NoneAttr
    plaintext_modulus: IntAttr

    FIELDS: ClassVar[Sequence[Field]] = (*_MODULI, Field("plaintextModulus", INT))


@irdl_attr_definition
class CKKSParametersLiteralAttr(StructAttribute):
    """The parameters of the CKKS scheme."""

    name = "lattigo.ckks.parameters_literal"

    log_n: IntAttr
    q: DenseArrayBase[I64] | NoneAttr
    p: DenseArrayBase[I64] | NoneAttr
    log_q: DenseArrayBase[I32] | NoneAttr
    log_p: DenseArrayBase[I32] | NoneAttr
    log_default_scale: IntAttr

    FIELDS: ClassVar[Sequence[Field]] = (*_MODULI, Field("logDefaultScale", INT))


@irdl_attr_definition
class CKKSBootstrappingParametersLiteralAttr(StructAttribute):
    """The parameters of bootstrapping."""

    name = "lattigo.ckks.bootstrapping_parameters_literal"

    log_n: IntAttr | NoneAttr

    FIELDS: ClassVar[Sequence[Field]] = (Field("logN", INT, NoneAttr()),)


@irdl_attr_definition
class RLWEGaloisKeyType(StructAttribute, TypeAttribute, AliasedAttribute):
    """The key for one automorphism, that is for one rotation."""

    name = "lattigo.rlwe.galois_key"

    galois_element: IntegerAttr

    FIELDS: ClassVar[Sequence[Field]] = (Field("galoisElement", ATTRIBUTE),)

    @override
    def alias_name(self) -> str:
        return f"gk_g{self.galois_element.value.data}"


@irdl_attr_definition
class RLWEEncryptorType(StructAttribute, TypeAttribute, AliasedAttribute):
    """The object that encrypts, with a public or a secret key."""

    name = "lattigo.rlwe.encryptor"

    public_key: IntegerAttr[I1]

    FIELDS: ClassVar[Sequence[Field]] = (Field("publicKey", BOOL),)

    @override
    def alias_name(self) -> str:
        return "encryptor_pk" if self.public_key.value.data else "encryptor_sk"


@irdl_attr_definition
class RLWEKeyGeneratorType(OpaqueType):
    """The generator of all keys."""

    name = "lattigo.rlwe.key_generator"
    ALIAS: ClassVar[str] = "kgen"


@irdl_attr_definition
class RLWESecretKeyType(OpaqueType):
    """A secret key, for decryption or encryption."""

    name = "lattigo.rlwe.secret_key"
    ALIAS: ClassVar[str] = "sk"


@irdl_attr_definition
class RLWEPublicKeyType(OpaqueType):
    """A public key, for encryption."""

    name = "lattigo.rlwe.public_key"
    ALIAS: ClassVar[str] = "pk"


@irdl_attr_definition
class RLWERelinearizationKeyType(OpaqueType):
    """The key for relinearization."""

    name = "lattigo.rlwe.relinearization_key"
    ALIAS: ClassVar[str] = "rk"


@irdl_attr_definition
class RLWEEvaluationKeySetType(OpaqueType):
    """The keys that an evaluator uses."""

    name = "lattigo.rlwe.evaluation_key_set"
    ALIAS: ClassVar[str] = "ekset"


@irdl_attr_definition
class RLWEDecryptorType(OpaqueType):
    """The object that decrypts."""

    name = "lattigo.rlwe.decryptor"
    ALIAS: ClassVar[str] = "decryptor"


@irdl_attr_definition
class RLWEPlaintextType(OpaqueType):
    """An encoded plaintext."""

    name = "lattigo.rlwe.plaintext"
    ALIAS: ClassVar[str] = "pt"


@irdl_attr_definition
class RLWECiphertextType(OpaqueType):
    """A ciphertext; the library keeps its level and scale."""

    name = "lattigo.rlwe.ciphertext"
    ALIAS: ClassVar[str] = "ct"


@irdl_attr_definition
class BGVParameterType(OpaqueType):
    """The parameters of the BGV scheme."""

    name = "lattigo.bgv.parameter"
    ALIAS: ClassVar[str] = "param"


@irdl_attr_definition
class BGVEncoderType(OpaqueType):
    """The object that encodes and decodes for BGV."""

    name = "lattigo.bgv.encoder"
    ALIAS: ClassVar[str] = "encoder"


@irdl_attr_definition
class BGVEvaluatorType(OpaqueType):
    """The object that operates on BGV ciphertexts."""

    name = "lattigo.bgv.evaluator"
    ALIAS: ClassVar[str] = "evaluator"


@irdl_attr_definition
class CKKSParameterType(OpaqueType):
    """The parameters of the CKKS scheme."""

    name = "lattigo.ckks.parameter"
    ALIAS: ClassVar[str] = "param"


@irdl_attr_definition
class CKKSEncoderType(OpaqueType):
    """The object that encodes and decodes for CKKS."""

    name = "lattigo.ckks.encoder"
    ALIAS: ClassVar[str] = "encoder"


@irdl_attr_definition
class CKKSEvaluatorType(OpaqueType):
    """The object that operates on CKKS ciphertexts."""

    name = "lattigo.ckks.evaluator"
    ALIAS: ClassVar[str] = "evaluator"


@irdl_attr_definition
class CKKSPolynomialEvaluatorType(OpaqueType):
    """The object that evaluates polynomials at CKKS ciphertexts."""

    name = "lattigo.ckks.polynomial_evaluator"
    ALIAS: ClassVar[str] = "poly_evaluator"


@irdl_attr_definition
class CKKSBootstrappingParameterType(OpaqueType):
    """The parameters of bootstrapping."""

    name = "lattigo.ckks.bootstrapping_parameter"
    ALIAS: ClassVar[str] = "bootstrapping_param"


@irdl_attr_definition
class CKKSBootstrappingEvaluationKeysType(OpaqueType):
    """The keys for bootstrapping."""

    name = "lattigo.ckks.bootstrapping_eval_keys"
    ALIAS: ClassVar[str] = "bootstrapping_eval_keys"


@irdl_attr_definition
class CKKSBootstrappingEvaluatorType(OpaqueType):
    """The object that bootstraps CKKS ciphertexts."""

    name = "lattigo.ckks.bootstrapping_evaluator"
    ALIAS: ClassVar[str] = "bootstrapping_evaluator"


@irdl_attr_definition
class CKKSLinearTransformationType(OpaqueType):
    """A matrix, encoded by its diagonals."""

    name = "lattigo.ckks.linear_transformation"
    ALIAS: ClassVar[str] = "linear_transformation"
