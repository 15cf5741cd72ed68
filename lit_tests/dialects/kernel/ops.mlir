// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

#r = #polynomial.ring<coefficientType = !rns.rns<!mod_arith.int<1125899908022273 : i64>>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
!ct = !lwe.lwe_ciphertext<plaintext_space = <ring = #rp, encoding = #lwe.inverse_canonical_encoding<scaling_factor = 40>>, ciphertext_space = <ring = #r, encryption_type = mix>, key = <>>
module {
func.func @ops(%x: !ct, %d: tensor<2x4096xf64>, %v: tensor<1x4096xf64>) {
  %0 = kernel.eval_chebyshev %x <coefficients = [1.0, 2.0 : f32]> : !ct -> !ct
  %1 = kernel.linear_transform %x, %d <diagonal_indices = [0, 5], bsgs_ratio = 2.0> : !ct, tensor<2x4096xf64> -> !ct
  %2 = kernel.linear_transform %v, %d <diagonal_indices = [0, 5]> : tensor<1x4096xf64>, tensor<2x4096xf64> -> tensor<1x4096xf64>
  %3 = kernel.prepare_linear_transform %d <diagonal_indices = [0, 1]> : tensor<2x4096xf64> -> <level = 1, slots = 4096, log_bsgs_ratio = 0>
  %4 = kernel.apply_linear_transform %x, %3 : !ct, !kernel.prepared_linear_transform<level = 1, slots = 4096, log_bsgs_ratio = 0> -> !ct
  return
}
}

// CHECK: builtin.module {
// CHECK-NEXT:   func.func @ops(%x: !ct_L0, %d: tensor<2x4096xf64>, %v: tensor<1x4096xf64>) {
// CHECK-NEXT:     %0 = kernel.eval_chebyshev %x <coefficients = [1.000000e+00 : f64, 2.000000e+00 : f32]> : !ct_L0 -> !ct_L0
// CHECK-NEXT:     %1 = kernel.linear_transform %x, %d <diagonal_indices = [0, 5], bsgs_ratio = 2.000000e+00> : !ct_L0, tensor<2x4096xf64> -> !ct_L0
// CHECK-NEXT:     %2 = kernel.linear_transform %v, %d <diagonal_indices = [0, 5]> : tensor<1x4096xf64>, tensor<2x4096xf64> -> tensor<1x4096xf64>
// CHECK-NEXT:     %3 = kernel.prepare_linear_transform %d <diagonal_indices = [0, 1]> : tensor<2x4096xf64> -> <level = 1, slots = 4096, log_bsgs_ratio = 0>
// CHECK-NEXT:     %4 = kernel.apply_linear_transform %x, %3 : !ct_L0, <level = 1, slots = 4096, log_bsgs_ratio = 0> -> !ct_L0
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT: }
