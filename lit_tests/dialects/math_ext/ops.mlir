// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

func.func @ops(%x: f32, %t: tensor<2x4xf32>) {
  // CHECK: math_ext.sign %x : f32
  %0 = math_ext.sign %x : f32
  // CHECK-NEXT: math_ext.sigmoid %t : tensor<2x4xf32>
  %1 = math_ext.sigmoid %t : tensor<2x4xf32>
  // CHECK-NEXT: math_ext.softmax %t {domain_lower = -3.000000e+00 : f64} : tensor<2x4xf32>
  %2 = math_ext.softmax %t {domain_lower = -3.0 : f64} : tensor<2x4xf32>
  return
}
