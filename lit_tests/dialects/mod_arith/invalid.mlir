// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%x: !mod_arith.int<0 : i32>) {
  return
}
// CHECK: the modulus must be positive and have a bit to spare in i32, got 0

// -----

func.func @f(%x: !mod_arith.int<2147483648 : i32>) {
  return
}
// CHECK: the modulus must be positive and have a bit to spare in i32, got -2147483648

// -----

func.func @f(%x: i32) {
  %0 = mod_arith.add %x, %x : i32
  return
}
// CHECK: operands and result must be modular integers, got i32

// -----

!Z7_i32 = !mod_arith.int<7 : i32>
!Z85_i32 = !mod_arith.int<85 : i32>
func.func @f(%x: !Z7_i32, %y: !Z85_i32) {
  %0 = "mod_arith.mul"(%x, %y) : (!Z7_i32, !Z85_i32) -> !Z7_i32
  return
}
// CHECK: requires the same type for all operands and results

// -----

!Z7_i32 = !mod_arith.int<7 : i32>
func.func @f(%x: i64) {
  %0 = mod_arith.encapsulate %x : i64 -> !Z7_i32
  return
}
// CHECK: is kept in i32, got i64

// -----

!rns = !rns.rns<!mod_arith.int<5 : i32>, !mod_arith.int<17 : i32>>
func.func @f(%x: !rns) {
  %0 = mod_arith.lift standard %x : !rns -> i32
  return
}
// CHECK: needs integers of shape (2,), got i32

// -----

!Z7_i32 = !mod_arith.int<7 : i32>
!rns = !rns.rns<!mod_arith.int<5 : i32>, !mod_arith.int<17 : i32>>
func.func @f(%x: !Z7_i32) {
  %0 = mod_arith.mod_switch %x : !Z7_i32 to !rns
  %1 = mod_arith.mod_switch %0 : !rns to !Z7_i32
  return
}
// CHECK: the product 85 of the residues' moduli must equal 7

// -----

!rns = !rns.rns<!mod_arith.int<5 : i32>, !mod_arith.int<17 : i32>>
func.func @f(%x: !rns) {
  %0 = mod_arith.mod_switch %x : !rns to !rns
  return
}
// CHECK: input and output must not both have several residues

// -----

func.func @f() {
  %0 = mod_arith.constant 3 : i32
  return
}
// CHECK: expected a type of integers of one modulus, got i32

// -----

!Z7_i32 = !mod_arith.int<7 : i32>
func.func @f() {
  %0 = "mod_arith.constant"() <{value = 3 : i64}> : () -> !Z7_i32
  return
}
// CHECK: a value of type i64 and shape () isn't a

// -----

func.func @f(%x: i32) {
  %0 = mod_arith.barrett_reduce %x <modulus = 17 : i32> : i32
  return
}
// CHECK: the operand must have from 5 to 10 bits, got 32

// -----

func.func @f(%x: i32) {
  %0 = mod_arith.barrett_reduce %x {modulus = 70000 : i32} : i32
  return
}
// CHECK: property 'modulus' of mod_arith.barrett_reduce must be written in <…>, not in {…}
