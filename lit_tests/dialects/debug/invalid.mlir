// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f(%x: i32) {
  debug.validate %x : i32
  return
}
// CHECK: property 'name' expected in operation 'debug.validate'

// -----

func.func @f(%x: i32) {
  debug.validate %x <name = 3 : i32> : i32
  return
}
// CHECK: 3 : i32 should be of base attribute string

// -----

func.func @f(%x: i32) {
  debug.validate %x <name = "x", metadata = 1 : i64> : i32
  return
}
// CHECK: 1 : i64 should be of base attribute string

// -----

func.func @f(%x: i32) {
  debug.validate %x {name = "x"} : i32
  return
}
// CHECK: property 'name' of debug.validate must be written in <…>, not in {…}

// -----

func.func @f(%x: i32) {
  debug.validate %x <name = "x", level = 1> : i32
  return
}
// CHECK: unexpected property 'level' of debug.validate

// -----

func.func @f(%x: i32) {
  "debug.validate"() <{name = "x"}> : () -> ()
  return
}
// CHECK: Expected 1 operand, but got 0

// -----

func.func @f(%x: i32) {
  %0 = "debug.validate"(%x) <{name = "x"}> : (i32) -> i32
  return
}
// CHECK: Expected 0 results, but got 1
