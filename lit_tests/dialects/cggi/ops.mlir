// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

!ct = !lwe.lwe_ciphertext<plaintext_space = <ring = <coefficientType = i3, polynomialModulus = <x>>, encoding = #lwe.constant_coefficient_encoding<scaling_factor = 536870912>>, ciphertext_space = <ring = <coefficientType = i32, polynomialModulus = <x>>, encryption_type = msb, size = 742>, key = <>>
!cts = tensor<2x!ct>
module {
func.func @ops(%a: !ct, %b: !ct, %c: !ct, %s: !cts, %i: i8) {
  %0 = cggi.and %a, %b : !ct
  %1 = cggi.nand %a, %b : !ct
  %2 = cggi.or %a, %b : !ct
  %3 = cggi.nor %a, %b : !ct
  %4 = cggi.xor %a, %b : !ct
  %5 = cggi.xnor %a, %b : !ct
  %6 = cggi.not %s : !cts
  %7 = cggi.packed_gates %s, %s <gates = <0 : i32, 4 : i32>> : (!cts, !cts) -> !cts
  %8 = cggi.add %a, %b : (!ct, !ct) -> !ct
  %9 = cggi.mul %a, %b : (!ct, !ct) -> !ct
  %10 = cggi.sub %a, %b : (!ct, !ct) -> !ct
  %11 = cggi.eq %a, %b : (!ct, !ct) -> !ct
  %12 = cggi.neq %a, %b : (!ct, !ct) -> !ct
  %13 = cggi.min %a, %b : (!ct, !ct) -> !ct
  %14 = cggi.max %a, %b : (!ct, !ct) -> !ct
  %15 = cggi.add %a, %i : (!ct, i8) -> !ct
  %16 = cggi.sshr %a <shiftAmount = 3> : (!ct) -> !ct
  %17 = cggi.sshl %s <shiftAmount = 3> : (!cts) -> !cts
  %18 = cggi.cmp %a, %b <predicate = sle> : (!ct, !ct) -> !ct
  %19 = cggi.cmp %a, %i <predicate = eq> : (!ct, i8) -> !ct
  %20 = cggi.programmable_bootstrap %a <lookup_table = 127 : ui8> {tag = "p"} : !ct
  %21 = cggi.lut2 %a, %b <lookup_table = 8 : ui8> : !ct
  %22 = cggi.lut3 %a, %b, %c <lookup_table = 8 : index> : !ct
  %23 = cggi.lut4 %a, %b, %c, %c <lookup_table = 8 : i64> : !ct
  %24 = cggi.packed_lut3 %s, %s, %s <lookup_tables = [8 : ui8, 9 : index]> : (!cts, !cts, !cts) -> !cts
  %25 = cggi.lut_lincomb %a, %b <coefficients = [1, 2], lookup_table = 8 : ui8> : !ct
  %26 = cggi.multi_lut_lincomb %a, %b <coefficients = [1, 2], lookup_tables = [8]> : (!ct, !ct) -> !ct
  %27 = cggi.selector_lut_lincomb %a, %b <coefficients = [1, 2], lookup_tables = [8, -7]> : (!ct, !ct) -> !ct
  %28 = cggi.cmux %a, %b, %c : (!ct, !ct, !ct) -> !ct
  %29 = cggi.create_trivial <value = 1 : i8> : () -> !ct
  %30 = cggi.create_trivial <value = [true, false]> : () -> !cts
  %31 = cggi.cast %a : !ct to !ct
  return
}
}

