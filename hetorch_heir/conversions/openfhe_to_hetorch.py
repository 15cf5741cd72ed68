"""Conversion of HEIR's ``openfhe`` dialect to ``hetorch``.

Before:

    func.func @main(%cc: !cc, %ct: !ct) -> !ct {
      %cst = arith.constant dense<5.000000e-01> : tensor<8xf64>
      %pt = openfhe.make_ckks_packed_plaintext %cc, %cst : (!cc, tensor<8xf64>) -> !pt
      %ct_0 = openfhe.rot %cc, %ct <static_shift = 1 : index> : (!cc, !ct) -> !ct
      %ct_1 = openfhe.mul_plain %cc, %ct_0, %pt : (!cc, !ct, !pt) -> !ct
      %ct_2 = openfhe.mod_reduce %cc, %ct_1 : (!cc, !ct) -> !ct
      return %ct_2 : !ct
    }

After:

    func.func @main(%ct: !ct_L1) -> !ct_L0 {
      %0 = arith.constant dense<5.000000e-01> : tensor<8xf64>
      %ct_1 = hetorch.rotate %ct, 1 : (!ct_L1) -> !ct_L1
      %1 = hetorch.encode %0 : (tensor<8xf64>) -> !pt_L1
      %ct_2 = hetorch.pmult %ct_1, %1 : (!ct_L1, !pt_L1) -> !ct_L1_1
      %ct_3 = hetorch.rescale %ct_2 : (!ct_L1_1) -> !ct_L0
      func.return %ct_3 : !ct_L0
    }

Levels and scales are tracked from ``mulDepth`` and ``scalingModSize``, as OpenFHE does at run time. Where
the module gives no primes that agree with these, the smallest secure ones are chosen. An operation in place
whose operand is read again, which some of HEIR's passes leave behind, is an error. Client functions are
written anew from what the program's own do; without any, the client packs the slots of each argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hetorch_heir.conversions.import_pass import ImportPass


@dataclass(frozen=True)
class ConvertOpenfheToHetorchPass(ImportPass):
    """Convert a program at openfhe level to ``hetorch``."""

    name = "convert-openfhe-to-hetorch"
    LEVEL: ClassVar[str] = "openfhe"
