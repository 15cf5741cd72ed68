// PASSES: --mlir-to-bgv=min-slot-count=8 --scheme-to-openfhe=entry-function=main
// PASSES: --mlir-to-bgv=min-slot-count=8 --scheme-to-lattigo=entry-function=main
// PASSES: --mlir-to-bfv=min-slot-count=8 --scheme-to-openfhe=entry-function=main
func.func @main(%x: tensor<8xi16> {secret.secret}, %y: tensor<8xi16> {secret.secret}) -> tensor<8xi16> {
  %c4 = arith.constant 4 : index
  %c2 = arith.constant 2 : index
  %c1 = arith.constant 1 : index
  %0 = arith.muli %x, %y : tensor<8xi16>
  %1 = tensor_ext.rotate %0, %c4 : tensor<8xi16>, index
  %2 = arith.addi %0, %1 : tensor<8xi16>
  %3 = tensor_ext.rotate %2, %c2 : tensor<8xi16>, index
  %4 = arith.addi %2, %3 : tensor<8xi16>
  %5 = tensor_ext.rotate %4, %c1 : tensor<8xi16>, index
  %6 = arith.addi %4, %5 : tensor<8xi16>
  return %6 : tensor<8xi16>
}
