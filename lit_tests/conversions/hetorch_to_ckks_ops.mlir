// RUN: hetorch-opt %s -p convert-hetorch-to-ckks | filecheck %s --check-prefix OPENFHE
// RUN: hetorch-opt %s -p "convert-hetorch-to-ckks{backend=lattigo}" | filecheck %s --check-prefix LATTIGO

!ct_L1 = !hetorch.ct<4096 : i64, 1 : i64, 40 : i64, 2 : i64>
!ct_L1_1 = !hetorch.ct<4096 : i64, 1 : i64, 80 : i64, 2 : i64>
!ct_L1_D3 = !hetorch.ct<4096 : i64, 1 : i64, 80 : i64, 3 : i64>
!ct_L0 = !hetorch.ct<4096 : i64, 0 : i64, 40 : i64, 2 : i64>
!pt_L1 = !hetorch.pt<4096 : i64, 1 : i64, 40 : i64>
builtin.module attributes {scheme.ckks, backend.lattigo, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1, %q: tensor<4096xf32>, %y: !ct_L1) -> (!ct_L1, !ct_L1_1) {
    %p = hetorch.encode %q : (tensor<4096xf32>) -> !pt_L1
    %0 = hetorch.cadd %x, %y : (!ct_L1, !ct_L1) -> !ct_L1
    %1 = hetorch.csub %0, %y : (!ct_L1, !ct_L1) -> !ct_L1
    %2 = hetorch.padd %1, %p : (!ct_L1, !pt_L1) -> !ct_L1
    %3 = hetorch.psub %2, %p : (!ct_L1, !pt_L1) -> !ct_L1
    %4 = hetorch.cmult %3, %3 : (!ct_L1, !ct_L1) -> !ct_L1_D3
    %5 = hetorch.negate %4 : (!ct_L1_D3) -> !ct_L1_D3
    %6 = hetorch.relinearize %5 : (!ct_L1_D3) -> !ct_L1_1
    %7 = hetorch.negate %3 : (!ct_L1) -> !ct_L1
    %8 = hetorch.level_reduce %7, 1 : (!ct_L1) -> !ct_L0
    %9 = hetorch.bootstrap %8 : (!ct_L0) -> !ct_L1
    func.return %9, %6 : !ct_L1, !ct_L1_1
  }
  func.func @loop(%x: !ct_L1) -> !ct_L1 {
    %low = arith.constant 0 : index
    %high = arith.constant 4 : index
    %step = arith.constant 1 : index
    %0 = scf.for %i = %low to %high step %step iter_args(%sum = %x) -> (!ct_L1) {
      %1 = hetorch.cadd %sum, %x : (!ct_L1, !ct_L1) -> !ct_L1
      scf.yield %1 : !ct_L1
    }
    func.return %0 : !ct_L1
  }
  func.func private @other(!ct_L1, tensor<4096xf32>) -> !ct_L0
}

// OPENFHE:      builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>, backend.openfhe} {
// OPENFHE-NEXT:   func.func @main(%x: !ct_L1, %q: tensor<4096xf32>, %y: !ct_L1) -> (!ct_L1, !ct_L1_1) {
// OPENFHE-NEXT:     %p = lwe.rlwe_encode %q <encoding = #inverse_canonical_encoding, ring = #ring_f64_1_x8192, level = 1, scale = 40> : tensor<4096xf32> -> !pt
// OPENFHE-NEXT:     %0 = ckks.add %x, %y : (!ct_L1, !ct_L1) -> !ct_L1
// OPENFHE-NEXT:     %1 = ckks.sub %0, %y : (!ct_L1, !ct_L1) -> !ct_L1
// OPENFHE-NEXT:     %2 = ckks.add_plain %1, %p : (!ct_L1, !pt) -> !ct_L1
// OPENFHE-NEXT:     %3 = ckks.sub_plain %2, %p : (!ct_L1, !pt) -> !ct_L1
// OPENFHE-NEXT:     %4 = ckks.mul %3, %3 : (!ct_L1, !ct_L1) -> !ct_L1_D3
// OPENFHE-NEXT:     %5 = ckks.negate %4 : !ct_L1_D3
// OPENFHE-NEXT:     %6 = ckks.relinearize %5 <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!ct_L1_D3) -> !ct_L1_1
// OPENFHE-NEXT:     %7 = ckks.negate %3 : !ct_L1
// OPENFHE-NEXT:     %8 = ckks.level_reduce %7 : !ct_L1 -> !ct_L0
// OPENFHE-NEXT:     %9 = ckks.bootstrap %8 : !ct_L0 -> !ct_L1
// OPENFHE-NEXT:     func.return %9, %6 : !ct_L1, !ct_L1_1
// OPENFHE-NEXT:   }
// OPENFHE-NEXT:   func.func @loop(%x: !ct_L1) -> !ct_L1 {
// OPENFHE-NEXT:     %low = arith.constant 0 : index
// OPENFHE-NEXT:     %high = arith.constant 4 : index
// OPENFHE-NEXT:     %step = arith.constant 1 : index
// OPENFHE-NEXT:     %0 = scf.for %i = %low to %high step %step iter_args(%sum = %x) -> (!ct_L1) {
// OPENFHE-NEXT:       %1 = ckks.add %sum, %x : (!ct_L1, !ct_L1) -> !ct_L1
// OPENFHE-NEXT:       scf.yield %1 : !ct_L1
// OPENFHE-NEXT:     }
// OPENFHE-NEXT:     func.return %0 : !ct_L1
// OPENFHE-NEXT:   }
// OPENFHE-NEXT:   func.func private @other(!ct_L1, tensor<4096xf32>) -> !ct_L0

// A negation is a difference from zero for Lattigo.
// LATTIGO:      builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>, backend.lattigo} {
// LATTIGO:          %4 = ckks.mul %3, %3 : (!ct_L1, !ct_L1) -> !ct_L1_D3
// LATTIGO-NEXT:     %5 = arith.constant dense<0.000000e+00> : tensor<4096xf64>
// LATTIGO-NEXT:     %6 = lwe.rlwe_encode %5 <encoding = #inverse_canonical_encoding1, ring = #ring_f64_1_x8192, level = 1, scale = 80> : tensor<4096xf64> -> !pt1
// LATTIGO-NEXT:     %7 = ckks.sub_plain %6, %4 : (!pt1, !ct_L1_D3) -> !ct_L1_D3
// LATTIGO-NEXT:     %8 = ckks.relinearize %7 <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!ct_L1_D3) -> !ct_L1_1
// LATTIGO-NEXT:     %9 = arith.constant dense<0.000000e+00> : tensor<4096xf64>
// LATTIGO-NEXT:     %10 = lwe.rlwe_encode %9 <encoding = #inverse_canonical_encoding, ring = #ring_f64_1_x8192, level = 1, scale = 40> : tensor<4096xf64> -> !pt
// LATTIGO-NEXT:     %11 = ckks.sub_plain %10, %3 : (!pt, !ct_L1) -> !ct_L1
// LATTIGO-NEXT:     %12 = ckks.level_reduce %11 : !ct_L1 -> !ct_L0
