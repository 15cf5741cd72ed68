"""HEIR's ``lwe`` dialect: the types of (R)LWE ciphertexts, plaintexts and keys, and operations on them.

#e = #lwe.inverse_canonical_encoding<scaling_factor = 40>
!ct = !lwe.lwe_ciphertext<plaintext_space = <ring = #rp, encoding = #e>,
    ciphertext_space = #lwe.ciphertext_space<ring = #r2, encryption_type = mix>, key = <>,
    modulus_chain = <elements = <q0 : i64, q1 : i64, q2 : i64>, current = 2>>
%p = lwe.rlwe_encode %v <encoding = #e, ring = #rp, level = 2, scale = 40> : tensor<4096xf64> -> !pt
%c = lwe.rlwe_encrypt %p, %key : (!pt, !key) -> !ct
"""

from __future__ import annotations

from xdsl.ir import Dialect

from he_dialects.lwe import attributes, ops, ring_ops, rules
from he_dialects.lwe.attributes import (
    CiphertextSpaceAttr,
    CoefficientEncodingAttr,
    ConstantCoefficientEncodingAttr,
    EncodingAttr,
    EncryptionType,
    EncryptionTypeAttr,
    FullCRTPackingEncodingAttr,
    InverseCanonicalEncodingAttr,
    KeyAttr,
    ModulusChainAttr,
    NoOverflowAttr,
    PlaintextSpaceAttr,
    PreserveOverflowAttr,
)
from he_dialects.lwe.types import CiphertextType, PlaintextType, PublicKeyType, RingEltType, SecretKeyType

LWE = Dialect(
    "lwe",
    [
        ops.AddOp,
        ring_ops.ConvertBasisOp,
        ops.EncodeOp,
        ring_ops.ExtractCoeffOp,
        ring_ops.ExtractSliceOp,
        ring_ops.FromCoeffsOp,
        ring_ops.KeySwitchInnerOp,
        ring_ops.ModDownOp,
        ring_ops.MulRingEltOp,
        ops.MulScalarOp,
        ops.RAddOp,
        ops.RAddPlainOp,
        ops.RLWEDecodeOp,
        ops.RLWEDecryptOp,
        ops.RLWEEncodeOp,
        ops.RLWEEncryptOp,
        ops.RMulOp,
        ops.RMulPlainOp,
        ops.RNegateOp,
        ops.RSubOp,
        ops.RSubPlainOp,
        ops.TrivialEncryptOp,
    ],
    [
        CiphertextSpaceAttr,
        CiphertextType,
        CoefficientEncodingAttr,
        ConstantCoefficientEncodingAttr,
        FullCRTPackingEncodingAttr,
        InverseCanonicalEncodingAttr,
        KeyAttr,
        ModulusChainAttr,
        NoOverflowAttr,
        PlaintextSpaceAttr,
        PlaintextType,
        PreserveOverflowAttr,
        PublicKeyType,
        RingEltType,
        SecretKeyType,
    ],
)

__all__ = [
    "LWE",
    "CiphertextSpaceAttr",
    "CiphertextType",
    "CoefficientEncodingAttr",
    "ConstantCoefficientEncodingAttr",
    "EncodingAttr",
    "EncryptionType",
    "EncryptionTypeAttr",
    "FullCRTPackingEncodingAttr",
    "InverseCanonicalEncodingAttr",
    "KeyAttr",
    "ModulusChainAttr",
    "NoOverflowAttr",
    "PlaintextSpaceAttr",
    "PlaintextType",
    "PreserveOverflowAttr",
    "PublicKeyType",
    "RingEltType",
    "SecretKeyType",
    "attributes",
    "ops",
    "ring_ops",
    "rules",
]
