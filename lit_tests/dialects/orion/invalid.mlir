// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%x: tensor<8xf64>, %d: tensor<2x8xf64>) {
  %0 = orion.linear_transform %x, %d <diagonal_indices = [0, 1], orion_level = 5 : i32, bsgs_ratio = 2.0 : f64, slots = 8 : i32> : (tensor<8xf64>, tensor<2x8xf64>) -> tensor<8xf64>
  return
}
// CHECK: operand 'input' at position 0 does not verify

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1, %d: tensor<2x8xi64>) {
  %0 = orion.linear_transform %x, %d <diagonal_indices = [0, 1], orion_level = 5 : i32, bsgs_ratio = 2.0 : f64, slots = 8 : i32> : (!ct1, tensor<2x8xi64>) -> !ct1
  return
}
// CHECK: operand 'diagonals' at position 1 does not verify

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1, %d: tensor<2x8xf64>) {
  %0 = orion.linear_transform %x, %d <orion_level = 5 : i32, bsgs_ratio = 2.0 : f64, slots = 8 : i32> : (!ct1, tensor<2x8xf64>) -> !ct1
  return
}
// CHECK: property 'diagonal_indices' expected in operation 'orion.linear_transform'

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1, %d: tensor<2x8xf64>) {
  %0 = orion.linear_transform %x, %d <diagonal_indices = [0, 1], orion_level = 5 : i32, bsgs_ratio = 2 : i32, slots = 8 : i32> : (!ct1, tensor<2x8xf64>) -> !ct1
  return
}
// CHECK: 2 : i32 should be of base attribute float

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1) {
  %0 = orion.chebyshev %x <coefficients = 1.0, domain_start = -1.0 : f64, domain_end = 1.0 : f64> : (!ct1) -> !ct1
  return
}
// CHECK: expected ArrayAttr attribute, but got

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1) {
  %0 = orion.chebyshev %x <coefficients = [1.0, 2.0], domain_start = -1.0 : f64> : (!ct1) -> !ct1
  return
}
// CHECK: property 'domain_end' expected in operation 'orion.chebyshev'

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1) {
  %0 = orion.chebyshev %x <coefficients = [1.0, 2.0], domain_start = -1.0 : f64, domain_end = 1.0 : f64> : (!ct1) -> f64
  return
}
// CHECK: result 'result' at position 0 does not verify
