// RUN: hetorch-opt %s -p convert-hetorch-to-secret --split-input-file --verify-diagnostics | filecheck %s
// RUN: not hetorch-opt %s -p "convert-hetorch-to-secret{backend=seal}" --split-input-file 2>&1 | filecheck %s --check-prefix BACKEND
// BACKEND: backend must be one of openfhe, lattigo, got 'seal'

builtin.module attributes {scheme.ckks} {
  func.func @f(%x: !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) { func.return }
}
// CHECK: the module must have the attributes scheme.ckks and ckks.schemeParam

// -----

builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @f(%x: !hetorch.ct<8 : i64, 1 : i64, 81 : i64, 2 : i64>) {
    %0 = hetorch.rescale %x : (!hetorch.ct<8 : i64, 1 : i64, 81 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>
    func.return
  }
}
// CHECK: 'hetorch.rescale' makes the scale smaller by 41 bits, but the prime dropped at level 1 has 40 bits

// -----

builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @f(%x: !hetorch.ct<8 : i64, 9 : i64, 40 : i64, 2 : i64>) {
    %0 = hetorch.negate %x : (!hetorch.ct<8 : i64, 9 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 9 : i64, 40 : i64, 2 : i64>
    func.return
  }
}
// CHECK: 'hetorch.negate' is at level 9, but the top level of the chain is 1

// -----

builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @f(%x: !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) {
    %c = arith.constant 1 : index
    %0 = scf.for %i = %c to %c step %c iter_args(%y = %x) -> (!hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) {
      scf.yield %y : !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
    }
    func.return
  }
}
// CHECK: 'scf.for' has ciphertexts or plaintexts: only straight-line code can be converted

// -----

builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @f(%v: tensor<8xf32>) -> !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64> {
    %0 = hetorch.encrypt %v : (tensor<8xf32>) -> !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
    %1 = hetorch.negate %0 : (!hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
    func.return %1 : !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
  }
}
// CHECK: 'hetorch.negate' computes with what its own function encrypts

// -----

builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @f(%x: !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) -> tensor<8xf32> {
    %0 = hetorch.negate %x : (!hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
    %1 = hetorch.decrypt %0 : (!hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) -> tensor<8xf32>
    func.return %1 : tensor<8xf32>
  }
}
// CHECK: 'hetorch.decrypt' decrypts a computed value: decryption needs a function of its own

// -----

builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @f(%v: tensor<8xf32>) {
    %0 = hetorch.encrypt %v : (tensor<8xf32>) -> !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
    func.return
  }
}
// CHECK: 'func.func' has homomorphic operations, but no ciphertext argument or result
