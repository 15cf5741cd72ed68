// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

!param = !lattigo.ckks.parameter
!encoder = !lattigo.ckks.encoder
!evaluator = !lattigo.ckks.evaluator
!bgv_param = !lattigo.bgv.parameter
!bgv_encoder = !lattigo.bgv.encoder
!bgv_evaluator = !lattigo.bgv.evaluator
!ct = !lattigo.rlwe.ciphertext
!pt = !lattigo.rlwe.plaintext
!kgen = !lattigo.rlwe.key_generator
!sk = !lattigo.rlwe.secret_key
!pk = !lattigo.rlwe.public_key
!rk = !lattigo.rlwe.relinearization_key
!gk = !lattigo.rlwe.galois_key<galoisElement = 5 : i64>
!ekset = !lattigo.rlwe.evaluation_key_set
!encryptor_pk = !lattigo.rlwe.encryptor<publicKey = true>
!encryptor_sk = !lattigo.rlwe.encryptor<publicKey = false>
!decryptor = !lattigo.rlwe.decryptor
!bootstrapping_param = !lattigo.ckks.bootstrapping_parameter
!bootstrapping_eval_keys = !lattigo.ckks.bootstrapping_eval_keys
!bootstrapping_evaluator = !lattigo.ckks.bootstrapping_evaluator
!poly_evaluator = !lattigo.ckks.polynomial_evaluator
!linear_transformation = !lattigo.ckks.linear_transformation

func.func @rlwe(%param: !param, %evaluator: !evaluator, %x: !ct, %pt: !pt) {
  %0 = lattigo.rlwe.new_key_generator %param : (!param) -> !kgen
  %1, %2 = lattigo.rlwe.gen_key_pair %0 : (!kgen) -> (!sk, !pk)
  %3 = lattigo.rlwe.gen_relinearization_key %0, %1 : (!kgen, !sk) -> !rk
  %4 = lattigo.rlwe.gen_galois_key %0, %1 <galoisElement = 5 : i64> : (!kgen, !sk) -> !gk
  %5 = lattigo.rlwe.new_evaluation_key_set %3, %4 : (!rk, !gk) -> !ekset
  %6 = lattigo.rlwe.new_encryptor %param, %2 : (!param, !pk) -> !encryptor_pk
  %7 = lattigo.rlwe.new_encryptor %param, %1 : (!param, !sk) -> !encryptor_sk
  %8 = lattigo.rlwe.new_decryptor %param, %1 : (!param, !sk) -> !decryptor
  %9 = lattigo.rlwe.encrypt %6, %pt : (!encryptor_pk, !pt) -> !ct
  %10 = lattigo.rlwe.decrypt %8, %x : (!decryptor, !ct) -> !pt
  %11 = lattigo.rlwe.drop_level_new %evaluator, %x : (!evaluator, !ct) -> !ct
  %12 = lattigo.rlwe.drop_level %evaluator, %x, %11 <levelToDrop = 2> : (!evaluator, !ct, !ct) -> !ct
  %13 = lattigo.rlwe.negate_new %evaluator, %x : (!evaluator, !ct) -> !ct
  %14 = lattigo.rlwe.negate %evaluator, %x, %13 : (!evaluator, !ct, !ct) -> !ct
  return
}

