// PASSES: --scheme-to-fpt
// PASSES: --boolean-vectorize --scheme-to-fpt
!ct = !lwe.lwe_ciphertext<plaintext_space = <ring = <coefficientType = i1, polynomialModulus = <x>>, encoding = #lwe.constant_coefficient_encoding<scaling_factor = 536870912>>, ciphertext_space = <ring = <coefficientType = i32, polynomialModulus = <x>>, encryption_type = msb, size = 742>, key = <>>
module attributes {scheme.cggi} {
  func.func @main(%a: !ct, %b: !ct, %c: !ct) -> !ct {
    %0 = cggi.and %a, %b : !ct
    %1 = cggi.xor %b, %c : !ct
    %2 = cggi.nor %0, %1 : !ct
    %3 = cggi.not %2 : !ct
    return %3 : !ct
  }
}
