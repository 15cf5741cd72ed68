// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
func.func @f(%x: !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c0>) {
  return
}
// CHECK: the ring has 2 primes, but the modulus chain's level is 0

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
func.func @f(%x: !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix, size = 3>, key = <slot_index = 2>>) {
  return
}
// CHECK: a ciphertext with nontrivial slot rotation must have size 2, but found size 3

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
func.func @f(%x: !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>>) {
  return
}
// CHECK: missing parameter 'key'

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
func.func @f(%x: !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = odd>, key = <>>) {
  return
}
// CHECK: Expected

// -----

func.func @f(%x: !lwe.lwe_plaintext<plaintext_space = <ring = <coefficientType = !mod_arith.int<17 : i64>, polynomialModulus = <1 + x**5>>, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>>) {
  return
}
// CHECK: modulus must be 1 mod n for full CRT packing, mod = 17 n = 5

// -----

func.func @f(%x: !lwe.lwe_plaintext<plaintext_space = <ring = <coefficientType = i32>, encoding = #lwe.full_crt_packing_encoding<scaling_factor = 1>>>) {
  return
}
// CHECK: polynomial modulus must be of the form x^n + 1

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
func.func @f(%x: !ct1, %y: !ct0) {
  %0 = lwe.radd %x, %y : (!ct1, !ct0) -> !ct1
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
  %0 = lwe.rsub %x, %y : (!ct1, !ct1_80) -> !ct1
  return
}
// CHECK: requires all operands and results to have the same plaintextSpace

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
func.func @f(%x: !ct1_80) {
  %0 = lwe.radd %x, %x : (!ct1_80, !ct1_80) -> !ct1_d3
  return
}
// CHECK: the result must be a ciphertext of 2 polynomials, of the operand's ring, key and modulus chain

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
  %0 = lwe.rmul %x, %x : (!ct1, !ct1) -> !ct1_80
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
func.func @f(%x: !ct1) {
  %0 = lwe.radd_plain %x, %x : (!ct1, !ct1) -> !ct1
  return
}
// CHECK: expected a ciphertext and a plaintext

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
  %0 = lwe.rmul_plain %x, %p : (!ct1, !pt40) -> !ct1
  return
}
// CHECK: output plaintext space does not match

// -----

func.func @f(%x: i32) {
  %0 = lwe.rnegate %x : i32
  return
}
// CHECK: must be lwe.lwe_ciphertext, or a tensor of it, but got i32

// -----

#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#ps80 = #lwe.plaintext_space<ring = #rp, encoding = #e80>
!pt80 = !lwe.lwe_plaintext<plaintext_space = #ps80>
func.func @f(%v: tensor<8xf64>) {
  %0 = lwe.rlwe_encode %v <encoding = #e40, ring = #rp> : tensor<8xf64> -> !pt80
  return
}
// CHECK: the encoding of the plaintext does not match the given encoding

// -----

#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
!pt40 = !lwe.lwe_plaintext<plaintext_space = #ps40>
func.func @f(%v: tensor<8xf64>) {
  %0 = lwe.rlwe_encode %v <encoding = #e40, ring = #rp, level = -1> : tensor<8xf64> -> !pt40
  return
}
// CHECK: the level must not be negative, got -1

// -----

#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
func.func @f(%v: tensor<8xf64>) {
  %0 = lwe.rlwe_encode %v <encoding = #lwe.coefficient_encoding<scaling_factor = 1>, ring = #rp> : tensor<8xf64> -> !lwe.lwe_plaintext<plaintext_space = <ring = #rp, encoding = #lwe.coefficient_encoding<scaling_factor = 1>>>
  return
}
// CHECK: lwe.coefficient_encoding encodes integers, got tensor<8xf64>

// -----

