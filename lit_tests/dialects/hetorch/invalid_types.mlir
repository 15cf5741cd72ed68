// RUN: hetorch-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

func.func private @f(!hetorch.ct<6 : i64, 2 : i64, 40 : i64, 2 : i64>)
// CHECK: the number of slots must be a power of two, got 6

// -----

func.func private @f(!hetorch.pt<8 : i64, -1 : i64, 40 : i64>)
// CHECK: the level must not be negative, got -1

// -----

func.func private @f(!hetorch.ct<8 : i64, 1 : i64, -40 : i64, 2 : i64>)
// CHECK: the scale (log2) must not be negative, got -40

// -----

func.func private @f(!hetorch.ct<8 : i64, 1 : i64, 40 : i64, 1 : i64>)
// CHECK: a ciphertext has dimension 2 or more, got 1

// -----

func.func private @f(!hetorch.ct<8 : i64, 1 : i64, 40 : i64>)
// CHECK: expected the parameters slots, level, scale, dimension, got 3
