"""Conversion of HEIR's ``secret`` level to ``hetorch``.

Before:

    func.func @main(%x: !secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt_L1_S40}) -> (…) {
      %w = arith.constant dense<5.000000e-01> : tensor<8xf32>
      %p = mgmt.init %w {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf32>
      %c3 = arith.constant 3 : index
      %0 = secret.generic(%x: !secret.secret<tensor<8xf32>>) {
      ^body(%input0: tensor<8xf32>):
        %1 = tensor_ext.rotate %input0, %c3 {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf32>, index
        %2 = arith.mulf %1, %p {mgmt.mgmt = #mgmt_L1_S80} : tensor<8xf32>
        %3 = mgmt.modreduce %2 {mgmt.mgmt = #mgmt_L0_S40} : tensor<8xf32>
        secret.yield %3 : tensor<8xf32>
      } -> (!secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt_L0_S40})
      func.return %0 : !secret.secret<tensor<8xf32>>
    }

After:

    func.func @main(%x: !ct_L1) -> !ct_L0 {
      %0 = arith.constant dense<5.000000e-01> : tensor<8xf32>
      %1 = hetorch.rotate %x, 3 : (!ct_L1) -> !ct_L1
      %2 = hetorch.encode %0 : (tensor<8xf32>) -> !pt_L1
      %3 = hetorch.pmult %1, %2 : (!ct_L1, !pt_L1) -> !ct_L1_1
      %4 = hetorch.rescale %3 : (!ct_L1_1) -> !ct_L0
      func.return %4 : !ct_L0
    }

Levels and scales are those of ``mgmt.mgmt``, and checked against what the operations make of them. Where
the attributes leave them open they follow from the operations: the level of the arguments is the number of
levels that the program takes, and operands of different scale are brought together by a product with one,
as HEIR's ``populate-scale-ckks`` does. A program without any ``mgmt`` is managed here: every product is
relinearized and rescaled, levels are dropped where operands differ. Client functions are written anew from
what the program's own do; without any, the client packs the slots of each argument as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hetorch_heir.conversions.import_pass import ImportPass


@dataclass(frozen=True)
class ConvertSecretToHetorchPass(ImportPass):
    """Convert a program at secret level to ``hetorch``."""

    name = "convert-secret-to-hetorch"
    LEVEL: ClassVar[str] = "secret"
