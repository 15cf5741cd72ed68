// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

module {
func.func @ops(%k: !tfhe_rust_bool.server_key, %p: !tfhe_rust_bool.server_key_enum, %a: !tfhe_rust_bool.eb, %t: tensor<2x!tfhe_rust_bool.eb>, %i: i1) {
  %0 = tfhe_rust_bool.create_trivial %k, %i : (!tfhe_rust_bool.server_key, i1) -> !tfhe_rust_bool.eb
  %1 = tfhe_rust_bool.and %k, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
  %2 = tfhe_rust_bool.nand %k, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
  %3 = tfhe_rust_bool.or %k, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
  %4 = tfhe_rust_bool.nor %k, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
  %5 = tfhe_rust_bool.xor %k, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
  %6 = tfhe_rust_bool.xnor %k, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
  %7 = tfhe_rust_bool.gates_packed %p, %t, %t <gates = <0 : i32, 4 : i32>> : (!tfhe_rust_bool.server_key_enum, tensor<2x!tfhe_rust_bool.eb>, tensor<2x!tfhe_rust_bool.eb>) -> tensor<2x!tfhe_rust_bool.eb>
  %8 = tfhe_rust_bool.not %p, %t : (!tfhe_rust_bool.server_key_enum, tensor<2x!tfhe_rust_bool.eb>) -> tensor<2x!tfhe_rust_bool.eb>
  %9 = tfhe_rust_bool.mux %k, %a, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
  return
}
}

// CHECK: builtin.module {
// CHECK-NEXT:   func.func @ops(%k: !tfhe_rust_bool.server_key, %p: !tfhe_rust_bool.server_key_enum, %a: !tfhe_rust_bool.eb, %t: tensor<2x!tfhe_rust_bool.eb>, %i: i1) {
// CHECK-NEXT:     %0 = tfhe_rust_bool.create_trivial %k, %i : (!tfhe_rust_bool.server_key, i1) -> !tfhe_rust_bool.eb
// CHECK-NEXT:     %1 = tfhe_rust_bool.and %k, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
// CHECK-NEXT:     %2 = tfhe_rust_bool.nand %k, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
// CHECK-NEXT:     %3 = tfhe_rust_bool.or %k, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
// CHECK-NEXT:     %4 = tfhe_rust_bool.nor %k, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
// CHECK-NEXT:     %5 = tfhe_rust_bool.xor %k, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
// CHECK-NEXT:     %6 = tfhe_rust_bool.xnor %k, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
// CHECK-NEXT:     %7 = tfhe_rust_bool.gates_packed %p, %t, %t <gates = <0 : i32, 4 : i32>> : (!tfhe_rust_bool.server_key_enum, tensor<2x!tfhe_rust_bool.eb>, tensor<2x!tfhe_rust_bool.eb>) -> tensor<2x!tfhe_rust_bool.eb>
// CHECK-NEXT:     %8 = tfhe_rust_bool.not %p, %t : (!tfhe_rust_bool.server_key_enum, tensor<2x!tfhe_rust_bool.eb>) -> tensor<2x!tfhe_rust_bool.eb>
// CHECK-NEXT:     %9 = tfhe_rust_bool.mux %k, %a, %a, %a : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT: }
