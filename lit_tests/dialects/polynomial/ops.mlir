// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

#ring_i32_1_x1024 = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**1024>>
#ring_i64_1_x1024 = #polynomial.ring<coefficientType = i64, polynomialModulus = #polynomial.int_polynomial<1 + x**1024>>
#ring_f32 = #polynomial.ring<coefficientType = f32>
!Z17_i32 = !mod_arith.int<17 : i32>
!rns_L1 = !rns.rns<!mod_arith.int<17 : i32>, !mod_arith.int<97 : i32>>
#ring_Z17_i32_1_x4 = #polynomial.ring<coefficientType = !Z17_i32, polynomialModulus = <1 + x**4>>
#ring_rns_L1_1_x2 = #polynomial.ring<coefficientType = !rns_L1, polynomialModulus = <1 + x**2>>
!poly = !polynomial.polynomial<ring = #ring_i32_1_x1024>
!poly_long = !polynomial.polynomial<ring = #ring_i64_1_x1024>
!poly_float = !polynomial.polynomial<ring = #ring_f32>
!poly_mod = !polynomial.polynomial<ring = #ring_Z17_i32_1_x4>
!poly_eval = !polynomial.polynomial<ring = #ring_Z17_i32_1_x4, form = eval>
!poly_rns = !polynomial.polynomial<ring = #ring_rns_L1_1_x2>
#root = #polynomial.primitive_root<value = #mod_arith.value<2 : !Z17_i32>, degree = 8 : i32>

func.func @ops(%a: !poly, %l: tensor<3x!poly>, %m: !poly_mod, %q: !poly_rns, %s: i32, %i: index, %f: f32, %t: tensor<1024xi32>) attributes {a = #polynomial.float_polynomial<0.5 + 1.5x**2>, b = #polynomial.chebyshev_polynomial<[1.0, 2.0]>} {
  %0 = polynomial.add %a, %a {tag} : !poly
  %1 = polynomial.sub %l, %l : tensor<3x!poly>
  %2 = polynomial.mul %0, %a : !poly
  %3 = polynomial.mul_scalar %a, %s : !poly, i32
  %degree, %coefficient = polynomial.leading_term %a : !poly -> (index, i32)
  %4 = polynomial.monomial %s, %i : (i32, index) -> !poly
  %5 = polynomial.monic_monomial_mul %a, %i : (!poly, index) -> !poly
  %6 = polynomial.from_tensor %t : tensor<1024xi32> -> !poly
  %7 = polynomial.to_tensor %a : !poly -> tensor<1024xi32>
  %8 = polynomial.mod_switch %a : !poly to !poly_long
  %9 = polynomial.constant int<3 + -2x + x**2> : !poly
  %10 = polynomial.constant float<0.5 + 1.3e+06 x**2> : !poly_float
  %11 = polynomial.ntt %m <root = #root> : !poly_mod
  %12 = polynomial.intt %11 {tag} : !poly_eval
  %13 = polynomial.eval #polynomial<typed_chebyshev_polynomial <[1.0, 2.5]> : !poly_float>, %f {domain_lower = -1.0 : f64, domain_upper = 1.0 : f64} : f32
  %14 = polynomial.eval #polynomial<typed_int_polynomial <1 + x> : !poly>, %s : i32
  %15 = polynomial.eval #polynomial<typed_float_polynomial <1.5 + 0.5x> : !poly_float>, %f : f32
  %16 = polynomial.extract_slice %q <start = 0, size = 1> : !poly_rns -> !polynomial.polynomial<ring = <coefficientType = !rns.rns<!Z17_i32>, polynomialModulus = <1 + x**2>>>
  %17 = polynomial.constant #polynomial<rns_polynomial <dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>> : !poly_rns> : !poly_rns
  %18 = polynomial.apply_coefficientwise(%a : !poly) attributes {tag} {
  ^bb0(%c: i32, %d: index):
    polynomial.yield %c : i32
  } -> !poly
  return
}

