// RUN: hetorch-opt %s --split-input-file --verify-diagnostics | filecheck %s

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, %1: !hetorch.ct<16 : i64, 2 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.cadd %0, %1 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, !hetorch.ct<16 : i64, 2 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: slots must be equal: lhs has slots 8, rhs has 16

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, %1: !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.cadd %0, %1 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: level must be equal: lhs has level 2, rhs has 1

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, %1: !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 2 : i64>) {
  %r = hetorch.csub %0, %1 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: scale must be equal: lhs has scale 40, rhs has 80

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, %1: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>) {
  %r = hetorch.cadd %0, %1 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: the result's dimension must be the larger one of the operands': expected dimension 3, got 2

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, %1: !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.cmult %0, %1 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 3 : i64>
  return
}
// CHECK: level must be equal: lhs has level 2, rhs has 1

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, %1: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.cmult %0, %1 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>
  return
}
// CHECK: the result's scale must be the sum of the operands': expected scale 80, got 40

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, %1: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.cmult %0, %1 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 2 : i64>
  return
}
// CHECK: the result's dimension must be one less than the sum of the operands': expected dimension 3, got 2

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, %1: !hetorch.pt<8 : i64, 1 : i64, 40 : i64>) {
  %r = hetorch.padd %0, %1 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, !hetorch.pt<8 : i64, 1 : i64, 40 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: level must be equal: lhs has level 2, rhs has 1

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, %1: !hetorch.pt<8 : i64, 2 : i64, 41 : i64>) {
  %r = hetorch.psub %0, %1 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, !hetorch.pt<8 : i64, 2 : i64, 41 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: scale must be equal: lhs has scale 40, rhs has 41

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, %1: !hetorch.pt<8 : i64, 1 : i64, 40 : i64>) {
  %r = hetorch.pmult %0, %1 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, !hetorch.pt<8 : i64, 1 : i64, 40 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 2 : i64>
  return
}
// CHECK: level must be equal: lhs has level 2, rhs has 1

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, %1: !hetorch.pt<8 : i64, 2 : i64, 41 : i64>) {
  %r = hetorch.pmult %0, %1 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>, !hetorch.pt<8 : i64, 2 : i64, 41 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 2 : i64>
  return
}
// CHECK: the result's scale must be the sum of the operands': expected scale 81, got 80

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.negate %0 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: level must be equal: input has level 2, output has 1

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>) {
  %r = hetorch.rotate %0, 3 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>
  return
}
// CHECK: input must have dimension 2, got 3, relinearize it first

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.rotate %0, 0 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: steps must be at least 1 and less than the number of slots: got 0 steps of 8 slots

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.rotate %0, 8 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: steps must be at least 1 and less than the number of slots: got 8 steps of 8 slots

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.rescale %0 : (!hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: a ciphertext at level 0 can't be rescaled: no prime is left to drop

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 2 : i64>) {
  %r = hetorch.rescale %0 : (!hetorch.ct<8 : i64, 2 : i64, 80 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: the result's level must be one less than the input's: expected level 1, got 2

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.rescale %0 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: the scale must become smaller: input has scale 40, output has 40

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.relinearize %0 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: input must have dimension 3, got 2

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>) {
  %r = hetorch.relinearize %0 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>
  return
}
// CHECK: output must have dimension 2, got 3

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.level_reduce %0, 0 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: levels must be at least 1 and at most the input's level: got 0 levels to drop of 2

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.level_reduce %0, 2 : (!hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: levels must be at least 1 and at most the input's level: got 2 levels to drop of 1

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.level_reduce %0, 1 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) -> !hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: the result's level must be the input's less 1: expected level 1, got 0

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>) {
  %r = hetorch.bootstrap %0 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
  return
}
// CHECK: input must have dimension 2, got 3, relinearize it first

// -----

func.func @f(%0: tensor<4xf32>) {
  %r = hetorch.encode %0 : (tensor<4xf32>) -> !hetorch.pt<8 : i64, 2 : i64, 40 : i64>
  return
}
// CHECK: the tensor must have one element per slot: it has 4 elements, the plaintext has 8 slots

// -----

func.func @f(%0: tensor<2x4xf32>) {
  %r = hetorch.encode %0 : (tensor<2x4xf32>) -> !hetorch.pt<8 : i64, 2 : i64, 40 : i64>
  return
}
// CHECK: the tensor must have one dimension, got tensor<2x4xf32>

// -----

func.func @f(%0: tensor<8xf32>) {
  %r = hetorch.encrypt %0 : (tensor<8xf32>) -> !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 3 : i64>
  return
}
// CHECK: output must have dimension 2, got 3

// -----

func.func @f(%0: !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) {
  %r = hetorch.decrypt %0 : (!hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>) -> tensor<4xf32>
  return
}
// CHECK: the tensor must have one element per slot: it has 4 elements, the ciphertext has 8 slots
