"""HEIR's ``mgmt`` dialect: ciphertext maintenance, independent of the scheme.

The operations stand between arithmetic on cleartext tensors inside ``secret.generic``; what a ciphertext
looks like at each point is said by the attribute ``mgmt.mgmt``.

    %1 = mgmt.modreduce %0 {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<4096xf32>

https://heir.dev/docs/dialects/mgmt/
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import ClassVar

from xdsl.dialects.builtin import I64, IntAttr, IntegerAttr, LocationAttr, i64
from xdsl.ir import Attribute, Dialect, Operation, SSAValue
from xdsl.irdl import irdl_attr_definition, irdl_op_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import MemoryWriteEffect, Pure, SameOperandsAndResultType

from he_dialects import assembly
from he_dialects.assembly import Field, PropertyOp, StructAttribute, Syntax, TypeSignature, cache_hash
from he_dialects.printing import AliasedAttribute

MGMT = "mgmt.mgmt"
"""Name of the attribute that holds a :class:`MgmtAttr`."""

UNTRACKED = -1
"""The scale of a value whose scale isn't known yet."""


@cache_hash
@irdl_attr_definition
class MgmtAttr(StructAttribute, AliasedAttribute):
    """Level, dimension and scale (log2 in CKKS) of a ciphertext."""

    name = "mgmt.mgmt"

    level: IntAttr
    dimension: IntAttr
    scale: IntAttr

    FIELDS: ClassVar[Sequence[Field]] = (
        Field("level", assembly.INT),
        Field("dimension", assembly.INT, IntAttr(2)),
        Field("scale", assembly.INT, IntAttr(UNTRACKED)),
    )

    @staticmethod
    def get(level: int, scale: int = UNTRACKED, dimension: int = 2) -> MgmtAttr:
        """The attribute for these numbers; equal numbers give the same object."""
        return _mgmt_attr(level, dimension, scale)

    def alias_name(self) -> str:
        dimension = f"_D{self.dimension.data}" if self.dimension.data != 2 else ""
        scale = f"_S{self.scale.data}" if self.scale.data != UNTRACKED else ""
        return f"mgmt_L{self.level.data}{dimension}{scale}"


@lru_cache(maxsize=4096)
def _mgmt_attr(level: int, dimension: int, scale: int) -> MgmtAttr:
    return MgmtAttr(IntAttr(level), IntAttr(dimension), IntAttr(scale))


@irdl_attr_definition
class OpenfheParamsAttr(StructAttribute):
    """Numbers of operations that OpenFHE derives BGV parameters from."""

    name = "mgmt.openfhe_params"

    eval_add_count: IntAttr
    key_switch_count: IntAttr

    FIELDS: ClassVar[Sequence[Field]] = (
        Field("evalAddCount", assembly.INT),
        Field("keySwitchCount", assembly.INT),
    )


class MgmtOp(PropertyOp, ABC):
    """An operation of the dialect: one operand, and a result of its type."""

    input = operand_def()
    output = result_def()

    traits = traits_def(Pure(), SameOperandsAndResultType())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED

    def __init__(
        self,
        input: SSAValue | Operation,
        *,
        properties: Mapping[str, Attribute] | None = None,
        attributes: Mapping[str, Attribute] | None = None,
        location: LocationAttr | None = None,
    ) -> None:
        super().__init__(
            operands=(input,),
            result_types=(SSAValue.get(input).type,),
            properties=properties,
            attributes=attributes,
        )
        if location is not None:
            self.location = location


@irdl_op_definition
class ModReduceOp(MgmtOp):
    """Rescale (CKKS) or modulus switch (BGV) by one limb."""

    name = "mgmt.modreduce"


@irdl_op_definition
class LevelReduceOp(MgmtOp):
    """Dropping of limbs without scaling."""

    name = "mgmt.level_reduce"

    level_to_drop = prop_def(IntegerAttr[I64], default_value=IntegerAttr(1, i64), prop_name="levelToDrop")
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"levelToDrop": assembly.I64}


@irdl_op_definition
class LevelReduceMinOp(MgmtOp):
    """Dropping of all limbs but those of the lowest level allowed."""

    name = "mgmt.level_reduce_min"


@irdl_op_definition
class RelinearizeOp(MgmtOp):
    """Key switching back to dimension 2."""

    name = "mgmt.relinearize"


@irdl_op_definition
class BootstrapOp(MgmtOp):
    """Bootstrapping."""

    name = "mgmt.bootstrap"


@irdl_op_definition
class AdjustScaleOp(MgmtOp):
    """A change of scale that a later pass decides on; ``id`` tells these operations apart."""

    name = "mgmt.adjust_scale"

    id = prop_def(IntegerAttr[I64])
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"id": assembly.I64}


@irdl_op_definition
class InitOp(MgmtOp):
    """One use of a plaintext, with the level and scale that it is encoded at.

    The memory effect isn't real: it keeps uses at different levels from being merged.
    """

    name = "mgmt.init"
    traits = traits_def(SameOperandsAndResultType(), MemoryWriteEffect())


Mgmt = Dialect(
    "mgmt",
    [
        ModReduceOp,
        LevelReduceOp,
        LevelReduceMinOp,
        RelinearizeOp,
        BootstrapOp,
        AdjustScaleOp,
        InitOp,
    ],
    [MgmtAttr, OpenfheParamsAttr],
)
