"""The machine: memory, counts, and errors that say where."""

from typing import Any

import numpy as np
import pytest
from he_dialects.parsing import parse_module

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.machine import Machine
from hetorch_heir.interpreter.values import Ciphertext

CT = "!hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>"


def machine(text: str) -> Machine:
    module = parse_module(text, "program.mlir")
    module.verify()
    return Machine(module, CleartextDomain(8))


def ciphertext() -> Ciphertext[Any]:
    return Ciphertext(np.arange(8.0), 1, 40, 2)


def test_values_are_forgotten_after_their_last_use() -> None:
    steps = "\n".join(f"%{i + 1} = hetorch.cadd %{i}, %{i} : ({CT}, {CT}) -> {CT}" for i in range(20))
    m = machine(f"func.func @f(%0: {CT}) -> {CT} {{\n{steps}\nreturn %20 : {CT}\n}}")
    alive: list[int] = []

    class Watch(Machine.Listener):
        def did_interpret_op(self, op: Any, results: Any) -> None:
            alive.append(len(m._values))  # pyright: ignore[reportPrivateUsage]

    m.listeners = (Watch(),)
    (result,) = m.call("f", (ciphertext(),))
    np.testing.assert_array_equal(result.payload, np.arange(8.0) * 2**20)
    assert max(alive) == 1


def test_a_value_that_nothing_uses_is_forgotten_at_once() -> None:
    m = machine(
        f"func.func @f(%x: {CT}) -> {CT} {{\n%0 = hetorch.negate %x : ({CT}) -> {CT}\nreturn %x : {CT}\n}}"
    )
    m.call("f", (ciphertext(),))
    assert len(m._values) == 1  # pyright: ignore[reportPrivateUsage]


def test_operations_are_counted_with_loops_multiplied_out() -> None:
    m = machine(f"""
      func.func @f(%x: {CT}) -> {CT} {{
        %c0 = arith.constant 0 : index
        %c1 = arith.constant 1 : index
        %c5 = arith.constant 5 : index
        %r = scf.for %i = %c0 to %c5 step %c1 iter_args(%y = %x) -> ({CT}) {{
          %0 = hetorch.rotate %y, 1 : ({CT}) -> {CT}
          %1 = hetorch.cadd %0, %x : ({CT}, {CT}) -> {CT}
          scf.yield %1 : {CT}
        }}
        return %r : {CT}
      }}""")
    m.call("f", (ciphertext(),))
    assert m.counts["hetorch.rotate"] == m.counts["hetorch.cadd"] == 5
    assert m.counts["scf.for"] == 1
    assert m.domain.counts == {"rotate": 5, "add": 5}


def test_functions_call_functions() -> None:
    m = machine(f"""
      func.func @f(%x: {CT}) -> {CT} {{
        %0 = func.call @g(%x) : ({CT}) -> {CT}
        %1 = func.call @g(%0) : ({CT}) -> {CT}
        return %1 : {CT}
      }}
      func.func private @g(%x: {CT}) -> {CT} {{
        %0 = hetorch.cadd %x, %x : ({CT}, {CT}) -> {CT}
        return %0 : {CT}
      }}""")
    (result,) = m.call("f", (ciphertext(),))
    np.testing.assert_array_equal(result.payload, np.arange(8.0) * 4)


def test_a_broken_rule_names_the_operation_and_its_place() -> None:
    m = machine(
        f"func.func @f(%x: {CT}) -> {CT} {{\n"
        f'%0 = hetorch.rotate %x, 1 : ({CT}) -> {CT} loc("model.py":12:3)\n'
        f"return %0 : {CT}\n}}"
    )
    with pytest.raises(ProgramError, match=r"^hetorch\.rotate: .* dimension 3 can't be rotated") as error:
        m.call("f", (Ciphertext(np.zeros(8), 1, 40, 3),))
    assert error.value.where == "model.py:12:3"


def test_an_argument_that_is_not_what_its_type_says_is_noticed() -> None:
    m = machine(
        f"func.func @f(%x: {CT}) -> {CT} {{\n%0 = hetorch.negate %x : ({CT}) -> {CT}\nreturn %0 : {CT}\n}}"
    )
    with pytest.raises(
        ProgramError, match="the result has level 0, scale 40 and dimension 2, but its type is"
    ):
        m.call("f", (Ciphertext(np.zeros(8), 0, 40, 2),))


def test_an_operation_that_fails_otherwise_is_a_program_error_too() -> None:
    m = machine(
        "func.func @f(%x: tensor<2xf32>, %y: tensor<2xf32>) {\n"
        "%0 = arith.addf %x, %y : tensor<2xf32>\n"
        "return\n}"
    )
    with pytest.raises(ProgramError, match=r"^arith\.addf failed: operands could not be broadcast") as error:
        m.call("f", (np.zeros(2), np.zeros(3)))
    assert error.value.where == "program.mlir:2:1"


@pytest.mark.parametrize(
    ("text", "name", "args", "message"),
    [
        ("func.func @f() {\nreturn\n}", "g", (), "no function named 'g'"),
        ("func.func private @g()\nfunc.func @f() {\nreturn\n}", "g", (), "no function named 'g' with a body"),
        ("func.func @f(%x: index) {\nreturn\n}", "f", (), "takes 1 arguments, got 0"),
        (
            "func.func @f(%x: f32) {\n%0 = math.exp %x : f32\nreturn\n}",
            "f",
            (1.0,),
            r"math\.exp can't be interpreted",
        ),
        (
            "func.func @f(%x: f64) {\n%0 = arith.fptosi %x : f64 to i64\nreturn\n}",
            "f",
            (1.0,),
            r"arith\.fptosi can't be interpreted",
        ),
        ("func.func @f() {\ncf.br ^end\n^end:\nreturn\n}", "f", (), "a region of 2 blocks can't be run"),
        (
            "func.func @f(%x: index) {\nscf.for %i = %x to %x step %x {\nscf.yield\n}\nreturn\n}",
            "f",
            (0,),
            "the step of a loop must be positive, got 0",
        ),
        (
            "func.func @f(%x: tensor<?xf32>) {\n%s = arith.constant 3 : index\n"
            "%0 = tensor.empty(%s) : tensor<?xf32>\nreturn\n}",
            "f",
            (np.zeros(3),),
            "tensors of dynamic shape aren't supported",
        ),
    ],
)
def test_what_cannot_be_run_is_an_error(text: str, name: str, args: tuple[Any, ...], message: str) -> None:
    m = Machine(parse_module(text, "program.mlir"), CleartextDomain())
    with pytest.raises(ProgramError, match=message):
        m.call(name, args)
