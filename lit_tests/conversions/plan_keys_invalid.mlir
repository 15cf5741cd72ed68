// RUN: hetorch-opt %s -p "plan-keys{budget=1000 key_bytes=1001}" --split-input-file --verify-diagnostics | filecheck %s

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
!ct_L1_2 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e80>, ciphertext_space = <ring = #ring_L1, encryption_type = mix>, key = <>, modulus_chain = #chain_L1>
!ct_L1_3 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e80>, ciphertext_space = <ring = #ring_L1, encryption_type = mix, size = 3>, key = <>, modulus_chain = #chain_L1>
!ct_L1_1 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e80>, ciphertext_space = <ring = #ring_L1, encryption_type = mix>, key = <>, modulus_chain = #chain_L1>
module {
  func.func @too_small(%x: !ct_L1, %y: !ct_L1_3) -> !ct_L1_2 {
    %0 = ckks.rotate %x <static_shift = 1 : index> : !ct_L1
    %1 = ckks.relinearize %y <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!ct_L1_3) -> !ct_L1_2
    return %1 : !ct_L1_2
  }
}

// CHECK: @too_small: a key budget of 1,000 bytes is too small: one operation needs 1,001 bytes of keys; give at least 1001 bytes

// -----

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
module {
  func.func @dynamic(%x: !ct_L1, %i: index) -> !ct_L1 {
    %0 = ckks.rotate %x, %i : index : !ct_L1
    return %0 : !ct_L1
  }
}

// CHECK: 'ckks.rotate' has steps that aren't constant; unroll the loop around it first
