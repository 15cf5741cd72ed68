// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

!s = !secret.secret<tensor<8xf32>>

func.func @ops(%x: tensor<8xf32>, %i: index, %n: !secret.secret<i32>) attributes {secret.kernel = #secret.kernel<name = "MatvecDiagonal", force = false>} {
  %0 = secret.conceal %x {note} : tensor<8xf32> -> !s
  %1 = secret.reveal %0 : !s -> tensor<8xf32>
  %2 = secret.cast %n : !secret.secret<i32> to !secret.secret<tensor<2xi16>>
  secret.separator
  secret.separator {note} %x, %i : tensor<8xf32>, index
  %3 = secret.generic(%0: !s, %i: index) attrs = {note} {
  ^body(%a: tensor<8xf32>, %b: index):
    %c = tensor_ext.rotate %a, %b : tensor<8xf32>, index
    secret.yield %c : tensor<8xf32>
  } -> (!s {mgmt.mgmt = #mgmt.mgmt<level = 1>})
  secret.generic() {
    secret.yield
  }
  %4, %5 = secret.generic(%0: !s {first}, %i: index) {
  ^body(%a: tensor<8xf32>, %b: index):
    secret.yield %a, %a {note} : tensor<8xf32>, tensor<8xf32>
  } -> (!s, !s {second})
  %6 = secret.generic(%0: !s) {
  ^body(%a: tensor<8xf32>):
    secret.yield %a : tensor<8xf32>
  } -> !s
  return
}

// CHECK:      #kernel = #secret.kernel<name = "MatvecDiagonal", force = false>
// CHECK:      attributes {secret.kernel = #kernel}
// CHECK-NEXT:   %0 = secret.conceal %x {note} : tensor<8xf32> -> !secret.secret<tensor<8xf32>>
// CHECK-NEXT:   %1 = secret.reveal %0 : !secret.secret<tensor<8xf32>> -> tensor<8xf32>
// CHECK-NEXT:   %2 = secret.cast %n : !secret.secret<i32> to !secret.secret<tensor<2xi16>>
// CHECK-NEXT:   secret.separator
// CHECK-NEXT:   secret.separator {note} %x, %i : tensor<8xf32>, index
// CHECK-NEXT:   %3 = secret.generic(%0: !secret.secret<tensor<8xf32>>, %i: index) attrs = {note} {
// CHECK-NEXT:   ^{{.*}}(%a: tensor<8xf32>, %b: index):
// CHECK-NEXT:     %c = tensor_ext.rotate %a, %b : tensor<8xf32>, index
// CHECK-NEXT:     secret.yield %c : tensor<8xf32>
// CHECK-NEXT:   } -> (!secret.secret<tensor<8xf32>> {mgmt.mgmt = #mgmt_L1})
// CHECK-NEXT:   secret.generic() {
// CHECK-NEXT:     secret.yield
// CHECK-NEXT:   }
// CHECK-NEXT:   %4, %5 = secret.generic(%0: !secret.secret<tensor<8xf32>> {first}, %i: index {}) {
// CHECK-NEXT:   ^{{.*}}(%a_1: tensor<8xf32>, %b_1: index):
// CHECK-NEXT:     secret.yield %a_1, %a_1 {note} : tensor<8xf32>, tensor<8xf32>
// CHECK-NEXT:   } -> (!secret.secret<tensor<8xf32>> {}, !secret.secret<tensor<8xf32>> {second})
// CHECK-NEXT:   %6 = secret.generic(%0: !secret.secret<tensor<8xf32>>) {
// CHECK-NEXT:   ^{{.*}}(%a_2: tensor<8xf32>):
// CHECK-NEXT:     secret.yield %a_2 : tensor<8xf32>
// CHECK-NEXT:   } -> !secret.secret<tensor<8xf32>>