// CHECK: builtin.module {
// CHECK-NEXT:   func.func @ops(%a: !ct_i32_D742, %b: !ct_i32_D742, %c: !ct_i32_D742, %s: tensor<2x!ct_i32_D742>, %i: i8) {
// CHECK-NEXT:     %0 = cggi.and %a, %b : !ct_i32_D742
// CHECK-NEXT:     %1 = cggi.nand %a, %b : !ct_i32_D742
// CHECK-NEXT:     %2 = cggi.or %a, %b : !ct_i32_D742
// CHECK-NEXT:     %3 = cggi.nor %a, %b : !ct_i32_D742
// CHECK-NEXT:     %4 = cggi.xor %a, %b : !ct_i32_D742
// CHECK-NEXT:     %5 = cggi.xnor %a, %b : !ct_i32_D742
// CHECK-NEXT:     %6 = cggi.not %s : tensor<2x!ct_i32_D742>
// CHECK-NEXT:     %7 = cggi.packed_gates %s, %s <gates = <0 : i32, 4 : i32>> : (tensor<2x!ct_i32_D742>, tensor<2x!ct_i32_D742>) -> tensor<2x!ct_i32_D742>
// CHECK-NEXT:     %8 = cggi.add %a, %b : (!ct_i32_D742, !ct_i32_D742) -> !ct_i32_D742
// CHECK-NEXT:     %9 = cggi.mul %a, %b : (!ct_i32_D742, !ct_i32_D742) -> !ct_i32_D742
// CHECK-NEXT:     %10 = cggi.sub %a, %b : (!ct_i32_D742, !ct_i32_D742) -> !ct_i32_D742
// CHECK-NEXT:     %11 = cggi.eq %a, %b : (!ct_i32_D742, !ct_i32_D742) -> !ct_i32_D742
// CHECK-NEXT:     %12 = cggi.neq %a, %b : (!ct_i32_D742, !ct_i32_D742) -> !ct_i32_D742
// CHECK-NEXT:     %13 = cggi.min %a, %b : (!ct_i32_D742, !ct_i32_D742) -> !ct_i32_D742
// CHECK-NEXT:     %14 = cggi.max %a, %b : (!ct_i32_D742, !ct_i32_D742) -> !ct_i32_D742
// CHECK-NEXT:     %15 = cggi.add %a, %i : (!ct_i32_D742, i8) -> !ct_i32_D742
// CHECK-NEXT:     %16 = cggi.sshr %a <shiftAmount = 3> : (!ct_i32_D742) -> !ct_i32_D742
// CHECK-NEXT:     %17 = cggi.sshl %s <shiftAmount = 3> : (tensor<2x!ct_i32_D742>) -> tensor<2x!ct_i32_D742>
// CHECK-NEXT:     %18 = cggi.cmp %a, %b <predicate = sle> : (!ct_i32_D742, !ct_i32_D742) -> !ct_i32_D742
// CHECK-NEXT:     %19 = cggi.cmp %a, %i <predicate = eq> : (!ct_i32_D742, i8) -> !ct_i32_D742
// CHECK-NEXT:     %20 = cggi.programmable_bootstrap %a <lookup_table = 127 : ui8> {tag = "p"} : !ct_i32_D742
// CHECK-NEXT:     %21 = cggi.lut2 %a, %b <lookup_table = 8 : ui8> : !ct_i32_D742
// CHECK-NEXT:     %22 = cggi.lut3 %a, %b, %c <lookup_table = 8 : index> : !ct_i32_D742
// CHECK-NEXT:     %23 = cggi.lut4 %a, %b, %c, %c <lookup_table = 8 : i64> : !ct_i32_D742
// CHECK-NEXT:     %24 = cggi.packed_lut3 %s, %s, %s <lookup_tables = [8 : ui8, 9 : index]> : (tensor<2x!ct_i32_D742>, tensor<2x!ct_i32_D742>, tensor<2x!ct_i32_D742>) -> tensor<2x!ct_i32_D742>
// CHECK-NEXT:     %25 = cggi.lut_lincomb %a, %b <coefficients = [1, 2], lookup_table = 8 : ui8> : !ct_i32_D742
// CHECK-NEXT:     %26 = cggi.multi_lut_lincomb %a, %b <coefficients = [1, 2], lookup_tables = [8]> : (!ct_i32_D742, !ct_i32_D742) -> !ct_i32_D742
// CHECK-NEXT:     %27 = cggi.selector_lut_lincomb %a, %b <coefficients = [1, 2], lookup_tables = [8, -7]> : (!ct_i32_D742, !ct_i32_D742) -> !ct_i32_D742
// CHECK-NEXT:     %28 = cggi.cmux %a, %b, %c : (!ct_i32_D742, !ct_i32_D742, !ct_i32_D742) -> !ct_i32_D742
// CHECK-NEXT:     %29 = cggi.create_trivial <value = 1 : i8> : () -> !ct_i32_D742
// CHECK-NEXT:     %30 = cggi.create_trivial <value = [true, false]> : () -> tensor<2x!ct_i32_D742>
// CHECK-NEXT:     %31 = cggi.cast %a : !ct_i32_D742 to !ct_i32_D742
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT: }
