// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%x: !polynomial.polynomial<ring = <coefficientType = i32, polynomialModulus = <x + x>>>) {
  return
}
// CHECK: exponent 1 occurs twice

// -----

func.func @f(%x: !polynomial.polynomial<ring = <polynomialModulus = <x>>>) {
  return
}
// CHECK: coefficientType

// -----

func.func @f(%x: !polynomial.polynomial<ring = i32>) {
  return
}
// CHECK: expected an attribute of kind polynomial.ring, got i32

// -----

func.func @f(%x: i32) {
  %0 = polynomial.add %x, %x : i32
  return
}
// CHECK: expected a polynomial, got i32

// -----

#ring = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**4>>
!poly = !polynomial.polynomial<ring = #ring>
func.func @f(%x: !poly, %s: i64) {
  %0 = polynomial.mul_scalar %x, %s : !poly, i64
  return
}
// CHECK: polynomials over i32 don't match coefficients of type i64

// -----

#ring = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**4>>
!eval = !polynomial.polynomial<ring = #ring, form = eval>
func.func @f(%x: !eval) {
  %0, %1 = polynomial.leading_term %x : !eval -> (index, i32)
  return
}
// CHECK: polynomials must be in coeff form

// -----

#ring = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**4>>
!poly = !polynomial.polynomial<ring = #ring>
func.func @f(%t: tensor<5xi32>) {
  %0 = polynomial.from_tensor %t : tensor<5xi32> -> !poly
  return
}
// CHECK: the tensor must have one axis of at most 4, got tensor<5xi32>

// -----

#ring = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**4>>
!poly = !polynomial.polynomial<ring = #ring>
func.func @f(%x: !poly) {
  %0 = polynomial.to_tensor %x : !poly -> tensor<3xi32>
  return
}
// CHECK: the tensor must have one axis of 4, got tensor<3xi32>

// -----

#ring = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**4>>
!poly = !polynomial.polynomial<ring = #ring>
#other = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**8>>
!other = !polynomial.polynomial<ring = #other>
func.func @f(%x: !poly) {
  %0 = polynomial.mod_switch %x : !poly to !other
  return
}
// CHECK: input and output must have the same polynomial modulus

// -----

#ring = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**4>>
!poly = !polynomial.polynomial<ring = #ring>
#other = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**8>>
!other = !polynomial.polynomial<ring = #other>
func.func @f() {
  %0 = "polynomial.constant"() <{value = #polynomial<typed_int_polynomial <1> : !poly>}> : () -> !other
  return
}
// CHECK: the result must be of the constant's type

// -----

!Z17 = !mod_arith.int<17 : i32>
!q = !polynomial.polynomial<ring = <coefficientType = !rns.rns<!Z17>, polynomialModulus = <x>>>
func.func @f() {
  %0 = polynomial.constant #polynomial<rns_polynomial <dense<1> : tensor<1x1xi32>> : !q> : !q
  return
}
// CHECK: the polynomial modulus must be 1 + x**n

// -----

!Z17 = !mod_arith.int<17 : i32>
!mod = !polynomial.polynomial<ring = <coefficientType = !Z17, polynomialModulus = <1 + x**4>>>
func.func @f(%x: !mod) {
  %0 = polynomial.ntt %x <root = <value = #mod_arith.value<4 : !Z17>, degree = 8 : i32>> : !mod
  return
}
// CHECK: 4 is not a primitive root of unity of degree 8 mod 17

// -----

!Z17 = !mod_arith.int<17 : i32>
!mod = !polynomial.polynomial<ring = <coefficientType = !Z17, polynomialModulus = <1 + x**4>>>
func.func @f(%x: !mod) {
  %0 = polynomial.intt %x : !mod
  return
}
// CHECK: polynomials must be in eval form

// -----

#ring = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**4>>
!poly = !polynomial.polynomial<ring = #ring>
func.func @f(%x: i32) {
  %0 = polynomial.eval #polynomial<typed_int_polynomial <0> : !poly>, %x : i32
  return
}
// CHECK: the polynomial must have at least one term

// -----

#ring = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**4>>
!poly = !polynomial.polynomial<ring = #ring>
func.func @f(%x: !poly) {
  %0 = polynomial.apply_coefficientwise(%x : !poly) {
  ^bb0(%c: i64, %d: index):
    polynomial.yield %c : i64
  } -> !poly
  return
}
// CHECK: the region's arguments must be of types

// -----

#ring = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**4>>
!poly = !polynomial.polynomial<ring = #ring>
func.func @f(%x: !poly) {
  %0 = polynomial.extract_slice %x <start = 0, size = 1> : !poly -> !poly
  return
}
// CHECK: expected residue number system values, got i32
