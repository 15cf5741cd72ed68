// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
!p0 = !mod_arith.int<1152921504606994433 : i64>
#ring_L0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#ring_L1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#ring_key = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1, !p0>, polynomialModulus = <1 + x**8192>>
#ring_f64 = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ps40 = #lwe.plaintext_space<ring = #ring_f64, encoding = #lwe.inverse_canonical_encoding<scaling_factor = 40>>
#ps80 = #lwe.plaintext_space<ring = #ring_f64, encoding = #lwe.inverse_canonical_encoding<scaling_factor = 80>>
#cs0 = #lwe.ciphertext_space<ring = #ring_L0, encryption_type = mix>
#cs1 = #lwe.ciphertext_space<ring = #ring_L1, encryption_type = mix>
#cs1_d3 = #lwe.ciphertext_space<ring = #ring_L1, encryption_type = mix, size = 3>
#chain0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
#chain1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = #cs1, key = <>, modulus_chain = #chain1>
!ct_low = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = #cs0, key = <>, modulus_chain = #chain0>
!ct_scaled = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = #cs1, key = <>, modulus_chain = #chain1>
!ct_square = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = #cs1_d3, key = <>, modulus_chain = #chain1>
!ksk = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = <ring = #ring_key, encryption_type = mix>, key = <>>
!pt = !lwe.lwe_plaintext<plaintext_space = #ps40>

module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1099511922689, 1099512938497], P = [1152921504606994433], logDefaultScale = 40>, test.other = #ckks.scheme_param<logN = 13, Q = [1099511922689], P = [], logDefaultScale = 40, encryptionType = sk, encryptionTechnique = extended>} {
  func.func @ops(%x: !ct, %l: tensor<2x!ct>, %p: !pt, %i: index, %key: tensor<2x!ksk>) {
    %0 = ckks.add %x, %x : (!ct, !ct) -> !ct
    %1 = ckks.sub %l, %l {tag} : (tensor<2x!ct>, tensor<2x!ct>) -> tensor<2x!ct>
    %2 = ckks.mul %x, %0 : (!ct, !ct) -> !ct_square
    %3 = ckks.add_plain %x, %p : (!ct, !pt) -> !ct
    %4 = ckks.sub_plain %p, %x : (!pt, !ct) -> !ct
    %5 = ckks.mul_plain %x, %p : (!ct, !pt) -> !ct_scaled
    %6 = ckks.rotate %x <static_shift = 4 : index> : !ct
    %7 = ckks.rotate %x, %i : index {tag} : !ct
    %8 = ckks.negate %2 : !ct_square
    %9 = ckks.relinearize %2 <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!ct_square) -> !ct_scaled
    %10 = ckks.relinearize %2, %key <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!ct_square, tensor<2x!ksk>) -> !ct_scaled
    %11 = ckks.rescale %9 <to_ring = #ring_L0> : !ct_scaled -> !ct_low
    %12 = ckks.level_reduce %x : !ct -> !ct_low
    %13 = ckks.bootstrap %12 : !ct_low -> !ct
    %14 = ckks.bootstrap %12 <targetLevel = 1> : !ct_low -> !ct
    return
  }
}