#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
!pt40 = !lwe.lwe_plaintext<plaintext_space = #ps40>
func.func @f(%i: i4) {
  %0 = lwe.encode %i <plaintext_bits = 4> : i4 to !pt40
  return
}
// CHECK: LWE plaintext ring modulus must be x

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
func.func @f(%p: !pt80) {
  %0 = lwe.trivial_encrypt %p : !pt80 -> !ct1
  return
}
// CHECK: plaintext space of the input and output must match

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
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
!pk0 = !lwe.lwe_public_key<key = <>, ring = #r0>
func.func @f(%p: !pt40, %k: !pk0) {
  %0 = lwe.rlwe_encrypt %p, %k : (!pt40, !pk0) -> !ct1
  return
}
// CHECK: RLWEEncryptOp rings do not match

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
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
!sk0 = !lwe.lwe_secret_key<key = <>, ring = #r0>
func.func @f(%x: !ct1, %k: !sk0) {
  %0 = lwe.rlwe_decrypt %x, %k : (!ct1, !sk0) -> !pt40
  return
}
// CHECK: the rings of the ciphertext and of the key do not match

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
  %0 = lwe.extract_coeff %x <index = 2> : !ct1
  return
}
// CHECK: index 2 must be smaller than the number of ciphertext components 2

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
!elt0 = !lwe.lwe_ring_elt<ring = #r0>
func.func @f(%e: !elt0, %x: !ct1) {
  %0 = lwe.mul_ring_elt %e, %x : (!elt0, !ct1) -> !ct1
  return
}
// CHECK: Input rings do not match

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
func.func @f() {
  %0 = "lwe.from_coeffs"() : () -> !ct1
  return
}
// CHECK: Ciphertexts must have at least one component; got 0

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
!elt = !lwe.lwe_ring_elt<ring = #r1>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
!elt0 = !lwe.lwe_ring_elt<ring = #r0>
func.func @f(%e: !elt) {
  %0 = lwe.extract_slice %e <start = 1, size = 1> : !elt -> !elt0
  return
}
// CHECK: the result's basis must be the slice of the input's

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
!elt = !lwe.lwe_ring_elt<ring = #r1>
func.func @f(%e: !elt) {
  %0 = lwe.convert_basis %e <targetBasis = !rns.rns<!q0>> : !elt -> !elt
  return
}
// CHECK: the result must be in the target basis

// -----

!q1 = !mod_arith.int<1099512938497 : i64>
!q0 = !mod_arith.int<1099511922689 : i64>
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
  %0 = lwe.mod_down %x <targetBasis = !rns.rns<!q1>> : !ct1 -> !ct0
  return
}
// CHECK: Target basis is not a prefix of the input basis

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#rp = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#ps40 = #lwe.plaintext_space<ring = #rp, encoding = #e40>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!elt = !lwe.lwe_ring_elt<ring = #r1>
func.func @f(%e: !elt, %k: tensor<2x2x!ct1>) {
  %0, %1 = lwe.key_switch_inner %e, %k : (!elt, tensor<2x2x!ct1>) -> (!elt, !elt)
  return
}
// CHECK: KeySwitchingKey must be a rank-1 tensor

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
!elt1 = !lwe.lwe_ring_elt<ring = #r1>
func.func @f(%e: !elt1, %x: !x1) {
  %0 = lwe.mul_ring_elt %e, %x : (!elt1, !x1) -> !x1_d3
  return
}
// CHECK: the result must have the ciphertext's type

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
  %0 = lwe.extract_coeff %x <index = -1> : !x1
  return
}
// CHECK: index -1 must be smaller than the number of ciphertext components 2

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
!elt1 = !lwe.lwe_ring_elt<ring = #r1>
func.func @f(%e: !elt1) {
  %0 = lwe.extract_slice %e <start = 1, size = 2> : !elt1 -> !elt1
  return
}
// CHECK: 2 residues from 1 on are not within 2 residues

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
!elt1 = !lwe.lwe_ring_elt<ring = #r1>
!elt0 = !lwe.lwe_ring_elt<ring = #r0>
func.func @f(%e: !elt1) {
  %0 = lwe.extract_slice %e <start = -1, size = 1> : !elt1 -> !elt0
  return
}
// CHECK: 1 residues from -1 on are not within 2 residues

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#c1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
#ri = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**8192>>
!x1 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!elti = !lwe.lwe_ring_elt<ring = #ri>
func.func @f(%e: !elti, %k: tensor<2x!x1>) {
  %0, %1 = lwe.key_switch_inner %e, %k : (!elti, tensor<2x!x1>) -> (!elti, !elti)
  return
}
// CHECK: expected residue number system values

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
#ri = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**8192>>
!xi = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #ri, encryption_type = mix>, key = <>>
!elt1 = !lwe.lwe_ring_elt<ring = #r1>
func.func @f(%e: !elt1, %k: tensor<2x!xi>) {
  %0, %1 = lwe.key_switch_inner %e, %k : (!elt1, tensor<2x!xi>) -> (!elt1, !elt1)
  return
}
// CHECK: expected residue number system values

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
!elt1 = !lwe.lwe_ring_elt<ring = #r1>
func.func @f(%e: !elt1, %k: tensor<2xi32>) {
  %0, %1 = lwe.key_switch_inner %e, %k : (!elt1, tensor<2xi32>) -> (!elt1, !elt1)
  return
}
// CHECK: operand 'key_switching_key' at position 1 does not verify

