// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%a: i1, %b: i1) {
  %0 = comb.truth_table %a, %b -> 6 : ui8
  return
}
// CHECK: expected a lookup table of 4 bits, got ui8

// -----

func.func @f() {
  %0 = "comb.nand"() : () -> i1
  return
}
// CHECK: op expected 1 or more operands, but found 0
