"""The ``hetorch`` dialect: primitive homomorphic operations on packed CKKS ciphertexts.

Every ciphertext and plaintext type carries what the scheme's rules are about, so that a program that
breaks a rule doesn't verify:

    !hetorch.ct<8192 : i64, 5 : i64, 40 : i64, 2 : i64>     slots, level, log2 of the scale, dimension
    !hetorch.pt<8192 : i64, 5 : i64, 40 : i64>              slots, level, log2 of the scale

The *level* is the number of rescales still possible. The *dimension* is the number of polynomials of a
ciphertext: 2 when fresh, 3 after a product of two ciphertexts until it is relinearized. The operations
and their rules are those of RNS-CKKS (Cheon, Han, Kim, Kim, Song: "A Full RNS Variant of Approximate
Homomorphic Encryption", SAC 2018).

    %0 = hetorch.rotate %x, 4 : (!hetorch.ct<…>) -> !hetorch.ct<…>
    %1 = hetorch.cadd %0, %x : (!hetorch.ct<…>, !hetorch.ct<…>) -> !hetorch.ct<…>

The types print with MLIR's default parameter syntax and the operations' numbers are discardable
attributes rather than properties, because that is what heir-opt accepts of a dialect that is registered
from IRDL (``irdl/hetorch.irdl.mlir``).
"""

from xdsl.ir import Dialect

from he_dialects.hetorch.ops import (
    BootstrapOp,
    CAddOp,
    CMultOp,
    CSubOp,
    DecryptOp,
    EncodeOp,
    EncryptOp,
    LevelReduceOp,
    NegateOp,
    PAddOp,
    PMultOp,
    PSubOp,
    RelinearizeOp,
    RescaleOp,
    RotateOp,
)
from he_dialects.hetorch.rules import HETorchOp, ciphertext_type
from he_dialects.hetorch.types import CiphertextType, Packed, PlaintextType

HETorch = Dialect(
    "hetorch",
    [
        CAddOp,
        CSubOp,
        CMultOp,
        PAddOp,
        PSubOp,
        PMultOp,
        NegateOp,
        RotateOp,
        RescaleOp,
        RelinearizeOp,
        LevelReduceOp,
        BootstrapOp,
        EncodeOp,
        EncryptOp,
        DecryptOp,
    ],
    [CiphertextType, PlaintextType],
)

__all__ = [
    "BootstrapOp",
    "CAddOp",
    "CMultOp",
    "CSubOp",
    "CiphertextType",
    "DecryptOp",
    "EncodeOp",
    "EncryptOp",
    "HETorch",
    "HETorchOp",
    "LevelReduceOp",
    "NegateOp",
    "PAddOp",
    "PMultOp",
    "PSubOp",
    "Packed",
    "PlaintextType",
    "RelinearizeOp",
    "RescaleOp",
    "RotateOp",
    "ciphertext_type",
]
