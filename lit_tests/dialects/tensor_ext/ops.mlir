// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

#row = #tensor_ext.layout<"{ [i0] -> [ct, slot] : i0 = slot and ct = 0 and 0 <= i0 <= 7 }">
#shift = #tensor_ext.layout<"{ [ct, slot] -> [c, s] : ct = c and s = slot + 1 and 0 <= slot <= 6 }">

func.func @ops(%x: tensor<8xf32>, %t: tensor<1x8xf32>, %w: tensor<8x8xf32>, %i: index, %j: i32,
               %y: tensor<8xf32> {tensor_ext.original_type = #tensor_ext.original_type<originalType = tensor<4xf32>, layout = #row>}) {
  %0 = tensor_ext.rotate %x, %i {note} : tensor<8xf32>, index
  %1 = tensor_ext.rotate %x, %j : tensor<8xf32>, i32
  %2 = tensor_ext.remap %t <permutation = dense<[[0, 0, 0, 1]]> : tensor<1x4xi64>> : tensor<1x8xf32>
  %3 = tensor_ext.remap %t <permutation = #shift> : tensor<1x8xf32>
  %4 = tensor_ext.convert_layout %x <from_layout = #row, to_layout = #row> : tensor<8xf32>
  %5 = tensor_ext.convert_layout %x <from_layout = #row, to_layout = [#row, #shift], domainSchedule = [0], atomic = true> {note} : tensor<8xf32>
  %6 = tensor_ext.assign_layout %x <layout = #row, domainSchedule = [0]> : tensor<8xf32>
  %7 = tensor_ext.assign_layout %x <layout = #row> : tensor<8xf32>
  %8 = tensor_ext.unpack %t <layout = #row> : (tensor<1x8xf32>) -> tensor<8xf32>
  %9 = tensor_ext.rotate_and_reduce %x <period = 1, steps = 8> : (tensor<8xf32>) -> tensor<8xf32>
  %10 = tensor_ext.rotate_and_reduce %x, %w <period = 1, steps = 8, reduceOp = "arith.mulf"> {note} : (tensor<8xf32>, tensor<8x8xf32>) -> tensor<8xf32>
  return
}

// CHECK-DAG:  #layout = #tensor_ext.layout<"{ [i0] -> [ct, slot] : i0 = slot and ct = 0 and 0 <= i0 <= 7 }">
// CHECK-DAG:  #layout1 = #tensor_ext.layout<"{ [ct, slot] -> [c, s] : ct = c and s = slot + 1 and 0 <= slot <= 6 }">
// CHECK:      {tensor_ext.original_type = #tensor_ext.original_type<originalType = tensor<4xf32>, layout = #layout>}
// CHECK-NEXT:   %0 = tensor_ext.rotate %x, %i {note} : tensor<8xf32>, index
// CHECK-NEXT:   %1 = tensor_ext.rotate %x, %j : tensor<8xf32>, i32
// CHECK-NEXT:   %2 = tensor_ext.remap %t <permutation = dense<{{.*}}0, 0, 0, 1{{.*}}> : tensor<1x4xi64>> : tensor<1x8xf32>
// CHECK-NEXT:   %3 = tensor_ext.remap %t <permutation = #layout1> : tensor<1x8xf32>
// CHECK-NEXT:   %4 = tensor_ext.convert_layout %x <from_layout = #layout, to_layout = #layout> : tensor<8xf32>
// CHECK-NEXT:   %5 = tensor_ext.convert_layout %x <from_layout = #layout, to_layout = [#layout, #layout1], domainSchedule = [0], atomic = true> {note} : tensor<8xf32>
// CHECK-NEXT:   %6 = tensor_ext.assign_layout %x <layout = #layout, domainSchedule = [0]> : tensor<8xf32>
// CHECK-NEXT:   %7 = tensor_ext.assign_layout %x <layout = #layout> : tensor<8xf32>
// CHECK-NEXT:   %8 = tensor_ext.unpack %t <layout = #layout> : (tensor<1x8xf32>) -> tensor<8xf32>
// CHECK-NEXT:   %9 = tensor_ext.rotate_and_reduce %x <period = 1, steps = 8> : (tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:   %10 = tensor_ext.rotate_and_reduce %x, %w <period = 1, steps = 8, reduceOp = "arith.mulf"> {note} : (tensor<8xf32>, tensor<8x8xf32>) -> tensor<8xf32>
