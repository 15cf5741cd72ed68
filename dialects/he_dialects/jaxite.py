"""HEIR's ``jaxite`` dialect: calls of Jaxite, Google's CGGI on TPUs.

    %1 = jaxite.lut3 %a, %b, %c, %table, %keys, %params
        : (!ct, !ct, !ct, i8, !jaxite.server_key_set, !jaxite.params) -> !ct

https://heir.dev/docs/dialects/jaxite/
"""

from __future__ import annotations

from xdsl.dialects.builtin import i1, i8
from xdsl.ir import Dialect, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import eq, irdl_attr_definition

from he_dialects.lwe import CiphertextType
from he_dialects.lwe.rules import CIPHERTEXT_LIKE, ElementsOf
from he_dialects.tables import operation, same_type


@irdl_attr_definition
class ServerKeySetType(ParametrizedAttribute, TypeAttribute):
    """The keys that tables are looked up with."""

    name = "jaxite.server_key_set"


@irdl_attr_definition
class ParamsType(ParametrizedAttribute, TypeAttribute):
    """The parameters of the scheme."""

    name = "jaxite.params"


@irdl_attr_definition
class PmapLut3TupleType(ParametrizedAttribute, TypeAttribute):
    """The inputs and the table of one of many lookups at once."""

    name = "jaxite.pmap_lut3_tuple"


INPUTS = dict.fromkeys("abc", CiphertextType)
KEYS = {"server_key_set": ServerKeySetType, "params": ParamsType}

ConstantOp = operation(
    "jaxite.constant",
    "A bit that anyone can read, as a ciphertext.",
    {"value": eq(i1), "params": ParamsType},
    {"output": CiphertextType},
)
Lut3Op = operation(
    "jaxite.lut3",
    "The bit of a table that three bits select; the first one is the lowest.",
    {**INPUTS, "truth_table": eq(i8), **KEYS},
    {"output": CiphertextType},
    rule=same_type("a", "b", "c", "output"),
)
Lut3ArgsOp = operation(
    "jaxite.lut3_args",
    "The inputs of one of many lookups at once.",
    {**INPUTS, "truth_table": eq(i8)},
    {"output": PmapLut3TupleType},
)
PmapLut3Op = operation(
    "jaxite.pmap_lut3",
    "Many lookups at once.",
    {"lut3_args": ElementsOf((PmapLut3TupleType,)), **KEYS},
    {"output": CIPHERTEXT_LIKE},
)

Jaxite = Dialect(
    "jaxite",
    [ConstantOp, Lut3Op, Lut3ArgsOp, PmapLut3Op],
    [ServerKeySetType, ParamsType, PmapLut3TupleType],
)
