// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

func.func @ops(%x: tensor<8xf32>, %i: index) {
  %s = preprocessing.empty {note} : <f32, tensor<8xf32>>
  preprocessing.store %x, %s[%i, %i] site 3<tensor<8xf32>> {note} : tensor<8xf32>, <f32, tensor<8xf32>>
  %0 = preprocessing.load %s[] site 3<f32> : <f32, tensor<8xf32>>, f32
  %1 = preprocessing.load %s[%i] site 4<tensor<8xf32>> {note} : !preprocessing.storage<f32, tensor<8xf32>>, tensor<8xf32>
  %2 = preprocessing.load_resource "weights/fc1.bin" into %x {note} : (tensor<8xf32>) -> tensor<8xf32>
  return
}

// CHECK:        %s = preprocessing.empty {note} : <f32, tensor<8xf32>>
// CHECK-NEXT:   preprocessing.store %x, %s[%i, %i] site 3<tensor<8xf32>> {note} : tensor<8xf32>, <f32, tensor<8xf32>>
// CHECK-NEXT:   %0 = preprocessing.load %s[] site 3<f32> : <f32, tensor<8xf32>>, f32
// CHECK-NEXT:   %1 = preprocessing.load %s[%i] site 4<tensor<8xf32>> {note} : <f32, tensor<8xf32>>, tensor<8xf32>
// CHECK-NEXT:   %2 = preprocessing.load_resource "weights/fc1.bin" into %x {note} : (tensor<8xf32>) -> tensor<8xf32>
