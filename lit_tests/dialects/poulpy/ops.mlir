// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

func.func @ops(%c: memref<!poulpy.ciphertext>) {
  // CHECK: %0 = poulpy.module_create <N = 8> : () -> !poulpy.module<ntt4x30_ref>
  %0 = poulpy.module_create <N = 8> : () -> !poulpy.module<ntt4x30_ref>
  // CHECK-NEXT: %1 = poulpy.scratch_alloc <size = 64> : () -> !poulpy.scratch
  %1 = poulpy.scratch_alloc <size = 64> : () -> !poulpy.scratch
  // CHECK-NEXT: poulpy.rescale_assign %0, %c, %1 <bits = 3> : (!poulpy.module<ntt4x30_ref>, memref<!poulpy.ciphertext>, !poulpy.scratch) -> ()
  poulpy.rescale_assign %0, %c, %1 <bits = 3> : (!poulpy.module<ntt4x30_ref>, memref<!poulpy.ciphertext>, !poulpy.scratch) -> ()
  return
}
