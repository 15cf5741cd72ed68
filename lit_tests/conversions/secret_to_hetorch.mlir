// RUN: hetorch-opt %s -p convert-secret-to-hetorch | filecheck %s
// RUN: hetorch-opt %s -p convert-secret-to-hetorch | hetorch-opt | filecheck %s

builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}) -> (!secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 0, scale = 40>}) {
    %w = arith.constant dense<5.000000e-01> : tensor<8xf32>
    %p = mgmt.init %w {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<8xf32>
    %c3 = arith.constant 3 : index
    %0 = secret.generic(%x: !secret.secret<tensor<8xf32>>) {
    ^body(%input0: tensor<8xf32>):
      %1 = tensor_ext.rotate %input0, %c3 {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<8xf32>, index
      %2 = arith.mulf %1, %p {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 80>} : tensor<8xf32>
      %3 = mgmt.modreduce %2 {mgmt.mgmt = #mgmt.mgmt<level = 0, scale = 40>} : tensor<8xf32>
      secret.yield %3 : tensor<8xf32>
    } -> (!secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 0, scale = 40>})
    func.return %0 : !secret.secret<tensor<8xf32>>
  }
}

// CHECK-DAG:  !ct_L1 = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
// CHECK-DAG:  !ct_L0 = !hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>
// CHECK-DAG:  !pt_L1 = !hetorch.pt<8 : i64, 1 : i64, 40 : i64>
// CHECK-DAG:  !ct_L1_1 = !hetorch.ct<8 : i64, 1 : i64, 80 : i64, 2 : i64>
// CHECK:      builtin.module attributes {scheme.ckks, scheme.requested_slot_count = 8 : i64, scheme.actual_slot_count = 8 : i64, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
// CHECK-NEXT:   func.func @main(%x: !ct_L1) -> !ct_L0 {
// CHECK-NEXT:     %0 = arith.constant dense<5.000000e-01> : tensor<8xf32>
// CHECK-NEXT:     %1 = hetorch.rotate %x, 3 : (!ct_L1) -> !ct_L1
// CHECK-NEXT:     %2 = hetorch.encode %0 : (tensor<8xf32>) -> !pt_L1
// CHECK-NEXT:     %3 = hetorch.pmult %1, %2 : (!ct_L1, !pt_L1) -> !ct_L1_1
// CHECK-NEXT:     %4 = hetorch.rescale %3 : (!ct_L1_1) -> !ct_L0
// CHECK-NEXT:     func.return %4 : !ct_L0
// CHECK-NEXT:   }
// CHECK:      func.func @main__encrypt__arg0(%0: tensor<8xf32>) -> !ct_L1
// CHECK:      %12 = hetorch.encrypt %5 : (tensor<8xf32>) -> !ct_L1
// CHECK:      func.func @main__decrypt__result0(%0: !ct_L0) -> tensor<8xf32>
// CHECK:      %1 = hetorch.decrypt %0 : (!ct_L0) -> tensor<8xf32>
