// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%x: !secret.secret<tensor<8xf32>>, %i: index) {
  %0 = secret.generic(%x: !secret.secret<tensor<8xf32>>) {
  ^body(%a: tensor<4xf32>):
    secret.yield %a : tensor<4xf32>
  } -> !secret.secret<tensor<4xf32>>
  return
}
// CHECK: argument 0 of the body must have type tensor<8xf32>, as the operand is !secret.secret<tensor<8xf32>>, got tensor<4xf32>

// -----

func.func @f(%x: !secret.secret<tensor<8xf32>>, %i: index) {
  %0 = secret.generic(%i: index) {
  ^body(%a: i64):
    secret.yield %a : i64
  } -> !secret.secret<i64>
  return
}
// CHECK: argument 0 of the body must have type index, as the operand is index, got i64

// -----

func.func @f(%x: !secret.secret<tensor<8xf32>>, %i: index) {
  %0 = secret.generic(%x: !secret.secret<tensor<8xf32>>) {
  ^body(%a: tensor<8xf32>, %b: index):
    secret.yield %a : tensor<8xf32>
  } -> !secret.secret<tensor<8xf32>>
  return
}
// CHECK: the body must have one argument per operand: got 2 arguments and 1 operands

// -----

func.func @f(%x: !secret.secret<tensor<8xf32>>, %i: index) {
  %0 = secret.generic(%x: !secret.secret<tensor<8xf32>>) {
  ^body(%a: tensor<8xf32>):
    secret.yield %a : tensor<8xf32>
  } -> tensor<8xf32>
  return
}
// CHECK: a yield of (tensor<8xf32>) needs a secret.generic of results (!secret.secret<tensor<8xf32>>), got (tensor<8xf32>)

// -----

func.func @f(%x: !secret.secret<tensor<8xf32>>, %i: index) {
  %0 = "secret.generic"(%x) ({
  ^body(%a: tensor<8xf32>):
    "secret.yield"(%a) : (tensor<8xf32>) -> ()
  }) {__resattrs = [{}, {}]} : (!secret.secret<tensor<8xf32>>) -> !secret.secret<tensor<8xf32>>
  return
}
// CHECK: __resattrs must have one dictionary per value: got 2 for 1

// -----

func.func @f(%x: !secret.secret<tensor<8xf32>>, %i: index) {
  secret.yield
  return
}
// CHECK: 'secret.yield' expects parent op 'secret.generic'

// -----

func.func @f(%x: !secret.secret<tensor<8xf32>>, %i: index) {
  %0 = secret.reveal %i : index -> index
  return
}
// CHECK: index should be of base attribute secret.secret

// -----

func.func private @f() attributes {secret.kernel = #secret.kernel<name = "Fast", force = true>}
// CHECK: unknown kernel 'Fast'

// -----

func.func @f(%x: i32) {
  %0 = secret.conceal %x : i32 -> i32
  return
}
// CHECK: i32 should be of base attribute secret.secret

// -----

func.func @f(%x: !secret.secret<i32>) {
  %0 = secret.generic(%x: !secret.secret<i32>) {
  ^body(%a: i32):
    secret.yield
  } -> !secret.secret<i32>
  return
}
// CHECK: a yield of () needs a secret.generic of results ()
