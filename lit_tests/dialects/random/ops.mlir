// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

func.func @ops(%seed: index) {
  // CHECK: %0 = random.init_prng %seed <num_bits = 32 : i32> : (index) -> !random.prng
  %0 = random.init_prng %seed <num_bits = 32 : i32> : (index) -> !random.prng
  // CHECK-NEXT: %1 = random.discrete_uniform_distribution %0 {range = [-1 : i32, 2 : i32]} : (!random.prng) -> <distribution_type = uniform>
  %1 = random.discrete_uniform_distribution %0 {range = [-1 : i32, 2 : i32]} : (!random.prng) -> <distribution_type = uniform>
  // CHECK-NEXT: %2 = random.sample %1 : (!random.distribution<distribution_type = uniform>) -> i32
  %2 = random.sample %1 : (!random.distribution<distribution_type = uniform>) -> i32
  return
}
