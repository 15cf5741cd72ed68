// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

!cc = !openfhe.crypto_context
!ct = !openfhe.ciphertext
!pt = !openfhe.plaintext
func.func @f(%cc: !cc, %x: !ct, %p: !pt) {
  %0 = openfhe.add %cc, %x, %p : (!cc, !ct, !pt) -> !ct
  return
}
// CHECK: operand 'rhs' at position 2 does not verify

// -----

!cc = !openfhe.crypto_context
!ct = !openfhe.ciphertext
func.func @f(%cc: !cc, %x: !ct) {
  %0 = openfhe.mul_plain %cc, %x, %x : (!cc, !ct, !ct) -> !ct
  return
}
// CHECK: expected a ciphertext and a plaintext

// -----

!cc = !openfhe.crypto_context
!ct = !openfhe.ciphertext
func.func @f(%cc: !cc, %x: !ct) {
  %0 = openfhe.rot %cc, %x : (!cc, !ct) -> !ct
  return
}
// CHECK: expected a static or a dynamic shift, and not both: got 0 of them

// -----

!cc = !openfhe.crypto_context
!ct = !openfhe.ciphertext
func.func @f(%cc: !cc, %x: !ct) {
  %0 = openfhe.level_reduce %cc, %x <levels = 2> : (!cc, !ct) -> !ct
  return
}
// CHECK: unexpected property 'levels' of openfhe.level_reduce

// -----

func.func @f() {
  %0 = openfhe.gen_params <plainMod = 0> : () -> !openfhe.cc_params
  return
}
// CHECK: property 'mulDepth' expected in operation 'openfhe.gen_params'

// -----

!cc = !openfhe.crypto_context
!ct = !openfhe.ciphertext
func.func @f(%cc: !cc, %x: !ct) {
  %0 = openfhe.relin %x : (!ct) -> !ct
  return
}
// CHECK: Expected 2 operands, but got 1
