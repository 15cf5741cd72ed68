// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%x: tensor<8xf32>) {
  %0 = mgmt.level_reduce %x {levelToDrop = 2 : i64} : tensor<8xf32>
  return
}
// CHECK: property 'levelToDrop' of mgmt.level_reduce must be written in <…>, not in {…}

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = mgmt.adjust_scale %x : tensor<8xf32>
  return
}
// CHECK: property 'id' expected in operation 'mgmt.adjust_scale'

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = mgmt.modreduce %x <levels = 2> : tensor<8xf32>
  return
}
// CHECK: unexpected property 'levels' of mgmt.modreduce

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = "mgmt.relinearize"(%x) : (tensor<8xf32>) -> tensor<4xf32>
  return
}
// CHECK: requires the same type for all operands and results

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = mgmt.init %x {mgmt.mgmt = #mgmt.mgmt<dimension = 2>} : tensor<8xf32>
  return
}
// CHECK: missing parameter 'level'

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = mgmt.init %x {mgmt.mgmt = #mgmt.mgmt<level = 2, depth = 3>} : tensor<8xf32>
  return
}
// CHECK: unexpected parameter 'depth'

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = "mgmt.modreduce"(%x) : (tensor<8xf32>) -> tensor<4xf32>
  return
}
// CHECK: requires the same type for all operands and results

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = "mgmt.level_reduce"(%x) <{levelToDrop = "a"}> : (tensor<8xf32>) -> tensor<8xf32>
  return
}
// CHECK: "a" should be of base attribute integer

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = "mgmt.bootstrap"(%x) : (tensor<8xf32>) -> tensor<8xf64>
  return
}
// CHECK: requires the same type for all operands and results
