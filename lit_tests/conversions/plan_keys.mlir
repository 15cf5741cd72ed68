// RUN: hetorch-opt %s -p 'plan-keys{budget=1048576 key_bytes=1048576 manifest="%t.json"}' | filecheck %s
// RUN: filecheck %s --input-file %t.json --check-prefix JSON
// RUN: hetorch-opt %s -p "plan-keys{budget=2097152 key_bytes=1048576}" | filecheck %s --check-prefix TWO
// RUN: hetorch-opt %s -p "plan-keys{budget=10000000}" | filecheck %s --check-prefix ALL

#ring = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**8192>>
#e40 = #lwe.inverse_canonical_encoding<scaling_factor = 40>
#e80 = #lwe.inverse_canonical_encoding<scaling_factor = 80>
!z0 = !mod_arith.int<1125899908022273 : i64>
!z1 = !mod_arith.int<1099511922689 : i64>
#ring_L0 = #polynomial.ring<coefficientType = !rns.rns<!z0>, polynomialModulus = <1 + x**8192>>
#ring_L1 = #polynomial.ring<coefficientType = !rns.rns<!z0, !z1>, polynomialModulus = <1 + x**8192>>
#chain_L0 = #lwe.modulus_chain<elements = <1125899908022273 : i64, 1099511922689 : i64>, current = 0>
#chain_L1 = #lwe.modulus_chain<elements = <1125899908022273 : i64, 1099511922689 : i64>, current = 1>
!pt = !lwe.lwe_plaintext<plaintext_space = <ring = #ring, encoding = #e40>>
!ct_L1 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L1, encryption_type = mix>, key = <>, modulus_chain = #chain_L1>
!ct_L1_1 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e80>, ciphertext_space = <ring = #ring_L1, encryption_type = mix>, key = <>, modulus_chain = #chain_L1>
module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1) -> !ct_L1 {
    %0 = ckks.rotate %x <static_shift = 1 : index> : !ct_L1
    %1 = ckks.rotate %0 <static_shift = 2 : index> : !ct_L1
    %2 = ckks.add %0, %1 : (!ct_L1, !ct_L1) -> !ct_L1
    %3 = ckks.rotate %2 <static_shift = 1 : index> : !ct_L1
    return %3 : !ct_L1
  }
  func.func @client(%x: !ct_L1) -> !ct_L1 {
    return %x : !ct_L1
  }
}

// CHECK:      func.func @main(
// CHECK-NEXT:   %[[C1:.*]] = arith.constant 1 : i64
// CHECK-NEXT:   %[[K1:.*]] = key_mgmt.load_key %[[C1]] : i64 -> !{{.*}}
// CHECK-NEXT:   ckks.rotate %x <static_shift = 1 : index>
// CHECK-NEXT:   key_mgmt.clear_key %[[K1]]
// CHECK-NEXT:   %[[C2:.*]] = arith.constant 2 : i64
// CHECK-NEXT:   %[[K2:.*]] = key_mgmt.load_key %[[C2]]
// CHECK-NEXT:   ckks.rotate {{.*}} <static_shift = 2 : index>
// CHECK-NEXT:   key_mgmt.clear_key %[[K2]]
// CHECK-NEXT:   ckks.add
// CHECK-NEXT:   %[[K3:.*]] = key_mgmt.load_key %[[C1]]
// CHECK-NEXT:   ckks.rotate {{.*}} <static_shift = 1 : index>
// CHECK-NEXT:   key_mgmt.clear_key %[[K3]]
// CHECK-NEXT:   return
// CHECK:      func.func @client(
// CHECK-NEXT:   return

// JSON: "peak_bytes": 1048576
// JSON-SAME: "loads": 3
// JSON-SAME: [0, "load", "rotation", 1]

// TWO:      func.func @main(
// TWO:      key_mgmt.prefetch_key
// TWO:      key_mgmt.load_key
// TWO-NEXT: ckks.rotate

// ALL-COUNT-2: key_mgmt.load_key
// ALL-NOT:     key_mgmt.load_key
