// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

func.func @ops(%x: tensor<8xf32>) attributes {params = #mgmt.openfhe_params<evalAddCount = 1, keySwitchCount = 2>} {
  %0 = mgmt.modreduce %x {mgmt.mgmt = #mgmt.mgmt<level = 1>} : tensor<8xf32>
  %1 = mgmt.level_reduce %x <levelToDrop = 2> {mgmt.mgmt = #mgmt.mgmt<level = 1, dimension = 3>} : tensor<8xf32>
  %2 = mgmt.level_reduce %x <levelToDrop = 1> {mgmt.mgmt = #mgmt.mgmt<scale = 40, level = 1>} : tensor<8xf32>
  %3 = mgmt.level_reduce_min %x : tensor<8xf32>
  %4 = mgmt.relinearize %x : tensor<8xf32>
  %5 = mgmt.bootstrap %x : tensor<8xf32>
  %6 = mgmt.adjust_scale %x <id = 4> {note} : tensor<8xf32>
  %7 = mgmt.init %x {mgmt.mgmt = #mgmt.mgmt<level = 1>} : tensor<8xf32>
  return
}

// CHECK-DAG:  #mgmt_L1 = #mgmt.mgmt<level = 1>
// CHECK-DAG:  #mgmt_L1_D3 = #mgmt.mgmt<level = 1, dimension = 3>
// CHECK-DAG:  #mgmt_L1_S40 = #mgmt.mgmt<level = 1, scale = 40>
// CHECK:      params = #mgmt.openfhe_params<evalAddCount = 1, keySwitchCount = 2>
// CHECK-NEXT:   %0 = mgmt.modreduce %x {mgmt.mgmt = #mgmt_L1} : tensor<8xf32>
// CHECK-NEXT:   %1 = mgmt.level_reduce %x <levelToDrop = 2> {mgmt.mgmt = #mgmt_L1_D3} : tensor<8xf32>
// CHECK-NEXT:   %2 = mgmt.level_reduce %x {mgmt.mgmt = #mgmt_L1_S40} : tensor<8xf32>
// CHECK-NEXT:   %3 = mgmt.level_reduce_min %x : tensor<8xf32>
// CHECK-NEXT:   %4 = mgmt.relinearize %x : tensor<8xf32>
// CHECK-NEXT:   %5 = mgmt.bootstrap %x : tensor<8xf32>
// CHECK-NEXT:   %6 = mgmt.adjust_scale %x <id = 4> {note} : tensor<8xf32>
// CHECK-NEXT:   %7 = mgmt.init %x {mgmt.mgmt = #mgmt_L1} : tensor<8xf32>
