// RUN: hetorch-opt %s -p 'plan-keys{budget=2 key_bytes=1 manifest="%t.json"}' | filecheck %s
// RUN: filecheck %s --input-file %t.json --check-prefix JSON
// RUN: hetorch-opt %s -p "plan-keys{budget=3 key_bytes=1}" | filecheck %s --check-prefix FITS

// Three keys don't fit in a loop: the one that is used most stays, the others are loaded in each iteration.

!cc = !openfhe.crypto_context
!ct = !openfhe.ciphertext
func.func @main(%cc: !cc, %x: !ct) -> !ct {
  %from = arith.constant 0 : index
  %to = arith.constant 4 : index
  %step = arith.constant 1 : index
  %y = scf.for %i = %from to %to step %step iter_args(%z = %x) -> (!ct) {
    %0 = openfhe.rot %cc, %z <static_shift = 1 : index> : (!cc, !ct) -> !ct
    %1 = openfhe.rot %cc, %0 <static_shift = 2 : index> : (!cc, !ct) -> !ct
    %2 = openfhe.mul %cc, %1, %0 : (!cc, !ct, !ct) -> !ct
    %3 = openfhe.rot %cc, %2 <static_shift = 1 : index> : (!cc, !ct) -> !ct
    scf.yield %3 : !ct
  }
  %4 = func.call @other(%cc, %y) : (!cc, !ct) -> !ct
  %5 = openfhe.rot %cc, %4 <static_shift = 1 : index> : (!cc, !ct) -> !ct
  return %5 : !ct
}
func.func private @other(%cc: !cc, %x: !ct) -> !ct {
  %steps = arith.constant 5 : index
  %digits = openfhe.fast_rotation_precompute %cc, %x : (!cc, !ct) -> !openfhe.digit_decomp
  %0 = openfhe.fast_rotation %cc, %x, %steps, %digits <cyclotomicOrder = 16384> : (!cc, !ct, index, !openfhe.digit_decomp) -> !ct
  return %0 : !ct
}

// CHECK:      func.func @main(
// CHECK:        %[[STAYS:.*]] = key_mgmt.load_key %{{.*}} : i64 -> !{{.*}}
// CHECK-NEXT:   scf.for
// CHECK-NEXT:     openfhe.rot {{.*}}static_shift = 1
// CHECK-NEXT:     arith.constant 2 : i64
// CHECK-NEXT:     %[[GOES:.*]] = key_mgmt.load_key
// CHECK-NEXT:     openfhe.rot {{.*}}static_shift = 2
// CHECK-NEXT:     key_mgmt.clear_key %[[GOES]]
// CHECK-NEXT:     openfhe.mul
// CHECK-NEXT:     openfhe.rot {{.*}}static_shift = 1
// CHECK-NEXT:     scf.yield
// CHECK-NEXT:   }
// CHECK-NEXT:   key_mgmt.clear_key %[[STAYS]]
// CHECK-NEXT:   func.call @other
// CHECK-NEXT:   key_mgmt.load_key
// CHECK-NEXT:   openfhe.rot
// CHECK-NEXT:   key_mgmt.clear_key
// CHECK:      func.func private @other(
// CHECK:        key_mgmt.load_key
// CHECK-NEXT:   openfhe.fast_rotation
// CHECK-NEXT:   key_mgmt.clear_key

// JSON: {"main": {
// JSON-SAME: "loops": [{"position": 3, "budget_bytes": 1
// JSON-SAME: "load", "relinearization", 0]
// JSON-SAME: "other": {

// FITS:      func.func @main(
// FITS:        key_mgmt.load_key
// FITS:        key_mgmt.load_key
// FITS-NEXT:   scf.for
// FITS-NOT:    key_mgmt
// FITS:        scf.yield
