// PASSES: --scheme-to-lattigo=entry-function=main
// PASSES: --prepare-linear-transforms --cse
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
module attributes {scheme.ckks, backend.lattigo, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689, 1099512938497], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct2) -> !ct0 {
    %diagonals = arith.constant dense<0.5> : tensor<3x4096xf64>
    %0 = kernel.linear_transform %x, %diagonals <diagonal_indices = [0, 1, 5]> : !ct2, tensor<3x4096xf64> -> !ct2
    %1 = kernel.eval_chebyshev %0 <coefficients = [1.0, 2.0, 0.5, 0.25]> : !ct2 -> !ct0
    return %1 : !ct0
  }
}
