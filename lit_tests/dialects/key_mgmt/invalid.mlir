// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%i: i32) {
  key_mgmt.prefetch_key %i : i32
  return
}
// CHECK: operand is used with type i64, but has been previously used or defined with type i32

// -----

func.func @f(%i: i32) {
  "key_mgmt.prefetch_key"(%i) : (i32) -> ()
  return
}
// CHECK: operand 'index' at position 0 does not verify

// -----

func.func @f(%i: i32) {
  %k = key_mgmt.load_key %i : i32 -> <rotation_index = 4>
  return
}
// CHECK: operand 'index' at position 0 does not verify

// -----

func.func @f(%i: i64) {
  %k = "key_mgmt.load_key"(%i) : (i64) -> i64
  return
}
// CHECK: result 'rot_key' at position 0 does not verify

// -----

func.func @f(%i: i64) {
  "key_mgmt.clear_key"(%i) : (i64) -> ()
  return
}
// CHECK: operand 'rot_key' at position 0 does not verify

// -----

func.func @f(%k: !key_mgmt.rot_key<rotation_index = 1.5>) {
  key_mgmt.clear_key %k : <rotation_index = 4>
  return
}
// CHECK: Expected integer literal

// -----

func.func @f(%k: !key_mgmt.rot_key<index = 4>) {
  key_mgmt.clear_key %k : <rotation_index = 4>
  return
}
// CHECK: unexpected parameter 'index', expected one of: rotation_index

// -----

func.func @f(%k: !key_mgmt.rot_key<rotation_index = 4>) {
  key_mgmt.clear_key %k : <rotation_index = 5>
  return
}
// CHECK: operand is used with type !key_mgmt.rot_key<rotation_index = 5>, but has been previously u

// -----

func.func @f(%k: !key_mgmt.rot_key<rotation_index = 4>) {
  %0 = "key_mgmt.use_key"(%k) : (!key_mgmt.rot_key<rotation_index = 4>) -> i64
  return
}
// CHECK: result 'rot_key' at position 0 does not verify

// -----

func.func @f(%i: i32) {
  %0 = "key_mgmt.assume_loaded"(%i) : (i32) -> !key_mgmt.rot_key<>
  return
}
// CHECK: operand 'index' at position 0 does not verify