// -----

!q0 = !mod_arith.int<1099511922689 : i64>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#c0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#rf = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #rf, encoding = #e40>
#ri = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**8192>>
!x0 = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #r0, encryption_type = mix>, key = <>, modulus_chain = #c0>
!xi = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #ri, encryption_type = mix>, key = <>>
func.func @f(%x: !xi) {
  %0 = lwe.mod_down %x <targetBasis = !rns.rns<!q0>> : !xi -> !x0
  return
}
// CHECK: expected residue number system values

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
  %0 = lwe.mod_down %x <targetBasis = i32> : !x1 -> !x0
  return
}
// CHECK: Expected targetBasis to be RNSType

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
  %0 = "lwe.rnegate"(%x) : (!x1_d3) -> !x1
  return
}
// CHECK: requires the same type for all operands and results

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
!pt40 = !lwe.lwe_plaintext<plaintext_space = #ps40>
func.func @f(%x: !x1, %p: !pt40) {
  %0 = lwe.radd_plain %x, %p : (!x1, !pt40) -> !x0
  return
}
// CHECK: the result must have the ciphertext's type !lwe.lwe_ciphertext<plaintext_space = <ring = <

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
!x1_80 = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = <ring = #r1, encryption_type = mix>, key = <>, modulus_chain = #c1>
!pt40 = !lwe.lwe_plaintext<plaintext_space = #ps40>
func.func @f(%x: !x1, %p: !pt40) {
  %0 = lwe.rsub_plain %x, %p : (!x1, !pt40) -> !x1_80
  return
}
// CHECK: requires all operands and results to have the same plaintextSpace

// -----

func.func @f(%i: i4) {
  %0 = lwe.encode %i <plaintext_bits = 4> : i4 to !lwe.lwe_plaintext<plaintext_space = <ring = <coefficientType = i3, polynomialModulus = <x>>, encoding = #lwe.constant_coefficient_encoding<scaling_factor = 1>>>
  return
}
// CHECK: LWE plaintext ring coefficient type width must match message bits parameter, expected i4 b

// -----

func.func @f(%i: i4) {
  %0 = lwe.encode %i <plaintext_bits = 4> : i4 to !lwe.lwe_plaintext<plaintext_space = <ring = <coefficientType = f64, polynomialModulus = <x>>, encoding = #lwe.constant_coefficient_encoding<scaling_factor = 1>>>
  return
}
// CHECK: LWE plaintext ring coefficient type width must match message bits parameter, expected i4 b

// -----

func.func @f(%i: i4) {
  %0 = lwe.encode %i <plaintext_bits = 4> : i4 to !lwe.lwe_plaintext<plaintext_space = <ring = <coefficientType = i4, polynomialModulus = <2 * x>>, encoding = #lwe.constant_coefficient_encoding<scaling_factor = 1>>>
  return
}
// CHECK: '>' expected

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
  %0 = lwe.rlwe_decode %x <encoding = #e40, ring = #rf> : !x1 -> tensor<8xf64>
  return
}
// CHECK: operand 'input' at position 0 does not verify
