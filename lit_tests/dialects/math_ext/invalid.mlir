// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%x: f32) {
  %0 = math_ext.softmax %x : f32
  return
}
// CHECK: must be a tensor of rank 1, 2 or 3, got f32

// -----

func.func @f(%x: si8) {
  %0 = math_ext.sign %x : si8
  return
}
// CHECK: must be a signless integer or a float, got si8
