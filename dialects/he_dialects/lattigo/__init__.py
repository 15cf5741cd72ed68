"""HEIR's ``lattigo`` dialect: calls of the Lattigo library.

    %pt = lattigo.ckks.new_plaintext %param <level = 2> : (!param) -> !pt
    %pt_1 = lattigo.ckks.encode %encoder, %v, %pt <scale = 40> : (!encoder, tensor<4096xf64>, !pt) -> !pt
    %ct_2 = lattigo.ckks.mul_new %evaluator, %ct, %pt_1 : (!evaluator, !ct, !pt) -> !ct

Levels and scales are not part of the types: they are properties of the library's objects at run time.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from he_dialects.lattigo import bgv, ckks, rlwe, types

Lattigo = Dialect(
    "lattigo",
    [*bgv.OPERATIONS, *ckks.OPERATIONS, *rlwe.OPERATIONS],
    [
        types.BGVEncoderType,
        types.BGVEvaluatorType,
        types.BGVParameterType,
        types.BGVParametersLiteralAttr,
        types.CKKSBootstrappingEvaluationKeysType,
        types.CKKSBootstrappingEvaluatorType,
        types.CKKSBootstrappingParameterType,
        types.CKKSBootstrappingParametersLiteralAttr,
        types.CKKSEncoderType,
        types.CKKSEvaluatorType,
        types.CKKSLinearTransformationType,
        types.CKKSParameterType,
        types.CKKSParametersLiteralAttr,
        types.CKKSPolynomialEvaluatorType,
        types.RLWECiphertextType,
        types.RLWEDecryptorType,
        types.RLWEEncryptorType,
        types.RLWEEvaluationKeySetType,
        types.RLWEGaloisKeyType,
        types.RLWEKeyGeneratorType,
        types.RLWEPlaintextType,
        types.RLWEPublicKeyType,
        types.RLWERelinearizationKeyType,
        types.RLWESecretKeyType,
    ],
)

__all__ = ["Lattigo", "bgv", "ckks", "rlwe", "types"]