// CHECK-DAG:  #ring_i32_1_x1024 = #polynomial.ring<coefficientType = i32, polynomialModulus = <1 + x**1024>>
// CHECK-DAG:  !poly = !polynomial.polynomial<ring = #ring_i32_1_x1024>
// CHECK-DAG:  !Z17_i32 = !mod_arith.int<17 : i32>
// CHECK-DAG:  #ring_Z17_i32_1_x4 = #polynomial.ring<coefficientType = !Z17_i32, polynomialModulus = <1 + x**4>>
// CHECK-DAG:  !poly1 = !polynomial.polynomial<ring = #ring_Z17_i32_1_x4>
// CHECK-DAG:  !Z97_i32 = !mod_arith.int<97 : i32>
// CHECK-DAG:  !rns_L1 = !rns.rns<!Z17_i32, !Z97_i32>
// CHECK-DAG:  #ring_rns_L1_1_x2 = #polynomial.ring<coefficientType = !rns_L1, polynomialModulus = <1 + x**2>>
// CHECK-DAG:  !poly2 = !polynomial.polynomial<ring = #ring_rns_L1_1_x2>
// CHECK-DAG:  #ring_i64_1_x1024 = #polynomial.ring<coefficientType = i64, polynomialModulus = <1 + x**1024>>
// CHECK-DAG:  !poly3 = !polynomial.polynomial<ring = #ring_i64_1_x1024>
// CHECK-DAG:  #ring_f32 = #polynomial.ring<coefficientType = f32>
// CHECK-DAG:  !poly4 = !polynomial.polynomial<ring = #ring_f32>
// CHECK-DAG:  !poly5 = !polynomial.polynomial<ring = #ring_Z17_i32_1_x4, form = eval>
// CHECK-DAG:  !rns_L0 = !rns.rns<!Z17_i32>
// CHECK-DAG:  #ring_rns_L0_1_x2 = #polynomial.ring<coefficientType = !rns_L0, polynomialModulus = <1 + x**2>>
// CHECK-DAG:  !poly6 = !polynomial.polynomial<ring = #ring_rns_L0_1_x2>
// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @ops(%a: !poly, %l: tensor<3x!poly>, %m: !poly1, %q: !poly2, %s: i32, %i: index, %f: f32, %t: tensor<1024xi32>) attributes {a = #polynomial.float_polynomial<0.5 + 1.5x**2>, b = #polynomial.chebyshev_polynomial<[1.000000e+00 : f64, 2.000000e+00 : f64]>} {
// CHECK-NEXT:     %0 = polynomial.add %a, %a {tag} : !poly
// CHECK-NEXT:     %1 = polynomial.sub %l, %l : tensor<3x!poly>
// CHECK-NEXT:     %2 = polynomial.mul %0, %a : !poly
// CHECK-NEXT:     %3 = polynomial.mul_scalar %a, %s : !poly, i32
// CHECK-NEXT:     %degree, %coefficient = polynomial.leading_term %a : !poly -> (index, i32)
// CHECK-NEXT:     %4 = polynomial.monomial %s, %i : (i32, index) -> !poly
// CHECK-NEXT:     %5 = polynomial.monic_monomial_mul %a, %i : (!poly, index) -> !poly
// CHECK-NEXT:     %6 = polynomial.from_tensor %t : tensor<1024xi32> -> !poly
// CHECK-NEXT:     %7 = polynomial.to_tensor %a : !poly -> tensor<1024xi32>
// CHECK-NEXT:     %8 = polynomial.mod_switch %a : !poly to !poly3
// CHECK-NEXT:     %9 = polynomial.constant int<3 + -2x + x**2> : !poly
// CHECK-NEXT:     %10 = polynomial.constant float<0.5 + 1300000.0x**2> : !poly4
// CHECK-NEXT:     %11 = polynomial.ntt %m <root = <value = #mod_arith.value<2 : !Z17_i32>, degree = 8 : i32>> : !poly1
// CHECK-NEXT:     %12 = polynomial.intt %11 {tag} : !poly5
// CHECK-NEXT:     %13 = polynomial.eval #polynomial.typed_chebyshev_polynomial<[1.000000e+00 : f64, 2.500000e+00 : f64]> : !poly4, %f {domain_lower = -1.000000e+00 : f64, domain_upper = 1.000000e+00 : f64} : f32
// CHECK-NEXT:     %14 = polynomial.eval #polynomial<typed_int_polynomial <1 + x> : !poly>, %s : i32
// CHECK-NEXT:     %15 = polynomial.eval #polynomial<typed_float_polynomial <1.5 + 0.5x> : !poly4>, %f : f32
// CHECK-NEXT:     %16 = polynomial.extract_slice %q <start = 0, size = 1> : !poly2 -> !poly6
// CHECK-NEXT:     %17 = polynomial.constant #polynomial<rns_polynomial <dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>> : !poly2> : !poly2
// CHECK-NEXT:     %18 = polynomial.apply_coefficientwise(%a : !poly) attributes {tag} {
// CHECK-NEXT:     ^bb0(%c: i32, %d: index):
// CHECK-NEXT:       polynomial.yield %c : i32
// CHECK-NEXT:     } -> !poly
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
