!M = !poulpy.module<ntt4x30_ref>
!C = memref<!poulpy.ciphertext>
!U = memref<!poulpy.unnormalized_ciphertext>
!P = memref<!poulpy.plaintext>
func.func @p(%c: !C, %u: !U, %p: !P, %r: memref<8xf64>, %k: !poulpy.secret_key, %t: !poulpy.tensor_key, %g: !poulpy.automorphism_key_map, %x: !poulpy.bootstrapping_context, %y: !poulpy.bootstrapping_keys) {
  %m = poulpy.module_create <N = 8> : () -> !M
  %s = poulpy.scratch_alloc <size = 8> {t} : () -> !poulpy.scratch
  poulpy.encode %m, %p, %r, %r <logDelta = 1, logBudget = 2, base2k = 3> : (!M, !P, memref<8xf64>, memref<8xf64>) -> ()
  poulpy.encrypt %m, %c, %p, %k, %s <base2k = 1, ctk = 2> : (!M, !C, !P, !poulpy.secret_key, !poulpy.scratch) -> ()
  poulpy.decrypt %m, %p, %c, %k, %s : (!M, !P, !C, !poulpy.secret_key, !poulpy.scratch) -> ()
  poulpy.decode %m, %r, %r, %p : (!M, memref<8xf64>, memref<8xf64>, !P) -> ()
  poulpy.add %m, %c, %c, %c, %s : (!M, !C, !C, !C, !poulpy.scratch) -> ()
  poulpy.sub_unnormalized %m, %u, %c, %c, %s : (!M, !U, !C, !C, !poulpy.scratch) -> ()
  poulpy.mul %m, %c, %c, %c, %t, %s : (!M, !C, !C, !C, !poulpy.tensor_key, !poulpy.scratch) -> ()
  poulpy.rotate %m, %c, %c, %g, %s <k = 3> : (!M, !C, !C, !poulpy.automorphism_key_map, !poulpy.scratch) -> ()
  poulpy.rescale_assign %m, %c, %s <bits = 3> : (!M, !C, !poulpy.scratch) -> ()
  poulpy.normalize %m, %c, %u, %s : (!M, !C, !U, !poulpy.scratch) -> ()
  poulpy.compact_limbs %m, %c, %c, %s : (!M, !C, !C, !poulpy.scratch) -> ()
  return
}
func.func @j(%cc: !jaxiteword.crypto_context<>, %sk: !jaxiteword.private_key<>) {
  %0 = jaxiteword.gen_params <degree = 8, numSlots = 4, scalingFactor = 1.0, qTowers = [3, 5], pTowers = [7], batch = 1, r = 2, c = 4, dnum = 1, compositeDegree = 1> : () -> !jaxiteword.crypto_context<>
  %1, %2 = jaxiteword.gen_keypair %cc : (!jaxiteword.crypto_context<>) -> (!jaxiteword.public_key<>, !jaxiteword.private_key<>)
  %3 = jaxiteword.gen_mulkey %cc, %sk : (!jaxiteword.crypto_context<>, !jaxiteword.private_key<>) -> !jaxiteword.eval_key<>
  %4 = jaxiteword.gen_rot_key %cc, %sk <indices = [1, 2]> : (!jaxiteword.crypto_context<>, !jaxiteword.private_key<>) -> !jaxiteword.eval_key<>
  jaxiteword.program_initialization %cc, %1, %sk, %3 <totalRotationIndices = [1, 2], dnum = 1, r = 2, c = 4, batch = 1> : (!jaxiteword.crypto_context<>, !jaxiteword.public_key<>, !jaxiteword.private_key<>, !jaxiteword.eval_key<>) -> ()
  return
}
