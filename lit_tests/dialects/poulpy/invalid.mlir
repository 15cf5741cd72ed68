// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%m: !poulpy.module<cuda>) {
  return
}
// CHECK: fft64_ref

// -----

func.func @f(%m: !poulpy.module<ntt4x30_ref>, %c: memref<!poulpy.plaintext>, %s: !poulpy.scratch) {
  poulpy.add_assign %m, %c, %c, %s : (!poulpy.module<ntt4x30_ref>, memref<!poulpy.plaintext>, memref<!poulpy.plaintext>, !poulpy.scratch) -> ()
  return
}
// CHECK: operand 'dst' at position 1 does not verify
