"""Small programs for tests of encrypted execution: eight slots, three levels, a ring of 2^13.

The ring is too small for the modulus to be secure, which makes keys and operations fast.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from he_dialects.parsing import parse_module

from hetorch_heir.backends.recording import Program

SLOTS = 8
TEXT = """
!ct = !hetorch.ct<8 : i64, 3 : i64, 40 : i64, 2 : i64>
!pt = !hetorch.pt<8 : i64, 3 : i64, 40 : i64>
!ct_wide = !hetorch.ct<8 : i64, 3 : i64, 80 : i64, 2 : i64>
!ct_2 = !hetorch.ct<8 : i64, 2 : i64, 40 : i64, 2 : i64>
!pt_2 = !hetorch.pt<8 : i64, 2 : i64, 40 : i64>
!ct_square = !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 3 : i64>
!ct_relinearized = !hetorch.ct<8 : i64, 2 : i64, 80 : i64, 2 : i64>
!ct_1 = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
!ct_0 = !hetorch.ct<8 : i64, 0 : i64, 40 : i64, 2 : i64>
module attributes {scheme.ckks, scheme.requested_slot_count = 8 : i64, scheme.actual_slot_count = 8 : i64,
    ckks.schemeParam = #ckks.scheme_param<logN = 13,
      Q = [1125899906826241, 1099512004609, 1099511480321, 1099511922689], P = [1152921504606830593],
      logDefaultScale = 40>} {
  func.func @main(%x: !ct) -> !ct_0 {
    %w = arith.constant dense<[1.0, 0.5, 0.25, 0.125, 1.0, 0.5, 0.25, 0.125]> : tensor<8xf32>
    %b = arith.constant dense<0.5> : tensor<8xf32>
    %r1 = hetorch.rotate %x, 1 : (!ct) -> !ct
    %r3 = hetorch.rotate %x, 3 : (!ct) -> !ct
    %s = hetorch.cadd %r1, %r3 : (!ct, !ct) -> !ct
    %pw = hetorch.encode %w : (tensor<8xf32>) -> !pt
    %m = hetorch.pmult %s, %pw : (!ct, !pt) -> !ct_wide
    %n = hetorch.rescale %m : (!ct_wide) -> !ct_2
    %pb = hetorch.encode %b : (tensor<8xf32>) -> !pt_2
    %a = hetorch.padd %n, %pb : (!ct_2, !pt_2) -> !ct_2
    %q = hetorch.cmult %a, %a : (!ct_2, !ct_2) -> !ct_square
    %l = hetorch.relinearize %q : (!ct_square) -> !ct_relinearized
    %t = hetorch.rescale %l : (!ct_relinearized) -> !ct_1
    %z = hetorch.level_reduce %t, 1 : (!ct_1) -> !ct_0
    func.return %z : !ct_0
  }
  func.func @main__encrypt__arg0(%x: tensor<8xf32>) -> !ct attributes {heir.interface =
      {func_name = "main", index = 0 : i64, roles = ["client.encrypt"]}} {
    %0 = hetorch.encrypt %x : (tensor<8xf32>) -> !ct
    func.return %0 : !ct
  }
  func.func @main__decrypt__result0(%c: !ct_0) -> tensor<8xf32> attributes {heir.interface =
      {func_name = "main", index = 0 : i64, roles = ["client.decrypt"]}} {
    %0 = hetorch.decrypt %c : (!ct_0) -> tensor<8xf32>
    func.return %0 : tensor<8xf32>
  }
}
"""

BOOTSTRAPPED = """
!ct = !hetorch.ct<8 : i64, 1 : i64, 59 : i64, 2 : i64>
!w = !hetorch.ct<8 : i64, 1 : i64, 118 : i64, 3 : i64>
!ct0 = !hetorch.ct<8 : i64, 0 : i64, 59 : i64, 3 : i64>
!ct0r = !hetorch.ct<8 : i64, 0 : i64, 59 : i64, 2 : i64>
module attributes {scheme.ckks, scheme.requested_slot_count = 8 : i64, scheme.actual_slot_count = 8 : i64,
    ckks.schemeParam = #ckks.scheme_param<logN = 12, Q = [1152921504606830593, 576460752303439873],
      P = [1152921504606748673], logDefaultScale = 59>} {
  func.func @main(%x: !ct) -> !ct0r {
    %m = hetorch.cmult %x, %x : (!ct, !ct) -> !w
    %n = hetorch.rescale %m : (!w) -> !ct0
    %r = hetorch.relinearize %n : (!ct0) -> !ct0r
    %b = hetorch.bootstrap %r : (!ct0r) -> !ct
    %m1 = hetorch.cmult %b, %b : (!ct, !ct) -> !w
    %n1 = hetorch.rescale %m1 : (!w) -> !ct0
    %r1 = hetorch.relinearize %n1 : (!ct0) -> !ct0r
    %r2 = hetorch.rotate %r1, 1 : (!ct0r) -> !ct0r
    func.return %r2 : !ct0r
  }
  func.func @main__encrypt__arg0(%x: tensor<8xf32>) -> !ct attributes {heir.interface =
      {func_name = "main", index = 0 : i64, roles = ["client.encrypt"]}} {
    %0 = hetorch.encrypt %x : (tensor<8xf32>) -> !ct
    func.return %0 : !ct
  }
  func.func @main__decrypt__result0(%c: !ct0r) -> tensor<8xf32> attributes {heir.interface =
      {func_name = "main", index = 0 : i64, roles = ["client.decrypt"]}} {
    %0 = hetorch.decrypt %c : (!ct0r) -> tensor<8xf32>
    func.return %0 : tensor<8xf32>
  }
}
"""
"""A square, a bootstrap, and a square."""


def program(text: str = TEXT) -> Program:
    module = parse_module(text)
    module.verify()
    return Program(module, Path(), text)


def expected(x: np.ndarray) -> np.ndarray:
    """What the program computes, but for its primes' distance from powers of two."""
    weights = np.tile([1.0, 0.5, 0.25, 0.125], 2)
    return (weights * (np.roll(x, -1) + np.roll(x, -3)) + 0.5) ** 2
