// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s | hetorch-opt | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s
// RUN: hetorch-opt %s --print-op-generic --print-local-scope | filecheck %s --check-prefix GENERIC

!ct = !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
!ct3 = !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>
!sq = !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 3 : i64>
!scaled = !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 2 : i64>
!low = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
!pt = !hetorch.pt<8 : i64, 2 : i64, 40 : i64>

func.func @ops(%x: !ct, %y: !ct3, %v: tensor<8xf32>, %w: tensor<8xf64>) {
  %p = hetorch.encode %v : (tensor<8xf32>) -> !pt
  %q = hetorch.encode %w : (tensor<8xf64>) -> !pt
  %0 = hetorch.cadd %x, %y : (!ct, !ct3) -> !ct3
  %1 = hetorch.csub %x, %x : (!ct, !ct) -> !ct
  %2 = hetorch.cmult %x, %x : (!ct, !ct) -> !sq
  %3 = hetorch.padd %x, %p : (!ct, !pt) -> !ct
  %4 = hetorch.psub %y, %p : (!ct3, !pt) -> !ct3
  %5 = hetorch.pmult %x, %q : (!ct, !pt) -> !scaled
  %6 = hetorch.negate %x : (!ct) -> !ct
  %7 = hetorch.rotate %x, 3 : (!ct) -> !ct
  %8 = hetorch.relinearize %2 : (!sq) -> !scaled
  %9 = hetorch.rescale %8 : (!scaled) -> !low
  %10 = hetorch.level_reduce %x, 1 : (!ct) -> !low
  %11 = hetorch.bootstrap %10 : (!low) -> !ct
  %12 = hetorch.encrypt %v : (tensor<8xf32>) -> !ct
  %13 = hetorch.decrypt %12 : (!ct) -> tensor<8xf64>
  return
}

// CHECK-DAG:  !ct_L2 = !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
// CHECK-DAG:  !ct_L2_D3 = !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>
// CHECK-DAG:  !pt_L2 = !hetorch.pt<8 : i64, 2 : i64, 40 : i64>
// CHECK-DAG:  !ct_L2_D3_1 = !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 3 : i64>
// CHECK-DAG:  !ct_L2_1 = !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 2 : i64>
// CHECK-DAG:  !ct_L1 = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
// CHECK:      func.func @ops(%x: !ct_L2, %y: !ct_L2_D3, %v: tensor<8xf32>, %w: tensor<8xf64>) {
// CHECK-NEXT:   %p = hetorch.encode %v : (tensor<8xf32>) -> !pt_L2
// CHECK-NEXT:   %q = hetorch.encode %w : (tensor<8xf64>) -> !pt_L2
// CHECK-NEXT:   %0 = hetorch.cadd %x, %y : (!ct_L2, !ct_L2_D3) -> !ct_L2_D3
// CHECK-NEXT:   %1 = hetorch.csub %x, %x : (!ct_L2, !ct_L2) -> !ct_L2
// CHECK-NEXT:   %2 = hetorch.cmult %x, %x : (!ct_L2, !ct_L2) -> !ct_L2_D3_1
// CHECK-NEXT:   %3 = hetorch.padd %x, %p : (!ct_L2, !pt_L2) -> !ct_L2
// CHECK-NEXT:   %4 = hetorch.psub %y, %p : (!ct_L2_D3, !pt_L2) -> !ct_L2_D3
// CHECK-NEXT:   %5 = hetorch.pmult %x, %q : (!ct_L2, !pt_L2) -> !ct_L2_1
// CHECK-NEXT:   %6 = hetorch.negate %x : (!ct_L2) -> !ct_L2
// CHECK-NEXT:   %7 = hetorch.rotate %x, 3 : (!ct_L2) -> !ct_L2
// CHECK-NEXT:   %8 = hetorch.relinearize %2 : (!ct_L2_D3_1) -> !ct_L2_1
// CHECK-NEXT:   %9 = hetorch.rescale %8 : (!ct_L2_1) -> !ct_L1
// CHECK-NEXT:   %10 = hetorch.level_reduce %x, 1 : (!ct_L2) -> !ct_L1
// CHECK-NEXT:   %11 = hetorch.bootstrap %10 : (!ct_L1) -> !ct_L2
// CHECK-NEXT:   %12 = hetorch.encrypt %v : (tensor<8xf32>) -> !ct_L2
// CHECK-NEXT:   %13 = hetorch.decrypt %12 : (!ct_L2) -> tensor<8xf64>

// GENERIC: "hetorch.rotate"(%x) {steps = 3 : i64} : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
// GENERIC: "hetorch.level_reduce"(%x) {levels = 1 : i64} : (
