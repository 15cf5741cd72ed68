// RUN: hetorch-opt %s --print-op-generic --print-debuginfo | %heir_opt --irdl-file=%irdl/hetorch.irdl.mlir --mlir-print-op-generic > %t.mlir
// RUN: filecheck %s --input-file %t.mlir
// RUN: hetorch-opt %t.mlir | filecheck %s --check-prefix BACK

!ct = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
!scaled = !hetorch.ct<8 : i64, 1 : i64, 80 : i64, 2 : i64>
!low = !hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>
!pt = !hetorch.pt<8 : i64, 1 : i64, 40 : i64>

func.func @f(%x: !ct, %v: tensor<8xf32>) -> !low {
  %p = hetorch.encode %v : (tensor<8xf32>) -> !pt
  %0 = hetorch.rotate %x, 3 : (!ct) -> !ct
  %1 = hetorch.pmult %0, %p : (!ct, !pt) -> !scaled
  %2 = hetorch.rescale %1 : (!scaled) -> !low
  return %2 : !low
}

// CHECK:      "hetorch.encode"(%arg1) : (tensor<8xf32>) -> !hetorch.pt<8 : i64, 1 : i64, 40 : i64>
// CHECK-NEXT: "hetorch.rotate"(%arg0) {steps = 3 : i64} : (!hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
// CHECK-NEXT: "hetorch.pmult"
// CHECK-NEXT: "hetorch.rescale"

// BACK: hetorch.rotate %arg0, 3 : (!ct_L1) -> !ct_L1
