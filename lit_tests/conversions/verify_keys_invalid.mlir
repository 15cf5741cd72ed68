// RUN: hetorch-opt %s -p 'verify-keys{max_keys=1}' --split-input-file --verify-diagnostics | filecheck %s

!cc = !openfhe.crypto_context
!ct = !openfhe.ciphertext
!rk1 = !key_mgmt.rot_key<rotation_index = 1>
!rk2 = !key_mgmt.rot_key<rotation_index = 2>
func.func @main(%cc: !cc, %x: !ct) -> !ct {
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant 2 : i64
  %0 = openfhe.rot %cc, %x <static_shift = 1 : index> : (!cc, !ct) -> !ct
  %k1 = key_mgmt.load_key %c1 : i64 -> !rk1
  key_mgmt.clear_key %k1 : !rk1
  %1 = openfhe.rot %cc, %0 <static_shift = 1 : index> : (!cc, !ct) -> !ct
  key_mgmt.clear_key %k1 : !rk1
  %k2 = key_mgmt.load_key %c2 : i64 -> !rk2
  %k3 = key_mgmt.load_key %c2 : i64 -> !rk2
  key_mgmt.prefetch_key %c2
  key_mgmt.prefetch_key %c1
  return %1 : !ct
}

// CHECK: 'openfhe.rot' by 1 comes before the load of its key
// CHECK: 'openfhe.rot' by 1 comes after its key was cleared
// CHECK: 'key_mgmt.clear_key' is of the key for rotations by 1, which isn't in memory
// CHECK: 'key_mgmt.load_key' is of the key for rotations by 2, which is in memory
// CHECK: 'key_mgmt.prefetch_key' is of the key for rotations by 2, which is in memory
// CHECK: 'key_mgmt.prefetch_key' makes 2 keys in memory, where 1 are allowed
// CHECK: 'func.func' never clears the key for rotations by 1
// CHECK: 'func.func' never clears the key for rotations by 2

// -----

!cc = !openfhe.crypto_context
!ct = !openfhe.ciphertext
!rk1 = !key_mgmt.rot_key<rotation_index = 1>
!rk = !key_mgmt.rot_key<>
func.func @loop(%cc: !cc, %x: !ct, %i: i64) {
  %from = arith.constant 0 : index
  %c1 = arith.constant 1 : i64
  scf.for %j = %from to %from step %from {
    %k1 = key_mgmt.load_key %c1 : i64 -> !rk1
  }
  %k = key_mgmt.load_key %i : i64 -> !rk
  key_mgmt.clear_key %k : !rk
  key_mgmt.prefetch_key %i
  return
}

// CHECK: 'scf.for' doesn't leave the keys in memory that it found: rotations by [1]
// CHECK: 'key_mgmt.load_key' is of a key whose index isn't known
// CHECK: 'key_mgmt.clear_key' is of a key whose index isn't known
// CHECK: 'key_mgmt.prefetch_key' has an index that isn't constant
