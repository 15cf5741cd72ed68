// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%p: !random.prng) {
  %0 = random.discrete_uniform_distribution %p {range = [2 : i32, -1 : i32]} : (!random.prng) -> <distribution_type = uniform>
  return
}
// CHECK: the range from 2 : i32 to -1 : i32 is empty

// -----

func.func @f(%p: !random.distribution<distribution_type = poisson>) {
  return
}
// CHECK: uniform
