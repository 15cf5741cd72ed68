"""Compiled loops compute what the operations one by one compute, whatever happens to their tensors."""

from typing import Any

import numpy as np
import pytest
from he_dialects.locations import verify_module
from he_dialects.parsing import parse_module
from xdsl.dialects import scf

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter import control
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.loops import compile_loop
from hetorch_heir.interpreter.machine import Machine

T = "tensor<6xf32>"
CONSTANTS = """
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c6 = arith.constant 6 : index
  %f = arith.constant 9.0 : f32"""

LOOPS = {
    "pack with a condition": f"""
  %r = scf.for %s = %c0 to %c6 step %c1 iter_args(%acc = %x) -> ({T}) {{
    %e = arith.remsi %s, %c2 : index
    %in = arith.cmpi slt, %e, %c1 : index
    %new = scf.if %in -> ({T}) {{
      %v = tensor.extract %y[%e] : {T}
      %t = tensor.insert %v into %acc[%s] : {T}
      scf.yield %t : {T}
    }} else {{
      scf.yield %acc : {T}
    }}
    scf.yield %new : {T}
  }}
  return %r, %x : {T}, {T}""",
    "read the old tensor after the update": f"""
  %r = scf.for %s = %c1 to %c6 step %c1 iter_args(%acc = %x) -> ({T}) {{
    %t = tensor.insert %f into %acc[%c0] : {T}
    %v = tensor.extract %acc[%c0] : {T}
    %w = arith.addf %v, %f : f32
    %u = tensor.insert %w into %t[%s] : {T}
    scf.yield %u : {T}
  }}
  return %r, %x : {T}, {T}""",
    "carry one tensor twice": f"""
  %r:2 = scf.for %s = %c0 to %c2 step %c1 iter_args(%a = %x, %b = %y) -> ({T}, {T}) {{
    %t = tensor.insert %f into %a[%s] : {T}
    scf.yield %t, %t : {T}, {T}
  }}
  return %r#0, %r#1 : {T}, {T}""",
    "swap the tensors, then change one": f"""
  %r:2 = scf.for %s = %c0 to %c6 step %c1 iter_args(%a = %x, %b = %y) -> ({T}, {T}) {{
    %t = tensor.insert %f into %b[%s] : {T}
    scf.yield %t, %a : {T}, {T}
  }}
  return %r#0, %r#1 : {T}, {T}""",
    "start from the same tensor": f"""
  %r:2 = scf.for %s = %c0 to %c2 step %c1 iter_args(%a = %x, %b = %x) -> ({T}, {T}) {{
    %t = tensor.insert %f into %a[%s] : {T}
    scf.yield %t, %b : {T}, {T}
  }}
  return %r#0, %r#1 : {T}, {T}""",
    "go on with the tensor that a branch passed on": f"""
  %r:2 = scf.for %s = %c0 to %c6 step %c1 iter_args(%a = %x, %b = %y) -> ({T}, {T}) {{
    %in = arith.cmpi sgt, %s, %c2 : index
    %n = scf.if %in -> ({T}) {{
      scf.yield %a : {T}
    }} else {{
      scf.yield %b : {T}
    }}
    %t = tensor.insert %f into %n[%s] : {T}
    scf.yield %a, %t : {T}, {T}
  }}
  return %r#0, %r#1 : {T}, {T}""",
    "change a tensor from outside": f"""
  %r = scf.for %s = %c0 to %c2 step %c1 iter_args(%a = %y) -> ({T}) {{
    %t = tensor.insert %f into %x[%s] : {T}
    scf.yield %t : {T}
  }}
  return %r, %x : {T}, {T}""",
    "pass on a tensor from outside": f"""
  %r = scf.for %s = %c0 to %c2 step %c1 iter_args(%a = %y) -> ({T}) {{
    %t = tensor.insert %f into %a[%s] : {T}
    scf.yield %x : {T}
  }}
  return %r, %x : {T}, {T}""",
    "nest loops": f"""
  %r = scf.for %s = %c0 to %c2 step %c1 iter_args(%a = %x) -> ({T}) {{
    %q = scf.for %k = %c0 to %c2 step %c1 iter_args(%b = %a) -> ({T}) {{
      %o = arith.muli %s, %c2 : index
      %i = arith.addi %o, %k : index
      %v = tensor.extract %y[%i] : {T}
      %t = tensor.insert %v into %b[%i] : {T}
      scf.yield %t : {T}
    }}
    scf.yield %q : {T}
  }}
  return %r, %x : {T}, {T}""",
    "change the outer loop's tensor in an inner loop that forgets it": f"""
  %r:2 = scf.for %s = %c0 to %c2 step %c1 iter_args(%a = %x, %z = %y) -> ({T}, {T}) {{
    %q = scf.for %k = %c0 to %c2 step %c1 iter_args(%b = %z) -> ({T}) {{
      %t = tensor.insert %f into %a[%k] : {T}
      scf.yield %t : {T}
    }}
    scf.yield %a, %q : {T}, {T}
  }}
  return %r#0, %r#1 : {T}, {T}""",
    "carry numbers": f"""
  %w = tensor.extract %x[%c0] : {T}
  %r:2 = scf.for %s = %c0 to %c6 step %c1 iter_args(%sum = %w, %n = %c0) -> (f32, index) {{
    %v = tensor.extract %y[%s] : {T}
    %t = arith.addf %sum, %v : f32
    %m = arith.maxsi %n, %s : index
    scf.yield %t, %m : f32, index
  }}
  %o = tensor.insert %r#0 into %x[%r#1] : {T}
  return %o, %y : {T}, {T}""",
    "run not at all": f"""
  %r = scf.for %s = %c6 to %c0 step %c1 iter_args(%a = %x) -> ({T}) {{
    %t = tensor.insert %f into %a[%s] : {T}
    scf.yield %t : {T}
  }}
  return %r, %x : {T}, {T}""",
    "look numbers up in a table": f"""
  %r = scf.for %s = %c0 to %c2 step %c1 iter_args(%a = %x) -> ({T}) {{
    %w = arith.constant dense<[4, 2]> : tensor<2xindex>
    %i = tensor.extract %w[%s] : tensor<2xindex>
    %n = arith.index_cast %i : index to i64
    %g = arith.sitofp %n : i64 to f32
    %c = arith.cmpi eq, %s, %c0 : index
    %h = arith.select %c, %g, %f : f32
    %t = tensor.insert %h into %a[%i] : {T}
    scf.yield %t : {T}
  }}
  return %r, %x : {T}, {T}""",
}

