// PASSES: --mlir-to-cggi=data-type=Integer --scheme-to-tfhe-rs
func.func @main(%x: i8 {secret.secret}, %y: i8 {secret.secret}) -> i8 {
  %c5 = arith.constant 5 : i8
  %0 = arith.addi %x, %c5 : i8
  %1 = arith.muli %0, %y : i8
  %2 = arith.subi %1, %x : i8
  return %2 : i8
}
