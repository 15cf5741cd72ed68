// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%c: tensor<3xi1>, %x: tensor<4xi32>) {
  %0 = arith.select %c, %x, %x : tensor<3xi1>, tensor<4xi32>
  return
}
// CHECK: a condition that is a tensor must have the shape of the values

// -----

func.func @f(%x: i32) {
  %0 = arith.cmpi less, %x, %x : i32
  return
}
// CHECK: unknown predicate 'less', expected one of: eq, ne, slt

// -----

func.func @f(%x: tensor<4xi8>) {
  %0 = arith.extsi %x : tensor<4xi8> to tensor<4xi8>
  return
}
// CHECK: the result must be larger than the 8 bits of the input

// -----

func.func @f(%x: tensor<4x8xf32>, %y: tensor<8xf32>) {
  %0 = linalg.reduce { arith.addf } ins(%x : tensor<4x8xf32>) outs(%y : tensor<8xf32>) dimensions = [1]
  return
}
// CHECK: tensor<4x8xf32> reduced along [1] isn't tensor<8xf32>

// -----

func.func @f(%x: tensor<4xf32>, %y: tensor<8xf32>) {
  %0 = linalg.map { math.absf } ins(%x : tensor<4xf32>) outs(%y : tensor<8xf32>)
  return
}
// CHECK: expected tensor<4xf32> to be of the shape of tensor<8xf32>

// -----

func.func @f(%a: tensor<2x4x8xf32>, %b: tensor<2x7x3xf32>, %c: tensor<2x4x3xf32>) {
  %0 = linalg.batch_matmul ins(%a, %b : tensor<2x4x8xf32>, tensor<2x7x3xf32>) outs(%c : tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  return
}
// CHECK: dimension #1 to be 8, but found 7

// -----

func.func @f(%n: index, %y: f32) {
  %0 = tensor.generate %n {
  ^bb0(%i: index):
    tensor.yield %i : index
  } : tensor<?xf32>
  return
}
// CHECK: the body must yield one element of the result

// -----

#set = affine_set<(d0) : (d0 - 1 >= 0)>
func.func @f(%i: index, %x: i32) {
  %0 = affine.if #set(%i, %i) -> i32 {
    affine.yield %x : i32
  }
  return
}
// CHECK: expected 1 dimensions and 0 symbols

// -----

func.func @f(%a: tensor<f32>) {
  %0 = tensor.expand_shape %a [] output_shape [2] : tensor<f32> into tensor<2xf32>
  return
}
// CHECK: tensor<2xf32> has more elements than tensor<f32>