X = np.arange(6, dtype=np.float32)
Y = np.arange(10, 16, dtype=np.float32)


def run(body: str) -> tuple[Any, ...]:
    text = f"func.func @f(%x: {T}, %y: {T}) -> ({T}, {T}) {{{CONSTANTS}{body}\n}}"
    module = parse_module(text, "test.mlir")
    verify_module(module)
    x, y = X.copy(), Y.copy()
    results = Machine(module, CleartextDomain()).call("f", (x, y))
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)
    return results


@pytest.mark.parametrize("name", LOOPS)
def test_a_compiled_loop_computes_what_its_operations_compute(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loops: list[scf.ForOp] = []

    def compile_and_remember(op: scf.ForOp) -> Any:
        loops.append(op)
        return compile_loop(op)

    monkeypatch.setattr(control, "compile_loop", compile_and_remember)
    compiled = run(LOOPS[name])
    assert [compile_loop(op) is not None for op in loops] == [True]
    monkeypatch.setattr(control, "compile_loop", lambda _: None)
    for got, expected in zip(compiled, run(LOOPS[name]), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_a_packing_loop_updates_its_tensor_in_place() -> None:
    text = f"func.func @f(%x: {T}, %y: {T}) -> ({T}, {T}) {{{CONSTANTS}{LOOPS['pack with a condition']}\n}}"
    loop = next(op for op in parse_module(text).walk() if isinstance(op, scf.ForOp))
    compiled = compile_loop(loop)
    assert compiled is not None
    # One copy, of what the loop starts from; none of the names in the loop's body.
    assert compiled.run.__code__.co_names.count("copy") == 1
    start = X.copy()
    (result,) = compiled.run(0, 6, 1, start, 2, 1, Y)
    assert result is not start
    np.testing.assert_array_equal(start, X)


def test_loops_with_other_operations_are_not_compiled() -> None:
    body = f"""
  %r = scf.for %s = %c0 to %c2 step %c1 iter_args(%a = %x) -> ({T}) {{
    %t = arith.addf %a, %y : {T}
    scf.yield %t : {T}
  }}
  return %r, %x : {T}, {T}"""
    text = f"func.func @f(%x: {T}, %y: {T}) -> ({T}, {T}) {{{CONSTANTS}{body}\n}}"
    loop = next(op for op in parse_module(text).walk() if isinstance(op, scf.ForOp))
    assert compile_loop(loop) is None
    np.testing.assert_array_equal(run(body)[0], X + 2 * Y)


def test_a_negative_index_in_a_compiled_loop_is_an_error() -> None:
    body = f"""
  %r = scf.for %s = %c0 to %c2 step %c1 iter_args(%a = %x) -> ({T}) {{
    %i = arith.subi %s, %c1 : index
    %t = tensor.insert %f into %a[%i] : {T}
    scf.yield %t : {T}
  }}
  return %r, %x : {T}, {T}"""
    with pytest.raises(ProgramError, match=r"scf\.for: index -1 is outside a tensor"):
        run(body)
