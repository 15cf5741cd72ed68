"""Loops that fill a tensor run as operations on arrays; whatever else a loop does keeps it a loop."""

import time

import numpy as np
import pytest
from he_dialects.parsing import parse_module
from xdsl.dialects import scf

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter import loops
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.machine import Machine
from hetorch_heir.interpreter.vector_loops import fills_a_tensor

HEAD = """func.func @f(%x: tensor<3x8xf32>, %y: tensor<24xf32>, %i: tensor<8xi32>) -> tensor<3x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %c8 = arith.constant 8 : index
  %r = scf.for %q = %c0 to %c3 step %c1 iter_args(%all = %x) -> (tensor<3x8xf32>) {
    %n = scf.for %s = %c1 to %c8 step %c3 iter_args(%a = %all) -> (tensor<3x8xf32>) {"""
TAIL = """
      scf.yield %t : tensor<3x8xf32>
    }
    scf.yield %n : tensor<3x8xf32>
  }
  return %r : tensor<3x8xf32>
}"""

FILLING = {
    "gather by arithmetic": """
      %p = arith.muli %s, %c5 : index
      %o = arith.addi %p, %q : index
      %e = arith.remsi %o, %c8 : index
      %d = arith.divui %e, %c3 : index
      %v = tensor.extract %y[%d] : tensor<24xf32>
      %t = tensor.insert %v into %a[%q, %s] : tensor<3x8xf32>""",
    "gather by a table": """
      %w = tensor.extract %i[%s] : tensor<8xi32>
      %e = arith.index_cast %w : i32 to index
      %v = tensor.extract %y[%e] : tensor<24xf32>
      %u = tensor.extract %y[%s] : tensor<24xf32>
      %m = arith.mulf %v, %u : f32
      %t = tensor.insert %m into %a[%q, %s] : tensor<3x8xf32>""",
    "insert one number": """
      %v = arith.constant 9.0 : f32
      %t = tensor.insert %v into %a[%q, %s] : tensor<3x8xf32>""",
    "convert numbers": """
      %w = tensor.extract %i[%s] : tensor<8xi32>
      %v = arith.sitofp %w : i32 to f32
      %t = tensor.insert %v into %a[%q, %s] : tensor<3x8xf32>""",
    "insert along a diagonal": """
      %e = arith.remsi %s, %c3 : index
      %v = tensor.extract %y[%s] : tensor<24xf32>
      %t = tensor.insert %v into %a[%e, %s] : tensor<3x8xf32>""",
}

OTHERS = {
    "read what another iteration wrote": """
      %v = tensor.extract %a[%q, %c1] : tensor<3x8xf32>
      %t = tensor.insert %v into %a[%q, %s] : tensor<3x8xf32>""",
    "insert at one place again and again": """
      %v = tensor.extract %y[%s] : tensor<24xf32>
      %t = tensor.insert %v into %a[%q, %c1] : tensor<3x8xf32>""",
    "insert twice": """
      %v = tensor.extract %y[%s] : tensor<24xf32>
      %g = tensor.insert %v into %a[%q, %c0] : tensor<3x8xf32>
      %t = tensor.insert %v into %g[%q, %s] : tensor<3x8xf32>""",
    "insert into another tensor": """
      %v = tensor.extract %y[%s] : tensor<24xf32>
      %t = tensor.insert %v into %x[%q, %s] : tensor<3x8xf32>""",
    "choose": """
      %v = tensor.extract %y[%s] : tensor<24xf32>
      %u = tensor.extract %y[%c0] : tensor<24xf32>
      %b = arith.cmpi slt, %s, %c3 : index
      %m = arith.select %b, %v, %u : f32
      %t = tensor.insert %m into %a[%q, %s] : tensor<3x8xf32>""",
}

ARGUMENTS = (
    np.arange(24, dtype=np.float32).reshape(3, 8),
    np.linspace(-1, 1, 24, dtype=np.float32),
    np.arange(8, dtype=np.int32)[::-1].copy(),
)


def run(body: str) -> np.ndarray:
    module = parse_module(HEAD + body + TAIL)
    module.verify()
    (result,) = Machine(module, CleartextDomain()).call("f", ARGUMENTS)
    return result


def inner_loop(body: str) -> scf.ForOp:
    return [op for op in parse_module(HEAD + body + TAIL).walk() if isinstance(op, scf.ForOp)][1]


@pytest.mark.parametrize("name", FILLING)
def test_a_filled_tensor_holds_what_the_iterations_insert(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fills_a_tensor(inner_loop(FILLING[name]))
    filled = run(FILLING[name])
    monkeypatch.setattr(loops, "fills_a_tensor", lambda _: False)
    assert np.array_equal(filled, run(FILLING[name]))
    assert np.array_equal(ARGUMENTS[0], np.arange(24).reshape(3, 8))


@pytest.mark.parametrize("name", OTHERS)
def test_iterations_that_may_depend_on_each_other_stay_a_loop(name: str) -> None:
    assert not fills_a_tensor(inner_loop(OTHERS[name]))
    assert run(OTHERS[name]).shape == (3, 8)


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ("%e = arith.subi %s, %c5 : index", "index -4 is outside a tensor"),
        ("%e = arith.muli %s, %c5 : index", "out of bounds"),
        ("%e = arith.remsi %s, %c0 : index", "division by zero"),
    ],
)
def test_bad_indices_are_errors(operation: str, message: str) -> None:
    body = f"""
      {operation}
      %v = tensor.extract %y[%e] : tensor<24xf32>
      %t = tensor.insert %v into %a[%q, %s] : tensor<3x8xf32>"""
    assert fills_a_tensor(inner_loop(body))
    with pytest.raises(ProgramError, match=message):
        run(body)


def test_a_million_slots_take_no_time() -> None:
    text = """func.func @f(%x: tensor<1048576xf32>, %y: tensor<7xf32>) -> tensor<1048576xf32> {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c7 = arith.constant 7 : index
      %n = arith.constant 1048576 : index
      %r = scf.for %s = %c0 to %n step %c1 iter_args(%a = %x) -> (tensor<1048576xf32>) {
        %e = arith.remui %s, %c7 : index
        %v = tensor.extract %y[%e] : tensor<7xf32>
        %t = tensor.insert %v into %a[%s] : tensor<1048576xf32>
        scf.yield %t : tensor<1048576xf32>
      }
      return %r : tensor<1048576xf32>
    }"""
    values = np.arange(7, dtype=np.float32)
    machine = Machine(parse_module(text), CleartextDomain())
    start = time.process_time()
    (result,) = machine.call("f", (np.zeros(1 << 20, np.float32), values))
    assert time.process_time() - start < 0.3, "one iteration after the other takes a second"
    assert np.array_equal(result, np.resize(values, 1 << 20))
