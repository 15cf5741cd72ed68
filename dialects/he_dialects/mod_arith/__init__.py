"""HEIR's ``mod_arith`` dialect: integers modulo a number, and the arithmetic on them.

    !Zp = !mod_arith.int<65537 : i32>
    %1 = mod_arith.add %0, %0 : !Zp
    %2 = mod_arith.lift centered %1 : !Zp -> i32

xDSL's own ``mod_arith`` has one operation, ``mod_arith.add`` in an older form, in which the modulus is a
property of the operation and the operands are integers; :class:`~he_dialects.mod_arith.ops.AddOp` is both.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from he_dialects.mod_arith import ops
from he_dialects.mod_arith.types import ModIntAttr, ModIntType, ModQType

ModArith = Dialect(
    "mod_arith",
    [
        ops.AddOp,
        ops.BarrettReduceOp,
        ops.ConstantOp,
        ops.EncapsulateOp,
        ops.LiftOp,
        ops.MacOp,
        ops.ModSwitchOp,
        ops.MulOp,
        ops.ReduceOp,
        ops.SubIfGEOp,
        ops.SubOp,
    ],
    [ModIntAttr, ModIntType],
)

__all__ = ["ModArith", "ModIntAttr", "ModIntType", "ModQType", "ops"]