// CHECK-DAG:  #ring_f64_1_x8192 = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
// CHECK-DAG:  #inverse_canonical_encoding = #lwe.inverse_canonical_encoding<scaling_factor = 40>
// CHECK-DAG:  !Z1099511922689_i64 = !mod_arith.int<1099511922689 : i64>
// CHECK-DAG:  !Z1099512938497_i64 = !mod_arith.int<1099512938497 : i64>
// CHECK-DAG:  !rns_L1 = !rns.rns<!Z1099511922689_i64, !Z1099512938497_i64>
// CHECK-DAG:  #ring_rns_L1_1_x8192 = #polynomial.ring<coefficientType = !rns_L1, polynomialModulus = <1 + x**8192>>
// CHECK-DAG:  #ciphertext_space_L1 = #lwe.ciphertext_space<ring = #ring_rns_L1_1_x8192, encryption_type = mix>
// CHECK-DAG:  #key = #lwe.key<>
// CHECK-DAG:  #modulus_chain_L1_C1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
// CHECK-DAG:  !ct_L1 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding>, ciphertext_space = #ciphertext_space_L1, key = #key, modulus_chain = #modulus_chain_L1_C1>
// CHECK-DAG:  !pt = !lwe.lwe_plaintext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding>>
// CHECK-DAG:  !Z1152921504606994433_i64 = !mod_arith.int<1152921504606994433 : i64>
// CHECK-DAG:  !rns_L2 = !rns.rns<!Z1099511922689_i64, !Z1099512938497_i64, !Z1152921504606994433_i64>
// CHECK-DAG:  #ring_rns_L2_1_x8192 = #polynomial.ring<coefficientType = !rns_L2, polynomialModulus = <1 + x**8192>>
// CHECK-DAG:  #ciphertext_space_L2 = #lwe.ciphertext_space<ring = #ring_rns_L2_1_x8192, encryption_type = mix>
// CHECK-DAG:  !ct_L2 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding>, ciphertext_space = #ciphertext_space_L2, key = #key>
// CHECK-DAG:  #inverse_canonical_encoding1 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
// CHECK-DAG:  #ciphertext_space_L1_D3 = #lwe.ciphertext_space<ring = #ring_rns_L1_1_x8192, encryption_type = mix, size = 3>
// CHECK-DAG:  !ct_L1_D3 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding1>, ciphertext_space = #ciphertext_space_L1_D3, key = #key, modulus_chain = #modulus_chain_L1_C1>
// CHECK-DAG:  !ct_L1_1 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding1>, ciphertext_space = #ciphertext_space_L1, key = #key, modulus_chain = #modulus_chain_L1_C1>
// CHECK-DAG:  !rns_L0 = !rns.rns<!Z1099511922689_i64>
// CHECK-DAG:  #ring_rns_L0_1_x8192 = #polynomial.ring<coefficientType = !rns_L0, polynomialModulus = <1 + x**8192>>
// CHECK-DAG:  #ciphertext_space_L0 = #lwe.ciphertext_space<ring = #ring_rns_L0_1_x8192, encryption_type = mix>
// CHECK-DAG:  #modulus_chain_L1_C0 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 0>
// CHECK-DAG:  !ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding>, ciphertext_space = #ciphertext_space_L0, key = #key, modulus_chain = #modulus_chain_L1_C0>
// CHECK:      builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1099511922689, 1099512938497], P = [1152921504606994433], logDefaultScale = 40>, test.other = #ckks.scheme_param<logN = 13, Q = [1099511922689], P = [], logDefaultScale = 40, encryptionType = sk, encryptionTechnique = extended>} {
// CHECK-NEXT:   func.func @ops(%x: !ct_L1, %l: tensor<2x!ct_L1>, %p: !pt, %i: index, %key: tensor<2x!ct_L2>) {
// CHECK-NEXT:     %0 = ckks.add %x, %x : (!ct_L1, !ct_L1) -> !ct_L1
// CHECK-NEXT:     %1 = ckks.sub %l, %l {tag} : (tensor<2x!ct_L1>, tensor<2x!ct_L1>) -> tensor<2x!ct_L1>
// CHECK-NEXT:     %2 = ckks.mul %x, %0 : (!ct_L1, !ct_L1) -> !ct_L1_D3
// CHECK-NEXT:     %3 = ckks.add_plain %x, %p : (!ct_L1, !pt) -> !ct_L1
// CHECK-NEXT:     %4 = ckks.sub_plain %p, %x : (!pt, !ct_L1) -> !ct_L1
// CHECK-NEXT:     %5 = ckks.mul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_1
// CHECK-NEXT:     %6 = ckks.rotate %x <static_shift = 4 : index> : !ct_L1
// CHECK-NEXT:     %7 = ckks.rotate %x, %i : index {tag} : !ct_L1
// CHECK-NEXT:     %8 = ckks.negate %2 : !ct_L1_D3
// CHECK-NEXT:     %9 = ckks.relinearize %2 <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!ct_L1_D3) -> !ct_L1_1
// CHECK-NEXT:     %10 = ckks.relinearize %2, %key <from_basis = [0, 1, 2], to_basis = [0, 1]> : (!ct_L1_D3, tensor<2x!ct_L2>) -> !ct_L1_1
// CHECK-NEXT:     %11 = ckks.rescale %9 <to_ring = #ring_rns_L0_1_x8192> : !ct_L1_1 -> !ct_L0
// CHECK-NEXT:     %12 = ckks.level_reduce %x : !ct_L1 -> !ct_L0
// CHECK-NEXT:     %13 = ckks.bootstrap %12 : !ct_L0 -> !ct_L1
// CHECK-NEXT:     %14 = ckks.bootstrap %12 <targetLevel = 1> : !ct_L0 -> !ct_L1
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
