// What xDSL reads without this package, it reads with it, and its passes find its operations.
// RUN: xdsl-opt %s | filecheck %s
// RUN: xdsl-opt %s --print-op-generic | xdsl-opt | filecheck %s
// RUN: xdsl-opt %s -p canonicalize | filecheck %s --check-prefix CANONICAL
// RUN: xdsl-opt %s -p convert-memref-to-ptr --allow-unregistered-dialect | filecheck %s --check-prefix POINTER

func.func @mod_arith(%a: i32) -> i32 {
  %0 = mod_arith.add %a, %a {modulus = 17 : i64} : i32
  func.return %0 : i32
}
// CHECK-LABEL: @mod_arith
// CHECK:         mod_arith.add %a, %a {modulus = 17 : i64} : i32

func.func @polynomial(%x: f32, %v: vector<4xf32>) -> (f32, vector<4xf32>) {
  %0 = polynomial.eval #polynomial.typed_chebyshev_polynomial<[0.5 : f64, 2.0 : f64]> : !polynomial.polynomial<ring=<coefficientType=f64>>, %x {scheme = "clenshaw", domain_lower = -2.0 : f64, domain_upper = 2.0 : f64} : f32
  %1 = polynomial.eval #polynomial.typed_chebyshev_polynomial<[0.5 : f64, 2.0 : f64]> : !polynomial.polynomial<ring=<coefficientType=f64>>, %v {scheme = "clenshaw"} : vector<4xf32>
  func.return %0, %1 : f32, vector<4xf32>
}
// CHECK-LABEL: @polynomial
// CHECK:         polynomial.eval #polynomial.typed_chebyshev_polynomial<[5.000000e-01 : f64, 2.000000e+00 : f64]> : !polynomial.polynomial<ring = <coefficientType = f64>>, %x {{.*}}scheme = "clenshaw"
// CHECK:         polynomial.eval {{.*}} : vector<4xf32>

func.func @loops(%n: index, %x: i32, %c: i1) -> i32 {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %sum = scf.for %i = %zero to %n step %one iter_args(%s = %x) -> (i32) {
    %t = arith.addi %s, %x : i32
    scf.yield %t : i32
  }
  %chosen = scf.if %c -> (i32) {
    scf.yield %sum : i32
  } else {
    scf.yield %x : i32
  }
  %wide = arith.extsi %chosen : i32 to i64
  %narrow = arith.trunci %wide : i64 to i32
  func.return %narrow : i32
}
// CHECK-LABEL: @loops
// CHECK:         scf.for %i = %zero to %n step %one iter_args(%s = %x) -> (i32) {
// CHECK:         scf.if %c -> (i32) {
// CHECK:         arith.extsi %chosen : i32 to i64
// CHECK-NEXT:    arith.trunci %wide : i64 to i32

func.func @tensors(%t: tensor<4x2xf32>, %i: index) -> tensor<2xf32> {
  %e = tensor.extract %t[%i, %i] : tensor<4x2xf32>
  %m = tensor.empty() : tensor<2xf32>
  %f = linalg.fill ins(%e : f32) outs(%m : tensor<2xf32>) -> tensor<2xf32>
  func.return %f : tensor<2xf32>
}
// CHECK-LABEL: @tensors
// CHECK:         tensor.extract %t[%i, %i] : tensor<4x2xf32>
// CHECK:         linalg.fill ins(%e : f32) outs(%m : tensor<2xf32>) -> tensor<2xf32>

func.func @buffers(%i: index, %v: f32) {
  %unused = memref.alloc() {alignment = 64 : i64} : memref<1xf32>
  memref.dealloc %unused : memref<1xf32>
  %b = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
  %d = "memref.cast"(%b) : (memref<4xf32>) -> memref<?xf32>
  memref.store %v, %b[%i] : memref<4xf32>
  "memref.copy"(%b, %b) : (memref<4xf32>, memref<4xf32>) -> ()
  func.return
}
// CHECK-LABEL: @buffers
// CHECK:         %b = memref.alloc() alignment = 64 : memref<4xf32>
// CHECK-NEXT:    memref.cast %b : memref<4xf32> to memref<?xf32>
// CHECK:         memref.copy %b, %b : memref<4xf32> to memref<4xf32>

// An allocation that nothing uses goes: the pattern is of xDSL's class of operations.
// CANONICAL-LABEL: @buffers
// CANONICAL-NOT:     memref<1xf32>
// CANONICAL:         memref.alloc() alignment = 64 : memref<4xf32>

// POINTER-LABEL: @buffers
// POINTER-NOT:     memref.cast
// POINTER:         ptr_xdsl.store