func.func @ckks(%x: !ct, %y: !ct, %sk: !sk, %i: index, %v: tensor<8xf64>, %d: tensor<2x8xf64>) {
  %0 = lattigo.ckks.new_parameters_from_literal <paramsLiteral = <logN = 13, Q = [1099511922689, 1099512938497], P = [1152921504606994433], logDefaultScale = 40>> : () -> !param
  %1 = lattigo.ckks.new_parameters_from_literal <paramsLiteral = <logN = 13, logQ = [40, 40], logP = [60], logDefaultScale = 40>> : () -> !param
  %2 = lattigo.ckks.new_encoder %0 : (!param) -> !encoder
  %3 = lattigo.ckks.new_evaluator %0 : (!param) -> !evaluator
  %4 = lattigo.ckks.new_plaintext %0 <level = 1> : (!param) -> !pt
  %5 = lattigo.ckks.encode %2, %v, %4 <scale = 40> : (!encoder, tensor<8xf64>, !pt) -> !pt
  %6 = lattigo.ckks.decode %2, %5, %v : (!encoder, !pt, tensor<8xf64>) -> tensor<8xf64>
  %7 = lattigo.ckks.add_new %3, %x, %5 : (!evaluator, !ct, !pt) -> !ct
  %8 = lattigo.ckks.add %3, %x, %y, %7 : (!evaluator, !ct, !ct, !ct) -> !ct
  %9 = lattigo.ckks.sub_new %3, %x, %y : (!evaluator, !ct, !ct) -> !ct
  %10 = lattigo.ckks.sub %3, %x, %y, %9 : (!evaluator, !ct, !ct, !ct) -> !ct
  %11 = lattigo.ckks.mul_new %3, %x, %y : (!evaluator, !ct, !ct) -> !ct
  %12 = lattigo.ckks.mul %3, %x, %y, %11 : (!evaluator, !ct, !ct, !ct) -> !ct
  %13 = lattigo.ckks.relinearize_new %3, %12 : (!evaluator, !ct) -> !ct
  %14 = lattigo.ckks.relinearize %3, %12, %13 : (!evaluator, !ct, !ct) -> !ct
  %15 = lattigo.ckks.rescale_new %3, %14 : (!evaluator, !ct) -> !ct
  %16 = lattigo.ckks.rescale %3, %14, %15 : (!evaluator, !ct, !ct) -> !ct
  %17 = lattigo.ckks.rotate_new %3, %x <static_shift = 4 : index> : (!evaluator, !ct) -> !ct
  %18 = lattigo.ckks.rotate_new %3, %x, %i : (!evaluator, !ct, index) -> !ct
  %19 = lattigo.ckks.rotate %3, %x, %17 <static_shift = 4 : index> : (!evaluator, !ct, !ct) -> !ct
  %20 = lattigo.ckks.rotate %3, %x, %18, %i : (!evaluator, !ct, !ct, index) -> !ct
  %21 = lattigo.ckks.new_bootstrapping_parameters_from_literal %0 <btParamsLiteral = <logN = 13>> : (!param) -> !bootstrapping_param
  %22 = lattigo.ckks.gen_evaluation_keys_bootstrapping %21, %sk : (!bootstrapping_param, !sk) -> !bootstrapping_eval_keys
  %23 = lattigo.ckks.new_bootstrapping_evaluator %21, %22 : (!bootstrapping_param, !bootstrapping_eval_keys) -> !bootstrapping_evaluator
  %24 = lattigo.ckks.bootstrap %23, %x : (!bootstrapping_evaluator, !ct) -> !ct
  %25 = lattigo.ckks.linear_transform %3, %2, %x, %d <diagonal_indices = [0, 3], levelQ = 1 : i64, logBabyStepGiantStepRatio = 0 : i64> : (!evaluator, !encoder, !ct, tensor<2x8xf64>) -> !ct
  %26 = lattigo.ckks.prepare_linear_transform %0, %2, %d <diagonal_indices = [0, 3], levelQ = 1 : i64, logSlots = 3 : i64, logBabyStepGiantStepRatio = 0 : i64> : (!param, !encoder, tensor<2x8xf64>) -> !linear_transformation
  %27 = lattigo.ckks.apply_linear_transform %3, %x, %26 : (!evaluator, !ct, !linear_transformation) -> !ct
  %28 = lattigo.ckks.new_polynomial_evaluator %0, %3 : (!param, !evaluator) -> !poly_evaluator
  %29 = lattigo.ckks.chebyshev %28, %x <coefficients = [1.000000e+00, 2.000000e+00], targetScale = 1099511627776 : i64, domain = [-1.000000e+00, 1.000000e+00]> : (!poly_evaluator, !ct) -> !ct
  return
}

