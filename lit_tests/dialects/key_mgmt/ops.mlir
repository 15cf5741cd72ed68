// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

module {
func.func @ops(%i: i64, %j: index) {
  %0 = key_mgmt.load_key %j : index -> <>
  %1 = key_mgmt.load_key %i : i64 -> !key_mgmt.rot_key<rotation_index = -4>
  %2 = key_mgmt.use_key %1 : <rotation_index = -4> -> !key_mgmt.rot_key<>
  %3 = key_mgmt.assume_loaded %i : i64 -> <rotation_index = 3>
  key_mgmt.prefetch_key %i {tag = 1 : i32}
  key_mgmt.clear_key %3 : <rotation_index = 3>
  return
}
}

// CHECK: builtin.module {
// CHECK-NEXT:   func.func @ops(%i: i64, %j: index) {
// CHECK-NEXT:     %0 = key_mgmt.load_key %j : index -> !rk
// CHECK-NEXT:     %1 = key_mgmt.load_key %i : i64 -> !rk1
// CHECK-NEXT:     %2 = key_mgmt.use_key %1 : !rk1 -> !rk
// CHECK-NEXT:     %3 = key_mgmt.assume_loaded %i : i64 -> !rk2
// CHECK-NEXT:     key_mgmt.prefetch_key %i {tag = 1 : i32}
// CHECK-NEXT:     key_mgmt.clear_key %3 : !rk2
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT: }
