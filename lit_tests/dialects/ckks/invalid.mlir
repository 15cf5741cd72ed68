// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct0 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r0, encryption_type = mix>, key = <>, modulus_chain = #c0>
func.func @f(%x: !ct1, %y: !ct0) {
  %0 = ckks.add %x, %y : (!ct1, !ct0) -> !ct1
  return
}
// CHECK: requires all operands and results to have the same rings

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#ps80 = #lwe.plaintext_space<ring = #rp, encoding = #e80>
!ct1_80 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1, %y: !ct1_80) {
  %0 = ckks.sub %x, %y : (!ct1, !ct1_80) -> !ct1
  return
}
// CHECK: requires all operands and results to have the same plaintextSpace

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#ps80 = #lwe.plaintext_space<ring = #rp, encoding = #e80>
!ct1_80 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1) {
  %0 = ckks.mul %x, %x : (!ct1, !ct1) -> !ct1_80
  return
}
// CHECK: output.dim == x.dim + y.dim - 1 does not hold

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#ps80 = #lwe.plaintext_space<ring = #rp, encoding = #e80>
!ct1_80 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!ct1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1, %y: !ct1_80) {
  %0 = ckks.mul %x, %y : (!ct1, !ct1_80) -> !ct1_d3
  return
}
// CHECK: output plaintext space does not match

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#ps80 = #lwe.plaintext_space<ring = #rp, encoding = #e80>
!pt80 = !lwe.lwe_plaintext<plaintext_space = #ps80>
func.func @f(%x: !ct1, %p: !pt80) {
  %0 = ckks.add_plain %x, %p : (!ct1, !pt80) -> !ct1
  return
}
// CHECK: requires all operands and results to have the same plaintextSpace

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct0 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r0, encryption_type = mix>, key = <>, modulus_chain = #c0>
!pt40 = !lwe.lwe_plaintext<plaintext_space = #ps40>
func.func @f(%x: !ct1, %p: !pt40) {
  %0 = ckks.sub_plain %x, %p : (!ct1, !pt40) -> !ct0
  return
}
// CHECK: requires all ciphertexts to have the same ciphertextType

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!pt40 = !lwe.lwe_plaintext<plaintext_space = #ps40>
func.func @f(%x: !ct1, %p: !pt40) {
  %0 = ckks.mul_plain %x, %p : (!ct1, !pt40) -> !ct1
  return
}
// CHECK: output plaintext space does not match

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#ps80 = #lwe.plaintext_space<ring = #rp, encoding = #e80>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1_d3) {
  %0 = ckks.rotate %x <static_shift = 4 : index> : !ct1_d3
  return
}
// CHECK: x.dim == 2 does not hold

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1) {
  %0 = ckks.rotate %x : !ct1
  return
}
// CHECK: expected a static or a dynamic shift, and not both: got 0 of them

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1, %i: index) {
  %0 = ckks.rotate %x, %i : index <static_shift = 4 : index> : !ct1
  return
}
// CHECK: expected a static or a dynamic shift, and not both: got 2 of them

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1) {
  %0 = ckks.rotate %x {static_shift = 4 : index} : !ct1
  return
}
// CHECK: property 'static_shift' of ckks.rotate must be written in <…>, not in {…}

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#ps80 = #lwe.plaintext_space<ring = #rp, encoding = #e80>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1_80 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!ct1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1_d3) {
  %0 = ckks.relinearize %x <from_basis = [0, 1], to_basis = [0, 1]> : (!ct1_d3) -> !ct1_80
  return
}
// CHECK: input dimension does not match from_basis

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#ps80 = #lwe.plaintext_space<ring = #rp, encoding = #e80>
!ct1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1_d3) {
  %0 = ckks.relinearize %x <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!ct1_d3) -> !ct1
  return
}
// CHECK: output plaintext space does not match

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#ps80 = #lwe.plaintext_space<ring = #rp, encoding = #e80>
!ct1_80 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1_80) {
  %0 = ckks.rescale %x <to_ring = #r1> : !ct1_80 -> !ct1
  return
}
// CHECK: output ring basis size should be less than the input ring basis size

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#ps80 = #lwe.plaintext_space<ring = #rp, encoding = #e80>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1_80 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct0_80 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r0, encryption_type = mix>, key = <>, modulus_chain = #c0>
func.func @f(%x: !ct1_80) {
  %0 = ckks.rescale %x <to_ring = #r0> : !ct1_80 -> !ct0_80
  return
}
// CHECK: output plaintext space does not match

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct0 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r0, encryption_type = mix>, key = <>, modulus_chain = #c0>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#ps80 = #lwe.plaintext_space<ring = #rp, encoding = #e80>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1_80 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1_80) {
  %0 = ckks.rescale %x <to_ring = #r1> : !ct1_80 -> !ct0
  return
}
// CHECK: output ciphertext_space ring should match to_ring

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct0 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r0, encryption_type = mix>, key = <>, modulus_chain = #c0>
func.func @f(%x: !ct1) {
  %0 = ckks.level_reduce %x <levelToDrop = 2> : !ct1 -> !ct0
  return
}
// CHECK: level_to_drop is out of bounds

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
func.func @f(%x: !ct1) {
  %0 = ckks.level_reduce %x : !ct1 -> !ct1
  return
}
// CHECK: output modulus chain size does not match

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
!ct0 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r0, encryption_type = mix>, key = <>, modulus_chain = #c0>
func.func @f(%x: !ct0) {
  %0 = ckks.bootstrap %x <targetLevel = 2> : !ct0 -> !ct1
  return
}
// CHECK: output ciphertext must have 2 levels but has 1

