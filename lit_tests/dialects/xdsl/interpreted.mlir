// xDSL's interpreter knows its own operations only, and is given those.
// RUN: xdsl-run %s --verbose | filecheck %s

func.func @main() -> i32 {
  %three = arith.constant 3 : i32
  %four = arith.constant 4 : i32
  %zero = arith.constant 0 : index
  %b = memref.alloc() : memref<2xi32>
  %less = arith.cmpi slt, %three, %four : i32
  %smaller = arith.select %less, %three, %four : i32
  memref.store %smaller, %b[%zero] : memref<2xi32>
  %0 = memref.load %b[%zero] : memref<2xi32>
  func.return %0 : i32
}
// CHECK: 3
