// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

!Z65537_i32 = !mod_arith.int<65537 : i32>
!Z257_i32 = !mod_arith.int<257 : i32>
!Z85_i32 = !mod_arith.int<85 : i32>
!rns_L1 = !rns.rns<!mod_arith.int<5 : i32>, !mod_arith.int<17 : i32>>

func.func @ops(%i: i32, %x: !Z65537_i32, %t: tensor<4x!Z65537_i32>, %c: !Z85_i32, %j: tensor<2xi32>) {
  %0 = mod_arith.encapsulate %i : i32 -> !Z65537_i32
  %1 = mod_arith.lift standard %x : !Z65537_i32 -> i32
  %2 = mod_arith.lift centered %x {tag} : !Z65537_i32 -> i32
  %3 = mod_arith.mod_switch %x : !Z65537_i32 to !Z257_i32
  %4 = mod_arith.mod_switch %c : !Z85_i32 to !rns_L1
  %5 = mod_arith.encapsulate %j : tensor<2xi32> -> !rns_L1
  %6 = mod_arith.constant 12 : !Z65537_i32
  %7 = mod_arith.constant dense<[1, 2, 3, 4]> : tensor<4x!Z65537_i32>
  %8 = mod_arith.reduce %x : !Z65537_i32
  %9 = mod_arith.add %t, %t {tag} : tensor<4x!Z65537_i32>
  %10 = mod_arith.sub %x, %x : !Z65537_i32
  %11 = mod_arith.mul %4, %5 : !rns_L1
  %12 = mod_arith.mac %x, %10, %6 : !Z65537_i32
  %13 = mod_arith.barrett_reduce %i <modulus = 70000 : i32> : i32
  %14 = mod_arith.subifge %i, %13 : i32
  return
}

// CHECK-DAG:  !Z65537_i32 = !mod_arith.int<65537 : i32>
// CHECK-DAG:  !Z85_i32 = !mod_arith.int<85 : i32>
// CHECK-DAG:  !Z257_i32 = !mod_arith.int<257 : i32>
// CHECK-DAG:  !Z5_i32 = !mod_arith.int<5 : i32>
// CHECK-DAG:  !Z17_i32 = !mod_arith.int<17 : i32>
// CHECK-DAG:  !rns_L1 = !rns.rns<!Z5_i32, !Z17_i32>
// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @ops(%i: i32, %x: !Z65537_i32, %t: tensor<4x!Z65537_i32>, %c: !Z85_i32, %j: tensor<2xi32>) {
// CHECK-NEXT:     %0 = mod_arith.encapsulate %i : i32 -> !Z65537_i32
// CHECK-NEXT:     %1 = mod_arith.lift standard %x : !Z65537_i32 -> i32
// CHECK-NEXT:     %2 = mod_arith.lift centered %x {tag} : !Z65537_i32 -> i32
// CHECK-NEXT:     %3 = mod_arith.mod_switch %x : !Z65537_i32 to !Z257_i32
// CHECK-NEXT:     %4 = mod_arith.mod_switch %c : !Z85_i32 to !rns_L1
// CHECK-NEXT:     %5 = mod_arith.encapsulate %j : tensor<2xi32> -> !rns_L1
// CHECK-NEXT:     %6 = mod_arith.constant 12 : !Z65537_i32
// CHECK-NEXT:     %7 = mod_arith.constant dense<[1, 2, 3, 4]> : tensor<4x!Z65537_i32>
// CHECK-NEXT:     %8 = mod_arith.reduce %x : !Z65537_i32
// CHECK-NEXT:     %9 = mod_arith.add %t, %t {tag} : tensor<4x!Z65537_i32>
// CHECK-NEXT:     %10 = mod_arith.sub %x, %x : !Z65537_i32
// CHECK-NEXT:     %11 = mod_arith.mul %4, %5 : !rns_L1
// CHECK-NEXT:     %12 = mod_arith.mac %x, %10, %6 : !Z65537_i32
// CHECK-NEXT:     %13 = mod_arith.barrett_reduce %i <modulus = 70000 : i32> : i32
// CHECK-NEXT:     %14 = mod_arith.subifge %i, %13 : i32
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
