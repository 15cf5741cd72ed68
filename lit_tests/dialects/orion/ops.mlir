// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

#r = #polynomial.ring<coefficientType = !rns.rns<!mod_arith.int<1125899908022273 : i64>>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
!ct = !lwe.lwe_ciphertext<plaintext_space = <ring = #rp, encoding = #lwe.inverse_canonical_encoding<scaling_factor = 40>>, ciphertext_space = <ring = #r, encryption_type = mix>, key = <>>
module {
func.func @ops(%x: !ct, %d: tensor<2x4096xf64>) {
  %0 = orion.linear_transform %x, %d <diagonal_indices = [0, 5], orion_level = 3 : i32, bsgs_ratio = 2.0 : f64, slots = 4096 : i64> : (!ct, tensor<2x4096xf64>) -> !ct
  %1 = orion.chebyshev %x <coefficients = [1.0, 2.0], domain_start = -1.0 : f64, domain_end = 1.0 : f32> : (!ct) -> !ct
  return
}
}

// CHECK: builtin.module {
// CHECK-NEXT:   func.func @ops(%x: !ct_L0, %d: tensor<2x4096xf64>) {
// CHECK-NEXT:     %0 = orion.linear_transform %x, %d <diagonal_indices = [0, 5], orion_level = 3 : i32, bsgs_ratio = 2.000000e+00 : f64, slots = 4096 : i64> : (!ct_L0, tensor<2x4096xf64>) -> !ct_L0
// CHECK-NEXT:     %1 = orion.chebyshev %x <coefficients = [1.000000e+00 : f64, 2.000000e+00 : f64], domain_start = -1.000000e+00 : f64, domain_end = 1.000000e+00 : f32> : (!ct_L0) -> !ct_L0
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT: }
