// What heir-opt has to say about a converted program, it says about the source of the model.
// A program for OpenFHE that is lowered to Lattigo is something that it objects to.

// RUN: hetorch-opt %s -p convert-hetorch-to-secret --print-debuginfo > %t.mlir
// RUN: not %heir_opt %t.mlir --secret-distribute-generic --secret-to-ckks=min-slot-count=8 --ckks-to-lwe --lwe-to-lattigo 2>&1 | filecheck %s

!ct = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct) -> !ct {
    %0 = hetorch.cadd %x, %x : (!ct, !ct) -> !ct loc("model.py":41:9)
    %1 = hetorch.negate %0 : (!ct) -> !ct loc("model.py":42:9)
    func.return %1 : !ct
  }
}

// CHECK: model.py:42:9: error: failed to legalize operation 'lwe.rnegate'
