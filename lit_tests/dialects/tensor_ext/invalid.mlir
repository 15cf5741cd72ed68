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

func.func @f(%x: tensor<1x8xf32>, %i: index, %z: tensor<f32>) {
  %0 = tensor_ext.remap %x <permutation = [#tensor_ext.layout<"{ [i0] -> [ct, slot] : i0 = slot and ct = 0 and 0 <= i0 <= 7 }">]> : tensor<1x8xf32>
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
// CHECK: only a single layout can have a domain schedule

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

// -----

func.func @f(%x: tensor<8xf32>, %d: tensor<4x8xf32>) {
  %0 = tensor_ext.rotate_and_reduce %x, %d <period = 1, steps = 8> : (tensor<8xf32>, tensor<4x8xf32>) -> tensor<8xf32>
  return
}
// CHECK: requires one plaintext per step

// -----

func.func @f(%x: tensor<8xf32>, %d: tensor<16x8xf32>) {
  %0 = tensor_ext.rotate_and_reduce %x, %d <period = 1, steps = 16> : (tensor<8xf32>, tensor<16x8xf32>) -> tensor<8xf32>
  return
}
// CHECK: requires steps to be less than or equal to the input tensor's dimension

// -----

func.func @f(%x: tensor<8xf32>, %d: tensor<4x8xf32>) {
  %0 = tensor_ext.rotate_and_reduce %x, %d <period = 9, steps = 4> : (tensor<8xf32>, tensor<4x8xf32>) -> tensor<8xf32>
  return
}
// CHECK: requires period to be within the range of the tensor

// -----

func.func @f(%x: tensor<2x8xf32>, %d: tensor<4x8xf32>) {
  %0 = tensor_ext.rotate_and_reduce %x, %d <period = 1, steps = 4> : (tensor<2x8xf32>, tensor<4x8xf32>) -> tensor<2x8xf32>
  return
}
// CHECK: requires a 1-D input tensor or tensor with single non-unit dimension

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = tensor_ext.convert_layout %x <from_layout = #tensor_ext.layout<"{ [i0, i1] -> [ct, slot] : ct = i0 and slot = i1 and 0 <= i0 <= 7 and 0 <= i1 <= 7 }">, to_layout = #tensor_ext.layout<"{ [i0] -> [ct, slot] : ct = 0 and slot = i0 and 0 <= i0 <= 7 }">> : tensor<8xf32>
  return
}
// CHECK: requires tensor rank to match the layout's domain size

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = tensor_ext.assign_layout %x <layout = #tensor_ext.layout<"{ [i0, i1] -> [ct, slot] : ct = i0 and slot = i1 and 0 <= i0 <= 7 and 0 <= i1 <= 7 }">> : tensor<8xf32>
  return
}
// CHECK: requires tensor rank to match the layout's domain size

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = tensor_ext.assign_layout %x <layout = #tensor_ext.layout<"{ [i0] -> [ct, slot] : ct = 0 and slot = i0 and 0 <= i0 <= 7 }">, domainSchedule = [0, -1]> : tensor<8xf32>
  return
}
// CHECK: domainSchedule index -1 is out of bounds [0, 1)

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = tensor_ext.assign_layout %x <layout = #tensor_ext.layout<"{ [i0] -> [ct, slot] : ct = 0 and slot = i0 and 0 <= i0 <= 7 }">, domainSchedule = [3]> : tensor<8xf32>
  return
}
// CHECK: domainSchedule index 3 is out of bounds [0, 1)

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = tensor_ext.remap %x <permutation = #tensor_ext.layout<"{ [ct, slot] -> [ct1, slot1] : ct = ct1 and slot = slot1 }">> : tensor<8xf32>
  return
}
// CHECK: requires input tensor to be rank 2 (ciphertext, slot)

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = tensor_ext.unpack %x <layout = #tensor_ext.layout<"{ [i0, i1] -> [ct, slot] : ct = i0 and slot = i1 and 0 <= i0 <= 7 and 0 <= i1 <= 7 }">> : (tensor<8xf32>) -> tensor<8xf32>
  return
}
// CHECK: requires tensor rank to match the layout's domain size

// -----

func.func @f(%x: tensor<8xf32>) {
  %0 = tensor_ext.assign_layout %x <layout = [#tensor_ext.layout<"{ [i0] -> [ct, slot] : ct = 0 and slot = i0 and 0 <= i0 <= 7 }">, #tensor_ext.layout<"{ [i0] -> [ct, slot] : ct = 0 and slot = i0 and 0 <= i0 <= 7 }">]> : tensor<8xf32>
  return
}
// CHECK: layout 1 domain size (1) must match layout 0 range size (2)
