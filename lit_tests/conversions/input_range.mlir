// RUN: hetorch-opt %s -p convert-hetorch-to-ckks | filecheck %s --check-prefix CKKS
// RUN: hetorch-opt %s -p convert-hetorch-to-secret | filecheck %s --check-prefix SECRET

// The range of an activation's input goes where its operation goes.

!ct_L1 = !hetorch.ct<4096 : i64, 1 : i64, 40 : i64, 2 : i64>
!ct_L0 = !hetorch.ct<4096 : i64, 0 : i64, 40 : i64, 2 : i64>
builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1) -> !ct_L0 {
    %0 = hetorch.level_reduce %x, 1 {hetorch.input_range = {layer = "net.py:12", function = "relu", low = -4.0 : f64, high = 2.0 : f64}} : (!ct_L1) -> !ct_L0
    func.return %0 : !ct_L0
  }
  func.func @main__encrypt__arg0(%v: tensor<4096xf64>) -> !ct_L1 attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.encrypt"]}} {
    %0 = hetorch.encrypt %v : (tensor<4096xf64>) -> !ct_L1
    func.return %0 : !ct_L1
  }
  func.func @main__decrypt__result0(%c: !ct_L0) -> tensor<4096xf64> attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.decrypt"]}} {
    %0 = hetorch.decrypt %c : (!ct_L0) -> tensor<4096xf64>
    func.return %0 : tensor<4096xf64>
  }
}

// CKKS: ckks.level_reduce %x {hetorch.input_range = {layer = "net.py:12", function = "relu", low = -4.000000e+00 : f64, high = 2.000000e+00 : f64}}
// SECRET: mgmt.level_reduce %input0
// SECRET-SAME: hetorch.input_range = {layer = "net.py:12", function = "relu", low = -4.000000e+00 : f64, high = 2.000000e+00 : f64}
