// RUN: hetorch-opt %s -p convert-hetorch-to-ckks | filecheck %s
// RUN: hetorch-opt %s -p convert-hetorch-to-ckks | hetorch-opt | filecheck %s

!ct_L1 = !hetorch.ct<4096 : i64, 1 : i64, 40 : i64, 2 : i64>
!ct_L1_1 = !hetorch.ct<4096 : i64, 1 : i64, 80 : i64, 2 : i64>
!ct_L0 = !hetorch.ct<4096 : i64, 0 : i64, 40 : i64, 2 : i64>
!pt_L1 = !hetorch.pt<4096 : i64, 1 : i64, 40 : i64>
builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1) -> !ct_L0 {
    %w = arith.constant dense<5.000000e-01> : tensor<4096xf64>
    %p = hetorch.encode %w : (tensor<4096xf64>) -> !pt_L1
    %0 = hetorch.rotate %x, 3 : (!ct_L1) -> !ct_L1
    %1 = hetorch.pmult %0, %p : (!ct_L1, !pt_L1) -> !ct_L1_1
    %2 = hetorch.rescale %1 : (!ct_L1_1) -> !ct_L0
    func.return %2 : !ct_L0
  }
  func.func @main__encrypt__arg0(%v: tensor<4096xf64>) -> !ct_L1 attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.encrypt"]}} {
    %0 = hetorch.encrypt %v : (tensor<4096xf64>) -> !ct_L1
    func.return %0 : !ct_L1
  }
  func.func @main__decrypt__result0(%c: !ct_L0) -> tensor<2xf64> attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.decrypt"]}} {
    %0 = hetorch.decrypt %c : (!ct_L0) -> tensor<4096xf64>
    %1 = tensor.extract_slice %0[0] [2] [1] : tensor<4096xf64> to tensor<2xf64>
    func.return %1 : tensor<2xf64>
  }
}

// CHECK-DAG:  #ring_f64_1_x8192 = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
// CHECK-DAG:  #inverse_canonical_encoding = #lwe.inverse_canonical_encoding<scaling_factor = 40>
// CHECK-DAG:  !Z1125899908022273_i64 = !mod_arith.int<1125899908022273 : i64>
// CHECK-DAG:  !Z1099511922689_i64 = !mod_arith.int<1099511922689 : i64>
// CHECK-DAG:  !rns_L1 = !rns.rns<!Z1125899908022273_i64, !Z1099511922689_i64>
// CHECK-DAG:  #ring_rns_L1_1_x8192 = #polynomial.ring<coefficientType = !rns_L1, polynomialModulus = <1 + x**8192>>
// CHECK-DAG:  #ciphertext_space_L1 = #lwe.ciphertext_space<ring = #ring_rns_L1_1_x8192, encryption_type = mix>
// CHECK-DAG:  #key = #lwe.key<>
// CHECK-DAG:  #modulus_chain_L1_C1 = #lwe.modulus_chain<elements = <1125899908022273 : i64, 1099511922689 : i64>, current = 1>
// CHECK-DAG:  !ct_L1 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding>, ciphertext_space = #ciphertext_space_L1, key = #key, modulus_chain = #modulus_chain_L1_C1>
// CHECK-DAG:  !rns_L0 = !rns.rns<!Z1125899908022273_i64>
// CHECK-DAG:  #ring_rns_L0_1_x8192 = #polynomial.ring<coefficientType = !rns_L0, polynomialModulus = <1 + x**8192>>
// CHECK-DAG:  #ciphertext_space_L0 = #lwe.ciphertext_space<ring = #ring_rns_L0_1_x8192, encryption_type = mix>
// CHECK-DAG:  #modulus_chain_L1_C0 = #lwe.modulus_chain<elements = <1125899908022273 : i64, 1099511922689 : i64>, current = 0>
// CHECK-DAG:  !ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding>, ciphertext_space = #ciphertext_space_L0, key = #key, modulus_chain = #modulus_chain_L1_C0>
// CHECK-DAG:  !pt = !lwe.lwe_plaintext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding>>
// CHECK-DAG:  #inverse_canonical_encoding1 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
// CHECK-DAG:  !ct_L1_1 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding1>, ciphertext_space = #ciphertext_space_L1, key = #key, modulus_chain = #modulus_chain_L1_C1>
// CHECK-DAG:  !pkey_L1 = !lwe.lwe_public_key<key = #key, ring = #ring_rns_L1_1_x8192>
// CHECK-DAG:  !skey_L0 = !lwe.lwe_secret_key<key = #key, ring = #ring_rns_L0_1_x8192>
// CHECK:      builtin.module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>, backend.openfhe} {
// CHECK-NEXT:   func.func @main(%x: !ct_L1) -> !ct_L0 {
// CHECK-NEXT:     %w = arith.constant dense<5.000000e-01> : tensor<4096xf64>
// CHECK-NEXT:     %p = lwe.rlwe_encode %w <encoding = #inverse_canonical_encoding, ring = #ring_f64_1_x8192, level = 1, scale = 40> : tensor<4096xf64> -> !pt
// CHECK-NEXT:     %0 = ckks.rotate %x <static_shift = 3 : index> : !ct_L1
// CHECK-NEXT:     %1 = ckks.mul_plain %0, %p : (!ct_L1, !pt) -> !ct_L1_1
// CHECK-NEXT:     %2 = ckks.rescale %1 <to_ring = #ring_rns_L0_1_x8192> : !ct_L1_1 -> !ct_L0
// CHECK-NEXT:     func.return %2 : !ct_L0
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @main__encrypt__arg0(%v: tensor<4096xf64>, %pk: !pkey_L1) -> !ct_L1 attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.encrypt"]}} {
// CHECK-NEXT:     %0 = lwe.rlwe_encode %v <encoding = #inverse_canonical_encoding, ring = #ring_f64_1_x8192, level = 1, scale = 40> : tensor<4096xf64> -> !pt
// CHECK-NEXT:     %1 = lwe.rlwe_encrypt %0, %pk : (!pt, !pkey_L1) -> !ct_L1
// CHECK-NEXT:     func.return %1 : !ct_L1
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @main__decrypt__result0(%c: !ct_L0, %sk: !skey_L0) -> tensor<2xf64> attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.decrypt"]}} {
// CHECK-NEXT:     %0 = lwe.rlwe_decrypt %c, %sk : (!ct_L0, !skey_L0) -> !pt
// CHECK-NEXT:     %1 = lwe.rlwe_decode %0 <encoding = #inverse_canonical_encoding, ring = #ring_f64_1_x8192> : !pt -> tensor<4096xf64>
// CHECK-NEXT:     %2 = tensor.extract_slice %1[0] [2] [1] : tensor<4096xf64> to tensor<2xf64>
// CHECK-NEXT:     func.return %2 : tensor<2xf64>
// CHECK-NEXT:   }
