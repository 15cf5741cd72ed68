// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%x: tensor<8xf32>, %s: !preprocessing.storage<f32>) {
  preprocessing.store %x, %s[] site 0<tensor<8xf32>> : tensor<8xf32>, <f32>
  return
}
// CHECK: element type tensor<8xf32> is not one of the storage's types, !preprocessing.storage<f32>

// -----

func.func @f(%x: tensor<8xf32>, %s: !preprocessing.storage<f32>) {
  %0 = preprocessing.load %s[] site 0<f32> : <f32>, f64
  return
}
// CHECK: value type f64 is not the element type f32

// -----

func.func @f(%x: tensor<8xf32>, %s: !preprocessing.storage<f32>) {
  preprocessing.store %x, %s[] site 0<f32> : tensor<8xf32>, tensor<8xf32>
  return
}
// CHECK: expected a type preprocessing.storage, got tensor<8xf32>

// -----

func.func @f(%x: tensor<8xf32>, %s: !preprocessing.storage<f32>) {
  %0 = preprocessing.load_resource "w.bin" into %x : (tensor<8xf32>) -> tensor<4xf32>
  return
}
// CHECK: destination and result must have one type, got tensor<8xf32> and tensor<4xf32>

// -----

func.func @f(%x: tensor<8xf32>, %s: !preprocessing.storage<f32>) {
  %0 = preprocessing.load_resource "w.bin" into %s : (!preprocessing.storage<f32>) -> tensor<4xf32>
  return
}
// CHECK: Unexpected attribute !preprocessing.storage<f32>

// -----

func.func @f(%x: tensor<?xf32>) {
  %0 = preprocessing.load_resource "w.bin" into %x : (tensor<?xf32>) -> tensor<?xf32>
  return
}
// CHECK: destination type tensor<?xf32> must have a static shape

// -----

func.func @f(%s: !preprocessing.storage<f32>, %i: index) {
  %0 = preprocessing.load %s[%i] site 0<f64> : <f32>, f64
  return
}
// CHECK: element type f64 is not one of the storage's types, !preprocessing.storage<f32>
