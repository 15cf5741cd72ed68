// PASSES: --scheme-to-openfhe=entry-function=main
// PASSES: --scheme-to-lattigo=entry-function=main
!q0 = !mod_arith.int<1125899908022273 : i64>
!q1 = !mod_arith.int<1099511922689 : i64>
!q2 = !mod_arith.int<1099512938497 : i64>
#plain = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ring2 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1, !q2>, polynomialModulus = <1 + x**8192>>
#ring0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#scale40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#chain2 = #lwe.modulus_chain<elements = <1125899908022273 : i64, 1099511922689 : i64, 1099512938497 : i64>, current = 2>
#chain0 = #lwe.modulus_chain<elements = <1125899908022273 : i64, 1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct2 = !lwe.lwe_ciphertext<plaintext_space = <ring = #plain, encoding = #scale40>, ciphertext_space = <ring = #ring2, encryption_type = mix>, key = <>, modulus_chain = #chain2>
!ct0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #plain, encoding = #scale40>, ciphertext_space = <ring = #ring0, encryption_type = mix>, key = <>, modulus_chain = #chain0>
module attributes {scheme.ckks, backend.openfhe, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689, 1099512938497], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct2) -> !ct2 {
    %c1 = arith.constant 1 : i64
    %c2 = arith.constant 2 : index
    key_mgmt.prefetch_key %c1
    %k1 = key_mgmt.load_key %c1 : i64 -> !key_mgmt.rot_key<rotation_index = 1>
    %0 = ckks.rotate %x <static_shift = 1 : index> : !ct2
    %k = key_mgmt.use_key %k1 : !key_mgmt.rot_key<rotation_index = 1> -> !key_mgmt.rot_key<>
    key_mgmt.clear_key %k1 : !key_mgmt.rot_key<rotation_index = 1>
    %k2 = key_mgmt.load_key %c2 : index -> !key_mgmt.rot_key<>
    %1 = ckks.rotate %0 <static_shift = 2 : index> : !ct2
    debug.validate %1 <name = "rotated", metadata = "{}"> : !ct2
    return %1 : !ct2
  }
}
