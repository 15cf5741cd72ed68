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

from he_dialects.assembly import ATTRIBUTE, INDEX, PropertyOp, Syntax
from he_dialects.elementwise import ElementwiseMappable
from he_dialects.lwe.rules import ElementsOf
from he_dialects.syntax import PREDICATE
from he_dialects.tables import Rule, operation, same_type


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


BINARY = {
    "bitand": "Conjunction of the bits.",
    "bitor": "Disjunction of the bits.",
    "bitxor": "Exclusive disjunction of the bits.",
    "eq": "Whether two integers are equal.",
    "neq": "Whether two integers differ.",
    "min": "The smaller integer.",
    "max": "The larger integer.",
}
"""The operations on two ciphertexts, or on tensors of them."""
BINARY_OPERATIONS = tuple(
    operation(
        f"tfhe_rust.{name}",
        summary,
        {"server_key": ServerKeyType, "lhs": CIPHERTEXT_LIKE, "rhs": CIPHERTEXT_LIKE},
        {"output": CIPHERTEXT_LIKE},
        traits=[ElementwiseMappable()],
    )
    for name, summary in BINARY.items()
)

SCALAR: Mapping[str, tuple[str, Rule | None]] = {
    "add": ("Sum.", None),
    "mul": ("Product.", None),
    "sub": ("Difference.", same_type("lhs", "output")),
}
"""The operations on two ciphertexts, or a ciphertext and an integer, and what has to hold."""
SCALAR_OPERATIONS = tuple(
    operation(
        f"tfhe_rust.{name}",
        summary,
        {"server_key": ServerKeyType, "lhs": CIPHERTEXT, "rhs": CIPHERTEXT_OR_INTEGER},
        {"output": CIPHERTEXT},
        rule=rule,
    )
    for name, (summary, rule) in SCALAR.items()
)


class _ShiftOp(PropertyOp, ABC):
    """A shift of the bits by a constant."""

    server_key = operand_def(ServerKeyType)
    ciphertext = operand_def(CIPHERTEXT)
    shift_amount = prop_def(IntegerAttr[IndexType], prop_name="shiftAmount")
    output = result_def(CIPHERTEXT)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"shiftAmount": INDEX}

    def verify_(self) -> None:
        same_type("ciphertext", "output")(self)


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
        same_type("input", "output")(self)


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
        *BINARY_OPERATIONS,
        *SCALAR_OPERATIONS,
        ScalarLeftShiftOp,
        ScalarRightShiftOp,
        CmpOp,
        ApplyLookupTableOp,
        GenerateLookupTableOp,
        CmuxOp,
        CreateTrivialOp,
        CastOp,
    ],
    [*UNSIGNED_TYPES.values(), *SIGNED_TYPES.values(), EncryptedBoolType, ServerKeyType, LookupTableType],
)
