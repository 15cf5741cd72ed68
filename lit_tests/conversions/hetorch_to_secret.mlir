// RUN: hetorch-opt %s -p convert-hetorch-to-secret | filecheck %s
// RUN: hetorch-opt %s -p convert-hetorch-to-secret | hetorch-opt | filecheck %s

!ct_L1 = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
!ct_L1_1 = !hetorch.ct<8 : i64, 1 : i64, 80 : i64, 2 : i64>
!ct_L0 = !hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>
!pt_L1 = !hetorch.pt<8 : i64, 1 : i64, 40 : i64>
builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1) -> !ct_L0 {
    %w = arith.constant dense<5.000000e-01> : tensor<8xf32>
    %p = hetorch.encode %w : (tensor<8xf32>) -> !pt_L1
    %0 = hetorch.rotate %x, 3 : (!ct_L1) -> !ct_L1
    %1 = hetorch.pmult %0, %p : (!ct_L1, !pt_L1) -> !ct_L1_1
    %2 = hetorch.rescale %1 : (!ct_L1_1) -> !ct_L0
    func.return %2 : !ct_L0
  }
  func.func @main__encrypt__arg0(%v: tensor<8xf32>) -> !ct_L1 attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.encrypt"]}} {
    %0 = hetorch.encrypt %v : (tensor<8xf32>) -> !ct_L1
    func.return %0 : !ct_L1
  }
  func.func @main__decrypt__result0(%c: !ct_L0) -> tensor<2xf32> attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.decrypt"]}} {
    %0 = hetorch.decrypt %c : (!ct_L0) -> tensor<8xf32>
    %1 = tensor.extract_slice %0[0] [2] [1] : tensor<8xf32> to tensor<2xf32>
    func.return %1 : tensor<2xf32>
  }
}

// CHECK-DAG:  #mgmt_L1_S40 = #mgmt.mgmt<level = 1, scale = 40>
// CHECK-DAG:  #mgmt_L1_S80 = #mgmt.mgmt<level = 1, scale = 80>
// CHECK-DAG:  #mgmt_L0_S40 = #mgmt.mgmt<level = 0, scale = 40>
// CHECK:      builtin.module attributes {scheme.ckks, ckks.schemeParam = {{.*}}, backend.openfhe} {
// CHECK-NEXT:   func.func @main(%x: !secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt_L1_S40}) -> (!secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt_L0_S40}) {
// CHECK-NEXT:     %w = arith.constant dense<5.000000e-01> : tensor<8xf32>
// CHECK-NEXT:     %p = mgmt.init %w {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf32>
// CHECK-NEXT:     %c3 = arith.constant 3 : index
// CHECK-NEXT:     %0 = secret.generic(%x: !secret.secret<tensor<8xf32>>) {
// CHECK-NEXT:     ^body(%input0: tensor<8xf32>):
// CHECK-NEXT:       %1 = tensor_ext.rotate %input0, %c3 {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf32>, index
// CHECK-NEXT:       %2 = arith.mulf %1, %p {mgmt.mgmt = #mgmt_L1_S80} : tensor<8xf32>
// CHECK-NEXT:       %3 = mgmt.modreduce %2 {mgmt.mgmt = #mgmt_L0_S40} : tensor<8xf32>
// CHECK-NEXT:       secret.yield %3 : tensor<8xf32>
// CHECK-NEXT:     } -> (!secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt_L0_S40})
// CHECK-NEXT:     func.return %0 : !secret.secret<tensor<8xf32>>
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @main__encrypt__arg0(%v: tensor<8xf32>) -> (!secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt_L1_S40}) attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.encrypt"]}} {
// CHECK-NEXT:     %0 = secret.conceal %v {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf32> -> !secret.secret<tensor<8xf32>>
// CHECK-NEXT:     func.return %0 : !secret.secret<tensor<8xf32>>
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @main__decrypt__result0(%c: !secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt_L0_S40}) -> tensor<2xf32> attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.decrypt"]}} {
// CHECK-NEXT:     %0 = secret.reveal %c : !secret.secret<tensor<8xf32>> -> tensor<8xf32>
// CHECK-NEXT:     %1 = tensor.extract_slice %0[0] [2] [1] : tensor<8xf32> to tensor<2xf32>
// CHECK-NEXT:     func.return %1 : tensor<2xf32>
