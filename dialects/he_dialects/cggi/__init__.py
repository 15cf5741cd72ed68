"""HEIR's ``cggi`` dialect: Boolean gates, lookup tables and integer arithmetic of the CGGI (TFHE) scheme.

    %0 = cggi.xor %a, %b : !ct
    %1 = cggi.lut3 %a, %b, %0 <lookup_table = 232 : ui8> : !ct

https://heir.dev/docs/dialects/cggi/
"""

from __future__ import annotations

from xdsl.ir import Dialect

from he_dialects.cggi import lookup, ops
from he_dialects.cggi.ops import BoolGatesAttr

CGGI = Dialect(
    "cggi",
    [
        *ops.GATE_OPERATIONS,
        ops.NotOp,
        ops.PackedGatesOp,
        *ops.BINARY_OPERATIONS,
        ops.ScalarShiftRightOp,
        ops.ScalarShiftLeftOp,
        ops.CmpOp,
        lookup.ProgrammableBootstrapOp,
        lookup.Lut2Op,
        lookup.Lut3Op,
        lookup.Lut4Op,
        lookup.PackedLut3Op,
        lookup.LutLinCombOp,
        lookup.MultiLutLinCombOp,
        lookup.SelectorLutLinCombOp,
        ops.CmuxOp,
        ops.CreateTrivialOp,
        ops.CastOp,
    ],
    [ops.BoolGatesAttr],
)

__all__ = ["CGGI", "BoolGatesAttr", "lookup", "ops"]
