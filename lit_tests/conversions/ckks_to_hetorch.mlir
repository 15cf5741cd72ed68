// RUN: hetorch-opt %s -p convert-ckks-to-hetorch | filecheck %s
// RUN: hetorch-opt %s -p convert-ckks-to-hetorch | hetorch-opt | filecheck %s

#ring_f64_1_x8192 = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#inverse_canonical_encoding = #lwe.inverse_canonical_encoding<scaling_factor = 40>
!Z1125899908022273_i64 = !mod_arith.int<1125899908022273 : i64>
!Z1099511922689_i64 = !mod_arith.int<1099511922689 : i64>
!rns_L1 = !rns.rns<!Z1125899908022273_i64, !Z1099511922689_i64>
#ring_rns_L1_1_x8192 = #polynomial.ring<coefficientType = !rns_L1, polynomialModulus = <1 + x**8192>>
#ciphertext_space_L1 = #lwe.ciphertext_space<ring = #ring_rns_L1_1_x8192, encryption_type = mix>
#key = #lwe.key<>
#modulus_chain_L1_C1 = #lwe.modulus_chain<elements = <1125899908022273 : i64, 1099511922689 : i64>, current = 1>
!ct_L1 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding>, ciphertext_space = #ciphertext_space_L1, key = #key, modulus_chain = #modulus_chain_L1_C1>
!rns_L0 = !rns.rns<!Z1125899908022273_i64>
#ring_rns_L0_1_x8192 = #polynomial.ring<coefficientType = !rns_L0, polynomialModulus = <1 + x**8192>>
#ciphertext_space_L0 = #lwe.ciphertext_space<ring = #ring_rns_L0_1_x8192, encryption_type = mix>
#modulus_chain_L1_C0 = #lwe.modulus_chain<elements = <1125899908022273 : i64, 1099511922689 : i64>, current = 0>
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding>, ciphertext_space = #ciphertext_space_L0, key = #key, modulus_chain = #modulus_chain_L1_C0>
!pt = !lwe.lwe_plaintext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding>>
#inverse_canonical_encoding1 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
!ct_L1_1 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring_f64_1_x8192, encoding = #inverse_canonical_encoding1>, ciphertext_space = #ciphertext_space_L1, key = #key, modulus_chain = #modulus_chain_L1_C1>
builtin.module attributes {scheme.ckks, scheme.actual_slot_count = 8 : i64, scheme.requested_slot_count = 8 : i64, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>, backend.openfhe} {
  func.func @main(%x: !ct_L1) -> !ct_L0 {
    %w = arith.constant dense<[[0.5, 0.25, 1.0, 2.0, 0.5, 0.25, 1.0, 2.0], [1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5]]> : tensor<2x8xf64>
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %w0 = tensor.extract_slice %w[0, 0] [1, 8] [1, 1] : tensor<2x8xf64> to tensor<8xf64>
    %p0 = lwe.rlwe_encode %w0 <encoding = #inverse_canonical_encoding, ring = #ring_f64_1_x8192, level = 1, scale = 40> : tensor<8xf64> -> !pt
    %m0 = ckks.mul_plain %x, %p0 : (!ct_L1, !pt) -> !ct_L1_1
    %sum = scf.for %i = %c1 to %c2 step %c1 iter_args(%acc = %m0) -> (!ct_L1_1) {
      %wi = tensor.extract_slice %w[%i, 0] [1, 8] [1, 1] : tensor<2x8xf64> to tensor<8xf64>
      %p = lwe.rlwe_encode %wi <encoding = #inverse_canonical_encoding, ring = #ring_f64_1_x8192, level = 1, scale = 40> : tensor<8xf64> -> !pt
      %r = ckks.rotate %x, %i : index : !ct_L1
      %m = ckks.mul_plain %r, %p : (!ct_L1, !pt) -> !ct_L1_1
      %a = ckks.add %acc, %m : (!ct_L1_1, !ct_L1_1) -> !ct_L1_1
      scf.yield %a : !ct_L1_1
    }
    %2 = ckks.rescale %sum <to_ring = #ring_rns_L0_1_x8192> : !ct_L1_1 -> !ct_L0
    func.return %2 : !ct_L0
  }
}

// CHECK-DAG:  !ct_L1 = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
// CHECK-DAG:  !ct_L0 = !hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>
// CHECK-DAG:  !pt_L1 = !hetorch.pt<8 : i64, 1 : i64, 40 : i64>
// CHECK-DAG:  !ct_L1_1 = !hetorch.ct<8 : i64, 1 : i64, 80 : i64, 2 : i64>
// CHECK:      builtin.module attributes {scheme.ckks, scheme.requested_slot_count = 8 : i64, scheme.actual_slot_count = 8 : i64, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
// CHECK-NEXT:   func.func @main(%x: !ct_L1) -> !ct_L0 {
// CHECK-NEXT:     %0 = arith.constant dense<[5.000000e-01, 2.500000e-01, 1.000000e+00, 2.000000e+00, 5.000000e-01, 2.500000e-01, 1.000000e+00, 2.000000e+00]> : tensor<8xf64>
// CHECK-NEXT:     %1 = arith.constant dense<1.500000e+00> : tensor<8xf64>
// CHECK-NEXT:     %2 = hetorch.encode %0 : (tensor<8xf64>) -> !pt_L1
// CHECK-NEXT:     %m0 = hetorch.pmult %x, %2 : (!ct_L1, !pt_L1) -> !ct_L1_1
// CHECK-NEXT:     %r = hetorch.rotate %x, 1 : (!ct_L1) -> !ct_L1
// CHECK-NEXT:     %3 = hetorch.encode %1 : (tensor<8xf64>) -> !pt_L1
// CHECK-NEXT:     %m = hetorch.pmult %r, %3 : (!ct_L1, !pt_L1) -> !ct_L1_1
// CHECK-NEXT:     %a = hetorch.cadd %m0, %m : (!ct_L1_1, !ct_L1_1) -> !ct_L1_1
// CHECK-NEXT:     %4 = hetorch.rescale %a : (!ct_L1_1) -> !ct_L0
// CHECK-NEXT:     func.return %4 : !ct_L0
// CHECK-NEXT:   }
// CHECK:      func.func @main__encrypt__arg0(%0: tensor<8xf64>) -> !ct_L1
// CHECK:      %12 = hetorch.encrypt %5 : (tensor<8xf64>) -> !ct_L1
// CHECK:      func.func @main__decrypt__result0(%0: !ct_L0) -> tensor<8xf64>
// CHECK:      %1 = hetorch.decrypt %0 : (!ct_L0) -> tensor<8xf64>
