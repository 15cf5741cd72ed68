// PASSES: --scheme-to-tfhe-rs
// PASSES: --boolean-vectorize --scheme-to-tfhe-rs
!ct = !lwe.lwe_ciphertext<plaintext_space = <ring = <coefficientType = i3, polynomialModulus = <x>>, encoding = #lwe.constant_coefficient_encoding<scaling_factor = 536870912>>, ciphertext_space = <ring = <coefficientType = i32, polynomialModulus = <x>>, encryption_type = msb, size = 742>, key = <>>
module attributes {scheme.cggi} {
  func.func @main(%a: !ct, %b: !ct, %c: !ct) -> !ct {
    %0 = cggi.lut3 %a, %b, %c <lookup_table = 232 : ui8> : !ct
    %1 = cggi.lut2 %0, %b <lookup_table = 8 : ui8> : !ct
    %2 = cggi.lut3 %1, %a, %c <lookup_table = 6 : ui8> : !ct
    return %2 : !ct
  }
}
