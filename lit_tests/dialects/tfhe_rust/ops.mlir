// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

module attributes {test.types = [!tfhe_rust.eui2, !tfhe_rust.eui3, !tfhe_rust.eui4, !tfhe_rust.eui8, !tfhe_rust.eui10, !tfhe_rust.eui12, !tfhe_rust.eui14, !tfhe_rust.eui16, !tfhe_rust.eui32, !tfhe_rust.eui64, !tfhe_rust.eui128, !tfhe_rust.eui256, !tfhe_rust.ei2, !tfhe_rust.ei4, !tfhe_rust.ei8, !tfhe_rust.ei16, !tfhe_rust.ei32, !tfhe_rust.ei64, !tfhe_rust.ei128, !tfhe_rust.ei256]} {
func.func @ops(%k: !tfhe_rust.server_key, %a: !tfhe_rust.eui8, %b: !tfhe_rust.bool, %t: tensor<2x!tfhe_rust.eui3>, %i: i8) {
  %0 = tfhe_rust.bitand %k, %t, %t : (!tfhe_rust.server_key, tensor<2x!tfhe_rust.eui3>, tensor<2x!tfhe_rust.eui3>) -> tensor<2x!tfhe_rust.eui3>
  %1 = tfhe_rust.bitor %k, %t, %t : (!tfhe_rust.server_key, tensor<2x!tfhe_rust.eui3>, tensor<2x!tfhe_rust.eui3>) -> tensor<2x!tfhe_rust.eui3>
  %2 = tfhe_rust.bitxor %k, %t, %t : (!tfhe_rust.server_key, tensor<2x!tfhe_rust.eui3>, tensor<2x!tfhe_rust.eui3>) -> tensor<2x!tfhe_rust.eui3>
  %3 = tfhe_rust.min %k, %t, %t : (!tfhe_rust.server_key, tensor<2x!tfhe_rust.eui3>, tensor<2x!tfhe_rust.eui3>) -> tensor<2x!tfhe_rust.eui3>
  %4 = tfhe_rust.max %k, %t, %t : (!tfhe_rust.server_key, tensor<2x!tfhe_rust.eui3>, tensor<2x!tfhe_rust.eui3>) -> tensor<2x!tfhe_rust.eui3>
  %5 = tfhe_rust.eq %k, %a, %a : (!tfhe_rust.server_key, !tfhe_rust.eui8, !tfhe_rust.eui8) -> !tfhe_rust.bool
  %6 = tfhe_rust.neq %k, %a, %a : (!tfhe_rust.server_key, !tfhe_rust.eui8, !tfhe_rust.eui8) -> !tfhe_rust.bool
  %7 = tfhe_rust.add %k, %a, %i : (!tfhe_rust.server_key, !tfhe_rust.eui8, i8) -> !tfhe_rust.eui8
  %8 = tfhe_rust.mul %k, %a, %i : (!tfhe_rust.server_key, !tfhe_rust.eui8, i8) -> !tfhe_rust.eui8
  %9 = tfhe_rust.sub %k, %a, %i : (!tfhe_rust.server_key, !tfhe_rust.eui8, i8) -> !tfhe_rust.eui8
  %10 = tfhe_rust.scalar_left_shift %k, %a <shiftAmount = 2> : (!tfhe_rust.server_key, !tfhe_rust.eui8) -> !tfhe_rust.eui8
  %11 = tfhe_rust.scalar_right_shift %k, %a <shiftAmount = 2> : (!tfhe_rust.server_key, !tfhe_rust.eui8) -> !tfhe_rust.eui8
  %12 = tfhe_rust.cmp %k, %a, %a <predicate = slt> : (!tfhe_rust.server_key, !tfhe_rust.eui8, !tfhe_rust.eui8) -> !tfhe_rust.bool
  %13 = tfhe_rust.generate_lookup_table %k <truthTable = 5 : ui8> : (!tfhe_rust.server_key) -> !tfhe_rust.lookup_table
  %14 = tfhe_rust.apply_lookup_table %k, %a, %13 : (!tfhe_rust.server_key, !tfhe_rust.eui8, !tfhe_rust.lookup_table) -> !tfhe_rust.eui8
  %15 = tfhe_rust.cmux %k, %b, %a, %a : (!tfhe_rust.server_key, !tfhe_rust.bool, !tfhe_rust.eui8, !tfhe_rust.eui8) -> !tfhe_rust.eui8
  %16 = tfhe_rust.create_trivial %k, %i : (!tfhe_rust.server_key, i8) -> !tfhe_rust.eui8
  %17 = tfhe_rust.create_trivial %k <valueAttr = 3 : i8> : (!tfhe_rust.server_key) -> !tfhe_rust.eui8
  %18 = tfhe_rust.create_trivial %k <valueAttr = [3 : i8]> : (!tfhe_rust.server_key) -> tensor<1x!tfhe_rust.eui8>
  %19 = tfhe_rust.cast %k, %a : (!tfhe_rust.server_key, !tfhe_rust.eui8) -> !tfhe_rust.ei16
  return
}
}

