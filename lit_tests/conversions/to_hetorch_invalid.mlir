// RUN: hetorch-opt %s -p convert-secret-to-hetorch --split-input-file --verify-diagnostics | filecheck %s
// RUN: not hetorch-opt %s -p convert-ckks-to-hetorch --split-input-file 2>&1 | filecheck %s --check-prefix LEVEL
// LEVEL: the module is at secret level, not at ckks level

func.func @f(%x: !secret.secret<tensor<8xf32>>, %n: index) -> !secret.secret<tensor<8xf32>> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> (!secret.secret<tensor<8xf32>>) {
    scf.yield %s : !secret.secret<tensor<8xf32>>
  }
  %1 = secret.generic(%0: !secret.secret<tensor<8xf32>>) {
  ^body(%a: tensor<8xf32>):
    secret.yield %a : tensor<8xf32>
  } -> !secret.secret<tensor<8xf32>>
  return %1 : !secret.secret<tensor<8xf32>>
}
// CHECK: {{.*}}:8:{{[0-9]+}}: error: scf.for: depends on argument 1, of type index, whose value isn't known; replace the argument by a constant

// -----

func.func @f(%x: !secret.secret<tensor<8xf32>>) -> !secret.secret<tensor<8xf32>> {
  %0 = secret.generic(%x: !secret.secret<tensor<8xf32>>) {
  ^body(%a: tensor<8xf32>):
    %1 = arith.mulf %a, %a : tensor<8xf32>
    %2 = mgmt.relinearize %1 : tensor<8xf32>
    %3 = mgmt.modreduce %2 : tensor<8xf32>
    %4 = arith.addf %3, %a : tensor<8xf32>
    secret.yield %4 : tensor<8xf32>
  } -> !secret.secret<tensor<8xf32>>
  return %0 : !secret.secret<tensor<8xf32>>
}
// CHECK: error: arith.addf: the levels of the operands differ by 1; put a mgmt.level_reduce on the operand at the higher level

// -----

func.func @f(%x: !secret.secret<tensor<12xf32>>) -> !secret.secret<tensor<12xf32>> {
  %0 = secret.generic(%x: !secret.secret<tensor<12xf32>>) {
  ^body(%a: tensor<12xf32>):
    %1 = arith.addf %a, %a : tensor<12xf32>
    secret.yield %1 : tensor<12xf32>
  } -> !secret.secret<tensor<12xf32>>
  return %0 : !secret.secret<tensor<12xf32>>
}
// CHECK: error: the program's ciphertexts have 12 slots, which is no power of two; pad the tensors

// -----

func.func @f(%x: !secret.secret<tensor<8xf32>>) -> !secret.secret<tensor<8xf32>> {
  %0 = secret.generic(%x: !secret.secret<tensor<8xf32>>) {
  ^body(%a: tensor<8xf32>):
    %1 = arith.maximumf %a, %a : tensor<8xf32>
    secret.yield %1 : tensor<8xf32>
  } -> !secret.secret<tensor<8xf32>>
  return %0 : !secret.secret<tensor<8xf32>>
}
// CHECK: error: arith.maximumf

// -----

builtin.module attributes {scheme.bgv} {
  func.func @f(%x: !secret.secret<tensor<8xf32>>) { func.return }
}
// CHECK: error: the program is of scheme BGV, and only CKKS can be imported; lower it with scheme=ckks
