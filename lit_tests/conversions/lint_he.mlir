// RUN: hetorch-opt %s -p lint-he --split-input-file | filecheck %s

#ring = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
!z0 = !mod_arith.int<1125899908022273 : i64>
!z1 = !mod_arith.int<1099511922689 : i64>
#ring_L0 = #polynomial.ring<coefficientType = !rns.rns<!z0>, polynomialModulus = <1 + x**8192>>
#ring_L1 = #polynomial.ring<coefficientType = !rns.rns<!z0, !z1>, polynomialModulus = <1 + x**8192>>
#chain_L0 = #lwe.modulus_chain<elements = <1125899908022273 : i64, 1099511922689 : i64>, current = 0>
#chain_L1 = #lwe.modulus_chain<elements = <1125899908022273 : i64, 1099511922689 : i64>, current = 1>
!pt = !lwe.lwe_plaintext<plaintext_space = <ring = #ring, encoding = #e40>>
!ct_L1 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L1, encryption_type = mix>, key = <>, modulus_chain = #chain_L1>
!ct_L1_1 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e80>, ciphertext_space = <ring = #ring_L1, encryption_type = mix>, key = <>, modulus_chain = #chain_L1>
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix>, key = <>, modulus_chain = #chain_L0>
module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1, %w: tensor<4096xf64>) -> !ct_L1 {
    %p = lwe.rlwe_encode %w <encoding = #e40, ring = #ring, level = 1, scale = 40> : tensor<4096xf64> -> !pt
    %0 = ckks.mul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_1
    %1 = ckks.rescale %0 <to_ring = #ring_L0> : !ct_L1_1 -> !ct_L0
    %2 = ckks.bootstrap %1 : !ct_L0 -> !ct_L1
    return %2 : !ct_L1
  }
}

// CHECK: ckks.bootstrap

// -----

module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}, %w: tensor<4096xf32>) -> (!secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}) {
    %p = mgmt.init %w {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<4096xf32>
    %0 = secret.generic(%x: !secret.secret<tensor<4096xf32>>) {
    ^body(%a: tensor<4096xf32>):
      %1 = arith.addf %a, %p {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<4096xf32>
      %2 = arith.mulf %1, %p {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 80>} : tensor<4096xf32>
      %3 = mgmt.modreduce %2 {mgmt.mgmt = #mgmt.mgmt<level = 0, scale = 40>} : tensor<4096xf32>
      %4 = mgmt.bootstrap %3 {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<4096xf32>
      secret.yield %4 : tensor<4096xf32>
    } -> (!secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>})
    return %0 : !secret.secret<tensor<4096xf32>>
  }
}

// CHECK: mgmt.bootstrap
