// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

!ct = !openfhe.ciphertext

func.func @loops(%ct: !ct, %t: tensor<3xindex>, %n: index, %m: tensor<4x4xf32>, %row: tensor<1x4xf32>) {
  %0 = tensor.empty() : tensor<3x!ct>
  %1 = scf.forall (%i) in (3) shared_outs(%out = %0) -> (tensor<3x!ct>) {
    %one = tensor.from_elements %ct : tensor<1x!ct>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %one into %out[%i] [1] [1] : tensor<1x!ct> into tensor<3x!ct>
    }
  }
  %2 = scf.forall (%i, %j) = (0, %n) to (4, 4) step (2, 1) shared_outs(%out = %m) -> (tensor<4x4xf32>) {
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %row into %out[%i, 0] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<4x4xf32>
    }
  }
  scf.forall (%i) in (%n) {
    scf.forall.in_parallel {
    }
  } {tag}
  return
}

// CHECK-DAG:  !ct = !openfhe.ciphertext
// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @loops(%ct: !ct, %t: tensor<3xindex>, %n: index, %m: tensor<4x4xf32>, %row: tensor<1x4xf32>) {
// CHECK-NEXT:     %0 = tensor.empty() : tensor<3x!ct>
// CHECK-NEXT:     %1 = scf.forall (%i) in (3) shared_outs(%out = %0) -> (tensor<3x!ct>) {
// CHECK-NEXT:       %one = tensor.from_elements %ct : tensor<1x!ct>
// CHECK-NEXT:       scf.forall.in_parallel {
// CHECK-NEXT:         tensor.parallel_insert_slice %one into %out[%i] [1] [1] : tensor<1x!ct> into tensor<3x!ct>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     %2 = scf.forall (%i_1, %j) = (0, %n) to (4, 4) step (2, 1) shared_outs(%out_1 = %m) -> (tensor<4x4xf32>) {
// CHECK-NEXT:       scf.forall.in_parallel {
// CHECK-NEXT:         tensor.parallel_insert_slice %row into %out_1[%i_1, 0] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<4x4xf32>
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     scf.forall (%i_2) in (%n) {
// CHECK-NEXT:     } {tag}
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
