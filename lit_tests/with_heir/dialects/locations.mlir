// Locations that heir-opt prints, most of them after their use, are read back.
// RUN: hetorch-opt %s --print-op-generic --print-debuginfo | %heir_opt --mlir-print-debuginfo --irdl-file=%irdl/hetorch.irdl.mlir --mlir-print-op-generic > %t.mlir
// RUN: filecheck %s --input-file %t.mlir --check-prefix HEIR
// RUN: hetorch-opt %t.mlir --print-debuginfo | filecheck %s

!ct = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
func.func @main(%x: !ct) -> !ct {
  %0 = hetorch.rotate %x, 1 : (!ct) -> !ct loc("model.py":41:9)
  return %0 : !ct loc("model.py":42:9)
} loc("model.py":40:5)

// HEIR: loc(#[[A:loc[0-9]*]])
// HEIR: #[[A]] = loc("model.py":41:9)

// CHECK: #[[A:loc[0-9]*]] = loc("model.py":41:9)
// CHECK: hetorch.rotate %arg0, 1 : (!ct_L1) -> !ct_L1 loc(#[[A]])
