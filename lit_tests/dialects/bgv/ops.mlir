// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

!t = !mod_arith.int<65537 : i64>
!q0 = !mod_arith.int<35184372121601 : i64>
!q1 = !mod_arith.int<35184372744193 : i64>
#rp = #polynomial.ring<coefficientType = !t, polynomialModulus = <1 + x**16384>>
#r1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**16384>>
#r0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**16384>>
#e = #lwe.full_crt_packing_encoding<scaling_factor = -1>
#ps = #lwe.plaintext_space<ring = #rp, encoding = #e>
#c1 = #lwe.modulus_chain<elements = <35184372121601 : i64, 35184372744193 : i64>, current = 1>
#c0 = #lwe.modulus_chain<elements = <35184372121601 : i64, 35184372744193 : i64>, current = 0>
!ct1 = !lwe.lwe_ciphertext<plaintext_space = #ps, ciphertext_space = <ring = #r1, encryption_type = lsb>, key = <>, modulus_chain = #c1>
!ct1d3 = !lwe.lwe_ciphertext<plaintext_space = #ps, ciphertext_space = <ring = #r1, encryption_type = lsb, size = 3>, key = <>, modulus_chain = #c1>
!ct0 = !lwe.lwe_ciphertext<plaintext_space = #ps, ciphertext_space = <ring = #r0, encryption_type = lsb>, key = <>, modulus_chain = #c0>
!pt = !lwe.lwe_plaintext<plaintext_space = #ps>
module attributes {bgv.schemeParam = #bgv.scheme_param<logN = 13, Q = [67239937], P = [34359754753], plaintextModulus = 65537>, bgv.other = #bgv.scheme_param<logN = 13, Q = [67239937], P = [], plaintextModulus = 65537, encryptionType = sk, encryptionTechnique = extended>} {
func.func @ops(%x: !ct1, %y: !ct1, %p: !pt, %i: i64) {
  %0 = bgv.add %x, %y : (!ct1, !ct1) -> !ct1
  %1 = bgv.sub %x, %y : (!ct1, !ct1) -> !ct1
  %2 = bgv.add_plain %x, %p : (!ct1, !pt) -> !ct1
  %3 = bgv.sub_plain %p, %y : (!pt, !ct1) -> !ct1
  %4 = bgv.mul %x, %y : (!ct1, !ct1) -> !ct1d3
  %5 = bgv.mul_plain %x, %p {tag = "w"} : (!ct1, !pt) -> !ct1
  %6 = bgv.rotate_cols %x, %i : i64 : !ct1
  %7 = bgv.rotate_cols %x <static_shift = 4 : index> : !ct1
  %8 = bgv.rotate_rows %x <static_shift = 1 : i32> : !ct1
  %9 = bgv.negate %x : !ct1
  %10 = bgv.relinearize %4 <from_basis = [0, 1, 2], to_basis = [0, 1]> : !ct1d3 -> !ct1
  %11 = bgv.modulus_switch %x <to_ring = #r0> : !ct1 -> !ct0
  %12 = bgv.level_reduce %x : !ct1 -> !ct0
  return
}
}

// CHECK: builtin.module attributes {bgv.schemeParam = #bgv.scheme_param<logN = 13, Q = [67239937], P = [34359754753], plaintextModulus = 65537>, bgv.other = #bgv.scheme_param<logN = 13, Q = [67239937], P = [], plaintextModulus = 65537, encryptionType = sk, encryptionTechnique = extended>} {
// CHECK-NEXT:   func.func @ops(%x: !ct_L1, %y: !ct_L1, %p: !pt, %i: i64) {
// CHECK-NEXT:     %0 = bgv.add %x, %y : (!ct_L1, !ct_L1) -> !ct_L1
// CHECK-NEXT:     %1 = bgv.sub %x, %y : (!ct_L1, !ct_L1) -> !ct_L1
// CHECK-NEXT:     %2 = bgv.add_plain %x, %p : (!ct_L1, !pt) -> !ct_L1
// CHECK-NEXT:     %3 = bgv.sub_plain %p, %y : (!pt, !ct_L1) -> !ct_L1
// CHECK-NEXT:     %4 = bgv.mul %x, %y : (!ct_L1, !ct_L1) -> !ct_L1_D3
// CHECK-NEXT:     %5 = bgv.mul_plain %x, %p {tag = "w"} : (!ct_L1, !pt) -> !ct_L1
// CHECK-NEXT:     %6 = bgv.rotate_cols %x, %i : i64 : !ct_L1
// CHECK-NEXT:     %7 = bgv.rotate_cols %x <static_shift = 4 : index> : !ct_L1
// CHECK-NEXT:     %8 = bgv.rotate_rows %x <static_shift = 1 : i32> : !ct_L1
// CHECK-NEXT:     %9 = bgv.negate %x : !ct_L1
// CHECK-NEXT:     %10 = bgv.relinearize %4 <from_basis = [0, 1, 2], to_basis = [0, 1]> : !ct_L1_D3 -> !ct_L1
// CHECK-NEXT:     %11 = bgv.modulus_switch %x <to_ring = #ring_rns_L0_1_x16384> : !ct_L1 -> !ct_L0
// CHECK-NEXT:     %12 = bgv.level_reduce %x : !ct_L1 -> !ct_L0
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT: }
