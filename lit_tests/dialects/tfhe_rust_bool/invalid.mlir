// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%k: !tfhe_rust_bool.server_key, %x: !tfhe_rust_bool.eb) {
  %0 = tfhe_rust_bool.and %k, %x : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
  return
}
// CHECK: Expected 3 operands, but got 2

// -----

func.func @f(%x: !tfhe_rust_bool.eb) {
  %0 = tfhe_rust_bool.xor %x, %x, %x : (!tfhe_rust_bool.eb, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
  return
}
// CHECK: operand 'server_key' at position 0 does not verify

// -----

func.func @f(%k: !tfhe_rust_bool.server_key, %x: tensor<2x!tfhe_rust_bool.eb>, %y: tensor<3x!tfhe_rust_bool.eb>) {
  %0 = tfhe_rust_bool.or %k, %x, %y : (!tfhe_rust_bool.server_key, tensor<2x!tfhe_rust_bool.eb>, tensor<3x!tfhe_rust_bool.eb>) -> tensor<2x!tfhe_rust_bool.eb>
  return
}
// CHECK: all non-scalar operands/results must have the same shape and base type

// -----

func.func @f(%k: !tfhe_rust_bool.server_key, %x: !tfhe_rust_bool.eb) {
  %0 = tfhe_rust_bool.nand %k, %x, %x : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb) -> tensor<2x!tfhe_rust_bool.eb>
  return
}
// CHECK: if a result is non-scalar, then at least one operand must be non-scalar

// -----

func.func @f(%k: !tfhe_rust_bool.server_key, %x: i1) {
  %0 = tfhe_rust_bool.not %k, %x : (!tfhe_rust_bool.server_key, i1) -> i1
  return
}
// CHECK: operand 'input' at position 1 does not verify

// -----

func.func @f(%k: !tfhe_rust_bool.server_key, %x: !tfhe_rust_bool.eb) {
  %0 = tfhe_rust_bool.create_trivial %k, %x : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb) -> !tfhe_rust_bool.eb
  return
}
// CHECK: operand 'value' at position 1 does not verify

// -----

func.func @f(%k: !tfhe_rust_bool.server_key, %x: tensor<2x!tfhe_rust_bool.eb>) {
  %0 = tfhe_rust_bool.gates_packed %k, %x, %x : (!tfhe_rust_bool.server_key, tensor<2x!tfhe_rust_bool.eb>, tensor<2x!tfhe_rust_bool.eb>) -> tensor<2x!tfhe_rust_bool.eb>
  return
}
// CHECK: property 'gates' expected in operation 'tfhe_rust_bool.gates_packed'

// -----

func.func @f(%k: !tfhe_rust_bool.server_key, %x: !tfhe_rust_bool.eb, %y: tensor<2x!tfhe_rust_bool.eb>) {
  %0 = tfhe_rust_bool.mux %k, %x, %x, %y : (!tfhe_rust_bool.server_key, !tfhe_rust_bool.eb, !tfhe_rust_bool.eb, tensor<2x!tfhe_rust_bool.eb>) -> !tfhe_rust_bool.eb
  return
}
// CHECK: operand 'rhs' at position 3 does not verify
