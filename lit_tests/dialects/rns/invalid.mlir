// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%x: !rns.rns<!mod_arith.int<5 : i32>, !mod_arith.int<17 : i64>>) {
  return
}
// CHECK: the moduli must be kept in one integer type

// -----

!Z5 = !mod_arith.int<5 : i32>
!Z17 = !mod_arith.int<17 : i32>
!Q = !rns.rns<!Z5, !Z17>
func.func @f(%x: !Q) {
  %0 = rns.extract_slice %x <start = 1, size = 2> : !Q -> !Q
  return
}
// CHECK: 2 residues from 1 on are not within 2 residues

// -----

!Z17 = !mod_arith.int<17 : i32>
!Z5 = !mod_arith.int<5 : i32>
!Q = !rns.rns<!Z5, !Z17>
func.func @f(%x: !Q) {
  %0 = rns.extract_slice %x <start = 0, size = 1> : !Q -> !rns.rns<!Z17>
  return
}
// CHECK: the result's basis must be the slice of the input's

// -----

!Z17 = !mod_arith.int<17 : i32>
!Z5 = !mod_arith.int<5 : i32>
!Q = !rns.rns<!Z5, !Z17>
func.func @f(%x: !Q) {
  %0 = rns.extract_residue %x <index = 0> : !Q -> !Z17
  return
}
// CHECK: the result must be of type !mod_arith.int<5 : i32>

// -----

!Z17 = !mod_arith.int<17 : i32>
func.func @f(%x: i32) {
  %0 = rns.extract_residue %x <index = 0> : i32 -> !Z17
  return
}
// CHECK: expected residue number system values, got i32

// -----

!Z5 = !mod_arith.int<5 : i32>
!Z17 = !mod_arith.int<17 : i32>
!Q = !rns.rns<!Z5, !Z17>
func.func @f() {
  %0 = rns.constant <[#mod_arith.value<3 : !Z5>]> : !Q
  return
}
// CHECK: the result must be of type !rns.rns<!mod_arith.int<5 : i32>>

// -----

!Z5 = !mod_arith.int<5 : i32>
!Z17 = !mod_arith.int<17 : i32>
!Q = !rns.rns<!Z5, !Z17>
func.func @f() {
  %0 = rns.constant <[1 : i32]> : !Q
  return
}
// CHECK: expected an attribute mod_arith.value, got 1 : i32

// -----

!Z5 = !mod_arith.int<5 : i32>
!Z17 = !mod_arith.int<17 : i32>
!Q = !rns.rns<!Z5, !Z17>
func.func @f(%a: !Z5, %b: !Z17) {
  %0 = "rns.pack"(%b, %a) : (!Z17, !Z5) -> !Q
  return
}
// CHECK: the result's basis must consist of the operands' types

// -----

!Z5 = !mod_arith.int<5 : i32>
!Z17 = !mod_arith.int<17 : i32>
!Q = !rns.rns<!Z5, !Z17>
func.func @f(%x: !Q) {
  %0 = rns.convert_basis %x <targetBasis = !rns.rns<!Z5>> : !Q -> !Q
  return
}
// CHECK: the result must be of the target's type
