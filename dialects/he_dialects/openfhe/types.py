"""The opaque types of OpenFHE's objects."""

from __future__ import annotations

from typing import ClassVar

from xdsl.irdl import irdl_attr_definition

from he_dialects.assembly import OpaqueType


@irdl_attr_definition
class CiphertextType(OpaqueType):
    """A ciphertext."""

    name = "openfhe.ciphertext"
    ALIAS: ClassVar[str] = "ct"


@irdl_attr_definition
class PlaintextType(OpaqueType):
    """An encoded plaintext."""

    name = "openfhe.plaintext"
    ALIAS: ClassVar[str] = "pt"


@irdl_attr_definition
class PublicKeyType(OpaqueType):
    """The public key, for encryption."""

    name = "openfhe.public_key"
    ALIAS: ClassVar[str] = "pk"


@irdl_attr_definition
class PrivateKeyType(OpaqueType):
    """The secret key, for decryption and for generating the other keys."""

    name = "openfhe.private_key"
    ALIAS: ClassVar[str] = "sk"


@irdl_attr_definition
class EvalKeyType(OpaqueType):
    """A key for key switching."""

    name = "openfhe.eval_key"
    ALIAS: ClassVar[str] = "ek"


@irdl_attr_definition
class CCParamsType(OpaqueType):
    """The parameters that a crypto context is generated from."""

    name = "openfhe.cc_params"
    ALIAS: ClassVar[str] = "params"


@irdl_attr_definition
class CryptoContextType(OpaqueType):
    """The object that all operations are methods of."""

    name = "openfhe.crypto_context"
    ALIAS: ClassVar[str] = "cc"


@irdl_attr_definition
class DigitDecompositionType(OpaqueType):
    """The digits of a ciphertext, shared by several rotations of it."""

    name = "openfhe.digit_decomp"
    ALIAS: ClassVar[str] = "digit_decomp"
