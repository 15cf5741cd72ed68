"""HEIR's ``tfhe_rust`` dialect: calls of the integer interfaces of TFHE-rs.

    %1 = tfhe_rust.add %key, %a, %b
        : (!tfhe_rust.server_key, !tfhe_rust.eui8, !tfhe_rust.eui8) -> !tfhe_rust.eui8

https://heir.dev/docs/dialects/tfherust/
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import ArrayAttr, IndexType, IntegerAttr, IntegerType
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import (
    AnyOf,
    AttrConstraint,
    base,
    irdl_attr_definition,
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

from he_dialects.assembly import ATTRIBUTE, INDEX, PropertyOp, Syntax
from he_dialects.elementwise import ElementwiseMappable
from he_dialects.lwe.rules import ElementsOf
from he_dialects.syntax import PREDICATE


class _OpaqueType(ParametrizedAttribute, TypeAttribute, ABC):
    pass


def _integer_type(mnemonic: str, width: int) -> type[_OpaqueType]:
    """The type of an encrypted integer of ``width`` bits."""
    signedness = "unsigned" if mnemonic == "eui" else "signed"
    definition = type(
        f"Encrypted{'UInt' if mnemonic == 'eui' else 'Int'}{width}Type",
        (_OpaqueType,),
        {
            "name": f"tfhe_rust.{mnemonic}{width}",
            "__doc__": f"An encrypted {signedness} integer of {width} bits.",
            "__module__": __name__,
        },
    )
    return irdl_attr_definition(definition)


UNSIGNED_TYPES = {w: _integer_type("eui", w) for w in (2, 3, 4, 8, 10, 12, 14, 16, 32, 64, 128, 256)}
SIGNED_TYPES = {w: _integer_type("ei", w) for w in (2, 4, 8, 16, 32, 64, 128, 256)}
"""The types of encrypted integers by their number of bits."""


@irdl_attr_definition
class EncryptedBoolType(_OpaqueType):
    """An encrypted bit, the result of a comparison."""

    name = "tfhe_rust.bool"


@irdl_attr_definition
class ServerKeyType(_OpaqueType):
    """The key that is computed with."""

    name = "tfhe_rust.server_key"


@irdl_attr_definition
class LookupTableType(_OpaqueType):
    """A function of one encrypted integer."""

    name = "tfhe_rust.lookup_table"


# As HEIR has it: no operation takes the two smallest signed types.
_CIPHERTEXTS = (
    EncryptedBoolType,
    *UNSIGNED_TYPES.values(),
    *(kind for width, kind in SIGNED_TYPES.items() if width >= 8),
)


def _any_of(*kinds: type[Attribute]) -> AttrConstraint[Attribute]:
    return AnyOf(tuple(map(base, kinds)))


CIPHERTEXT = _any_of(*_CIPHERTEXTS)
CIPHERTEXT_OR_INTEGER = _any_of(IntegerType, *_CIPHERTEXTS)
CIPHERTEXT_LIKE = ElementsOf(_CIPHERTEXTS)


class _LikeBinaryOp(PropertyOp, ABC):
    """Two ciphertexts, or tensors of them."""

    server_key = operand_def(ServerKeyType)
    lhs = operand_def(CIPHERTEXT_LIKE)
    rhs = operand_def(CIPHERTEXT_LIKE)
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), ElementwiseMappable())


class _ScalarBinaryOp(PropertyOp, ABC):
    """Two ciphertexts, or a ciphertext and an integer."""

    server_key = operand_def(ServerKeyType)
    lhs = operand_def(CIPHERTEXT)
    rhs = operand_def(CIPHERTEXT_OR_INTEGER)
    output = result_def(CIPHERTEXT)
    traits = traits_def(Pure())


@irdl_op_definition
class BitAndOp(_LikeBinaryOp):
    """Conjunction of the bits."""

    name = "tfhe_rust.bitand"


@irdl_op_definition
class BitOrOp(_LikeBinaryOp):
    """Disjunction of the bits."""

    name = "tfhe_rust.bitor"


@irdl_op_definition
class BitXorOp(_LikeBinaryOp):
    """Exclusive disjunction of the bits."""

    name = "tfhe_rust.bitxor"


@irdl_op_definition
class EqOp(_LikeBinaryOp):
    """Whether two integers are equal."""

    name = "tfhe_rust.eq"


@irdl_op_definition
class NeqOp(_LikeBinaryOp):
    """Whether two integers differ."""

    name = "tfhe_rust.neq"


@irdl_op_definition
class MinOp(_LikeBinaryOp):
    """The smaller integer."""

    name = "tfhe_rust.min"


@irdl_op_definition
class MaxOp(_LikeBinaryOp):
    """The larger integer."""

    name = "tfhe_rust.max"


@irdl_op_definition
class AddOp(_ScalarBinaryOp):
    """Sum."""

    name = "tfhe_rust.add"


@irdl_op_definition
class MulOp(_ScalarBinaryOp):
    """Product."""

    name = "tfhe_rust.mul"


@irdl_op_definition
class SubOp(_ScalarBinaryOp):
    """Difference."""

    name = "tfhe_rust.sub"

    def verify_(self) -> None:
        if self.lhs.type != self.output.type:
            raise VerifyException("all of {lhs, output} must have same type")


class _ShiftOp(PropertyOp, ABC):
    """A shift of the bits by a constant."""

    server_key = operand_def(ServerKeyType)
    ciphertext = operand_def(CIPHERTEXT)
    shift_amount = prop_def(IntegerAttr[IndexType], prop_name="shiftAmount")
    output = result_def(CIPHERTEXT)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"shiftAmount": INDEX}

    def verify_(self) -> None:
        if self.ciphertext.type != self.output.type:
            raise VerifyException("all of {ciphertext, output} must have same type")


@irdl_op_definition
class ScalarLeftShiftOp(_ShiftOp):
    """A shift to the left."""

    name = "tfhe_rust.scalar_left_shift"


@irdl_op_definition
class ScalarRightShiftOp(_ShiftOp):
    """A shift to the right."""

    name = "tfhe_rust.scalar_right_shift"


@irdl_op_definition
class CmpOp(PropertyOp):
    """A comparison, with the predicates of ``arith.cmpi``."""

    name = "tfhe_rust.cmp"

    server_key = operand_def(ServerKeyType)
    lhs = operand_def(CIPHERTEXT)
    rhs = operand_def(CIPHERTEXT)
    predicate = prop_def(IntegerAttr)
    output = result_def(EncryptedBoolType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"predicate": PREDICATE}


@irdl_op_definition
class GenerateLookupTableOp(PropertyOp):
    """The table that gives bit ``i`` of ``truth_table`` for the integer ``i``."""

    name = "tfhe_rust.generate_lookup_table"

    server_key = operand_def(ServerKeyType)
    truth_table = prop_def(IntegerAttr, prop_name="truthTable")
    lookup_table = result_def(LookupTableType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"truthTable": ATTRIBUTE}


@irdl_op_definition
class ApplyLookupTableOp(PropertyOp):
    """The value of a table, by programmable bootstrapping."""

    name = "tfhe_rust.apply_lookup_table"

    server_key = operand_def(ServerKeyType)
    input = operand_def(CIPHERTEXT)
    lookup_table = operand_def(LookupTableType)
    output = result_def(CIPHERTEXT)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        if self.input.type != self.output.type:
            raise VerifyException("all of {input, output} must have same type")


@irdl_op_definition
class CmuxOp(PropertyOp):
    """The one of two integers that an encrypted bit selects."""

    name = "tfhe_rust.cmux"

    server_key = operand_def(ServerKeyType)
    select = operand_def(EncryptedBoolType)
    if_true = operand_def(CIPHERTEXT_LIKE)
    if_false = operand_def(CIPHERTEXT_LIKE)
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure())


@irdl_op_definition
class CreateTrivialOp(PropertyOp):
    """An integer that anyone can read, in the form of an encrypted one: an operand or a constant."""

    name = "tfhe_rust.create_trivial"

    server_key = operand_def(ServerKeyType)
    value = opt_operand_def(IntegerType)
    value_attr = opt_prop_def(IntegerAttr | ArrayAttr, prop_name="valueAttr")
    output = result_def(CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"valueAttr": ATTRIBUTE}


@irdl_op_definition
class CastOp(PropertyOp):
    """An integer in another type."""

    name = "tfhe_rust.cast"

    server_key = operand_def(ServerKeyType)
    ciphertext = operand_def(CIPHERTEXT)
    output = result_def(CIPHERTEXT)
    traits = traits_def(Pure())


TfheRust = Dialect(
    "tfhe_rust",
    [
        BitAndOp,
        BitOrOp,
        BitXorOp,
        AddOp,
        MulOp,
        SubOp,
        ScalarLeftShiftOp,
        ScalarRightShiftOp,
        EqOp,
        NeqOp,
        MinOp,
        MaxOp,
        CmpOp,
        ApplyLookupTableOp,
        GenerateLookupTableOp,
        CmuxOp,
        CreateTrivialOp,
        CastOp,
    ],
    [*UNSIGNED_TYPES.values(), *SIGNED_TYPES.values(), EncryptedBoolType, ServerKeyType, LookupTableType],
)
