"""Whole programs: client functions, inputs and outputs of the model, public inputs."""

from typing import Any

import numpy as np
import pytest
from he_dialects.locations import verify_module
from he_dialects.parsing import parse_module
from xdsl.dialects.builtin import ModuleOp

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.program import execute, run_program

CT = "!hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>"
PT = "!hetorch.pt<8 : i64, 1 : i64, 40 : i64>"


def program(text: str, attributes: str = "") -> ModuleOp:
    module = parse_module(f"builtin.module attributes {{{attributes}}} {{\n{text}\n}}", "program.mlir")
    verify_module(module)
    return module


def encrypt(index: int, extra: str = "", shape: str = "8xf32", ct: str = CT) -> str:
    return f"""
      func.func @main__encrypt__arg{index}(%x: tensor<{shape}>) -> {ct} attributes {{heir.interface =
          {{func_name = "main", index = {index} : i64, roles = ["client.encrypt"]{extra}}}}} {{
        %0 = hetorch.encrypt %x : (tensor<{shape}>) -> {ct}
        return %0 : {ct}
      }}"""


def decrypt(index: int, extra: str = "", size: int = 8, ct: str = CT) -> str:
    return f"""
      func.func @main__decrypt__result{index}(%c: {ct}) -> tensor<{size}xf32> attributes {{heir.interface =
          {{func_name = "main", index = {index} : i64, roles = ["client.decrypt"]{extra}}}}} {{
        %0 = hetorch.decrypt %c : ({ct}) -> tensor<8xf32>
        %1 = tensor.extract_slice %0[0] [{size}] [1] : tensor<8xf32> to tensor<{size}xf32>
        return %1 : tensor<{size}xf32>
      }}"""


SUM = f"""
  func.func @main(%x: {CT}, %y: {CT}) -> {CT} {{
    %0 = hetorch.cadd %x, %y : ({CT}, {CT}) -> {CT}
    return %0 : {CT}
  }}"""

X, Y = np.arange(8.0), np.arange(8.0) ** 2


def test_inputs_are_encrypted_and_outputs_decrypted() -> None:
    module = program(SUM + encrypt(0) + encrypt(1) + decrypt(0, size=3))
    (output,) = run_program(module, [X, Y])
    np.testing.assert_array_equal(output, (X + Y)[:3])
    assert output.dtype == np.float32


def test_inputs_of_any_shape_are_taken_if_their_size_fits() -> None:
    module = program(SUM + encrypt(0) + encrypt(1) + decrypt(0))
    (output,) = run_program(module, [X.reshape(1, 2, 4), Y.astype(np.float32)])
    np.testing.assert_array_equal(output, X + Y)


def test_one_input_may_become_two_ciphertexts_and_two_ciphertexts_one_output() -> None:
    main = f"""
      func.func @main(%x: {CT}, %y: {CT}) -> ({CT}, {CT}) {{
        %0 = hetorch.cadd %x, %y : ({CT}, {CT}) -> {CT}
        %1 = hetorch.csub %x, %y : ({CT}, {CT}) -> {CT}
        return %0, %1 : {CT}, {CT}
      }}"""
    shape = ", shape = [2 : i64, 4 : i64]"
    inputs = encrypt(0, ", model_input = 0 : i64") + encrypt(1, ", model_input = 0 : i64")
    outputs = [f", model_output = 0 : i64{extra}" for extra in ("", shape)]
    (joined,) = run_program(
        program(main + inputs + decrypt(0, outputs[0], 4) + decrypt(1, outputs[0], 4)), [X]
    )
    np.testing.assert_array_equal(joined, [0, 2, 4, 6, 0, 0, 0, 0])
    (shaped,) = run_program(
        program(main + inputs + decrypt(0, outputs[1], 4) + decrypt(1, outputs[1], 4)), [X]
    )
    np.testing.assert_array_equal(shaped, [[0, 2, 4, 6], [0, 0, 0, 0]])
    # Two parts of the full size are each other's complement: zero where the other one has values.
    (added,) = run_program(program(main + inputs + decrypt(0, outputs[1]) + decrypt(1, outputs[1])), [X])
    np.testing.assert_array_equal(added, (2 * X).reshape(2, 4))


