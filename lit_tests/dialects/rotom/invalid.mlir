// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func @f() attributes {a = #rotom.layout<n = 16, dims = [[0:8:1]]>} {
  return
}
// CHECK: slot dims must fill the ciphertext exactly (slot extent 8 vs n = 16)

// -----

func.func @f() attributes {a = #rotom.layout<n = 8, dims = [[0:2:4], [1:8:1]]>} {
  return
}
// CHECK: the written `|` split (0 ciphertext dims) does not match the derived split (1)

// -----

func.func @f() attributes {a = #rotom.layout<n = 8, rolls = [(0, 0)], dims = [[1:8:1]]>} {
  return
}
// CHECK: each roll must use two distinct dim indices

// -----

func.func @f() attributes {a = #rotom.dim<[0:0:1]>} {
  return
}
// CHECK: `size` must be > 0, got 0
