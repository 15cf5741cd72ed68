"""HEIR's ``tfhe_rust_bool`` dialect: calls of the Boolean interface of TFHE-rs.

    %1 = tfhe_rust_bool.xor %key, %a, %b
        : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb

https://heir.dev/docs/dialects/tfherustbool/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import i1
from xdsl.ir import Dialect, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import (
    base,
    eq,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure

from he_dialects.assembly import PropertyOp, Stripped, Syntax
from he_dialects.elementwise import ElementwiseMappable
from he_dialects.gates import GATES, GatesAttr
from he_dialects.lwe.rules import ElementsOf
from he_dialects.tables import operation, same_type


@irdl_attr_definition
class EncryptedBoolType(ParametrizedAttribute, TypeAttribute):
    """An encrypted bit."""

    name = "tfhe_rust_bool.eb"


@irdl_attr_definition
class ServerKeyType(ParametrizedAttribute, TypeAttribute):
    """The key that gates are computed with."""

    name = "tfhe_rust_bool.server_key"


@irdl_attr_definition
class PackedServerKeyType(ParametrizedAttribute, TypeAttribute):
    """The key of the Belfort accelerator, which computes many gates at once."""

    name = "tfhe_rust_bool.server_key_enum"


@irdl_attr_definition
class BoolGatesAttr(GatesAttr):
    """The gates of :class:`GatesPackedOp`."""

    name = "tfhe_rust_bool.tfhe_rust_bool_gates"


SERVER_KEY = base(ServerKeyType) | base(PackedServerKeyType)
BOOL_LIKE = ElementsOf((EncryptedBoolType,))


@irdl_op_definition
class CreateTrivialOp(PropertyOp):
    """A bit that anyone can read, in the form of an encrypted one."""

    name = "tfhe_rust_bool.create_trivial"

    server_key = operand_def(SERVER_KEY)
    value = operand_def(eq(i1))
    output = result_def(EncryptedBoolType)
    traits = traits_def(Pure())


GATE_OPERATIONS = tuple(
    operation(
        f"tfhe_rust_bool.{name}",
        summary,
        {"server_key": SERVER_KEY, "lhs": BOOL_LIKE, "rhs": BOOL_LIKE},
        {"output": BOOL_LIKE},
        traits=[ElementwiseMappable()],
        rule=same_type("lhs", "rhs", "output"),
    )
    for name, summary in GATES.items()
)
NotOp = operation(
    "tfhe_rust_bool.not",
    "Negation.",
    {"server_key": SERVER_KEY, "input": BOOL_LIKE},
    {"output": BOOL_LIKE},
    rule=same_type("input", "output"),
)


@irdl_op_definition
class GatesPackedOp(PropertyOp):
    """Gates between the elements of two tensors, one for each pair."""

    name = "tfhe_rust_bool.gates_packed"

    server_key = operand_def(SERVER_KEY)
    lhs = operand_def(BOOL_LIKE)
    rhs = operand_def(BOOL_LIKE)
    gates = prop_def(BoolGatesAttr)
    output = result_def(BOOL_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"gates": Stripped(BoolGatesAttr)}

    def verify_(self) -> None:
        same_type("lhs", "rhs", "output")(self)


@irdl_op_definition
class MuxOp(PropertyOp):
    """``lhs`` where the condition holds, else ``rhs``."""

    name = "tfhe_rust_bool.mux"

    server_key = operand_def(SERVER_KEY)
    cnd = operand_def(EncryptedBoolType)
    lhs = operand_def(EncryptedBoolType)
    rhs = operand_def(EncryptedBoolType)
    output = result_def(EncryptedBoolType)
    traits = traits_def(Pure())


TfheRustBool = Dialect(
    "tfhe_rust_bool",
    [
        CreateTrivialOp,
        *GATE_OPERATIONS,
        GatesPackedOp,
        NotOp,
        MuxOp,
    ],
    [EncryptedBoolType, ServerKeyType, PackedServerKeyType, BoolGatesAttr],
)
