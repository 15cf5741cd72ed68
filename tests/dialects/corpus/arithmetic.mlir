// PASSES: --mlir-to-bgv=min-slot-count=8 --scheme-to-openfhe=entry-function=main
// PASSES: --mlir-to-bfv=min-slot-count=8 --scheme-to-openfhe=entry-function=main
func.func @main(%x: i16 {secret.secret}, %y: i16 {secret.secret}) -> i16 {
  %c3 = arith.constant 3 : i16
  %0 = arith.muli %x, %y : i16
  %1 = arith.addi %0, %c3 : i16
  %2 = arith.subi %1, %x : i16
  %3 = arith.muli %2, %2 : i16
  return %3 : i16
}
