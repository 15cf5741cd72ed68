// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%x: tensor<8xf32>, %i: index, %z: tensor<f32>) {
  %0 = "tensor_ext.rotate"(%x, %i) : (tensor<8xf32>, index) -> tensor<4xf32>
  return
}
// CHECK: operand and result must have one type, got tensor<8xf32> and tensor<4xf32>

// -----

func.func @f(%x: tensor<8xf32>, %i: index, %z: tensor<f32>) {
  %0 = tensor_ext.rotate %z, %i : tensor<f32>, index
  return
}
// CHECK: a tensor of rank 0 can't be rotated

// -----

func.func @f(%x: tensor<8xf32>, %i: index, %z: tensor<f32>) {
  %0 = tensor_ext.rotate %x, %x : tensor<8xf32>, tensor<8xf32>
  return
}
// CHECK: operand 'shift' at position 1 does not verify

// -----

func.func @f(%x: tensor<8xf32>, %i: index, %z: tensor<f32>) {
  %0 = tensor_ext.remap %x <permutation = dense<[[0, 1]]> : tensor<1x2xi64>> : tensor<8xf32>
  return
}
// CHECK: an explicit mapping must have shape Nx4, got tensor<1x2xi64>

// -----

func.func @f(%x: tensor<8xf32>, %i: index, %z: tensor<f32>) {
  %0 = tensor_ext.remap %x <permutation = [#tensor_ext.layout<"{ [i0] -> [ct, slot] : i0 = slot and ct = 0 and 0 <= i0 <= 7 }">]> : tensor<8xf32>
  return
}
// CHECK: a permutation can't be an array of layouts

// -----

func.func @f(%x: tensor<8xf32>, %i: index, %z: tensor<f32>) {
  %0 = tensor_ext.convert_layout %x <from_layout = [], to_layout = []> : tensor<8xf32>
  return
}
// CHECK: expected a layout, an explicit mapping or a non-empty array of layouts, got []

// -----

func.func @f(%x: tensor<8xf32>, %i: index, %z: tensor<f32>) {
  %0 = tensor_ext.assign_layout %x <layout = [#tensor_ext.layout<"{ [i0] -> [ct, slot] : i0 = slot and ct = 0 and 0 <= i0 <= 7 }">], domainSchedule = [0]> : tensor<8xf32>
  return
}
// CHECK: an array of layouts can't have a domain schedule

// -----

func.func @f(%x: tensor<8xf32>, %i: index, %z: tensor<f32>) {
  %0 = tensor_ext.unpack %x <layout = 3 : i64> : (tensor<8xf32>) -> f32
  return
}
// CHECK: expected a layout, an explicit mapping or a non-empty array of layouts, got 3 : i64

// -----

func.func @f(%x: tensor<8xf32>, %i: index, %z: tensor<f32>) {
  %0 = tensor_ext.rotate_and_reduce %x <period = 1, steps = 8, reduceOp = "arith.divf"> : (tensor<8xf32>) -> tensor<8xf32>
  return
}
// CHECK: reduceOp must be one of arith.addi, arith.addf, arith.muli, arith.mulf, got arith.divf

// -----

func.func private @f(tensor<8xf32> {tensor_ext.layout = #tensor_ext.layout<"ct = 0">})
// CHECK: not an integer relation: 'ct = 0'
