// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

!q0 = !mod_arith.int<1099511922689 : i64>
!q1 = !mod_arith.int<1099512938497 : i64>
#ring_L0 = #polynomial.ring<coefficientType = !rns.rns<!q0>, polynomialModulus = <1 + x**8192>>
#ring_L1 = #polynomial.ring<coefficientType = !rns.rns<!q0, !q1>, polynomialModulus = <1 + x**8192>>
#ring_f64 = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#ring_i3_x = #polynomial.ring<coefficientType = i3, polynomialModulus = <x>>
#ring_i32_x = #polynomial.ring<coefficientType = i32, polynomialModulus = <x>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
#ps40 = #lwe.plaintext_space<ring = #ring_f64, encoding = #e40>
#ps80 = #lwe.plaintext_space<ring = #ring_f64, encoding = #e80>
#cs0 = #lwe.ciphertext_space<ring = #ring_L0, encryption_type = mix>
#cs1 = #lwe.ciphertext_space<ring = #ring_L1, encryption_type = mix>
#cs1_d3 = #lwe.ciphertext_space<ring = #ring_L1, encryption_type = mix, size = 3>
#chain1 = #lwe.modulus_chain<elements = <1099511922689 : i64, 1099512938497 : i64>, current = 1>
!ct = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = #cs1, key = <>, modulus_chain = #chain1>
!ct_square = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = #cs1_d3, key = <>, modulus_chain = #chain1>
!ct_scaled = !lwe.lwe_ciphertext<plaintext_space = #ps80, ciphertext_space = #cs1, key = <>, modulus_chain = #chain1>
!ct_open = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = #cs0, key = <slot_index = 3>>
!ct_free = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = #cs1, key = <>>
!ct_free_low = !lwe.lwe_ciphertext<plaintext_space = #ps40, ciphertext_space = #cs0, key = <>>
!ct_bool = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_i3_x, encoding = #lwe.constant_coefficient_encoding<scaling_factor = 536870912>>, ciphertext_space = <ring = #ring_i32_x, encryption_type = msb, size = 742>, key = <>>
!pt = !lwe.lwe_plaintext<plaintext_space = #ps40>
!pt_bool = !lwe.lwe_plaintext<plaintext_space = <ring = #ring_i3_x, encoding = #lwe.constant_coefficient_encoding<scaling_factor = 536870912>>>
!pk = !lwe.lwe_public_key<key = <>, ring = #ring_L1>
!sk = !lwe.lwe_secret_key<key = <>, ring = #ring_L1>
!elt = !lwe.lwe_ring_elt<ring = #ring_L1>
!elt_low = !lwe.lwe_ring_elt<ring = #ring_L0>

