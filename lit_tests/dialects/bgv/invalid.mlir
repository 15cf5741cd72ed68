// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct0 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r0, encryption_type = lsb>, key = <>, modulus_chain = #c0>
func.func @f(%x: !ct1, %y: !ct0) {
  %0 = bgv.add %x, %y : (!ct1, !ct0) -> !ct1
  return
}
// CHECK: requires all operands and results to have the same rings

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#ps2 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 2>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct1_s2 = !lwe.lwe_ciphertext<plaintext_space = #ps2, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1, %y: !ct1_s2) {
  %0 = bgv.sub %x, %y : (!ct1, !ct1_s2) -> !ct1
  return
}
// CHECK: requires all operands and results to have the same plaintextSpace

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1) {
  %0 = bgv.add %x, %x : (!ct1, !ct1) -> !ct1_d3
  return
}
// CHECK: the result must be a ciphertext of 2 polynomials, of the operand's ring, key and modulus c

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
  %0 = bgv.mul %x, %x : (!ct1, !ct1) -> !ct1
  return
}
// CHECK: output.dim == x.dim + y.dim - 1 does not hold

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#ps2 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 2>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct1_s2_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps2, ciphertext_space = <ring = #r1, encryption_type = lsb, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1) {
  %0 = bgv.mul %x, %x : (!ct1, !ct1) -> !ct1_s2_d3
  return
}
// CHECK: output plaintext space does not match

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb, size = 3>, key = <>, modulus_chain = #c1>
!ct0 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r0, encryption_type = lsb>, key = <>, modulus_chain = #c0>
func.func @f(%x: !ct1, %y: !ct0) {
  %0 = bgv.mul %x, %y : (!ct1, !ct0) -> !ct1_d3
  return
}
// CHECK: requires all operands and results to have the same rings

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#ps2 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 2>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!pt_s2 = !lwe.lwe_plaintext<plaintext_space = #ps2>
func.func @f(%x: !ct1, %p: !pt_s2) {
  %0 = bgv.add_plain %x, %p : (!ct1, !pt_s2) -> !ct1
  return
}
// CHECK: requires all operands and results to have the same plaintextSpace

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
  %0 = bgv.add_plain %x, %x : (!ct1, !ct1) -> !ct1
  return
}
// CHECK: expected a ciphertext and a plaintext

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb, size = 3>, key = <>, modulus_chain = #c1>
!pt = !lwe.lwe_plaintext<plaintext_space = #ps1>
func.func @f(%x: !ct1, %p: !pt) {
  %0 = bgv.sub_plain %x, %p : (!ct1, !pt) -> !ct1_d3
  return
}
// CHECK: requires all ciphertexts to have the same ciphertextType

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#ps2 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 2>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!pt_s2 = !lwe.lwe_plaintext<plaintext_space = #ps2>
func.func @f(%x: !ct1, %p: !pt_s2) {
  %0 = bgv.mul_plain %x, %p : (!ct1, !pt_s2) -> !ct1
  return
}
// CHECK: output plaintext space does not match

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb, size = 3>, key = <>, modulus_chain = #c1>
!pt = !lwe.lwe_plaintext<plaintext_space = #ps1>
func.func @f(%x: !ct1, %p: !pt) {
  %0 = bgv.mul_plain %x, %p : (!ct1, !pt) -> !ct1_d3
  return
}
// CHECK: output.dim == x.dim does not hold

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1_d3) {
  %0 = bgv.rotate_cols %x <static_shift = 1 : index> : !ct1_d3
  return
}
// CHECK: x.dim == 2 does not hold

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
  %0 = bgv.rotate_cols %x : !ct1
  return
}
// CHECK: expected a static or a dynamic shift, and not both

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1, %i: i32) {
  %0 = bgv.rotate_rows %x, %i : i32 <static_shift = 1 : i32> : !ct1
  return
}
// CHECK: expected a static or a dynamic shift, and not both

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1_d3, %i: i32) {
  %0 = bgv.rotate_rows %x, %i : i32 : !ct1_d3
  return
}
// CHECK: x.dim == 2 does not hold

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1) {
  %0 = "bgv.negate"(%x) : (!ct1) -> !ct1_d3
  return
}
// CHECK: requires the same type for all operands and results

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
  %0 = bgv.relinearize %x <from_basis = [0, 1, 2], to_basis = [0, 1]> : !ct1 -> !ct1
  return
}
// CHECK: input dimension does not match from_basis

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1_d3) {
  %0 = bgv.relinearize %x <from_basis = [0, 1, 2], to_basis = [0]> : !ct1_d3 -> !ct1
  return
}
// CHECK: output dimension does not match to_basis

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#ps2 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 2>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct1_s2_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps2, ciphertext_space = <ring = #r1, encryption_type = lsb, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1_s2_d3) {
  %0 = bgv.relinearize %x <from_basis = [0, 1, 2], to_basis = [0, 1]> : !ct1_s2_d3 -> !ct1
  return
}
// CHECK: output plaintext space does not match

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
  %0 = bgv.modulus_switch %x <to_ring = #r1> : !ct1 -> !ct1
  return
}
// CHECK: output ring basis size should be less than the input ring basis size

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct0 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r0, encryption_type = lsb>, key = <>, modulus_chain = #c0>
func.func @f(%x: !ct1) {
  %0 = bgv.modulus_switch %x <to_ring = #r1> : !ct1 -> !ct0
  return
}
// CHECK: output ciphertext_space ring should match to_ring

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#other = #polynomial.ring<coefficientType = !rns.rns<!q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct_other = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #other, encryption_type = lsb>, key = <>, modulus_chain = #c0>
func.func @f(%x: !ct1) {
  %0 = bgv.modulus_switch %x <to_ring = #other> : !ct1 -> !ct_other
  return
}
// CHECK: output ring basis should be a prefix of the input ring basis

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct0 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r0, encryption_type = lsb>, key = <>, modulus_chain = #c0>
func.func @f(%x: !ct1) {
  %0 = bgv.modulus_switch %x <to_ring = #r0> : !ct1 -> !ct0
  return
}
// CHECK: output plaintext space does not match

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!p = !mod_arith.int<65537 : i64>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct0 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r0, encryption_type = lsb>, key = <>, modulus_chain = #c0>
func.func @f(%x: !ct0) {
  %0 = bgv.level_reduce %x : !ct0 -> !ct0
  return
}
// CHECK: level_to_drop is out of bounds

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
  %0 = bgv.level_reduce %x : !ct1 -> !ct1
  return
}
// CHECK: output modulus chain size does not match

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p = !mod_arith.int<65537 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = !p, polynomialModulus = <1 + x**8192>>
#ps1 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>
#ps2 = #lwe.plaintext_space<ring = #rp, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 2>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct1_s2 = !lwe.lwe_ciphertext<plaintext_space = #ps2, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct0 = !lwe.lwe_ciphertext<plaintext_space = #ps1, ciphertext_space = <ring = #r0, encryption_type = lsb>, key = <>, modulus_chain = #c0>
func.func @f(%x: !ct1_s2) {
  %0 = bgv.level_reduce %x : !ct1_s2 -> !ct0
  return
}
// CHECK: requires all operands and results to have the same plaintextSpace

// -----

func.func @f(%x: i32) {
  %0 = bgv.negate %x : i32
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
func.func @f(%x: tensor<2x!ct1>, %y: tensor<3x!ct1>) {
  %0 = bgv.add %x, %y : (tensor<2x!ct1>, tensor<3x!ct1>) -> tensor<2x!ct1>
  return
}
// CHECK: all non-scalar operands/results must have the same shape and base type

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
  %0 = bgv.relinearize %x {from_basis = array<i32: 0, 1>, to_basis = array<i32: 0, 1>} : !ct1 -> !ct1
  return
}
// CHECK: property 'from_basis' of bgv.relinearize must be written in <…>, not in {…}
