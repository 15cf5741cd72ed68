// RUN: hetorch-opt %s | filecheck %s
// RUN: hetorch-opt %s --print-op-generic | hetorch-opt | filecheck %s

module {
func.func @ops(%x: i1) {
  debug.validate %x <name = "a", metadata = "{}"> {tag = 1 : i32} : i1
  debug.validate %x <name = "b"> : i1
  return
}
}

// CHECK: builtin.module {
// CHECK-NEXT:   func.func @ops(%x: i1) {
// CHECK-NEXT:     debug.validate %x <name = "a", metadata = "{}"> {tag = 1 : i32} : i1
// CHECK-NEXT:     debug.validate %x <name = "b"> : i1
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT: }
