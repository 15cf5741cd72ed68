"""HEIR's ``jaxiteword`` dialect: calls of CROSS, Google's CKKS on TPUs.

    %1 = jaxiteword.mul %cc, %a, %b, %key
        : (!jaxiteword.crypto_context<>, !ct, !ct, !jaxiteword.eval_key<>) -> !ct1

https://heir.dev/docs/dialects/jaxiteword/
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence

from typing_extensions import override
from xdsl.dialects.builtin import (
    BFloat16Type,
    Float16Type,
    Float32Type,
    Float64Type,
    MemRefType,
    TensorType,
    VectorType,
)
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import base, irdl_attr_definition, irdl_to_attr_constraint
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from he_dialects.lwe import CiphertextType, PlaintextType
from he_dialects.tables import Constraint, operation, same_type


class _EmptyType(ParametrizedAttribute, TypeAttribute, ABC):
    """A type without parameters, whose brackets are written all the same."""

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return ()

    @override
    def print_parameters(self, printer: Printer) -> None:
        printer.print_string("<>")


@irdl_attr_definition
class PublicKeyType(_EmptyType):
    """The key to encrypt with."""

    name = "jaxiteword.public_key"


@irdl_attr_definition
class PrivateKeyType(_EmptyType):
    """The key to decrypt with."""

    name = "jaxiteword.private_key"


@irdl_attr_definition
class EvalKeyType(_EmptyType):
    """A key to relinearize or rotate with."""

    name = "jaxiteword.eval_key"


@irdl_attr_definition
class CryptoContextType(_EmptyType):
    """The parameters of the scheme and what is computed from them."""

    name = "jaxiteword.crypto_context"


FLOATS = BFloat16Type | Float16Type | Float32Type | Float64Type
NUMBERS = base(TensorType) | base(MemRefType) | base(VectorType) | irdl_to_attr_constraint(FLOATS)
CONTEXT: Mapping[str, Constraint] = {"crypto_context": CryptoContextType}
ONE: Mapping[str, Constraint] = {**CONTEXT, "ciphertext": CiphertextType}
TWO: Mapping[str, Constraint] = {**CONTEXT, "lhs": CiphertextType, "rhs": CiphertextType}
MIXED: Mapping[str, Constraint] = {**CONTEXT, "lhs": base(CiphertextType) | base(PlaintextType)}
OUTPUT: Mapping[str, Constraint] = {"output": CiphertextType}
SECRET_KEY: Mapping[str, Constraint] = {"secret_key": PrivateKeyType}
EVAL_KEY: Mapping[str, Constraint] = {"eval_key": EvalKeyType}
UNCHANGED = same_type("ciphertext", "output")
TILES = {"r": "i32", "c": "i32"}


SETUP = (
    operation(
        "jaxiteword.gen_params",
        "A context: the ring, the moduli, and how the polynomials are laid out in tiles.",
        {},
        CONTEXT,
        {
            "degree": "i64",
            "numSlots": "i64",
            "scalingFactor": "f64",
            "qTowers": "i64[]",
            "pTowers": "i64[]",
            "batch": "i32",
            **TILES,
            "dnum": "i32",
            "compositeDegree": "i32",
        },
        pure=False,
    ),
    operation(
        "jaxiteword.gen_keypair",
        "A public and a private key.",
        CONTEXT,
        {"public_key": PublicKeyType, "secret_key": PrivateKeyType},
        pure=False,
    ),
    operation(
        "jaxiteword.gen_mulkey",
        "A key to relinearize with.",
        {**CONTEXT, **SECRET_KEY},
        EVAL_KEY,
        pure=False,
    ),
    operation(
        "jaxiteword.gen_rot_key",
        "Keys to rotate with.",
        {**CONTEXT, **SECRET_KEY},
        {"rot_keys": EvalKeyType},
        {"indices": "i64[]"},
        pure=False,
    ),
    operation(
        "jaxiteword.program_initialization",
        "All keys of a program, kept in the context.",
        {**CONTEXT, "public_key": PublicKeyType, **SECRET_KEY, **EVAL_KEY},
        {},
        {"totalRotationIndices": "i64[]", "dnum": "i32", **TILES, "batch": "i32"},
        pure=False,
    ),
)
"""Context and keys."""

ENCRYPTION = (
    operation(
        "jaxiteword.encode",
        "Numbers as a plaintext.",
        {**CONTEXT, "input": NUMBERS},
        {"plaintext": PlaintextType},
    ),
    operation(
        "jaxiteword.decode",
        "A plaintext as numbers.",
        {**CONTEXT, "plaintext": PlaintextType},
        {"output": NUMBERS},
    ),
    operation(
        "jaxiteword.encrypt",
        "A plaintext encrypted.",
        {**CONTEXT, "plaintext": PlaintextType, "public_key": PublicKeyType},
        {"ciphertext": CiphertextType},
    ),
    operation(
        "jaxiteword.decrypt",
        "A ciphertext decrypted.",
        {**ONE, **SECRET_KEY},
        {"plaintext": PlaintextType},
    ),
)
"""Between numbers and ciphertexts."""

ARITHMETIC = (
    operation("jaxiteword.add", "A sum.", TWO, OUTPUT),
    operation("jaxiteword.sub", "A difference.", TWO, OUTPUT),
    operation("jaxiteword.mul_no_relin", "A product of higher degree.", TWO, OUTPUT),
    operation("jaxiteword.mul", "A product, relinearized.", {**TWO, **EVAL_KEY}, OUTPUT),
    operation("jaxiteword.relin", "A ciphertext of degree one.", {**ONE, **EVAL_KEY}, OUTPUT),
    operation("jaxiteword.mod_reduce", "A ciphertext at a lower level.", ONE, OUTPUT),
    operation("jaxiteword.square", "A square.", ONE, OUTPUT, rule=UNCHANGED),
    operation(
        "jaxiteword.rot",
        "A ciphertext with its slots rotated.",
        {**ONE, **EVAL_KEY},
        OUTPUT,
        {"index": "i64"},
        rule=UNCHANGED,
    ),
    operation(
        "jaxiteword.add_inplace",
        "A sum that replaces the first summand.",
        TWO,
        {},
        pure=False,
        rule=same_type("lhs", "rhs"),
    ),
    operation(
        "jaxiteword.sub_inplace",
        "A difference that replaces what is subtracted from.",
        TWO,
        {},
        pure=False,
        rule=same_type("lhs", "rhs"),
    ),
    operation("jaxiteword.add_plain", "A sum with a plaintext.", {**MIXED, "rhs": MIXED["lhs"]}, OUTPUT),
    operation(
        "jaxiteword.mul_plain", "A product with a plaintext.", {**ONE, "plaintext": PlaintextType}, OUTPUT
    ),
)
"""On ciphertexts."""

JaxiteWord = Dialect(
    "jaxiteword",
    [*SETUP, *ENCRYPTION, *ARITHMETIC],
    [PublicKeyType, PrivateKeyType, EvalKeyType, CryptoContextType],
)
