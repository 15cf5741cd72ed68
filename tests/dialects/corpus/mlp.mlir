// PASSES: --annotate-module=backend=openfhe --torch-linalg-to-ckks=min-slot-count=8 --scheme-to-openfhe=entry-function=main
// PASSES: --annotate-module=backend=lattigo --torch-linalg-to-ckks=min-slot-count=8 --scheme-to-lattigo=entry-function=main
func.func @main(%x: tensor<8xf32> {secret.secret}) -> tensor<4xf32> {
  %weights = arith.constant dense<[[0.5, -0.25, 1.0, 0.0, 0.125, 0.75, -1.0, 0.5],
                                   [1.5, 0.25, -1.0, 0.5, 0.25, -0.75, 1.0, 0.0],
                                   [0.0, 1.25, 0.5, -0.5, 0.375, 0.25, 0.0, 1.0],
                                   [-0.5, 0.0, 0.25, 1.0, -0.125, 0.5, 0.75, 0.25]]> : tensor<4x8xf32>
  %bias = arith.constant dense<[0.5, 0.25, -0.5, 1.0]> : tensor<4xf32>
  %0 = linalg.matvec ins(%weights, %x : tensor<4x8xf32>, tensor<8xf32>) outs(%bias : tensor<4xf32>) -> tensor<4xf32>
  %1 = arith.mulf %0, %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}
