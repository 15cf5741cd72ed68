// RUN: hetorch-opt %s -p "decompose-rotations{max_keys=2}" | filecheck %s
// RUN: hetorch-opt %s -p "decompose-rotations{max_keys=1}" --verify-diagnostics | filecheck %s --check-prefix REFUSED

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
module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1) -> !ct_L1 {
    %0 = ckks.rotate %x <static_shift = 1 : index> : !ct_L1
    %1 = ckks.rotate %0 <static_shift = 2 : index> : !ct_L1
    %2 = ckks.rotate %1 <static_shift = 3 : index> : !ct_L1
    return %2 : !ct_L1
  }
}

// CHECK:      %0 = ckks.rotate %x <static_shift = 1 : index>
// CHECK-NEXT: %1 = ckks.rotate %0 <static_shift = 2 : index>
// CHECK-NEXT: %2 = ckks.rotate %1 <static_shift = 2 : index>
// CHECK-NEXT: %3 = ckks.rotate %2 <static_shift = 1 : index>
// CHECK-NEXT: return %3

// REFUSED: 2 rotation keys remain, and 1 are allowed; allow 2
