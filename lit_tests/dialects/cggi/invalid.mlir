// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

!ct = !lwe.lwe_ciphertext<plaintext_space = <ring = <coefficientType = i3, polynomialModulus = <x>>, encoding = #lwe.constant_coefficient_encoding<scaling_factor = 536870912>>, ciphertext_space = <ring = <coefficientType = i32, polynomialModulus = <x>>, encryption_type = msb, size = 742>, key = <>>
func.func @f(%x: !ct) {
  %0 = cggi.lut_lincomb %x <coefficients = [9], lookup_table = 8 : ui8> : !ct
  return
}
// CHECK: coefficient pushes error bits into message space: 9 is larger than 7

// -----

!ct = !lwe.lwe_ciphertext<plaintext_space = <ring = <coefficientType = i3, polynomialModulus = <x>>, encoding = #lwe.constant_coefficient_encoding<scaling_factor = 536870912>>, ciphertext_space = <ring = <coefficientType = i32, polynomialModulus = <x>>, encryption_type = msb, size = 742>, key = <>>
func.func @f(%x: !ct) {
  %0 = cggi.programmable_bootstrap %x <lookup_table = 256 : i16> : !ct
  return
}
// CHECK: LUT is larger than available cleartext bit width

// -----

func.func @f() attributes {test.gates = #cggi.cggi_bool_gates<9 : i32>} {
  return
}
// CHECK: expected the number of a gate, 0 to 6, as i32

// -----

func.func @f(%x: i32) {
  %0 = cggi.and %x, %x : i32
  return
}
// CHECK: operand 'lhs' at position 0 does not verify

// -----

func.func @f(%x: i32) {
  %0 = cggi.not %x : i32
  return
}
// CHECK: operand 'input' at position 0 does not verify
