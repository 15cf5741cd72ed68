// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

!Z65537_i32 = !mod_arith.int<65537 : i32>
!Z257_i32 = !mod_arith.int<257 : i32>
!rns_L0 = !rns.rns<!Z65537_i32>
!rns_L0_1 = !rns.rns<!Z257_i32>
!rns_L1 = !rns.rns<!Z65537_i32, !Z257_i32>

func.func @ops(%x: !rns_L1, %t: tensor<4x!rns_L1>, %z: !Z65537_i32) attributes {one = #rns.value<[#mod_arith.value<3 : !Z65537_i32>, #mod_arith.value<4 : !Z257_i32>]>} {
  %0 = rns.extract_slice %x <start = 0, size = 1> {tag} : !rns_L1 -> !rns_L0
  %1 = rns.extract_residue %x <index = 1> : !rns_L1 -> !Z257_i32
  %2 = rns.extract_residue %t <index = 0> : tensor<4x!rns_L1> -> tensor<4x!Z65537_i32>
  %3 = rns.constant <[#mod_arith.value<3 : !Z65537_i32>, #mod_arith.value<4 : !Z257_i32>]> : !rns_L1
  %4 = rns.pack %z, %1 : !Z65537_i32, !Z257_i32
  %5 = rns.convert_basis %x <targetBasis = !rns_L0_1> : !rns_L1 -> !rns_L0_1
  return
}

// CHECK-DAG:  !Z65537_i32 = !mod_arith.int<65537 : i32>
// CHECK-DAG:  !Z257_i32 = !mod_arith.int<257 : i32>
// CHECK-DAG:  !rns_L1 = !rns.rns<!Z65537_i32, !Z257_i32>
// CHECK-DAG:  !rns_L0 = !rns.rns<!Z65537_i32>
// CHECK-DAG:  !rns_L0_1 = !rns.rns<!Z257_i32>
// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @ops(%x: !rns_L1, %t: tensor<4x!rns_L1>, %z: !Z65537_i32) attributes {one = #rns.value<[#mod_arith.value<3 : !Z65537_i32>, #mod_arith.value<4 : !Z257_i32>]>} {
// CHECK-NEXT:     %0 = rns.extract_slice %x <start = 0, size = 1> {tag} : !rns_L1 -> !rns_L0
// CHECK-NEXT:     %1 = rns.extract_residue %x <index = 1> : !rns_L1 -> !Z257_i32
// CHECK-NEXT:     %2 = rns.extract_residue %t <index = 0> : tensor<4x!rns_L1> -> tensor<4x!Z65537_i32>
// CHECK-NEXT:     %3 = rns.constant <[#mod_arith.value<3 : !Z65537_i32>, #mod_arith.value<4 : !Z257_i32>]> : !rns_L1
// CHECK-NEXT:     %4 = rns.pack %z, %1 : !Z65537_i32, !Z257_i32
// CHECK-NEXT:     %5 = rns.convert_basis %x <targetBasis = !rns_L0_1> : !rns_L1 -> !rns_L0_1
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
