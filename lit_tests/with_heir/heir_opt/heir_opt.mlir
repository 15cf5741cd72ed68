// RUN: xdsl-opt %s -p "heir-opt{passes=\"--cse\"}" | filecheck %s
// RUN: hetorch-opt %s -p "heir-opt{passes=\"--cse\"}" | filecheck %s
// RUN: xdsl-opt %s -p "heir-opt{passes=cse generic=true}" | filecheck %s
// RUN: xdsl-opt %s -p "heir-opt{passes=\"--cse --secretize --wrap-generic\"}" | filecheck %s --check-prefix SECRET
// RUN: xdsl-opt %s -p "heir-opt{passes=cse,secretize,\"'--wrap-generic'\"}" | filecheck %s --check-prefix SECRET
// RUN: xdsl-opt %s -p "cse,heir-opt{passes=secretize},heir-opt{passes=wrap-generic}" | filecheck %s --check-prefix SECRET
// RUN: xdsl-opt %s -p "heir-opt" | filecheck %s --check-prefix SAME
// RUN: hetorch-opt %s --print-debuginfo -p "heir-opt{passes=cse}" | filecheck %s --check-prefix PLACES

builtin.module attributes {hetorch.kept} {
  func.func @f(%x: i32) -> i32 {
    %0 = arith.addi %x, %x : i32
    %1 = arith.addi %x, %x : i32
    %2 = arith.muli %0, %1 : i32
    func.return %2 : i32
  }
}

// CHECK:      builtin.module attributes {hetorch.kept} {
// CHECK-NEXT:   func.func @f(%arg0: i32) -> i32 {
// CHECK-NEXT:     %0 = arith.addi %arg0, %arg0 : i32
// CHECK-NEXT:     %1 = arith.muli %0, %0 : i32
// CHECK-NEXT:     func.return %1 : i32

// SECRET:      func.func @f(%{{.*}}: !secret.secret<i32>) -> !secret.secret<i32> {
// SECRET-NEXT:   %{{.*}} = secret.generic(
// SECRET:          arith.addi
// SECRET-NEXT:     arith.muli
// SECRET-NEXT:     secret.yield

// SAME:      arith.addi
// SAME-NEXT: arith.addi
// SAME-NEXT: arith.muli

// PLACES: #loc = loc("{{.*}}heir_opt.mlir":12:5)
// PLACES: arith.addi %arg0, %arg0 : i32 loc(#loc)
