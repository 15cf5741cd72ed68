// RUN: hetorch-opt %s -p lint-he --split-input-file --verify-diagnostics | filecheck %s

// ring degree against logN

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
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix>, key = <>, modulus_chain = #chain_L0>
module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 14, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1, %w: tensor<4096xf64>) -> !ct_L1 {
    %p = lwe.rlwe_encode %w <encoding = #e40, ring = #ring, level = 1, scale = 40> : tensor<4096xf64> -> !pt
    %0 = ckks.mul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_1
    %1 = ckks.rescale %0 <to_ring = #ring_L0> : !ct_L1_1 -> !ct_L0
    %2 = ckks.bootstrap %1 : !ct_L0 -> !ct_L1
    return %2 : !ct_L1
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'func.func' has a ciphertext in a ring of degree 8192, expected 16384: ckks.schemeParam has logN = 14
// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'func.func' has a plaintext in a ring of degree 8192, expected 16384: ckks.schemeParam has logN = 14

// -----

// modulus chain against Q

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
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix>, key = <>, modulus_chain = #chain_L0>
module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099512938497], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1, %w: tensor<4096xf64>) -> !ct_L1 {
    %p = lwe.rlwe_encode %w <encoding = #e40, ring = #ring, level = 1, scale = 40> : tensor<4096xf64> -> !pt
    %0 = ckks.mul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_1
    %1 = ckks.rescale %0 <to_ring = #ring_L0> : !ct_L1_1 -> !ct_L0
    %2 = ckks.bootstrap %1 : !ct_L0 -> !ct_L1
    return %2 : !ct_L1
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'func.func' has a ring over the primes [1125899908022273, 1099511922689], which are not the first ones of Q
// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'func.func' has the modulus chain [1125899908022273, 1099511922689], expected Q = [1125899908022273, 1099512938497]

// -----

// more values than slots

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
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix>, key = <>, modulus_chain = #chain_L0>
module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1, %w: tensor<8192xf64>) -> !ct_L1 {
    %p = lwe.rlwe_encode %w <encoding = #e40, ring = #ring, level = 1, scale = 40> : tensor<8192xf64> -> !pt
    %0 = ckks.mul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_1
    %1 = ckks.rescale %0 <to_ring = #ring_L0> : !ct_L1_1 -> !ct_L0
    %2 = ckks.bootstrap %1 : !ct_L0 -> !ct_L1
    return %2 : !ct_L1
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'lwe.rlwe_encode' packs 8192 values, but there are 4096 slots

// -----

// a number of values that is no power of two

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
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix>, key = <>, modulus_chain = #chain_L0>
module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1, %w: tensor<784xf64>) -> !ct_L1 {
    %p = lwe.rlwe_encode %w <encoding = #e40, ring = #ring, level = 1, scale = 40> : tensor<784xf64> -> !pt
    %0 = ckks.mul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_1
    %1 = ckks.rescale %0 <to_ring = #ring_L0> : !ct_L1_1 -> !ct_L0
    %2 = ckks.bootstrap %1 : !ct_L0 -> !ct_L1
    return %2 : !ct_L1
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'lwe.rlwe_encode' packs 784 values, which is no power of two: the slots would not repeat them evenly

// -----

// plaintext level against its use

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
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix>, key = <>, modulus_chain = #chain_L0>
module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1, %w: tensor<4096xf64>) -> !ct_L1 {
    %p = lwe.rlwe_encode %w <encoding = #e40, ring = #ring, level = 0, scale = 40> : tensor<4096xf64> -> !pt
    %0 = ckks.mul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_1
    %1 = ckks.rescale %0 <to_ring = #ring_L0> : !ct_L1_1 -> !ct_L0
    %2 = ckks.bootstrap %1 : !ct_L0 -> !ct_L1
    return %2 : !ct_L1
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'ckks.mul_plain' combines a ciphertext at level 1 with a plaintext encoded at 0

// -----

// plaintext scale against its encoding

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
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix>, key = <>, modulus_chain = #chain_L0>
module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1, %w: tensor<4096xf64>) -> !ct_L1 {
    %p = lwe.rlwe_encode %w <encoding = #e40, ring = #ring, level = 1, scale = 39> : tensor<4096xf64> -> !pt
    %0 = ckks.mul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_1
    %1 = ckks.rescale %0 <to_ring = #ring_L0> : !ct_L1_1 -> !ct_L0
    %2 = ckks.bootstrap %1 : !ct_L0 -> !ct_L1
    return %2 : !ct_L1
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'lwe.rlwe_encode' has scale 39, but its encoding has scaling factor 40

// -----

// plaintext level beyond Q

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
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix>, key = <>, modulus_chain = #chain_L0>
module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1, %w: tensor<4096xf64>) -> !ct_L1 {
    %p = lwe.rlwe_encode %w <encoding = #e40, ring = #ring, level = 2, scale = 40> : tensor<4096xf64> -> !pt
    %0 = ckks.mul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_1
    %1 = ckks.rescale %0 <to_ring = #ring_L0> : !ct_L1_1 -> !ct_L0
    %2 = ckks.bootstrap %1 : !ct_L0 -> !ct_L1
    return %2 : !ct_L1
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'lwe.rlwe_encode' is at level 2, but Q has primes for levels up to 1

// -----

// bootstrap to its own level

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
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix>, key = <>, modulus_chain = #chain_L0>
module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1, %w: tensor<4096xf64>) -> !ct_L0 {
    %p = lwe.rlwe_encode %w <encoding = #e40, ring = #ring, level = 1, scale = 40> : tensor<4096xf64> -> !pt
    %0 = ckks.mul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_1
    %1 = ckks.rescale %0 <to_ring = #ring_L0> : !ct_L1_1 -> !ct_L0
    %2 = ckks.bootstrap %1 : !ct_L0 -> !ct_L0
    return %2 : !ct_L0
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'ckks.bootstrap' gives level 0 for a ciphertext at level 0: nothing is gained

// -----

// bootstrap to another scale

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
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix>, key = <>, modulus_chain = #chain_L0>
module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1, %w: tensor<4096xf64>) -> !ct_L1_1 {
    %p = lwe.rlwe_encode %w <encoding = #e40, ring = #ring, level = 1, scale = 40> : tensor<4096xf64> -> !pt
    %0 = ckks.mul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_1
    %1 = ckks.rescale %0 <to_ring = #ring_L0> : !ct_L1_1 -> !ct_L0
    %2 = ckks.bootstrap %1 : !ct_L0 -> !ct_L1_1
    return %2 : !ct_L1_1
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'ckks.bootstrap' gives scale 80, expected the default one, 40

// -----

// bootstrap to levels that it consumes

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
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix>, key = <>, modulus_chain = #chain_L0>
module attributes {scheme.ckks, backend.config_override = {bootstrapLevelsConsumed = 1 : i64}, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L1, %w: tensor<4096xf64>) -> !ct_L1 {
    %p = lwe.rlwe_encode %w <encoding = #e40, ring = #ring, level = 1, scale = 40> : tensor<4096xf64> -> !pt
    %0 = ckks.mul_plain %x, %p : (!ct_L1, !pt) -> !ct_L1_1
    %1 = ckks.rescale %0 <to_ring = #ring_L0> : !ct_L1_1 -> !ct_L0
    %2 = ckks.bootstrap %1 : !ct_L0 -> !ct_L1
    return %2 : !ct_L1
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'ckks.bootstrap' gives level 1, expected at most 0: 1 of Q are consumed

// -----

// mgmt: plaintext level against its use

module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}, %w: tensor<4096xf32>) -> (!secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}) {
    %p = mgmt.init %w {mgmt.mgmt = #mgmt.mgmt<level = 0, scale = 40>} : tensor<4096xf32>
    %0 = secret.generic(%x: !secret.secret<tensor<4096xf32>>) {
    ^body(%a: tensor<4096xf32>):
      %1 = arith.addf %a, %p {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<4096xf32>
      %2 = arith.mulf %1, %p {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 80>} : tensor<4096xf32>
      %3 = mgmt.modreduce %2 {mgmt.mgmt = #mgmt.mgmt<level = 0, scale = 40>} : tensor<4096xf32>
      %4 = mgmt.bootstrap %3 {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<4096xf32>
      secret.yield %4 : tensor<4096xf32>
    } -> (!secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>})
    return %0 : !secret.secret<tensor<4096xf32>>
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'arith.addf' is at level 1, but its plaintext is encoded at 0
// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'arith.mulf' is at level 1, but its plaintext is encoded at 0

// -----

// mgmt: plaintext scale against its use

module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}, %w: tensor<4096xf32>) -> (!secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}) {
    %p = mgmt.init %w {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 39>} : tensor<4096xf32>
    %0 = secret.generic(%x: !secret.secret<tensor<4096xf32>>) {
    ^body(%a: tensor<4096xf32>):
      %1 = arith.addf %a, %p {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<4096xf32>
      %2 = arith.mulf %1, %p {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 80>} : tensor<4096xf32>
      %3 = mgmt.modreduce %2 {mgmt.mgmt = #mgmt.mgmt<level = 0, scale = 40>} : tensor<4096xf32>
      %4 = mgmt.bootstrap %3 {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<4096xf32>
      secret.yield %4 : tensor<4096xf32>
    } -> (!secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>})
    return %0 : !secret.secret<tensor<4096xf32>>
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'arith.addf' takes a plaintext of scale 40, but it is encoded at 39
// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'arith.mulf' takes a plaintext of scale 40, but it is encoded at 39

// -----

// mgmt: more values than slots

module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !secret.secret<tensor<8192xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}, %w: tensor<8192xf32>) -> (!secret.secret<tensor<8192xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}) {
    %p = mgmt.init %w {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<8192xf32>
    %0 = secret.generic(%x: !secret.secret<tensor<8192xf32>>) {
    ^body(%a: tensor<8192xf32>):
      %1 = arith.addf %a, %p {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<8192xf32>
      %2 = arith.mulf %1, %p {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 80>} : tensor<8192xf32>
      %3 = mgmt.modreduce %2 {mgmt.mgmt = #mgmt.mgmt<level = 0, scale = 40>} : tensor<8192xf32>
      %4 = mgmt.bootstrap %3 {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<8192xf32>
      secret.yield %4 : tensor<8192xf32>
    } -> (!secret.secret<tensor<8192xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>})
    return %0 : !secret.secret<tensor<8192xf32>>
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'secret.generic' packs 8192 values, but there are 4096 slots

// -----

// mgmt: level beyond Q

module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}, %w: tensor<4096xf32>) -> (!secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}) {
    %p = mgmt.init %w {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<4096xf32>
    %0 = secret.generic(%x: !secret.secret<tensor<4096xf32>>) {
    ^body(%a: tensor<4096xf32>):
      %1 = arith.addf %a, %p {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<4096xf32>
      %2 = arith.mulf %1, %p {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 80>} : tensor<4096xf32>
      %3 = mgmt.modreduce %2 {mgmt.mgmt = #mgmt.mgmt<level = 0, scale = 40>} : tensor<4096xf32>
      %4 = mgmt.bootstrap %3 {mgmt.mgmt = #mgmt.mgmt<level = 2, scale = 40>} : tensor<4096xf32>
      secret.yield %4 : tensor<4096xf32>
    } -> (!secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>})
    return %0 : !secret.secret<tensor<4096xf32>>
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'mgmt.bootstrap' gives level 2, expected at most 1: 0 of Q are consumed
// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'mgmt.bootstrap' is at level 2, but Q has primes for levels up to 1

// -----

// mgmt: bootstrap to another scale

module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}, %w: tensor<4096xf32>) -> (!secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>}) {
    %p = mgmt.init %w {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<4096xf32>
    %0 = secret.generic(%x: !secret.secret<tensor<4096xf32>>) {
    ^body(%a: tensor<4096xf32>):
      %1 = arith.addf %a, %p {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>} : tensor<4096xf32>
      %2 = arith.mulf %1, %p {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 80>} : tensor<4096xf32>
      %3 = mgmt.modreduce %2 {mgmt.mgmt = #mgmt.mgmt<level = 0, scale = 40>} : tensor<4096xf32>
      %4 = mgmt.bootstrap %3 {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 41>} : tensor<4096xf32>
      secret.yield %4 : tensor<4096xf32>
    } -> (!secret.secret<tensor<4096xf32>> {mgmt.mgmt = #mgmt.mgmt<level = 1, scale = 40>})
    return %0 : !secret.secret<tensor<4096xf32>>
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'mgmt.bootstrap' gives scale 41, expected the default one, 40

// -----

// bootstrap of a ciphertext that isn't relinearized

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
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix>, key = <>, modulus_chain = #chain_L0>
!ct_L0_D3 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix, size = 3>, key = <>, modulus_chain = #chain_L0>
module attributes {scheme.ckks, ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899908022273, 1099511922689], P = [1152921504606994433], logDefaultScale = 40>} {
  func.func @main(%x: !ct_L0_D3) -> !ct_L1 {
    %0 = ckks.bootstrap %x : !ct_L0_D3 -> !ct_L1
    return %0 : !ct_L1
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'ckks.bootstrap' takes dimension 3 to 2, expected 2 and 2

// -----

// bootstrap to another plaintext ring

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
!ct_L0 = !lwe.lwe_ciphertext<plaintext_space = <ring = #ring, encoding = #e40>, ciphertext_space = <ring = #ring_L0, encryption_type = mix>, key = <>, modulus_chain = #chain_L0>
#other = #polynomial.ring<coefficientType = f64, polynomialModulus = <1 + x**4096>>
!ct_other = !lwe.lwe_ciphertext<plaintext_space = <ring = #other, encoding = #e40>, ciphertext_space = <ring = #ring_L1, encryption_type = mix>, key = <>, modulus_chain = #chain_L1>
module attributes {scheme.ckks} {
  func.func @main(%x: !ct_L0) -> !ct_other {
    %0 = ckks.bootstrap %x : !ct_L0 -> !ct_other
    return %0 : !ct_other
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'ckks.bootstrap' changes the plaintext ring

// -----

// bootstrap at secret level to the level that is there
module attributes {scheme.ckks} {
  func.func @main(%x: !secret.secret<tensor<8xf32>>) -> !secret.secret<tensor<8xf32>> {
    %0 = secret.generic(%x: !secret.secret<tensor<8xf32>>) {
    ^body(%a: tensor<8xf32>):
      %1 = mgmt.level_reduce %a {mgmt.mgmt = #mgmt.mgmt<level = 1>} : tensor<8xf32>
      %2 = mgmt.bootstrap %1 {mgmt.mgmt = #mgmt.mgmt<level = 1>} : tensor<8xf32>
      secret.yield %2 : tensor<8xf32>
    } -> !secret.secret<tensor<8xf32>>
    return %0 : !secret.secret<tensor<8xf32>>
  }
}

// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'mgmt.bootstrap' gives level 1 for a ciphertext at level 1: nothing is gained

// -----

// more values than coefficients in BGV, whose slots are as many
#rp = #polynomial.ring<coefficientType = !mod_arith.int<65537 : i64>, polynomialModulus = <1 + x**8>>
#e = #lwe.full_crt_packing_encoding<scaling_factor = 1>
!pt = !lwe.lwe_plaintext<plaintext_space = <ring = #rp, encoding = #e>>
module attributes {scheme.bgv} {
  func.func @main(%v: tensor<8xi64>, %w: tensor<16xi64>) {
    %0 = lwe.rlwe_encode %v <encoding = #e, ring = #rp> : tensor<8xi64> -> !pt
    %1 = lwe.rlwe_encode %w <encoding = #e, ring = #rp> : tensor<16xi64> -> !pt
    return
  }
}

// CHECK-NOT: packs 8 values
// CHECK: {{.*}}:{{[0-9]+:[0-9]+}}: error: 'lwe.rlwe_encode' packs 16 values, but there are 8 slots
