"""Programs at HEIR's secret level, and attributes that are wrong about them."""

import re

import numpy as np
import pytest
from he_dialects.locations import verify_module
from he_dialects.parsing import parse_module

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.program import Run, execute

T = "tensor<8xf32>"
S = f"!secret.secret<{T}>"


def at(level: int, scale: int = 40, dimension: int = 2) -> str:
    return f"{{mgmt.mgmt = #mgmt.mgmt<level = {level}, dimension = {dimension}, scale = {scale}>}}"


BODY = f"""
      %0 = tensor_ext.rotate %a, %c3 {at(2)} : {T}, index
      %1 = arith.addf %0, %a {at(2)} : {T}
      %2 = arith.subf %1, %b {at(2)} : {T}
      %3 = arith.mulf %2, %1 {at(2, 80, 3)} : {T}
      %4 = mgmt.relinearize %3 {at(2, 80)} : {T}
      %5 = mgmt.modreduce %4 {at(1)} : {T}
      %6 = arith.mulf %p1, %5 {at(1, 80)} : {T}
      %7 = mgmt.modreduce %6 {at(0)} : {T}
      %8 = mgmt.level_reduce %a <levelToDrop = 2> {at(0)} : {T}
      %9 = arith.subf %8, %p0 {at(0)} : {T}
      %10 = arith.subf %p0, %9 {at(0)} : {T}
      %11 = arith.addf %p0, %10 {at(0)} : {T}
      %12 = arith.negf %7 {at(0)} : {T}
      %13 = arith.addf %12, %11 {at(0)} : {T}
      %14 = mgmt.bootstrap %13 {at(2)} : {T}
      %15 = mgmt.level_reduce_min %14 {at(0)} : {T}
      %16 = mgmt.level_reduce_min %15 {at(0)} : {T}"""


def run(body: str = BODY, *, result: str = at(0), last: str = "%16") -> Run:
    text = f"""
  func.func @main(%x: {S} {at(2)}, %y: {S} {at(2)}) -> ({S} {result}) {{
    %c3 = arith.constant 3 : index
    %w = arith.constant dense<0.5> : {T}
    %v = arith.addf %w, %w : {T}
    %m = arith.mulf %v, %w : {T}
    %d = arith.subf %m, %v : {T}
    %n = arith.negf %d : {T}
    %r = tensor_ext.rotate %n, %c3 : {T}, index
    %p1 = mgmt.init %r {at(1)} : {T}
    %p0 = mgmt.init %r {at(0)} : {T}
    %g = secret.generic(%x: {S}, %y: {S}) {{
    ^body(%a: {T}, %b: {T}):{body}
      secret.yield {last} : {T}
    }} -> ({S} {result})
    return %g : {S}
  }}"""
    for index in (0, 1):
        text += f"""
  func.func @main__encrypt__arg{index}(%x: {T}) -> ({S} {at(2)}) attributes {{heir.interface =
      {{func_name = "main", index = {index} : i64, roles = ["client.encrypt"]}}}} {{
    %0 = secret.conceal %x {at(2)} : {T} -> {S}
    return %0 : {S}
  }}"""
    text += f"""
  func.func @main__decrypt__result0(%x: {S} {result}) -> {T} attributes {{heir.interface =
      {{func_name = "main", index = 0 : i64, roles = ["client.decrypt"]}}}} {{
    %0 = secret.reveal %x : {S} -> {T}
    return %0 : {T}
  }}"""
    module = parse_module(text, "program.mlir")
    verify_module(module)
    return execute(module, [X, Y])


X, Y = np.arange(8.0), np.arange(8.0) ** 2 / 8


def test_every_operation_computes_what_it_stands_for() -> None:
    result = run()
    one = np.roll(X, -3) + X
    expected = -((one - Y) * one * 0.5) + 0.5 + (0.5 - (X - 0.5))
    np.testing.assert_allclose(result.outputs[0], expected, rtol=1e-6)
    assert result.counts == {
        "encode": 2,
        "rotate": 1,
        "add": 2,
        "sub": 1,
        "mul": 1,
        "relinearize": 1,
        "rescale": 2,
        "mul_plain": 1,
        "level_reduce": 2,
        "sub_plain": 1,
        "add_plain": 2,
        "negate": 2,
        "bootstrap": 1,
    }


WRONG: dict[str, tuple[str, str, str]] = {
    "level of a sum": (
        f"\n %16 = arith.addf %a, %b {at(1)} : {T}",
        at(1),
        "arith.addf: mgmt.mgmt says level 1, but the result has level 2",
    ),
    "scale of a product": (
        f"\n %16 = arith.mulf %a, %b {at(2, 40, 3)} : {T}",
        at(2, 40, 3),
        "arith.mulf: mgmt.mgmt says scale 40, but the result has scale 80",
    ),
    "dimension of a product": (
        f"\n %16 = arith.mulf %a, %b {at(2, 80)} : {T}",
        at(2, 80),
        "arith.mulf: mgmt.mgmt says dimension 2, but the result has dimension 3",
    ),
    "result of the generic": (
        f"\n %16 = arith.addf %a, %b {at(2)} : {T}",
        at(1),
        "secret.generic: mgmt.mgmt says level 1, but the result has level 2",
    ),
    "plaintext of another level": (
        f"\n %16 = arith.mulf %a, %p1 {at(2, 80)} : {T}",
        at(2, 80),
        "arith.mulf: operands of unequal level: 2 and 1",
    ),
    "plaintext without mgmt.init": (
        f"\n %16 = arith.mulf %a, %w {at(2, 80)} : {T}",
        at(2, 80),
        "arith.mulf: a ciphertext meets a tensor that is no plaintext",
    ),
    "rescale without its attribute": (
        f"\n %16 = mgmt.modreduce %a : {T}",
        at(1),
        "mgmt.modreduce: the attribute mgmt.mgmt is missing",
    ),
    "rescale without a scale": (
        f"\n %16 = mgmt.modreduce %a {{mgmt.mgmt = #mgmt.mgmt<level = 1>}} : {T}",
        at(1),
        "mgmt.modreduce: the attribute mgmt.mgmt doesn't give a scale",
    ),
    "rotation of a product": (
        f"\n %0 = arith.mulf %a, %b {at(2, 80, 3)} : {T}\n %16 = tensor_ext.rotate %0, %c3 : {T}, index",
        at(2, 80, 3),
        "tensor_ext.rotate: a ciphertext of dimension 3 can't be rotated: relinearize it first",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_attributes_that_are_wrong_are_errors(name: str) -> None:
    body, result, message = WRONG[name]
    with pytest.raises(ProgramError, match=re.escape(message)) as error:
        run(body, result=result)
    assert error.value.where is not None
    assert error.value.where.startswith("program.mlir:")


def test_a_scale_that_is_left_open_is_not_compared() -> None:
    body = f"\n %16 = arith.mulf %a, %b {{mgmt.mgmt = #mgmt.mgmt<level = 2, dimension = 3>}} : {T}"
    result = run(body, result="{mgmt.mgmt = #mgmt.mgmt<level = 2, dimension = 3>}")
    np.testing.assert_allclose(result.outputs[0], X * Y)
