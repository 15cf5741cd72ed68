"""HEIR's ``key_mgmt`` dialect: which rotation keys are in memory, and when.

    key_mgmt.prefetch_key %c4
    %rk = key_mgmt.load_key %c4 : i64 -> !key_mgmt.rot_key<rotation_index = 4>
    key_mgmt.clear_key %rk : !key_mgmt.rot_key<rotation_index = 4>

https://heir.dev/docs/dialects/keymgmt/
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from typing import ClassVar

from typing_extensions import override
from xdsl.dialects.builtin import IndexType, IntAttr, NoneAttr, i64
from xdsl.ir import Dialect, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import (
    IRDLOperation,
    base,
    eq,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    result_def,
    traits_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect, Pure

from he_dialects.arrow import ArrowOp
from he_dialects.assembly import INT, Field, StructAttribute
from he_dialects.printing import AliasedAttribute


@irdl_attr_definition
class RotKeyType(StructAttribute, TypeAttribute, AliasedAttribute):
    """A rotation key; without an index it is one that is known at run time only."""

    name = "key_mgmt.rot_key"

    rotation_index: IntAttr | NoneAttr

    FIELDS: ClassVar[Sequence[Field]] = (Field("rotation_index", INT, NoneAttr()),)

    @override
    def alias_name(self) -> str:
        return "rk"


INDEX_LIKE = base(IndexType) | eq(i64)


@irdl_op_definition
class PrefetchKeyOp(IRDLOperation):
    """The start of the loading of a key, which :class:`LoadKeyOp` then waits for."""

    name = "key_mgmt.prefetch_key"

    index = operand_def(eq(i64))
    traits = traits_def(MemoryWriteEffect())
    assembly_format = "$index attr-dict"


class _IndexedOp(ArrowOp, ABC):
    """A key by its rotation index."""

    index = operand_def(INDEX_LIKE)
    rot_key = result_def(RotKeyType)
    KINDS: ClassVar[Mapping[int, type[ParametrizedAttribute]]] = {1: RotKeyType}


@irdl_op_definition
class LoadKeyOp(_IndexedOp):
    """The loading of a key into memory."""

    name = "key_mgmt.load_key"
    traits = traits_def(MemoryReadEffect())


@irdl_op_definition
class AssumeLoadedOp(_IndexedOp):
    """A key that is in memory already."""

    name = "key_mgmt.assume_loaded"
    traits = traits_def(Pure())


@irdl_op_definition
class UseKeyOp(ArrowOp):
    """A loaded key of known index, where the types ask for one of unknown index."""

    name = "key_mgmt.use_key"

    input_key = operand_def(RotKeyType)
    rot_key = result_def(RotKeyType)
    traits = traits_def(Pure())
    KINDS: ClassVar[Mapping[int, type[ParametrizedAttribute]]] = {0: RotKeyType, 1: RotKeyType}


@irdl_op_definition
class ClearKeyOp(ArrowOp):
    """The removal of a key from memory."""

    name = "key_mgmt.clear_key"

    rot_key = operand_def(RotKeyType)
    traits = traits_def(MemoryWriteEffect())
    KINDS: ClassVar[Mapping[int, type[ParametrizedAttribute]]] = {0: RotKeyType}


KeyMgmt = Dialect("key_mgmt", [PrefetchKeyOp, LoadKeyOp, UseKeyOp, AssumeLoadedOp, ClearKeyOp], [RotKeyType])
