// The rules that xDSL's operations have, they keep.
// RUN: xdsl-opt %s --split-input-file --verify-diagnostics | filecheck %s

%x = "test.op"() : () -> f32
%0 = polynomial.eval #polynomial.typed_chebyshev_polynomial<[0.5 : f64, 2.0 : f64]> : !polynomial.polynomial<ring=<coefficientType=f64>>, %x {scheme = "horner"} : f32
// CHECK: unknown evaluation scheme 'horner'; expected one of: 'clenshaw'

// -----

%x = "test.op"() : () -> f32
%0 = polynomial.eval #polynomial.typed_chebyshev_polynomial<[0.5 : f64, 2.0 : f64]> : !polynomial.polynomial<ring=<coefficientType=f64>>, %x {scheme = "clenshaw", domain_lower = 1.0 : f64, domain_upper = -1.0 : f64} : f32
// CHECK: domain_lower (1.0) must be strictly less than domain_upper (-1.0)

// -----

%x = "test.op"() : () -> f32
%0 = "mod_arith.add"(%x, %x) {modulus = 17} : (f32, f32) -> f32
// CHECK: operand 'lhs' at position 0 does not verify

// -----

// Without a modulus it is HEIR's operation.
%x = "test.op"() : () -> i32
%0 = mod_arith.add %x, %x : i32
// CHECK: operands and result must be modular integers, got i32

// -----

%x = "test.op"() : () -> i32
%0 = arith.extsi %x : i32 to i16
// CHECK: the result must be larger than the 32 bits of the input

// -----

memref.global "public" @c : memref<1xindex> = dense<0> alignment = 65
// CHECK: Alignment attribute 65 is not a power of 2

// -----

%0 = memref.alloc() alignment = 65 : memref<1xf32>
// CHECK: Alignment attribute 65 is not a power of 2

// -----

%0 = memref.alloc() : memref<?xf32>
// CHECK: op dimension operand count does not equal memref dynamic dimension count
