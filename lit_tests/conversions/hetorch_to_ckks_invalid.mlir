// RUN: hetorch-opt %s -p convert-hetorch-to-ckks --split-input-file --verify-diagnostics | filecheck %s
// RUN: not hetorch-opt %s -p "convert-hetorch-to-ckks{backend=seal}" --split-input-file 2>&1 | filecheck %s --check-prefix BACKEND
// BACKEND: backend must be one of openfhe, lattigo, got 'seal'

builtin.module attributes {ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @f(%x: !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) { func.return }
}
// CHECK: the module must have the attributes scheme.ckks and ckks.schemeParam

// -----

builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @f(%x: !hetorch.ct<8 : i64, 1 : i64, 79 : i64, 2 : i64>) {
    %0 = hetorch.rescale %x : (!hetorch.ct<8 : i64, 1 : i64, 79 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>
    func.return
  }
}
// CHECK: 'hetorch.rescale' makes the scale smaller by 39 bits, but the prime dropped at level 1 has 40 bits

// -----

builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @f(%x: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) {
    %0 = hetorch.negate %x : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
    func.return
  }
}
// CHECK: 'hetorch.negate' is at level 2, but the top level of the chain is 1

// -----

builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @f(%b: i1, %v: tensor<8xf64>, %x: !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64> {
    %0 = scf.if %b -> (!hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) {
      %1 = hetorch.encrypt %v : (tensor<8xf64>) -> !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
      scf.yield %1 : !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
    } else {
      scf.yield %x : !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
    }
    func.return %0 : !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
  }
}
// CHECK: 'hetorch.encrypt' is inside a loop or branch: keys are known at the level of the function
