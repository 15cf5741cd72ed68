#map = affine_map<(d0, d1) -> (d0, d1)>
#map1 = affine_map<(d0, d1) -> (d0)>
#set = affine_set<(d0) : (d0 - 1 >= 0)>
func.func private @decl(tensor<4xf32> {a.b = 1 : i32}, i32) -> (i32 {a.c}) attributes {x.y}
func.func private @decl2(i32)
func.func private @decl3() -> (i32, i32)
func.func @f(%x: f32, %t: tensor<4x8xf32> {a.b}, %n: index, %c: i1, %d: tensor<?x8xf32>, %s: tensor<f32>, %m: memref<4x8xf32>, %mi: memref<4xi8>) -> (f32 {a.d}) attributes {a.e = 1 : i32} {
  %0 = tensor.empty() {a} : tensor<4x8xf32>
  %1 = tensor.empty(%n) {a} : tensor<?x8xf32>
  %2 = tensor.extract %t[%n, %n] {a} : tensor<4x8xf32>
  %3 = tensor.insert %x into %t[%n, %n] {a} : tensor<4x8xf32>
  %4 = tensor.extract_slice %t[0, 0] [1, 8] [1, 1] {a} : tensor<4x8xf32> to tensor<8xf32>
  %5 = tensor.extract_slice %t[%n, 0] [1, %n] [1, 1] {a} : tensor<4x8xf32> to tensor<1x?xf32>
  %6 = tensor.insert_slice %4 into %t[0, 0] [1, 8] [1, 1] {a} : tensor<8xf32> into tensor<4x8xf32>
  %7 = tensor.collapse_shape %t [[0, 1]] {a} : tensor<4x8xf32> into tensor<32xf32>
  %8 = tensor.expand_shape %7 [[0, 1]] output_shape [4, 8] {a} : tensor<32xf32> into tensor<4x8xf32>
  %9 = tensor.expand_shape %s [] output_shape [1, 1] : tensor<f32> into tensor<1x1xf32>
  %10 = tensor.collapse_shape %9 [] {a} : tensor<1x1xf32> into tensor<f32>
  %11 = tensor.cast %t {a} : tensor<4x8xf32> to tensor<?x8xf32>
  %12 = tensor.dim {a} %t, %n : tensor<4x8xf32>
  %13 = tensor.from_elements %x, %x {a} : tensor<2xf32>
  %14 = tensor.from_elements %x : tensor<f32>
  %15 = tensor.splat %x {a} : tensor<4xf32>
  %16 = tensor.splat %x[%n] : tensor<?xf32>
  %17 = tensor.generate %n {
  ^bb0(%i: index):
    tensor.yield %x : f32
  } {a} : tensor<?xf32>
  %18 = tensor.pad %t low[1, 1] high[1, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %x : f32
  } {a} : tensor<4x8xf32> to tensor<6x10xf32>
  %19 = tensor.pad %t nofold low[%n, 1] high[1, %n] {
  ^bb0(%i: index, %j: index):
    tensor.yield %x : f32
  } : tensor<4x8xf32> to tensor<?x?xf32>
  %20 = tensor.concat dim(0) %t, %t {a} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
  %21 = arith.constant dense<[4, 8]> : tensor<2xi32>
  %22 = tensor.reshape %7(%21) : (tensor<32xf32>, tensor<2xi32>) -> tensor<4x8xf32>
  %23 = tensor.rank %t : tensor<4x8xf32>
  %24 = tensor.bitcast %t {a} : tensor<4x8xf32> to tensor<4x8xi32>
  %25 = tensor.expand_shape %d [[0, 1], [2]] output_shape [%n, 2, 8] : tensor<?x8xf32> into tensor<?x2x8xf32>
  %26 = tensor.gather %t[%21] gather_dims([0, 1]) : (tensor<4x8xf32>, tensor<2xi32>) -> tensor<f32>
  %27 = bufferization.alloc_tensor() : tensor<4xf32>
  %28 = bufferization.to_tensor %m restrict {a} : memref<4x8xf32> to tensor<4x8xf32>
  %29 = bufferization.to_buffer %t {a} : tensor<4x8xf32> to memref<4x8xf32, strided<[?, ?], offset: ?>>
  %30 = bufferization.clone %m : memref<4x8xf32> to memref<4x8xf32>
  bufferization.dealloc_tensor %t : tensor<4x8xf32>
  %31 = bufferization.materialize_in_destination %t in %t : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %x : f32
}
func.func @g(%0 : i32) -> (i32, i32 {a.b}) {
  return {a} %0, %0 : i32, i32
}
func.func @h(%0 : i32) {
  %1:2 = call @g(%0) {a} : (i32) -> (i32, i32)
  %2 = func.constant @g : (i32) -> (i32, i32)
  %3:2 = func.call_indirect %2(%0) : (i32) -> (i32, i32)
  func.return
}
func.func @k(%i : index, %x: i32, %t: tensor<8xi32>, %m: memref<8xi32>, %c: i1) -> i32 {
  %0 = affine.for %j = 0 to 8 iter_args(%a = %x) -> (i32) {
    %q = affine.apply affine_map<(d0) -> (d0 + 1)>(%j) {a}
    %l = affine.load %m[%j] {a} : memref<8xi32>
    affine.store %l, %m[%j + 1] {a} : memref<8xi32>
    %b = arith.addi %a, %l : i32
    affine.yield %b : i32
  } {a}
  affine.for %j = 0 to 8 step 2 {
  }
  affine.for %j = affine_map<(d0) -> (d0)>(%i) to affine_map<(d0) -> (d0 + 8)>(%i) {
  }
  affine.for %j = max affine_map<(d0) -> (d0, 1)>(%i) to min affine_map<(d0) -> (d0 + 8, 9)>(%i) {
  }
  affine.for %j = %i to %i {
  }
  %1 = affine.if #set(%i) -> i32 {
    affine.yield %x : i32
  } else {
    affine.yield %x : i32
  } {a}
  affine.if #set(%i) {
  }
  %2 = affine.min affine_map<(d0) -> (d0 + 8, 9)>(%i)
  %3 = affine.max affine_map<(d0)[s0] -> (d0 + 8, s0)>(%i)[%i]
  %w0 = affine.load %m[%i + symbol(%i) * 2 - 3] : memref<8xi32>
  %4 = scf.for %j = %i to %i step %i iter_args(%a = %x) -> (i32) {
    scf.yield %a : i32
  } {a}
  scf.for %j = %x to %x step %x : i32 {
  }
  %5 = scf.if %c -> (i32) {
    scf.yield %x : i32
  } else {
    scf.yield %x : i32
  } {a}
  scf.if %c {
  }
  scf.if %c {
  } else {
    func.call @h(%x) : (i32) -> ()
  }
  %6 = scf.while (%a = %x) : (i32) -> i32 {
    scf.condition(%c) %a : i32
  } do {
  ^bb0(%a: i32):
    scf.yield %a : i32
  } attributes {a}
  %7 = scf.execute_region -> i32 {
    scf.yield %x : i32
  }
  %8 = scf.index_switch %i -> i32
  case 1 {
    scf.yield %x : i32
  }
  default {
    scf.yield %x : i32
  }
  scf.for unsigned %j = %x to %x step %x : i32 {
  }
  cf.br ^bb1(%x : i32)
^bb1(%z: i32):
  cf.cond_br %c, ^bb2, ^bb1(%z : i32) {a}
^bb2:
  cf.switch %x : i32, [
    default: ^bb3,
    1: ^bb3
  ]
^bb3:
  return %x : i32
}
