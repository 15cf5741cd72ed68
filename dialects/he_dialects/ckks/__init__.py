"""HEIR's ``ckks`` dialect: the operations of the CKKS scheme on the types of :mod:`he_dialects.lwe`.

%0 = ckks.mul_plain %x, %p : (!ct_L2, !pt) -> !ct_L2_1
%1 = ckks.rescale %0 <to_ring = #ring_L1> : !ct_L2_1 -> !ct_L1
%2 = ckks.rotate %1 <static_shift = 4 : index> : !ct_L1
"""

from __future__ import annotations

from xdsl.ir import Dialect

from he_dialects.ckks import attributes, ops
from he_dialects.ckks.attributes import SCHEME_PARAM, SchemeParamAttr
from he_dialects.ckks.type_builder import CKKSTypes

CKKS = Dialect(
    "ckks",
    [
        ops.AddOp,
        ops.AddPlainOp,
        ops.BootstrapOp,
        ops.LevelReduceOp,
        ops.MulOp,
        ops.MulPlainOp,
        ops.NegateOp,
        ops.RelinearizeOp,
        ops.RescaleOp,
        ops.RotateOp,
        ops.SubOp,
        ops.SubPlainOp,
    ],
    [SchemeParamAttr],
)

__all__ = ["CKKS", "SCHEME_PARAM", "CKKSTypes", "SchemeParamAttr", "attributes", "ops"]
