// RUN: hetorch-opt %s | filecheck %s

// CHECK: func.func @f(%x: tensor<4x4xf32> {rotom.layout = #rotom.layout<n = 8, rolls = [(0, 1)], dims = [[0:2:2] | [1:4:1], [R:2:1]]>})
func.func @f(%x: tensor<4x4xf32> {rotom.layout = #rotom.layout<n = 8, rolls = [(0, 1)], dims = [[0:2:2] | [1:4:1], [R:2]]>}) {
  return
}