// -----

module attributes {ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [], P = [], logDefaultScale = 40>} {
}
// CHECK: the ciphertext modulus needs at least one prime

// -----

module attributes {ckks.schemeParam = #ckks.scheme_param<logN = 13, P = [], logDefaultScale = 40>} {
}
// CHECK: missing parameter 'Q'

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
#ps80 = #lwe.plaintext_space<ring = #rf, encoding = #e80>
!x1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!x1_80_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix, size = 3>, key = <>, modulus_chain = #c1>
!pt40 = !lwe.lwe_plaintext<plaintext_space = #ps40>
func.func @f(%x: !x1, %p: !pt40) {
  %0 = ckks.mul_plain %x, %p : (!x1, !pt40) -> !x1_80_d3
  return
}
// CHECK: output.dim == x.dim does not hold

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
!x1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!pt40 = !lwe.lwe_plaintext<plaintext_space = #ps40>
func.func @f(%p: !pt40) {
  %0 = ckks.mul_plain %p, %p : (!pt40, !pt40) -> !x1
  return
}
// CHECK: expected a ciphertext and a plaintext

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
#ps80 = #lwe.plaintext_space<ring = #rf, encoding = #e80>
!x1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!x1_80_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix, size = 3>, key = <>, modulus_chain = #c1>
!x0 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r0, encryption_type = mix>, key = <>, modulus_chain = #c0>
func.func @f(%x: !x1, %y: !x0) {
  %0 = ckks.mul %x, %y : (!x1, !x0) -> !x1_80_d3
  return
}
// CHECK: requires all operands and results to have the same rings

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
!x1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!x1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !x1_d3) {
  %0 = ckks.relinearize %x <from_basis = [0, 1, 2], to_basis = [0]> : (!x1_d3) -> !x1
  return
}
// CHECK: output dimension does not match to_basis

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
!x1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!x1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !x1_d3) {
  %0 = "ckks.negate"(%x) : (!x1_d3) -> !x1
  return
}
// CHECK: requires the same type for all operands and results

// -----

#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
#ri = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**8192>>
!xi = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #ri, encryption_type = mix>, key = <>>
func.func @f(%x: !xi) {
  %0 = ckks.rescale %x <to_ring = #ri> : !xi -> !xi
  return
}
// CHECK: input and output rings should have either mod_arith or rns coefficient types

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
!qk = !mod_arith.int<1099515691009 : i64>
#rk = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1, !qk>, polynomialModulus = <1 + x**8192>>
!x1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!x1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix, size = 3>, key = <>, modulus_chain = #c1>
!ksk = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #rk, encryption_type = mix>, key = <>>
module attributes {ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1099511922689, 1099512938497], P = [1099515691009], logDefaultScale = 40>} {
func.func @f(%x: !x1_d3, %k: tensor<2x2x!ksk>) {
  %0 = ckks.relinearize %x, %k <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!x1_d3, tensor<2x2x!ksk>) -> !x1
  return
}
}
// CHECK: KSKs must be a rank-1 tensor of Ciphertexts

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
!qk = !mod_arith.int<1099515691009 : i64>
#rk = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1, !qk>, polynomialModulus = <1 + x**8192>>
!x1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!x1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix, size = 3>, key = <>, modulus_chain = #c1>
!ksk = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #rk, encryption_type = mix>, key = <>>
module attributes {ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1099511922689, 1099512938497], P = [1099515691009], logDefaultScale = 40>} {
func.func @f(%x: !x1_d3, %k: tensor<1x!ksk>) {
  %0 = ckks.relinearize %x, %k <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!x1_d3, tensor<1x!ksk>) -> !x1
  return
}
}
// CHECK: KeySwitchingKey must have shape 2

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
!x1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!x1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix, size = 3>, key = <>, modulus_chain = #c1>
module attributes {ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1099511922689, 1099512938497], P = [1099515691009], logDefaultScale = 40>} {
func.func @f(%x: !x1_d3, %k: tensor<2x!x1>) {
  %0 = ckks.relinearize %x, %k <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!x1_d3, tensor<2x!x1>) -> !x1
  return
}
}
// CHECK: Key's RNS type must be the same as the input's RNS type, plus the key-switch moduli [10995

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
!x1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!x1_d3 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix, size = 3>, key = <>, modulus_chain = #c1>
func.func @f(%x: !x1_d3, %k: tensor<2xi32>) {
  %0 = ckks.relinearize %x, %k <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!x1_d3, tensor<2xi32>) -> !x1
  return
}
// CHECK: operand 'key_switching_key' at position 1 does not verify

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
!x1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!x0 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r0, encryption_type = mix>, key = <>, modulus_chain = #c0>
func.func @f(%x: !x1) {
  %0 = ckks.bootstrap %x <targetLevel = 1> : !x1 -> !x0
  return
}
// CHECK: output ciphertext must have 1 levels but has 0

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
!x1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
func.func @f(%x: tensor<2x!x1>, %y: tensor<2x!x1>) {
  %0 = ckks.add %x, %y : (tensor<2x!x1>, tensor<2x!x1>) -> !x1
  return
}
// CHECK: if an operand is non-scalar, then there must be at least one non-scalar result

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
!x1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
func.func @f(%x: !x1) {
  %0 = ckks.rotate %x <steps = 1 : index> : !x1
  return
}
// CHECK: unexpected property 'steps' of ckks.rotate