PUBLIC = f"""
  func.func @main(%x: {CT}, %p: tensor<8xf32>) -> {CT} {{
    %0 = hetorch.encode %p : (tensor<8xf32>) -> {PT}
    %1 = hetorch.padd %x, %0 : ({CT}, {PT}) -> {CT}
    return %1 : {CT}
  }}"""


def test_a_public_input_goes_through_its_packing_function() -> None:
    pack = """
      func.func @main__pack__arg1(%x: tensor<4xf32>) -> tensor<8xf32> attributes {heir.interface =
          {func_name = "main", index = 1 : i64, roles = ["client.pack"], model_input = 1 : i64}} {
        %e = arith.constant dense<1.0> : tensor<8xf32>
        %0 = tensor.insert_slice %x into %e[2] [4] [1] : tensor<4xf32> into tensor<8xf32>
        return %0 : tensor<8xf32>
      }"""
    (output,) = run_program(program(PUBLIC + pack + encrypt(0) + decrypt(0)), [X, np.full(4, 5.0)])
    np.testing.assert_array_equal(output, X + np.array([1, 1, 5, 5, 5, 5, 1, 1]))


def test_a_public_input_without_one_is_passed_as_it_is() -> None:
    (output,) = run_program(program(PUBLIC + encrypt(0) + decrypt(0)), [X, Y])
    np.testing.assert_array_equal(output, X + Y)


def test_packing_helpers_of_no_argument_are_left_alone() -> None:
    helper = """
      func.func @pack_weights(%x: tensor<4xf32>) -> tensor<4xf32> attributes {heir.interface =
          {func_name = "main", roles = ["client.pack"]}} {
        return %x : tensor<4xf32>
      }"""
    (output,) = run_program(program(PUBLIC + helper + encrypt(0) + decrypt(0)), [X, Y])
    np.testing.assert_array_equal(output, X + Y)


def test_counts_are_those_of_the_main_function_alone() -> None:
    run = execute(program(PUBLIC + encrypt(0) + decrypt(0)), [X, Y])
    assert run.counts == {"encode": 1, "add_plain": 1}
    assert run.op_counts == {"hetorch.encode": 1, "hetorch.padd": 1, "func.return": 1}


def test_the_modules_slots_and_primes_are_enforced() -> None:
    parameters = (
        "scheme.actual_slot_count = 4 : i64, ckks.schemeParam = #ckks.scheme_param<logN = 13, "
        "Q = [1125899908022273], P = [1152921504606994433], logDefaultScale = 40>"
    )
    module = program(SUM + encrypt(0) + encrypt(1) + decrypt(0), parameters)
    with pytest.raises(ProgramError, match="level 1 is outside the modulus chain"):
        run_program(module, [X, Y])
    slots = program(SUM + encrypt(0) + encrypt(1) + decrypt(0), "scheme.actual_slot_count = 4 : i64")
    with pytest.raises(ProgramError, match="8 values don't fit into the 4 slots"):
        run_program(slots, [X, Y])
    # A domain given by the caller is taken as it is.
    assert len(run_program(module, [X, Y], domain=CleartextDomain())) == 1


BAD: dict[str, tuple[str, list[Any], str]] = {
    "no client functions": (SUM, [X, Y], "has client functions for 0 functions, expected one"),
    "missing encryption": (SUM + encrypt(0) + decrypt(0), [X, Y], "no client function encrypts argument 1"),
    "missing decryption": (SUM + encrypt(0) + encrypt(1), [X, Y], "no client function decrypts result 0"),
    "missing input": (SUM + encrypt(0) + encrypt(1) + decrypt(0), [X], "takes input 1, but there are only 1"),
    "wrong size": (
        SUM + encrypt(0) + encrypt(1) + decrypt(0),
        [X, X[:5]],
        r"input 1 has shape \(5,\), but the program takes 8 values",
    ),
    "missing main": (encrypt(0) + decrypt(0), [X], "has client functions for 'main', but no such function"),
}


@pytest.mark.parametrize("name", BAD)
def test_programs_and_inputs_that_do_not_fit_are_errors(name: str) -> None:
    text, inputs, message = BAD[name]
    with pytest.raises(ProgramError, match=message):
        run_program(program(text), inputs)
