// RUN: hetorch-opt %s -p convert-openfhe-to-hetorch | filecheck %s
// RUN: hetorch-opt %s -p convert-openfhe-to-hetorch | hetorch-opt | filecheck %s

!cc = !openfhe.crypto_context
!ct = !openfhe.ciphertext
!params = !openfhe.cc_params
!pt = !openfhe.plaintext
!sk = !openfhe.private_key
module attributes {backend.openfhe, scheme.actual_slot_count = 8 : i64, scheme.ckks, scheme.requested_slot_count = 8 : i64} {
  func.func @main(%cc: !cc, %ct: !ct) -> !ct {
    %cst = arith.constant dense<5.000000e-01> : tensor<8xf64>
    %pt = openfhe.make_ckks_packed_plaintext %cc, %cst : (!cc, tensor<8xf64>) -> !pt
    %ct_0 = openfhe.rot %cc, %ct <static_shift = 1 : index> : (!cc, !ct) -> !ct
    %ct_1 = openfhe.mul_plain %cc, %ct_0, %pt : (!cc, !ct, !pt) -> !ct
    %ct_2 = openfhe.mod_reduce %cc, %ct_1 : (!cc, !ct) -> !ct
    return %ct_2 : !ct
  }
  func.func @main__generate_crypto_context() -> !cc {
    %params = openfhe.gen_params  <mulDepth = 1, plainMod = 0, firstModSize = 50, scalingModSize = 40, scalingTechniqueFixedManual = true> : () -> !params
    %cc = openfhe.gen_context %params <supportFHE = false> : (!params) -> !cc
    return %cc : !cc
  }
  func.func @main__configure_crypto_context(%cc: !cc, %sk: !sk) -> !cc {
    openfhe.gen_rotkey %cc, %sk <indices = [1]> : (!cc, !sk) -> ()
    return %cc : !cc
  }
}


// CHECK-DAG:  !ct_L1 = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
// CHECK-DAG:  !ct_L0 = !hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>
// CHECK-DAG:  !pt_L1 = !hetorch.pt<8 : i64, 1 : i64, 40 : i64>
// CHECK-DAG:  !ct_L1_1 = !hetorch.ct<8 : i64, 1 : i64, 80 : i64, 2 : i64>
// CHECK:      builtin.module attributes {scheme.ckks, scheme.requested_slot_count = 8 : i64, scheme.actual_slot_count = 8 : i64, ckks.schemeParam = #ckks.scheme_param<
// CHECK-NEXT:   func.func @main(%ct: !ct_L1) -> !ct_L0 {
// CHECK-NEXT:     %0 = arith.constant dense<5.000000e-01> : tensor<8xf64>
// CHECK-NEXT:     %ct_1 = hetorch.rotate %ct, 1 : (!ct_L1) -> !ct_L1
// CHECK-NEXT:     %1 = hetorch.encode %0 : (tensor<8xf64>) -> !pt_L1
// CHECK-NEXT:     %ct_2 = hetorch.pmult %ct_1, %1 : (!ct_L1, !pt_L1) -> !ct_L1_1
// CHECK-NEXT:     %ct_3 = hetorch.rescale %ct_2 : (!ct_L1_1) -> !ct_L0
// CHECK-NEXT:     func.return %ct_3 : !ct_L0
// CHECK-NEXT:   }
// CHECK:      func.func @main__encrypt__arg0(%0: tensor<8xf64>) -> !ct_L1
// CHECK:      %12 = hetorch.encrypt %5 : (tensor<8xf64>) -> !ct_L1
// CHECK:      func.func @main__decrypt__result0(%0: !ct_L0) -> tensor<8xf64>
// CHECK:      %1 = hetorch.decrypt %0 : (!ct_L0) -> tensor<8xf64>
