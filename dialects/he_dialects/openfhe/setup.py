"""Parameters, keys, encoding and encryption: what surrounds the operations on ciphertexts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import I1, I64, DenseArrayBase, IntegerAttr, i64
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def, traits_def
from xdsl.traits import Pure

from he_dialects import syntax
from he_dialects.assembly import PropertyOp, TypeSignature
from he_dialects.openfhe.types import (
    CCParamsType,
    CiphertextType,
    CryptoContextType,
    PlaintextType,
    PrivateKeyType,
    PublicKeyType,
)
from he_dialects.syntax import ATTRIBUTE, BOOL, I64_ARRAY, Syntax, bool_attr

_ZERO = IntegerAttr(0, i64)
_FALSE = bool_attr(False)


@irdl_op_definition
class GenParamsOp(PropertyOp):
    """Parameters of a scheme; a number that is 0 is left to OpenFHE to choose.

    ``mulDepth`` counts levels, those that bootstrapping takes included. ``plainMod`` is 0 for CKKS. The sizes
    of moduli are in bits.
    """

    name = "openfhe.gen_params"

    mul_depth = prop_def(IntegerAttr[I64], prop_name="mulDepth")
    plain_mod = prop_def(IntegerAttr[I64], prop_name="plainMod")
    ring_dim = opt_prop_def(IntegerAttr[I64], _ZERO, prop_name="ringDim")
    batch_size = opt_prop_def(IntegerAttr[I64], _ZERO, prop_name="batchSize")
    first_mod_size = opt_prop_def(IntegerAttr[I64], _ZERO, prop_name="firstModSize")
    scaling_mod_size = opt_prop_def(IntegerAttr[I64], _ZERO, prop_name="scalingModSize")
    eval_add_count = opt_prop_def(IntegerAttr[I64], _ZERO, prop_name="evalAddCount")
    key_switch_count = opt_prop_def(IntegerAttr[I64], _ZERO, prop_name="keySwitchCount")
    digit_size = opt_prop_def(IntegerAttr[I64], _ZERO, prop_name="digitSize")
    num_large_digits = opt_prop_def(IntegerAttr[I64], _ZERO, prop_name="numLargeDigits")
    max_relin_sk_deg = opt_prop_def(IntegerAttr[I64], _ZERO, prop_name="maxRelinSkDeg")
    insecure = opt_prop_def(IntegerAttr[I1], _FALSE)
    encryption_technique_extended = opt_prop_def(
        IntegerAttr[I1], _FALSE, prop_name="encryptionTechniqueExtended"
    )
    key_switching_technique_bv = opt_prop_def(IntegerAttr[I1], _FALSE, prop_name="keySwitchingTechniqueBV")
    scaling_technique_fixed_manual = opt_prop_def(
        IntegerAttr[I1], _FALSE, prop_name="scalingTechniqueFixedManual"
    )
    params = result_def(CCParamsType)
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "mulDepth": syntax.I64,
        "plainMod": syntax.I64,
        "ringDim": syntax.I64,
        "batchSize": syntax.I64,
        "firstModSize": syntax.I64,
        "scalingModSize": syntax.I64,
        "evalAddCount": syntax.I64,
        "keySwitchCount": syntax.I64,
        "digitSize": syntax.I64,
        "numLargeDigits": syntax.I64,
        "maxRelinSkDeg": syntax.I64,
        "insecure": BOOL,
        "encryptionTechniqueExtended": BOOL,
        "keySwitchingTechniqueBV": BOOL,
        "scalingTechniqueFixedManual": BOOL,
    }


@irdl_op_definition
class GenContextOp(PropertyOp):
    """A crypto context, with the features for bootstrapping if asked for."""

    name = "openfhe.gen_context"

    params = operand_def(CCParamsType)
    support_fhe = prop_def(IntegerAttr[I1], prop_name="supportFHE")
    support_advanced_she = opt_prop_def(IntegerAttr[I1], _FALSE, prop_name="supportAdvancedSHE")
    crypto_context = result_def(CryptoContextType)
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"supportFHE": BOOL, "supportAdvancedSHE": BOOL}


@irdl_op_definition
class GenMulKeyOp(PropertyOp):
    """Generation of the relinearization key, which the context keeps."""

    name = "openfhe.gen_mulkey"

    crypto_context = operand_def(CryptoContextType)
    private_key = operand_def(PrivateKeyType)


@irdl_op_definition
class GenRotKeyOp(PropertyOp):
    """Generation of rotation keys, which the context keeps."""

    name = "openfhe.gen_rotkey"

    crypto_context = operand_def(CryptoContextType)
    private_key = operand_def(PrivateKeyType)
    indices = prop_def(DenseArrayBase[I64])
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"indices": I64_ARRAY}


@irdl_op_definition
class SetupBootstrapOp(PropertyOp):
    """Precomputation for bootstrapping, within a budget of levels for encoding and decoding."""

    name = "openfhe.setup_bootstrap"

    crypto_context = operand_def(CryptoContextType)
    level_budget_encode = prop_def(IntegerAttr, prop_name="levelBudgetEncode")
    level_budget_decode = prop_def(IntegerAttr, prop_name="levelBudgetDecode")
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {
        "levelBudgetEncode": ATTRIBUTE,
        "levelBudgetDecode": ATTRIBUTE,
    }


@irdl_op_definition
class GenBootstrapKeyOp(PropertyOp):
    """Generation of the keys for bootstrapping, which the context keeps."""

    name = "openfhe.gen_bootstrapkey"

    crypto_context = operand_def(CryptoContextType)
    private_key = operand_def(PrivateKeyType)


@irdl_op_definition
class MakePackedPlaintextOp(PropertyOp):
    """Encoding of integers, one per slot (BGV, BFV)."""

    name = "openfhe.make_packed_plaintext"

    crypto_context = operand_def(CryptoContextType)
    value = operand_def()
    plaintext = result_def(PlaintextType)
    traits = traits_def(Pure())


@irdl_op_definition
class MakeCKKSPackedPlaintextOp(PropertyOp):
    """Encoding of real numbers, one per slot, at the context's scale."""

    name = "openfhe.make_ckks_packed_plaintext"

    crypto_context = operand_def(CryptoContextType)
    value = operand_def()
    plaintext = result_def(PlaintextType)
    traits = traits_def(Pure())


@irdl_op_definition
class EncryptOp(PropertyOp):
    """Encryption with a public or a secret key."""

    name = "openfhe.encrypt"

    crypto_context = operand_def(CryptoContextType)
    plaintext = operand_def(PlaintextType)
    encryption_key = operand_def(PublicKeyType | PrivateKeyType)
    ciphertext = result_def(CiphertextType)
    traits = traits_def(Pure())


@irdl_op_definition
class DecryptOp(PropertyOp):
    """Decryption with the secret key."""

    name = "openfhe.decrypt"

    crypto_context = operand_def(CryptoContextType)
    ciphertext = operand_def(CiphertextType)
    private_key = operand_def(PrivateKeyType)
    plaintext = result_def(PlaintextType)
    traits = traits_def(Pure())


@irdl_op_definition
class DecodeOp(PropertyOp):
    """The integers that a plaintext encodes (BGV, BFV)."""

    name = "openfhe.decode"

    input = operand_def(PlaintextType)
    output = result_def()
    traits = traits_def(Pure())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW


@irdl_op_definition
class DecodeCKKSOp(PropertyOp):
    """The real numbers that a plaintext encodes."""

    name = "openfhe.decode_ckks"

    input = operand_def(PlaintextType)
    output = result_def()
    traits = traits_def(Pure())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW
