// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

!cc = !openfhe.crypto_context
!ct = !openfhe.ciphertext
!params = !openfhe.cc_params
!pk = !openfhe.public_key
!pt = !openfhe.plaintext
!sk = !openfhe.private_key
!ek = !openfhe.eval_key
!digit_decomp = !openfhe.digit_decomp

func.func @setup(%cc: !cc, %ct: !ct, %pt: !pt, %pk: !pk, %sk: !sk, %ints: tensor<4xi64>, %reals: tensor<4xf64>) {
  %0 = openfhe.gen_params <mulDepth = 2, plainMod = 0, ringDim = 16384, batchSize = 8, firstModSize = 60, scalingModSize = 40, evalAddCount = 3, keySwitchCount = 4, digitSize = 5, numLargeDigits = 3, maxRelinSkDeg = 2, insecure = true, encryptionTechniqueExtended = true, keySwitchingTechniqueBV = true, scalingTechniqueFixedManual = true> : () -> !params
  %1 = openfhe.gen_params <mulDepth = 2, plainMod = 65537> {tag} : () -> !params
  %2 = openfhe.gen_context %0 <supportFHE = false> : (!params) -> !cc
  %3 = openfhe.gen_context %0 <supportFHE = true, supportAdvancedSHE = true> : (!params) -> !cc
  openfhe.gen_mulkey %cc, %sk : (!cc, !sk) -> ()
  openfhe.gen_rotkey %cc, %sk <indices = [1, -2]> : (!cc, !sk) -> ()
  openfhe.setup_bootstrap %cc <levelBudgetEncode = 3 : index, levelBudgetDecode = 3 : index> : (!cc) -> ()
  openfhe.gen_bootstrapkey %cc, %sk : (!cc, !sk) -> ()
  %4 = openfhe.make_packed_plaintext %cc, %ints : (!cc, tensor<4xi64>) -> !pt
  %5 = openfhe.make_ckks_packed_plaintext %cc, %reals : (!cc, tensor<4xf64>) -> !pt
  %6 = openfhe.encrypt %cc, %pt, %pk : (!cc, !pt, !pk) -> !ct
  %7 = openfhe.encrypt %cc, %pt, %sk : (!cc, !pt, !sk) -> !ct
  %8 = openfhe.decrypt %cc, %ct, %sk : (!cc, !ct, !sk) -> !pt
  %9 = openfhe.decode %pt : !pt -> tensor<4xi64>
  %10 = openfhe.decode_ckks %pt : !pt -> tensor<4xf64>
  return
}

func.func @ops(%cc: !cc, %x: !ct, %y: !ct, %pt: !pt, %ek: !ek, %i: index, %c: i64) {
  %0 = openfhe.add %cc, %x, %y : (!cc, !ct, !ct) -> !ct
  %1 = openfhe.add_inplace %cc, %0, %y : (!cc, !ct, !ct) -> !ct
  %2 = openfhe.sub %cc, %x, %y : (!cc, !ct, !ct) -> !ct
  %3 = openfhe.sub_inplace %cc, %2, %y : (!cc, !ct, !ct) -> !ct
  %4 = openfhe.add_plain %cc, %x, %pt : (!cc, !ct, !pt) -> !ct
  %5 = openfhe.add_plain_inplace %cc, %pt, %4 : (!cc, !pt, !ct) -> !ct
  %6 = openfhe.sub_plain %cc, %pt, %x : (!cc, !pt, !ct) -> !ct
  %7 = openfhe.sub_plain_inplace %cc, %6, %pt : (!cc, !ct, !pt) -> !ct
  %8 = openfhe.mul %cc, %x, %y : (!cc, !ct, !ct) -> !ct
  %9 = openfhe.mul_no_relin %cc, %x, %y {tag} : (!cc, !ct, !ct) -> !ct
  %10 = openfhe.mul_plain %cc, %x, %pt : (!cc, !ct, !pt) -> !ct
  %11 = openfhe.mul_const %cc, %x, %c : (!cc, !ct, i64) -> !ct
  %12 = openfhe.mul_const_inplace %cc, %11, %c : (!cc, !ct, i64) -> !ct
  %13 = openfhe.negate %cc, %x : (!cc, !ct) -> !ct
  %14 = openfhe.negate_inplace %cc, %13 : (!cc, !ct) -> !ct
  %15 = openfhe.square %cc, %x : (!cc, !ct) -> !ct
  %16 = openfhe.square_inplace %cc, %15 : (!cc, !ct) -> !ct
  %17 = openfhe.relin %cc, %9 : (!cc, !ct) -> !ct
  %18 = openfhe.relin_inplace %cc, %9 : (!cc, !ct) -> !ct
  %19 = openfhe.mod_reduce %cc, %x : (!cc, !ct) -> !ct
  %20 = openfhe.mod_reduce_inplace %cc, %19 : (!cc, !ct) -> !ct
  %21 = openfhe.level_reduce %cc, %x : (!cc, !ct) -> !ct
  %22 = openfhe.level_reduce %cc, %x <levelToDrop = 2> : (!cc, !ct) -> !ct
  %23 = openfhe.level_reduce_inplace %cc, %22 <levelToDrop = 3> : (!cc, !ct) -> !ct
  %24 = openfhe.rot %cc, %x <static_shift = 4 : index> : (!cc, !ct) -> !ct
  %25 = openfhe.rot %cc, %x, %i : (!cc, !ct, index) -> !ct
  %26 = openfhe.automorph %cc, %x, %ek : (!cc, !ct, !ek) -> !ct
  %27 = openfhe.key_switch %cc, %x, %ek : (!cc, !ct, !ek) -> !ct
  %28 = openfhe.key_switch_inplace %cc, %27, %ek : (!cc, !ct, !ek) -> !ct
  %29 = openfhe.bootstrap %cc, %x : (!cc, !ct) -> !ct
  %30 = openfhe.fast_rotation_precompute %cc, %x : (!cc, !ct) -> !digit_decomp
  %31 = openfhe.fast_rotation %cc, %x, %i, %30 <cyclotomicOrder = 64> : (!cc, !ct, index, !digit_decomp) -> !ct
  %32 = openfhe.fast_rotation_ext %cc, %x, %i, %30 : (!cc, !ct, index, !digit_decomp) -> !ct
  %33 = openfhe.fast_rotation_ext %cc, %x, %i, %30 <addFirst = false> : (!cc, !ct, index, !digit_decomp) -> !ct
  %34 = openfhe.key_switch_down %cc, %32 : (!cc, !ct) -> !ct
  %35 = openfhe.eval_chebyshev_series %cc, %x <coefficients = [1.000000e+00, 2.000000e+00], domain_lower = -1.000000e+00 : f64, domain_upper = 1.000000e+00 : f64> : (!cc, !ct) -> !ct
  return
}

// CHECK-DAG:  !cc = !openfhe.crypto_context
// CHECK-DAG:  !ct = !openfhe.ciphertext
// CHECK-DAG:  !pt = !openfhe.plaintext
// CHECK-DAG:  !pk = !openfhe.public_key
// CHECK-DAG:  !sk = !openfhe.private_key
// CHECK-DAG:  !params = !openfhe.cc_params
// CHECK-DAG:  !ek = !openfhe.eval_key
// CHECK-DAG:  !digit_decomp = !openfhe.digit_decomp
// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @setup(%cc: !cc, %ct: !ct, %pt: !pt, %pk: !pk, %sk: !sk, %ints: tensor<4xi64>, %reals: tensor<4xf64>) {
// CHECK-NEXT:     %0 = openfhe.gen_params <mulDepth = 2, plainMod = 0, ringDim = 16384, batchSize = 8, firstModSize = 60, scalingModSize = 40, evalAddCount = 3, keySwitchCount = 4, digitSize = 5, numLargeDigits = 3, maxRelinSkDeg = 2, insecure = true, encryptionTechniqueExtended = true, keySwitchingTechniqueBV = true, scalingTechniqueFixedManual = true> : () -> !params
// CHECK-NEXT:     %1 = openfhe.gen_params <mulDepth = 2, plainMod = 65537> {tag} : () -> !params
// CHECK-NEXT:     %2 = openfhe.gen_context %0 <supportFHE = false> : (!params) -> !cc
// CHECK-NEXT:     %3 = openfhe.gen_context %0 <supportFHE = true, supportAdvancedSHE = true> : (!params) -> !cc
// CHECK-NEXT:     openfhe.gen_mulkey %cc, %sk : (!cc, !sk) -> ()
// CHECK-NEXT:     openfhe.gen_rotkey %cc, %sk <indices = [1, -2]> : (!cc, !sk) -> ()
// CHECK-NEXT:     openfhe.setup_bootstrap %cc <levelBudgetEncode = 3 : index, levelBudgetDecode = 3 : index> : (!cc) -> ()
// CHECK-NEXT:     openfhe.gen_bootstrapkey %cc, %sk : (!cc, !sk) -> ()
// CHECK-NEXT:     %4 = openfhe.make_packed_plaintext %cc, %ints : (!cc, tensor<4xi64>) -> !pt
// CHECK-NEXT:     %5 = openfhe.make_ckks_packed_plaintext %cc, %reals : (!cc, tensor<4xf64>) -> !pt
// CHECK-NEXT:     %6 = openfhe.encrypt %cc, %pt, %pk : (!cc, !pt, !pk) -> !ct
// CHECK-NEXT:     %7 = openfhe.encrypt %cc, %pt, %sk : (!cc, !pt, !sk) -> !ct
// CHECK-NEXT:     %8 = openfhe.decrypt %cc, %ct, %sk : (!cc, !ct, !sk) -> !pt
// CHECK-NEXT:     %9 = openfhe.decode %pt : !pt -> tensor<4xi64>
// CHECK-NEXT:     %10 = openfhe.decode_ckks %pt : !pt -> tensor<4xf64>
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @ops(%cc: !cc, %x: !ct, %y: !ct, %pt: !pt, %ek: !ek, %i: index, %c: i64) {
// CHECK-NEXT:     %0 = openfhe.add %cc, %x, %y : (!cc, !ct, !ct) -> !ct
// CHECK-NEXT:     %1 = openfhe.add_inplace %cc, %0, %y : (!cc, !ct, !ct) -> !ct
// CHECK-NEXT:     %2 = openfhe.sub %cc, %x, %y : (!cc, !ct, !ct) -> !ct
// CHECK-NEXT:     %3 = openfhe.sub_inplace %cc, %2, %y : (!cc, !ct, !ct) -> !ct
// CHECK-NEXT:     %4 = openfhe.add_plain %cc, %x, %pt : (!cc, !ct, !pt) -> !ct
// CHECK-NEXT:     %5 = openfhe.add_plain_inplace %cc, %pt, %4 : (!cc, !pt, !ct) -> !ct
// CHECK-NEXT:     %6 = openfhe.sub_plain %cc, %pt, %x : (!cc, !pt, !ct) -> !ct
// CHECK-NEXT:     %7 = openfhe.sub_plain_inplace %cc, %6, %pt : (!cc, !ct, !pt) -> !ct
// CHECK-NEXT:     %8 = openfhe.mul %cc, %x, %y : (!cc, !ct, !ct) -> !ct
// CHECK-NEXT:     %9 = openfhe.mul_no_relin %cc, %x, %y {tag} : (!cc, !ct, !ct) -> !ct
// CHECK-NEXT:     %10 = openfhe.mul_plain %cc, %x, %pt : (!cc, !ct, !pt) -> !ct
// CHECK-NEXT:     %11 = openfhe.mul_const %cc, %x, %c : (!cc, !ct, i64) -> !ct
// CHECK-NEXT:     %12 = openfhe.mul_const_inplace %cc, %11, %c : (!cc, !ct, i64) -> !ct
// CHECK-NEXT:     %13 = openfhe.negate %cc, %x : (!cc, !ct) -> !ct
// CHECK-NEXT:     %14 = openfhe.negate_inplace %cc, %13 : (!cc, !ct) -> !ct
// CHECK-NEXT:     %15 = openfhe.square %cc, %x : (!cc, !ct) -> !ct
// CHECK-NEXT:     %16 = openfhe.square_inplace %cc, %15 : (!cc, !ct) -> !ct
// CHECK-NEXT:     %17 = openfhe.relin %cc, %9 : (!cc, !ct) -> !ct
// CHECK-NEXT:     %18 = openfhe.relin_inplace %cc, %9 : (!cc, !ct) -> !ct
// CHECK-NEXT:     %19 = openfhe.mod_reduce %cc, %x : (!cc, !ct) -> !ct
// CHECK-NEXT:     %20 = openfhe.mod_reduce_inplace %cc, %19 : (!cc, !ct) -> !ct
// CHECK-NEXT:     %21 = openfhe.level_reduce %cc, %x : (!cc, !ct) -> !ct
// CHECK-NEXT:     %22 = openfhe.level_reduce %cc, %x <levelToDrop = 2> : (!cc, !ct) -> !ct
// CHECK-NEXT:     %23 = openfhe.level_reduce_inplace %cc, %22 <levelToDrop = 3> : (!cc, !ct) -> !ct
// CHECK-NEXT:     %24 = openfhe.rot %cc, %x <static_shift = 4 : index> : (!cc, !ct) -> !ct
// CHECK-NEXT:     %25 = openfhe.rot %cc, %x, %i : (!cc, !ct, index) -> !ct
// CHECK-NEXT:     %26 = openfhe.automorph %cc, %x, %ek : (!cc, !ct, !ek) -> !ct
// CHECK-NEXT:     %27 = openfhe.key_switch %cc, %x, %ek : (!cc, !ct, !ek) -> !ct
// CHECK-NEXT:     %28 = openfhe.key_switch_inplace %cc, %27, %ek : (!cc, !ct, !ek) -> !ct
// CHECK-NEXT:     %29 = openfhe.bootstrap %cc, %x : (!cc, !ct) -> !ct
// CHECK-NEXT:     %30 = openfhe.fast_rotation_precompute %cc, %x : (!cc, !ct) -> !digit_decomp
// CHECK-NEXT:     %31 = openfhe.fast_rotation %cc, %x, %i, %30 <cyclotomicOrder = 64> : (!cc, !ct, index, !digit_decomp) -> !ct
// CHECK-NEXT:     %32 = openfhe.fast_rotation_ext %cc, %x, %i, %30 : (!cc, !ct, index, !digit_decomp) -> !ct
// CHECK-NEXT:     %33 = openfhe.fast_rotation_ext %cc, %x, %i, %30 <addFirst = false> : (!cc, !ct, index, !digit_decomp) -> !ct
// CHECK-NEXT:     %34 = openfhe.key_switch_down %cc, %32 : (!cc, !ct) -> !ct
// CHECK-NEXT:     %35 = openfhe.eval_chebyshev_series %cc, %x <coefficients = [1.000000e+00 : f64, 2.000000e+00 : f64], domain_lower = -1.000000e+00 : f64, domain_upper = 1.000000e+00 : f64> : (!cc, !ct) -> !ct
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