// CHECK: builtin.module attributes {test.types = [!tfhe_rust.eui2, !tfhe_rust.eui3, !tfhe_rust.eui4, !tfhe_rust.eui8, !tfhe_rust.eui10, !tfhe_rust.eui12, !tfhe_rust.eui14, !tfhe_rust.eui16, !tfhe_rust.eui32, !tfhe_rust.eui64, !tfhe_rust.eui128, !tfhe_rust.eui256, !tfhe_rust.ei2, !tfhe_rust.ei4, !tfhe_rust.ei8, !tfhe_rust.ei16, !tfhe_rust.ei32, !tfhe_rust.ei64, !tfhe_rust.ei128, !tfhe_rust.ei256]} {
// CHECK-NEXT:   func.func @ops(%k: !tfhe_rust.server_key, %a: !tfhe_rust.eui8, %b: !tfhe_rust.bool, %t: tensor<2x!tfhe_rust.eui3>, %i: i8) {
// CHECK-NEXT:     %0 = tfhe_rust.bitand %k, %t, %t : (!tfhe_rust.server_key, tensor<2x!tfhe_rust.eui3>, tensor<2x!tfhe_rust.eui3>) -> tensor<2x!tfhe_rust.eui3>
// CHECK-NEXT:     %1 = tfhe_rust.bitor %k, %t, %t : (!tfhe_rust.server_key, tensor<2x!tfhe_rust.eui3>, tensor<2x!tfhe_rust.eui3>) -> tensor<2x!tfhe_rust.eui3>
// CHECK-NEXT:     %2 = tfhe_rust.bitxor %k, %t, %t : (!tfhe_rust.server_key, tensor<2x!tfhe_rust.eui3>, tensor<2x!tfhe_rust.eui3>) -> tensor<2x!tfhe_rust.eui3>
// CHECK-NEXT:     %3 = tfhe_rust.min %k, %t, %t : (!tfhe_rust.server_key, tensor<2x!tfhe_rust.eui3>, tensor<2x!tfhe_rust.eui3>) -> tensor<2x!tfhe_rust.eui3>
// CHECK-NEXT:     %4 = tfhe_rust.max %k, %t, %t : (!tfhe_rust.server_key, tensor<2x!tfhe_rust.eui3>, tensor<2x!tfhe_rust.eui3>) -> tensor<2x!tfhe_rust.eui3>
// CHECK-NEXT:     %5 = tfhe_rust.eq %k, %a, %a : (!tfhe_rust.server_key, !tfhe_rust.eui8, !tfhe_rust.eui8) -> !tfhe_rust.bool
// CHECK-NEXT:     %6 = tfhe_rust.neq %k, %a, %a : (!tfhe_rust.server_key, !tfhe_rust.eui8, !tfhe_rust.eui8) -> !tfhe_rust.bool
// CHECK-NEXT:     %7 = tfhe_rust.add %k, %a, %i : (!tfhe_rust.server_key, !tfhe_rust.eui8, i8) -> !tfhe_rust.eui8
// CHECK-NEXT:     %8 = tfhe_rust.mul %k, %a, %i : (!tfhe_rust.server_key, !tfhe_rust.eui8, i8) -> !tfhe_rust.eui8
// CHECK-NEXT:     %9 = tfhe_rust.sub %k, %a, %i : (!tfhe_rust.server_key, !tfhe_rust.eui8, i8) -> !tfhe_rust.eui8
// CHECK-NEXT:     %10 = tfhe_rust.scalar_left_shift %k, %a <shiftAmount = 2> : (!tfhe_rust.server_key, !tfhe_rust.eui8) -> !tfhe_rust.eui8
// CHECK-NEXT:     %11 = tfhe_rust.scalar_right_shift %k, %a <shiftAmount = 2> : (!tfhe_rust.server_key, !tfhe_rust.eui8) -> !tfhe_rust.eui8
// CHECK-NEXT:     %12 = tfhe_rust.cmp %k, %a, %a <predicate = slt> : (!tfhe_rust.server_key, !tfhe_rust.eui8, !tfhe_rust.eui8) -> !tfhe_rust.bool
// CHECK-NEXT:     %13 = tfhe_rust.generate_lookup_table %k <truthTable = 5 : ui8> : (!tfhe_rust.server_key) -> !tfhe_rust.lookup_table
// CHECK-NEXT:     %14 = tfhe_rust.apply_lookup_table %k, %a, %13 : (!tfhe_rust.server_key, !tfhe_rust.eui8, !tfhe_rust.lookup_table) -> !tfhe_rust.eui8
// CHECK-NEXT:     %15 = tfhe_rust.cmux %k, %b, %a, %a : (!tfhe_rust.server_key, !tfhe_rust.bool, !tfhe_rust.eui8, !tfhe_rust.eui8) -> !tfhe_rust.eui8
// CHECK-NEXT:     %16 = tfhe_rust.create_trivial %k, %i : (!tfhe_rust.server_key, i8) -> !tfhe_rust.eui8
// CHECK-NEXT:     %17 = tfhe_rust.create_trivial %k <valueAttr = 3 : i8> : (!tfhe_rust.server_key) -> !tfhe_rust.eui8
// CHECK-NEXT:     %18 = tfhe_rust.create_trivial %k <valueAttr = [3 : i8]> : (!tfhe_rust.server_key) -> tensor<1x!tfhe_rust.eui8>
// CHECK-NEXT:     %19 = tfhe_rust.cast %k, %a : (!tfhe_rust.server_key, !tfhe_rust.eui8) -> !tfhe_rust.ei16
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT: }