func.func @bgv(%x: !ct, %y: !ct, %ekset: !ekset, %i: index, %v: tensor<8xi64>) {
  %0 = lattigo.bgv.new_parameters_from_literal <paramsLiteral = <logN = 13, logQ = [40, 40], logP = [60], plaintextModulus = 65537>> : () -> !bgv_param
  %1 = lattigo.bgv.new_encoder %0 : (!bgv_param) -> !bgv_encoder
  %2 = lattigo.bgv.new_evaluator %0, %ekset : (!bgv_param, !ekset) -> !bgv_evaluator
  %3 = lattigo.bgv.new_evaluator %0, %ekset <scaleInvariant = true> : (!bgv_param, !ekset) -> !bgv_evaluator
  %4 = lattigo.bgv.new_plaintext %0 : (!bgv_param) -> !pt
  %5 = lattigo.bgv.encode %1, %v, %4 <scale = 3> : (!bgv_encoder, tensor<8xi64>, !pt) -> !pt
  %6 = lattigo.bgv.decode %1, %5, %v : (!bgv_encoder, !pt, tensor<8xi64>) -> tensor<8xi64>
  %7 = lattigo.bgv.add_new %2, %x, %5 : (!bgv_evaluator, !ct, !pt) -> !ct
  %8 = lattigo.bgv.add %2, %x, %y, %7 : (!bgv_evaluator, !ct, !ct, !ct) -> !ct
  %9 = lattigo.bgv.sub_new %2, %x, %y : (!bgv_evaluator, !ct, !ct) -> !ct
  %10 = lattigo.bgv.sub %2, %x, %y, %9 : (!bgv_evaluator, !ct, !ct, !ct) -> !ct
  %11 = lattigo.bgv.mul_new %2, %x, %y : (!bgv_evaluator, !ct, !ct) -> !ct
  %12 = lattigo.bgv.mul %2, %x, %y, %11 : (!bgv_evaluator, !ct, !ct, !ct) -> !ct
  %13 = lattigo.bgv.relinearize_new %2, %12 : (!bgv_evaluator, !ct) -> !ct
  %14 = lattigo.bgv.relinearize %2, %12, %13 : (!bgv_evaluator, !ct, !ct) -> !ct
  %15 = lattigo.bgv.rescale_new %2, %14 : (!bgv_evaluator, !ct) -> !ct
  %16 = lattigo.bgv.rescale %2, %14, %15 : (!bgv_evaluator, !ct, !ct) -> !ct
  %17 = lattigo.bgv.rotate_columns_new %2, %x <static_shift = 4 : index> : (!bgv_evaluator, !ct) -> !ct
  %18 = lattigo.bgv.rotate_columns %2, %x, %17, %i : (!bgv_evaluator, !ct, !ct, index) -> !ct
  %19 = lattigo.bgv.rotate_rows_new %2, %x : (!bgv_evaluator, !ct) -> !ct
  %20 = lattigo.bgv.rotate_rows %2, %x, %19 : (!bgv_evaluator, !ct, !ct) -> !ct
  return
}

