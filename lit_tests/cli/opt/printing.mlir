// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt - < %s | filecheck %s
// RUN: hetorch-opt %s --print-local-scope | filecheck %s --check-prefix LOCAL
// RUN: hetorch-opt %s --print-debuginfo | filecheck %s --check-prefix LOCATIONS
// RUN: hetorch-opt %s --print-debuginfo | hetorch-opt --print-debuginfo | filecheck %s --check-prefix LOCATIONS

!ct = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
#place = loc("model.py":12:3)

func.func @f(%x: !ct) -> !ct {
  %s = arith.constant dense<0.5> : tensor<16xf32>
  %h = arith.constant dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<9xf32>
  %0 = hetorch.rotate %x, 1 : (!ct) -> !ct loc(#place)
  %1 = hetorch.rotate %0, 2 : (!ct) -> !ct loc("model.py":13:3)
  return %1 : !ct
}

// CHECK:      !ct_L1 = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
// CHECK-NEXT: builtin.module {
// CHECK-NEXT:   func.func @f(%x: !ct_L1) -> !ct_L1 {
// CHECK-NEXT:     %s = arith.constant dense<5.000000e-01> : tensor<16xf32>
// CHECK-NEXT:     %h = arith.constant dense<"0x000000000000803F0000004000004040000080400000A0400000C0400000E04000000041"> : tensor<9xf32>
// CHECK-NEXT:     %0 = hetorch.rotate %x, 1 : (!ct_L1) -> !ct_L1
// CHECK-NEXT:     %1 = hetorch.rotate %0, 2 : (!ct_L1) -> !ct_L1
// CHECK-NEXT:     func.return %1 : !ct_L1

// LOCAL:      builtin.module {
// LOCAL-NEXT:   func.func @f(%x: !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64> {

// LOCATIONS-DAG: [[A:#loc[0-9_]*]] = loc("model.py":12:3)
// LOCATIONS-DAG: [[B:#loc[0-9_]*]] = loc("model.py":13:3)
// LOCATIONS:     hetorch.rotate %x, 1 : (!ct_L1) -> !ct_L1 loc([[A]])
// LOCATIONS:     hetorch.rotate %0, 2 : (!ct_L1) -> !ct_L1 loc([[B]])
