// PASSES: --annotate-module=backend=openfhe --mlir-to-ckks=min-slot-count=16 --scheme-to-openfhe=entry-function=main
// PASSES: --annotate-module=backend=lattigo --mlir-to-ckks=min-slot-count=16 --scheme-to-lattigo=entry-function=main
func.func @main(%x: tensor<16xf32> {secret.secret}, %y: tensor<16xf32> {secret.secret}) -> tensor<16xf32> {
  %half = arith.constant dense<0.5> : tensor<16xf32>
  %0 = arith.mulf %x, %half : tensor<16xf32>
  %1 = arith.mulf %0, %y : tensor<16xf32>
  %2 = arith.subf %1, %x : tensor<16xf32>
  %3 = arith.addf %2, %half : tensor<16xf32>
  return %3 : tensor<16xf32>
}
