// heir-opt keeps the places in the model's source that operations come from, up to the pass that splits
// the secret.generic: from there on they have the place of the function.

// RUN: hetorch-opt %s -p convert-hetorch-to-secret --print-debuginfo | %heir_opt --validate-scale --mlir-print-debuginfo --mlir-print-local-scope | filecheck %s
// RUN: hetorch-opt %s -p convert-hetorch-to-secret --print-debuginfo | not %heir_opt --secret-distribute-generic --secret-to-ckks=min-slot-count=8 --ckks-to-lwe --lwe-to-lattigo 2>&1 | filecheck %s --check-prefix ERROR

!ct = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct) -> !ct {
    %0 = hetorch.cadd %x, %x : (!ct, !ct) -> !ct loc("model.py":41:9)
    %1 = hetorch.negate %0 : (!ct) -> !ct loc("model.py":42:9)
    func.return %1 : !ct
  } loc("model.py":40:5)
}

// CHECK: arith.addf {{.*}} loc("model.py":41:9)
// CHECK: arith.negf {{.*}} loc("model.py":42:9)

// ERROR: model.py:40:5: error: failed to legalize operation 'lwe.rnegate'
