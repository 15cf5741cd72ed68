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

// -----

func.func @f(%c: !openfhe.crypto_context, %x: !openfhe.ciphertext) {
  %0 = openfhe.rot %c, %x, %x <static_shift = 1 : index> : (!openfhe.crypto_context, !openfhe.ciphertext, !openfhe.ciphertext) -> !openfhe.ciphertext
  return
}
// CHECK: operand 'dynamic_shift' at position 2 does not verify

// -----

func.func @f(%c: !openfhe.crypto_context, %x: !openfhe.ciphertext) {
  %0 = openfhe.fast_rotation %c, %x, %x, %x <cyclotomicOrder = 4> : (!openfhe.crypto_context, !openfhe.ciphertext, !openfhe.ciphertext, !openfhe.ciphertext) -> !openfhe.ciphertext
  return
}
// CHECK: operand 'index' at position 2 does not verify

// -----

func.func @f(%c: !openfhe.crypto_context, %x: !openfhe.ciphertext) {
  %0 = openfhe.eval_chebyshev_series %c, %x <coefficients = [1.0]> : (!openfhe.crypto_context, !openfhe.ciphertext) -> !openfhe.ciphertext
  return
}
// CHECK: property 'domain_lower' expected in operation 'openfhe.eval_chebyshev_series'

// -----

func.func @f(%c: !openfhe.crypto_context, %x: !openfhe.ciphertext) {
  %0 = openfhe.negate %c, %x : (!openfhe.crypto_context, !openfhe.ciphertext) -> !openfhe.plaintext
  return
}
// CHECK: result 'output' at position 0 does not verify

// -----

func.func @f(%x: !openfhe.ciphertext) {
  %0 = openfhe.negate %x, %x : (!openfhe.ciphertext, !openfhe.ciphertext) -> !openfhe.ciphertext
  return
}
// CHECK: operand 'crypto_context' at position 0 does not verify