func.func @ops(%x: !ct, %l: tensor<2x!ct>, %p: !pt, %b: !ct_bool, %v: tensor<4096xf64>, %m: tensor<2x4096xf64>, %i: i3, %pk: !pk, %sk: !sk, %ksk: tensor<2x!ct>, %open: !ct_open, %free: !ct_free) attributes {a = #lwe.no_overflow<>, b = #lwe.preserve_overflow<>, c = #lwe.coefficient_encoding<scaling_factor = 7>} {
  %0 = lwe.add %b, %b : !ct_bool
  %1 = lwe.radd %x, %x {tag} : (!ct, !ct) -> !ct
  %2 = lwe.rsub %l, %l : (tensor<2x!ct>, tensor<2x!ct>) -> tensor<2x!ct>
  %3 = lwe.rmul %x, %x : (!ct, !ct) -> !ct_square
  %4 = lwe.radd_plain %x, %p : (!ct, !pt) -> !ct
  %5 = lwe.rsub_plain %p, %x : (!pt, !ct) -> !ct
  %6 = lwe.rmul_plain %x, %p : (!ct, !pt) -> !ct_scaled
  %7 = lwe.rnegate %x : !ct
  %8 = lwe.mul_scalar %b, %i : (!ct_bool, i3) -> !ct_bool
  %9 = lwe.encode %i <plaintext_bits = 3> : i3 to !pt_bool
  %10 = lwe.trivial_encrypt %p : !pt -> !ct
  %11 = lwe.rlwe_encode %v <encoding = #e40, ring = #ring_f64> : tensor<4096xf64> -> !pt
  %12 = lwe.rlwe_encode %m <encoding = #e40, ring = #ring_f64, level = 1, scale = 40> : tensor<2x4096xf64> -> tensor<2x!pt>
  %13 = lwe.rlwe_decode %p <encoding = #e40, ring = #ring_f64> : !pt -> tensor<4096xf64>
  %14 = lwe.rlwe_encrypt %p, %pk : (!pt, !pk) -> !ct
  %15 = lwe.rlwe_encrypt %p, %sk : (!pt, !sk) -> !ct
  %16 = lwe.rlwe_decrypt %x, %sk : (!ct, !sk) -> !pt
  %17 = lwe.extract_coeff %x <index = 1> : !ct
  %18 = lwe.mul_ring_elt %17, %x : (!elt, !ct) -> !ct
  %19 = lwe.from_coeffs %17, %17 : (!elt, !elt) -> !ct
  %20 = lwe.extract_slice %17 <start = 0, size = 1> : !elt -> !elt_low
  %21 = lwe.convert_basis %20 <targetBasis = !rns.rns<!q0, !q1>> : !elt_low -> !elt
  %22 = lwe.mod_down %free <targetBasis = !rns.rns<!q0>> : !ct_free -> !ct_free_low
  %23, %24 = lwe.key_switch_inner %17, %ksk : (!elt, tensor<2x!ct>) -> (!elt, !elt)
  return
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
// CHECK-DAG:  #ring_i3_x = #polynomial.ring<coefficientType = i3, polynomialModulus = <x>>
// CHECK-DAG:  #constant_coefficient_encoding = #lwe.constant_coefficient_encoding<scaling_factor = 536870912>
// CHECK-DAG:  #ring_i32_x = #polynomial.ring<coefficientType = i32, polynomialModulus = <x>>
// CHECK-DAG:  #ciphertext_space_i32_D742 = #lwe.ciphertext_space<ring = #ring_i32_x, encryption_type = msb, size = 742>
// CHECK-DAG:  !ct_i32_D742 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_i3_x, encoding = #constant_coefficient_encoding>, ciphertext_space = #ciphertext_space_i32_D742, key = #key>
// CHECK-DAG:  !pkey_L1 = !lwe.lwe_public_key<key = #key, ring = #ring_rns_L1_1_x8192>
// CHECK-DAG:  !skey_L1 = !lwe.lwe_secret_key<key = #key, ring = #ring_rns_L1_1_x8192>
// CHECK-DAG:  !rns_L0 = !rns.rns<!Z1099511922689_i64>
// CHECK-DAG:  #ring_rns_L0_1_x8192 = #polynomial.ring<coefficientType = !rns_L0, polynomialModulus = <1 + x**8192>>
// CHECK-DAG:  #ciphertext_space_L0 = #lwe.ciphertext_space<ring = #ring_rns_L0_1_x8192, encryption_type = mix>
// CHECK-DAG:  #key1 = #lwe.key<slot_index = 3>
// CHECK-DAG:  !ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding>, ciphertext_space = #ciphertext_space_L0, key = #key1>
// CHECK-DAG:  !ct_L1_1 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding>, ciphertext_space = #ciphertext_space_L1, key = #key>
// CHECK-DAG:  #coefficient_encoding = #lwe.coefficient_encoding<scaling_factor = 7>
// CHECK-DAG:  #inverse_canonical_encoding1 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
// CHECK-DAG:  #ciphertext_space_L1_D3 = #lwe.ciphertext_space<ring = #ring_rns_L1_1_x8192, encryption_type = mix, size = 3>
// CHECK-DAG:  !ct_L1_D3 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding1>, ciphertext_space = #ciphertext_space_L1_D3, key = #key, modulus_chain = #modulus_chain_L1_C1>
// CHECK-DAG:  !ct_L1_2 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding1>, ciphertext_space = #ciphertext_space_L1, key = #key, modulus_chain = #modulus_chain_L1_C1>
// CHECK-DAG:  !pt1 = !lwe.lwe_plaintext<plaintext_space = <ring = #ring_i3_x, encoding = #constant_coefficient_encoding>>
// CHECK-DAG:  !ringelt = !lwe.lwe_ring_elt<ring = #ring_rns_L1_1_x8192>
// CHECK-DAG:  !ringelt1 = !lwe.lwe_ring_elt<ring = #ring_rns_L0_1_x8192>
// CHECK-DAG:  !ct_L0_1 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding>, ciphertext_space = #ciphertext_space_L0, key = #key>
// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @ops(%x: !ct_L1, %l: tensor<2x!ct_L1>, %p: !pt, %b: !ct_i32_D742, %v: tensor<4096xf64>, %m: tensor<2x4096xf64>, %i: i3, %pk: !pkey_L1, %sk: !skey_L1, %ksk: tensor<2x!ct_L1>, %open: !ct_L0, %free: !ct_L1_1) attributes {a = #lwe.no_overflow<>, b = #lwe.preserve_overflow<>, c = #coefficient_encoding} {
// CHECK-NEXT:     %0 = lwe.add %b, %b : !ct_i32_D742
// CHECK-NEXT:     %1 = lwe.radd %x, %x {tag} : (!ct_L1, !ct_L1) -> !ct_L1
// CHECK-NEXT:     %2 = lwe.rsub %l, %l : (tensor<2x!ct_L1>, tensor<2x!ct_L1>) -> tensor<2x!ct_L1>
// CHECK-NEXT:     %3 = lwe.rmul %x, %x : (!ct_L1, !ct_L1) -> !ct_L1_D3
// CHECK-NEXT:     %4 = lwe.radd_plain %x, %p : (!ct_L1, !pt) -> !ct_L1
// CHECK-NEXT:     %5 = lwe.rsub_plain %p, %x : (!pt, !ct_L1) -> !ct_L1
// CHECK-NEXT:     %6 = lwe.rmul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_2
// CHECK-NEXT:     %7 = lwe.rnegate %x : !ct_L1
// CHECK-NEXT:     %8 = lwe.mul_scalar %b, %i : (!ct_i32_D742, i3) -> !ct_i32_D742
// CHECK-NEXT:     %9 = lwe.encode %i <plaintext_bits = 3> : i3 to !pt1
// CHECK-NEXT:     %10 = lwe.trivial_encrypt %p : !pt -> !ct_L1
// CHECK-NEXT:     %11 = lwe.rlwe_encode %v <encoding = #inverse_canonical_encoding, ring = #ring_f64_1_x8192> : tensor<4096xf64> -> !pt
// CHECK-NEXT:     %12 = lwe.rlwe_encode %m <encoding = #inverse_canonical_encoding, ring = #ring_f64_1_x8192, level = 1, scale = 40> : tensor<2x4096xf64> -> tensor<2x!pt>
// CHECK-NEXT:     %13 = lwe.rlwe_decode %p <encoding = #inverse_canonical_encoding, ring = #ring_f64_1_x8192> : !pt -> tensor<4096xf64>
// CHECK-NEXT:     %14 = lwe.rlwe_encrypt %p, %pk : (!pt, !pkey_L1) -> !ct_L1
// CHECK-NEXT:     %15 = lwe.rlwe_encrypt %p, %sk : (!pt, !skey_L1) -> !ct_L1
// CHECK-NEXT:     %16 = lwe.rlwe_decrypt %x, %sk : (!ct_L1, !skey_L1) -> !pt
// CHECK-NEXT:     %17 = lwe.extract_coeff %x <index = 1> : !ct_L1
// CHECK-NEXT:     %18 = lwe.mul_ring_elt %17, %x : (!ringelt, !ct_L1) -> !ct_L1
// CHECK-NEXT:     %19 = lwe.from_coeffs %17, %17 : (!ringelt, !ringelt) -> !ct_L1
// CHECK-NEXT:     %20 = lwe.extract_slice %17 <start = 0, size = 1> : !ringelt -> !ringelt1
// CHECK-NEXT:     %21 = lwe.convert_basis %20 <targetBasis = !rns_L1> : !ringelt1 -> !ringelt
// CHECK-NEXT:     %22 = lwe.mod_down %free <targetBasis = !rns_L0> : !ct_L1_1 -> !ct_L0_1
// CHECK-NEXT:     %23, %24 = lwe.key_switch_inner %17, %ksk : (!ringelt, tensor<2x!ct_L1>) -> (!ringelt, !ringelt)
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
