// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

func.func @ops(%a: i1, %b: i1, %c: i8) {
  // CHECK: comb.truth_table %a, %b -> 6 : ui4
  %0 = comb.truth_table %a, %b -> 6 : ui4
  // CHECK-NEXT: comb.inv bin %a : i1
  %1 = comb.inv bin %a : i1
  // CHECK-NEXT: comb.nand %a, %b : i1
  %2 = comb.nand %a, %b : i1
  // CHECK-NEXT: comb.nor %a, %b : i1
  %3 = comb.nor %a, %b : i1
  // CHECK-NEXT: comb.xnor %a, %b, %a : i1
  %4 = comb.xnor %a, %b, %a : i1
  // CHECK-NEXT: comb.parity %c : i8
  %5 = comb.parity %c : i8
  // CHECK-NEXT: comb.lut %c, %c <coefficients = [1, 2], lookupTable = [3]> : (i8, i8) -> i8
  %6 = comb.lut %c, %c <coefficients = [1, 2], lookupTable = [3]> : (i8, i8) -> i8
  return
}
