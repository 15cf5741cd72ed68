#seed = #rotom.seed<layouts = [#rotom.layout<n = 8, dims = [[0:2:2] | [0:2:1], [1:4:1]]>]>
func.func @f(%x: tensor<4x4xf32> {rotom.seed = #seed}, %y: tensor<4xf32> {rotom.layout = #rotom.layout<n = 8, dims = [[0:4:1], [G:2:1]]>}, %seed: index) attributes {a = #rotom.dim<[R:4:2]>, b = #rotom.layout<n = 8, rolls = [(0, 1)], dims = [[0:4:1], [1:2:1]]>} {
  %0 = random.init_prng %seed <num_bits = 32 : i32> : (index) -> !random.prng
  %1 = random.discrete_gaussian_distribution %0 <mean = 0 : i32, stddev = 5 : i32> : (!random.prng) -> !random.distribution<distribution_type = gaussian>
  %2 = random.sample %1 : (!random.distribution<distribution_type = gaussian>) -> i32
  %3 = random.discrete_uniform_distribution %0 {range = [-1 : i32, 2 : i32]} : (!random.prng) -> <distribution_type = uniform>
  %4 = arith.constant dense_resource<weights> : tensor<2xf32>
  return
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x04000000000080BF0000803F"
    }
  }
#-}
