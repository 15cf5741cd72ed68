// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%x: !tfhe_rust.eui8) {
  %0 = tfhe_rust.add %x, %x : (!tfhe_rust.eui8, !tfhe_rust.eui8) -> !tfhe_rust.eui8
  return
}
// CHECK: Expected 3 operands, but got 2

// -----

func.func @f(%k: !tfhe_rust.server_key, %x: !tfhe_rust.eui8) {
  %0 = tfhe_rust.add %k, %x : (!tfhe_rust.server_key, !tfhe_rust.eui8) -> !tfhe_rust.eui8
  return
}
// CHECK: Expected 3 operands, but got 2

// -----

func.func @f(%k: i32, %x: !tfhe_rust.eui8) {
  %0 = tfhe_rust.bitand %k, %x, %x : (i32, !tfhe_rust.eui8, !tfhe_rust.eui8) -> !tfhe_rust.eui8
  return
}
// CHECK: operand 'server_key' at position 0 does not verify

// -----

func.func @f(%k: !tfhe_rust.server_key, %x: !tfhe_rust.eui8) {
  %0 = tfhe_rust.create_trivial %k, %x : (!tfhe_rust.server_key, !tfhe_rust.eui8) -> !tfhe_rust.eui8
  return
}
// CHECK: operand 'value' at position 1 does not verify

// -----

func.func @f(%k: !tfhe_rust.server_key, %x: !tfhe_rust.eui8) {
  %0 = tfhe_rust.scalar_left_shift %k, %x : (!tfhe_rust.server_key, !tfhe_rust.eui8) -> !tfhe_rust.eui8
  return
}
// CHECK: property 'shiftAmount' expected in operation 'tfhe_rust.scalar_left_shift'

// -----

func.func @f(%k: !tfhe_rust.server_key, %x: !tfhe_rust.eui8) {
  %0 = tfhe_rust.apply_lookup_table %k, %x, %x : (!tfhe_rust.server_key, !tfhe_rust.eui8, !tfhe_rust.eui8) -> !tfhe_rust.eui8
  return
}
// CHECK: operand 'lookup_table' at position 2 does not verify

// -----

func.func @f(%k: !tfhe_rust.server_key) {
  %0 = tfhe_rust.generate_lookup_table %k : (!tfhe_rust.server_key) -> !tfhe_rust.lookup_table
  return
}
// CHECK: property 'truthTable' expected in operation 'tfhe_rust.generate_lookup_table'

// -----

func.func @f(%k: !tfhe_rust.server_key, %x: !tfhe_rust.eui8) {
  %0 = tfhe_rust.cmp %k, %x, %x : (!tfhe_rust.server_key, !tfhe_rust.eui8, !tfhe_rust.eui8) -> !tfhe_rust.eui8
  return
}
// CHECK: result 'output' at position 0 does not verify

// -----

func.func @f(%x: !tfhe_rust.eui7) {
  return
}
// CHECK: 'tfhe_rust.eui7' is not registered
