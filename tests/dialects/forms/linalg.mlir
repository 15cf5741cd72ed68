#id = affine_map<(d0, d1) -> (d0, d1)>
func.func @f(%a: tensor<2x4x8xf32>, %b: tensor<2x8x3xf32>, %c: tensor<2x4x3xf32>, %m: tensor<4x8xf32>, %w: tensor<8x3xf32>, %o: tensor<4x3xf32>, %i: tensor<1x2x8x8xf32>, %k: tensor<3x2x3x3xf32>, %ko: tensor<1x3x6x6xf32>, %p: tensor<2x2xf32>, %po: tensor<1x2x4x4xf32>, %i1: tensor<1x2x8xf32>, %k1: tensor<3x2x3xf32>, %o1: tensor<1x3x6xf32>, %p1: tensor<2xf32>, %po1: tensor<1x2x4xf32>, %x: f32, %m8: tensor<4x8xi8>, %w16: tensor<8x3xi8>, %o32: tensor<4x3xi32>, %bb: tensor<8xf32>, %v4: tensor<4xf32>, %s: tensor<f32>, %oi: tensor<4x8xi32>) {
  %0 = linalg.batch_matmul {t} ins(%a, %b : tensor<2x4x8xf32>, tensor<2x8x3xf32>) outs(%c : tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  %1 = linalg.matmul {t} ins(%m, %w : tensor<4x8xf32>, tensor<8x3xf32>) outs(%o : tensor<4x3xf32>) -> tensor<4x3xf32>
  %2 = linalg.matmul ins(%m8, %w16 : tensor<4x8xi8>, tensor<8x3xi8>) outs(%o32 : tensor<4x3xi32>) -> tensor<4x3xi32>
  %3 = linalg.conv_2d_nchw_fchw {t} ins(%i, %k : tensor<1x2x8x8xf32>, tensor<3x2x3x3xf32>) outs(%ko : tensor<1x3x6x6xf32>) -> tensor<1x3x6x6xf32>
  %4 = linalg.conv_2d_nchw_fchw {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : vector<2xi64>, t} ins(%i, %k : tensor<1x2x8x8xf32>, tensor<3x2x3x3xf32>) outs(%ko : tensor<1x3x6x6xf32>) -> tensor<1x3x6x6xf32>
  %5 = linalg.pooling_nchw_sum {strides = dense<2> : vector<2xi64>, t} ins(%i, %p : tensor<1x2x8x8xf32>, tensor<2x2xf32>) outs(%po : tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %6 = linalg.pooling_nchw_max {strides = dense<2> : vector<2xi64>, t} ins(%i, %p : tensor<1x2x8x8xf32>, tensor<2x2xf32>) outs(%po : tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %7 = linalg.conv_1d_ncw_fcw {t} ins(%i1, %k1 : tensor<1x2x8xf32>, tensor<3x2x3xf32>) outs(%o1 : tensor<1x3x6xf32>) -> tensor<1x3x6xf32>
  %8 = linalg.pooling_ncw_sum {strides = dense<2> : vector<1xi64>} ins(%i1, %p1 : tensor<1x2x8xf32>, tensor<2xf32>) outs(%po1 : tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  %9 = linalg.pooling_ncw_max {strides = dense<2> : vector<1xi64>} ins(%i1, %p1 : tensor<1x2x8xf32>, tensor<2xf32>) outs(%po1 : tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  %10 = linalg.fill {t} ins(%x : f32) outs(%m : tensor<4x8xf32>) -> tensor<4x8xf32>
  %t0 = tensor.empty() : tensor<8x4xf32>
  %21 = linalg.transpose ins(%m : tensor<4x8xf32>) outs(%t0 : tensor<8x4xf32>) permutation = [1, 0] {t}
  %22 = linalg.broadcast ins(%bb : tensor<8xf32>) outs(%m : tensor<4x8xf32>) dimensions = [0] {t}
  %23 = linalg.reduce ins(%m : tensor<4x8xf32>) outs(%v4 : tensor<4xf32>) dimensions = [1] {t}
    (%in: f32, %init: f32) {
      %q = arith.addf %in, %init : f32
      %q2 = arith.addf %q, %init : f32
      linalg.yield %q2 : f32
    }
  %24 = linalg.reduce { arith.addf } ins(%m : tensor<4x8xf32>) outs(%v4 : tensor<4xf32>) dimensions = [1] {t}
  %25 = linalg.reduce { arith.maximumf } ins(%m : tensor<4x8xf32>) outs(%v4 : tensor<4xf32>) dimensions = [1]
  return
}
#map = affine_map<(d0, d1) -> (d0, d1)>
#map1 = affine_map<(d0, d1) -> (d0)>
func.func @g(%m: tensor<4x8xf32>, %v4: tensor<4xf32>, %vi: tensor<4xi32>, %oi: tensor<4x8xi32>, %b: memref<4x8xf32>, %b2: memref<8x4xf32>) {
  %26:2 = linalg.reduce ins(%m, %oi : tensor<4x8xf32>, tensor<4x8xi32>) outs(%v4, %vi : tensor<4xf32>, tensor<4xi32>) dimensions = [1]
    (%in: f32, %in2: i32, %init: f32, %init2: i32) {
      linalg.yield %in, %in2 : f32, i32
    }
  %0 = linalg.map { arith.addf } ins(%m, %m : tensor<4x8xf32>, tensor<4x8xf32>) outs(%m : tensor<4x8xf32>) {t}
  %1 = linalg.map ins(%m, %m : tensor<4x8xf32>, tensor<4x8xf32>) outs(%m : tensor<4x8xf32>) {t}
    (%in: f32, %in_0: f32, %o: f32) {
      %q = arith.addf %in, %in_0 : f32
      %q2 = arith.addf %q, %q : f32
      linalg.yield %q2 : f32
    }
  %2:2 = linalg.generic {indexing_maps = [#map, #map, #map1], iterator_types = ["parallel", "reduction"], doc = "a", library_call = "b"} ins(%m : tensor<4x8xf32>) outs(%m, %v4 : tensor<4x8xf32>, tensor<4xf32>) attrs = {t} {
    ^bb0(%a: f32, %bb: f32, %c: f32):
      %i = linalg.index 0 {t} : index
      linalg.yield %a, %c : f32, f32
  } -> (tensor<4x8xf32>, tensor<4xf32>)
  linalg.generic {indexing_maps = [#map], iterator_types = ["parallel", "parallel"]} outs(%b : memref<4x8xf32>) {
    ^bb0(%a: f32):
      linalg.yield %a : f32
  }
  linalg.transpose ins(%b : memref<4x8xf32>) outs(%b2 : memref<8x4xf32>) permutation = [1, 0]
  linalg.map { math.absf } ins(%b : memref<4x8xf32>) outs(%b : memref<4x8xf32>)
  %5 = linalg.map outs(%m : tensor<4x8xf32>)
    (%o: f32) {
      linalg.yield %o : f32
    }
  return
}
