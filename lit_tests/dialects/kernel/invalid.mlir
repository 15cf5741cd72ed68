// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%x: tensor<64xf32>, %d: tensor<3x64xf32>) {
  %0 = kernel.linear_transform %x, %d <diagonal_indices = [0]> : tensor<64xf32>, tensor<3x64xf32> -> tensor<64xf32>
  return
}
// CHECK: number of diagonals (3) must match number of diagonal indices (1)

// -----

func.func @f(%x: tensor<32xf32>, %d: tensor<1x64xf32>) {
  %0 = kernel.linear_transform %x, %d <diagonal_indices = [0]> : tensor<32xf32>, tensor<1x64xf32> -> tensor<32xf32>
  return
}
// CHECK: input slot size (32) is smaller than diagonals slot size (64)

// -----

func.func @f(%x: tensor<2x2xf32>) {
  %0 = kernel.eval_chebyshev %x <coefficients = []> : tensor<2x2xf32> -> f32
  return
}
// CHECK: if an operand is non-scalar, then there must be at least one non-scalar result

// -----

func.func @f(%x: tensor<64xf32>, %d: tensor<64xf32>) {
  %0 = kernel.linear_transform %x, %d <diagonal_indices = [0]> : tensor<64xf32>, tensor<64xf32> -> tensor<64xf32>
  return
}
// CHECK: diagonals must be 2D tensor of floating-point or integer values, but got tensor<64xf32>

// -----

func.func @f(%x: tensor<2x2x64xf32>, %d: tensor<1x64xf32>) {
  %0 = kernel.linear_transform %x, %d <diagonal_indices = [0]> : tensor<2x2x64xf32>, tensor<1x64xf32> -> tensor<2x2x64xf32>
  return
}
// CHECK: input must be 1D or 2D ranked tensor

// -----

func.func @f(%x: f32, %d: tensor<1x64xf32>) {
  %0 = kernel.linear_transform %x, %d <diagonal_indices = [0]> : f32, tensor<1x64xf32> -> f32
  return
}
// CHECK: the input must be a ranked tensor of integer, floating-point, or secret-typed values, or a

// -----

func.func @f(%x: tensor<64xf32>, %d: tensor<1x64xf32>) {
  %0 = kernel.linear_transform %x, %d : tensor<64xf32>, tensor<1x64xf32> -> tensor<64xf32>
  return
}
// CHECK: property 'diagonal_indices' expected in operation 'kernel.linear_transform'

// -----

func.func @f(%x: tensor<64xf32>, %d: tensor<1x64xf32>) {
  %0 = kernel.linear_transform %x, %d <diagonal_indices = [0]> : tensor<64xf32>, tensor<1x64xf32> -> tensor<32xf32>
  return
}
// CHECK: the result must have the input's shape
