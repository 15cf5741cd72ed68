"""Conversion of HEIR's ``ckks`` level to ``hetorch``.

Before:

    func.func @main(%x: !ct_L1) -> !ct_L0 {
      %w = arith.constant dense<[[0.5, 0.25, …], [1.5, 1.5, …]]> : tensor<2x8xf64>
      …
      %sum = scf.for %i = %c1 to %c2 step %c1 iter_args(%acc = %m0) -> (!ct_L1_1) {
        %wi = tensor.extract_slice %w[%i, 0] [1, 8] [1, 1] : tensor<2x8xf64> to tensor<8xf64>
        %p = lwe.rlwe_encode %wi <encoding = …, ring = …, level = 1, scale = 40> : tensor<8xf64> -> !pt
        %r = ckks.rotate %x, %i : index : !ct_L1
        %m = ckks.mul_plain %r, %p : (!ct_L1, !pt) -> !ct_L1_1
        %a = ckks.add %acc, %m : (!ct_L1_1, !ct_L1_1) -> !ct_L1_1
        scf.yield %a : !ct_L1_1
      }
      %2 = ckks.rescale %sum <to_ring = #ring_rns_L0_1_x8192> : !ct_L1_1 -> !ct_L0
      func.return %2 : !ct_L0
    }

After:

    func.func @main(%x: !ct_L1) -> !ct_L0 {
      %0 = arith.constant dense<[5.000000e-01, 2.500000e-01, …]> : tensor<8xf64>
      %1 = arith.constant dense<1.500000e+00> : tensor<8xf64>
      %2 = hetorch.encode %0 : (tensor<8xf64>) -> !pt_L1
      %m0 = hetorch.pmult %x, %2 : (!ct_L1, !pt_L1) -> !ct_L1_1
      %r = hetorch.rotate %x, 1 : (!ct_L1) -> !ct_L1
      %3 = hetorch.encode %1 : (tensor<8xf64>) -> !pt_L1
      %m = hetorch.pmult %r, %3 : (!ct_L1, !pt_L1) -> !ct_L1_1
      %a = hetorch.cadd %m0, %m : (!ct_L1_1, !ct_L1_1) -> !ct_L1_1
      %4 = hetorch.rescale %a : (!ct_L1_1) -> !ct_L0
      func.return %4 : !ct_L0
    }

Loops over constant bounds are unrolled, tensors of ciphertexts become one value per ciphertext, calls are
inlined. Levels, scales and dimensions are those of the types. Client functions are written anew from what
the program's own do; without any, the client packs the slots of each argument as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hetorch_heir.conversions.import_pass import ImportPass


@dataclass(frozen=True)
class ConvertCkksToHetorchPass(ImportPass):
    """Convert a program at ckks level to ``hetorch``."""

    name = "convert-ckks-to-hetorch"
    LEVEL: ClassVar[str] = "ckks"
