// RUN: hetorch-opt %s -p convert-hetorch-to-secret | filecheck %s --check-prefixes CHECK,OPENFHE
// RUN: hetorch-opt %s -p "convert-hetorch-to-secret{backend=lattigo}" | filecheck %s --check-prefixes CHECK,LATTIGO

!ct_L1 = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
!ct_L1_1 = !hetorch.ct<8 : i64, 1 : i64, 80 : i64, 2 : i64>
!ct_L1_D3 = !hetorch.ct<8 : i64, 1 : i64, 80 : i64, 3 : i64>
!ct_L0 = !hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>
!pt_L1 = !hetorch.pt<8 : i64, 1 : i64, 40 : i64>
builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1, %unused: !ct_L1, %q: tensor<8xf64>, %y: !ct_L1) -> (!ct_L1, !ct_L1_1, !ct_L1) {
    %w = arith.constant dense<5.000000e-01> : tensor<8xf32>
    %p = hetorch.encode %w : (tensor<8xf32>) -> !pt_L1
    %r = hetorch.encode %q : (tensor<8xf64>) -> !pt_L1
    %0 = hetorch.cadd %x, %y : (!ct_L1, !ct_L1) -> !ct_L1
    %1 = hetorch.csub %0, %y : (!ct_L1, !ct_L1) -> !ct_L1
    %2 = hetorch.padd %1, %p : (!ct_L1, !pt_L1) -> !ct_L1
    %3 = hetorch.psub %2, %r : (!ct_L1, !pt_L1) -> !ct_L1
    %4 = hetorch.cmult %3, %3 : (!ct_L1, !ct_L1) -> !ct_L1_D3
    %5 = hetorch.relinearize %4 : (!ct_L1_D3) -> !ct_L1_1
    %6 = hetorch.negate %3 : (!ct_L1) -> !ct_L1
    %7 = hetorch.level_reduce %6, 1 : (!ct_L1) -> !ct_L0
    %8 = hetorch.bootstrap %7 : (!ct_L0) -> !ct_L1
    func.return %8, %5, %unused : !ct_L1, !ct_L1_1, !ct_L1
  }
}

// OPENFHE:      backend.openfhe} {
// LATTIGO:      backend.lattigo} {
// CHECK-NEXT:   func.func @main(%x: !secret.secret<tensor<8xf64>> {mgmt.mgmt = #mgmt_L1_S40}, %unused: !secret.secret<tensor<8xf64>> {mgmt.mgmt = #mgmt_L1_S40}, %q: tensor<8xf64>, %y: !secret.secret<tensor<8xf64>> {mgmt.mgmt = #mgmt_L1_S40}) -> (!secret.secret<tensor<8xf64>> {mgmt.mgmt = #mgmt_L1_S40}, !secret.secret<tensor<8xf64>> {mgmt.mgmt = #mgmt_L1_S80}, !secret.secret<tensor<8xf64>> {mgmt.mgmt = #mgmt_L1_S40}) {
// CHECK-NEXT:     %w = arith.constant dense<5.000000e-01> : tensor<8xf32>
// CHECK-NEXT:     [[WIDE:%.*]] = arith.extf %w : tensor<8xf32> to tensor<8xf64>
// CHECK-NEXT:     %[[P:.*]] = mgmt.init [[WIDE]] {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf64>
// CHECK-NEXT:     %r = mgmt.init %q {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf64>
// LATTIGO-NEXT:   %zero = arith.constant dense<0.000000e+00> : tensor<8xf64>
// LATTIGO-NEXT:   [[ZERO:%.*]] = mgmt.init %zero {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf64>
// CHECK-NEXT:     [[A:%.*]], [[B:%.*]] = secret.generic(%x: !secret.secret<tensor<8xf64>>, %y: !secret.secret<tensor<8xf64>>) {
// CHECK-NEXT:     ^body(%input0: tensor<8xf64>, %input1: tensor<8xf64>):
// CHECK-NEXT:       [[V0:%.*]] = arith.addf %input0, %input1 {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf64>
// CHECK-NEXT:       [[V1:%.*]] = arith.subf [[V0]], %input1 {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf64>
// CHECK-NEXT:       [[V2:%.*]] = arith.addf [[V1]], %[[P]] {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf64>
// CHECK-NEXT:       [[V3:%.*]] = arith.subf [[V2]], %r {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf64>
// CHECK-NEXT:       [[V4:%.*]] = arith.mulf [[V3]], [[V3]] {mgmt.mgmt = #mgmt_L1_D3_S80} : tensor<8xf64>
// CHECK-NEXT:       [[V5:%.*]] = mgmt.relinearize [[V4]] {mgmt.mgmt = #mgmt_L1_S80} : tensor<8xf64>
// OPENFHE-NEXT:     [[V6:%.*]] = arith.negf [[V3]] {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf64>
// LATTIGO-NEXT:     [[V6:%.*]] = arith.subf [[ZERO]], [[V3]] {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf64>
// CHECK-NEXT:       [[V7:%.*]] = mgmt.level_reduce [[V6]] {mgmt.mgmt = #mgmt_L0_S40} : tensor<8xf64>
// CHECK-NEXT:       [[V8:%.*]] = mgmt.bootstrap [[V7]] {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf64>
// CHECK-NEXT:       secret.yield [[V8]], [[V5]] : tensor<8xf64>, tensor<8xf64>
// CHECK-NEXT:     } -> (!secret.secret<tensor<8xf64>> {mgmt.mgmt = #mgmt_L1_S40}, !secret.secret<tensor<8xf64>> {mgmt.mgmt = #mgmt_L1_S80})
// CHECK-NEXT:     func.return [[A]], [[B]], %unused
