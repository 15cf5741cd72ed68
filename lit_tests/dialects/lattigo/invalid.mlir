// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

!ekset = !lattigo.rlwe.evaluation_key_set
func.func @f() {
  %0 = "lattigo.rlwe.new_evaluation_key_set"() : () -> !ekset
  return
}
// CHECK: must have at least one key

// -----

!rk = !lattigo.rlwe.relinearization_key
!gk = !lattigo.rlwe.galois_key<galoisElement = 5 : i64>
!ekset = !lattigo.rlwe.evaluation_key_set
func.func @f(%g: !gk, %r: !rk) {
  %0 = lattigo.rlwe.new_evaluation_key_set %g, %r : (!gk, !rk) -> !ekset
  return
}
// CHECK: RLWERelinearizationKey must be the first key

// -----

!param = !lattigo.ckks.parameter
!sk = !lattigo.rlwe.secret_key
func.func @f(%p: !param, %k: !sk) {
  %0 = lattigo.rlwe.new_encryptor %p, %k : (!param, !sk) -> !lattigo.rlwe.encryptor<publicKey = true>
  return
}
// CHECK: encryption key and encryptor must have the same public/secret type

// -----

!ev = !lattigo.ckks.evaluator
!ct = !lattigo.rlwe.ciphertext
func.func @f(%e: !ev, %x: !ct) {
  %0 = lattigo.bgv.mul_new %e, %x, %x : (!ev, !ct, !ct) -> !ct
  return
}
// CHECK: the evaluator must be a lattigo.bgv.evaluator, got !lattigo.ckks.evaluator

// -----

!ev = !lattigo.ckks.evaluator
!ct = !lattigo.rlwe.ciphertext
func.func @f(%e: !ev, %x: !ct) {
  %0 = lattigo.ckks.rotate_new %e, %x : (!ev, !ct) -> !ct
  return
}
// CHECK: expected a static or a dynamic shift, and not both: got 0 of them

// -----

!param = !lattigo.ckks.parameter
func.func @f(%p: !param) {
  %0 = lattigo.ckks.new_plaintext %p <level = -1> : (!param) -> !lattigo.rlwe.plaintext
  return
}
// CHECK: the level must not be negative, got -1

// -----

!param = !lattigo.ckks.parameter
func.func @f(%p: !param, %e: !lattigo.ckks.encoder, %d: tensor<2x8xf64>) {
  %0 = lattigo.ckks.prepare_linear_transform %p, %e, %d <diagonal_indices = [0], levelQ = 1 : i64, logSlots = 3 : i64, logBabyStepGiantStepRatio = 0 : i64> : (!param, !lattigo.ckks.encoder, tensor<2x8xf64>) -> !lattigo.ckks.linear_transformation
  return
}
// CHECK: number of diagonals (2) must match number of diagonal indices (1)

// -----

!ct = !lattigo.rlwe.ciphertext
func.func @f(%e: !lattigo.ckks.polynomial_evaluator, %x: !ct) {
  %0 = lattigo.ckks.chebyshev %e, %x <coefficients = [1.0], targetScale = 1 : i64, domain = [0.0]> : (!lattigo.ckks.polynomial_evaluator, !ct) -> !ct
  return
}
// CHECK: the domain must have two ends, got 1 numbers