// CHECK-DAG:  !param = !lattigo.ckks.parameter
// CHECK-DAG:  !evaluator = !lattigo.ckks.evaluator
// CHECK-DAG:  !ct = !lattigo.rlwe.ciphertext
// CHECK-DAG:  !pt = !lattigo.rlwe.plaintext
// CHECK-DAG:  !kgen = !lattigo.rlwe.key_generator
// CHECK-DAG:  !sk = !lattigo.rlwe.secret_key
// CHECK-DAG:  !pk = !lattigo.rlwe.public_key
// CHECK-DAG:  !rk = !lattigo.rlwe.relinearization_key
// CHECK-DAG:  !gk_g5 = !lattigo.rlwe.galois_key<galoisElement = 5 : i64>
// CHECK-DAG:  !ekset = !lattigo.rlwe.evaluation_key_set
// CHECK-DAG:  !encryptor_pk = !lattigo.rlwe.encryptor<publicKey = true>
// CHECK-DAG:  !encryptor_sk = !lattigo.rlwe.encryptor<publicKey = false>
// CHECK-DAG:  !decryptor = !lattigo.rlwe.decryptor
// CHECK-DAG:  !encoder = !lattigo.ckks.encoder
// CHECK-DAG:  !bootstrapping_param = !lattigo.ckks.bootstrapping_parameter
// CHECK-DAG:  !bootstrapping_eval_keys = !lattigo.ckks.bootstrapping_eval_keys
// CHECK-DAG:  !bootstrapping_evaluator = !lattigo.ckks.bootstrapping_evaluator
// CHECK-DAG:  !linear_transformation = !lattigo.ckks.linear_transformation
// CHECK-DAG:  !poly_evaluator = !lattigo.ckks.polynomial_evaluator
// CHECK-DAG:  !param1 = !lattigo.bgv.parameter
// CHECK-DAG:  !encoder1 = !lattigo.bgv.encoder
// CHECK-DAG:  !evaluator1 = !lattigo.bgv.evaluator
// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @rlwe(%param: !param, %evaluator: !evaluator, %x: !ct, %pt: !pt) {
// CHECK-NEXT:     %0 = lattigo.rlwe.new_key_generator %param : (!param) -> !kgen
// CHECK-NEXT:     %1, %2 = lattigo.rlwe.gen_key_pair %0 : (!kgen) -> (!sk, !pk)
// CHECK-NEXT:     %3 = lattigo.rlwe.gen_relinearization_key %0, %1 : (!kgen, !sk) -> !rk
// CHECK-NEXT:     %4 = lattigo.rlwe.gen_galois_key %0, %1 <galoisElement = 5 : i64> : (!kgen, !sk) -> !gk_g5
// CHECK-NEXT:     %5 = lattigo.rlwe.new_evaluation_key_set %3, %4 : (!rk, !gk_g5) -> !ekset
// CHECK-NEXT:     %6 = lattigo.rlwe.new_encryptor %param, %2 : (!param, !pk) -> !encryptor_pk
// CHECK-NEXT:     %7 = lattigo.rlwe.new_encryptor %param, %1 : (!param, !sk) -> !encryptor_sk
// CHECK-NEXT:     %8 = lattigo.rlwe.new_decryptor %param, %1 : (!param, !sk) -> !decryptor
// CHECK-NEXT:     %9 = lattigo.rlwe.encrypt %6, %pt : (!encryptor_pk, !pt) -> !ct
// CHECK-NEXT:     %10 = lattigo.rlwe.decrypt %8, %x : (!decryptor, !ct) -> !pt
// CHECK-NEXT:     %11 = lattigo.rlwe.drop_level_new %evaluator, %x : (!evaluator, !ct) -> !ct
// CHECK-NEXT:     %12 = lattigo.rlwe.drop_level %evaluator, %x, %11 <levelToDrop = 2> : (!evaluator, !ct, !ct) -> !ct
// CHECK-NEXT:     %13 = lattigo.rlwe.negate_new %evaluator, %x : (!evaluator, !ct) -> !ct
// CHECK-NEXT:     %14 = lattigo.rlwe.negate %evaluator, %x, %13 : (!evaluator, !ct, !ct) -> !ct
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @ckks(%x: !ct, %y: !ct, %sk: !sk, %i: index, %v: tensor<8xf64>, %d: tensor<2x8xf64>) {
// CHECK-NEXT:     %0 = lattigo.ckks.new_parameters_from_literal <paramsLiteral = <logN = 13, Q = [1099511922689, 1099512938497], P = [1152921504606994433], logDefaultScale = 40>> : () -> !param
// CHECK-NEXT:     %1 = lattigo.ckks.new_parameters_from_literal <paramsLiteral = <logN = 13, logQ = [40, 40], logP = [60], logDefaultScale = 40>> : () -> !param
// CHECK-NEXT:     %2 = lattigo.ckks.new_encoder %0 : (!param) -> !encoder
// CHECK-NEXT:     %3 = lattigo.ckks.new_evaluator %0 : (!param) -> !evaluator
// CHECK-NEXT:     %4 = lattigo.ckks.new_plaintext %0 <level = 1> : (!param) -> !pt
// CHECK-NEXT:     %5 = lattigo.ckks.encode %2, %v, %4 <scale = 40> : (!encoder, tensor<8xf64>, !pt) -> !pt
// CHECK-NEXT:     %6 = lattigo.ckks.decode %2, %5, %v : (!encoder, !pt, tensor<8xf64>) -> tensor<8xf64>
// CHECK-NEXT:     %7 = lattigo.ckks.add_new %3, %x, %5 : (!evaluator, !ct, !pt) -> !ct
// CHECK-NEXT:     %8 = lattigo.ckks.add %3, %x, %y, %7 : (!evaluator, !ct, !ct, !ct) -> !ct
// CHECK-NEXT:     %9 = lattigo.ckks.sub_new %3, %x, %y : (!evaluator, !ct, !ct) -> !ct
// CHECK-NEXT:     %10 = lattigo.ckks.sub %3, %x, %y, %9 : (!evaluator, !ct, !ct, !ct) -> !ct
// CHECK-NEXT:     %11 = lattigo.ckks.mul_new %3, %x, %y : (!evaluator, !ct, !ct) -> !ct
// CHECK-NEXT:     %12 = lattigo.ckks.mul %3, %x, %y, %11 : (!evaluator, !ct, !ct, !ct) -> !ct
// CHECK-NEXT:     %13 = lattigo.ckks.relinearize_new %3, %12 : (!evaluator, !ct) -> !ct
// CHECK-NEXT:     %14 = lattigo.ckks.relinearize %3, %12, %13 : (!evaluator, !ct, !ct) -> !ct
// CHECK-NEXT:     %15 = lattigo.ckks.rescale_new %3, %14 : (!evaluator, !ct) -> !ct
// CHECK-NEXT:     %16 = lattigo.ckks.rescale %3, %14, %15 : (!evaluator, !ct, !ct) -> !ct
// CHECK-NEXT:     %17 = lattigo.ckks.rotate_new %3, %x <static_shift = 4 : index> : (!evaluator, !ct) -> !ct
// CHECK-NEXT:     %18 = lattigo.ckks.rotate_new %3, %x, %i : (!evaluator, !ct, index) -> !ct
// CHECK-NEXT:     %19 = lattigo.ckks.rotate %3, %x, %17 <static_shift = 4 : index> : (!evaluator, !ct, !ct) -> !ct
// CHECK-NEXT:     %20 = lattigo.ckks.rotate %3, %x, %18, %i : (!evaluator, !ct, !ct, index) -> !ct
// CHECK-NEXT:     %21 = lattigo.ckks.new_bootstrapping_parameters_from_literal %0 <btParamsLiteral = <logN = 13>> : (!param) -> !bootstrapping_param
// CHECK-NEXT:     %22 = lattigo.ckks.gen_evaluation_keys_bootstrapping %21, %sk : (!bootstrapping_param, !sk) -> !bootstrapping_eval_keys
// CHECK-NEXT:     %23 = lattigo.ckks.new_bootstrapping_evaluator %21, %22 : (!bootstrapping_param, !bootstrapping_eval_keys) -> !bootstrapping_evaluator
// CHECK-NEXT:     %24 = lattigo.ckks.bootstrap %23, %x : (!bootstrapping_evaluator, !ct) -> !ct
// CHECK-NEXT:     %25 = lattigo.ckks.linear_transform %3, %2, %x, %d <diagonal_indices = [0, 3], levelQ = 1 : i64, logBabyStepGiantStepRatio = 0 : i64> : (!evaluator, !encoder, !ct, tensor<2x8xf64>) -> !ct
// CHECK-NEXT:     %26 = lattigo.ckks.prepare_linear_transform %0, %2, %d <diagonal_indices = [0, 3], levelQ = 1 : i64, logSlots = 3 : i64, logBabyStepGiantStepRatio = 0 : i64> : (!param, !encoder, tensor<2x8xf64>) -> !linear_transformation
// CHECK-NEXT:     %27 = lattigo.ckks.apply_linear_transform %3, %x, %26 : (!evaluator, !ct, !linear_transformation) -> !ct
// CHECK-NEXT:     %28 = lattigo.ckks.new_polynomial_evaluator %0, %3 : (!param, !evaluator) -> !poly_evaluator
// CHECK-NEXT:     %29 = lattigo.ckks.chebyshev %28, %x <coefficients = [1.000000e+00 : f64, 2.000000e+00 : f64], targetScale = 1099511627776 : i64, domain = [-1.000000e+00, 1.000000e+00]> : (!poly_evaluator, !ct) -> !ct
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @bgv(%x: !ct, %y: !ct, %ekset: !ekset, %i: index, %v: tensor<8xi64>) {
// CHECK-NEXT:     %0 = lattigo.bgv.new_parameters_from_literal <paramsLiteral = <logN = 13, logQ = [40, 40], logP = [60], plaintextModulus = 65537>> : () -> !param1
// CHECK-NEXT:     %1 = lattigo.bgv.new_encoder %0 : (!param1) -> !encoder1
// CHECK-NEXT:     %2 = lattigo.bgv.new_evaluator %0, %ekset : (!param1, !ekset) -> !evaluator1
// CHECK-NEXT:     %3 = lattigo.bgv.new_evaluator %0, %ekset <scaleInvariant = true> : (!param1, !ekset) -> !evaluator1
// CHECK-NEXT:     %4 = lattigo.bgv.new_plaintext %0 : (!param1) -> !pt
// CHECK-NEXT:     %5 = lattigo.bgv.encode %1, %v, %4 <scale = 3> : (!encoder1, tensor<8xi64>, !pt) -> !pt
// CHECK-NEXT:     %6 = lattigo.bgv.decode %1, %5, %v : (!encoder1, !pt, tensor<8xi64>) -> tensor<8xi64>
// CHECK-NEXT:     %7 = lattigo.bgv.add_new %2, %x, %5 : (!evaluator1, !ct, !pt) -> !ct
// CHECK-NEXT:     %8 = lattigo.bgv.add %2, %x, %y, %7 : (!evaluator1, !ct, !ct, !ct) -> !ct
// CHECK-NEXT:     %9 = lattigo.bgv.sub_new %2, %x, %y : (!evaluator1, !ct, !ct) -> !ct
// CHECK-NEXT:     %10 = lattigo.bgv.sub %2, %x, %y, %9 : (!evaluator1, !ct, !ct, !ct) -> !ct
// CHECK-NEXT:     %11 = lattigo.bgv.mul_new %2, %x, %y : (!evaluator1, !ct, !ct) -> !ct
// CHECK-NEXT:     %12 = lattigo.bgv.mul %2, %x, %y, %11 : (!evaluator1, !ct, !ct, !ct) -> !ct
// CHECK-NEXT:     %13 = lattigo.bgv.relinearize_new %2, %12 : (!evaluator1, !ct) -> !ct
// CHECK-NEXT:     %14 = lattigo.bgv.relinearize %2, %12, %13 : (!evaluator1, !ct, !ct) -> !ct
// CHECK-NEXT:     %15 = lattigo.bgv.rescale_new %2, %14 : (!evaluator1, !ct) -> !ct
// CHECK-NEXT:     %16 = lattigo.bgv.rescale %2, %14, %15 : (!evaluator1, !ct, !ct) -> !ct
// CHECK-NEXT:     %17 = lattigo.bgv.rotate_columns_new %2, %x <static_shift = 4 : index> : (!evaluator1, !ct) -> !ct
// CHECK-NEXT:     %18 = lattigo.bgv.rotate_columns %2, %x, %17, %i : (!evaluator1, !ct, !ct, index) -> !ct
// CHECK-NEXT:     %19 = lattigo.bgv.rotate_rows_new %2, %x : (!evaluator1, !ct) -> !ct
// CHECK-NEXT:     %20 = lattigo.bgv.rotate_rows %2, %x, %19 : (!evaluator1, !ct, !ct) -> !ct
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
