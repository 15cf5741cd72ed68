"""Arithmetic and tensors on the host."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from he_dialects.locations import verify_module
from he_dialects.parsing import parse_module
from xdsl.dialects.builtin import DenseResourceAttr, TensorType, f32

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.arrays import constant_value
from hetorch_heir.interpreter.cleartext import CleartextDomain
from hetorch_heir.interpreter.machine import Machine


def run(body: str, *args: Any, arguments: str = "", results: str, resource_dir: Path = Path()) -> Any:
    """Run a function of this body; its results."""
    module = parse_module(f"func.func @f({arguments}) -> ({results}) {{\n{body}\n}}", "test.mlir")
    verify_module(module)
    return Machine(module, CleartextDomain(), resource_dir=resource_dir).call("f", args)


INTEGERS: dict[str, tuple[int, int, int]] = {
    "addi": (7, 3, 10),
    "subi": (7, 3, 4),
    "muli": (7, 3, 21),
    "divsi": (-7, 2, -3),
    "divui": (7, 2, 3),
    "floordivsi": (-7, 2, -4),
    "ceildivsi": (7, 2, 4),
    "ceildivui": (7, 2, 4),
    "remsi": (-7, 2, -1),
    "remui": (7, 4, 3),
    "minsi": (7, 3, 3),
    "minui": (7, 3, 3),
    "maxsi": (7, 3, 7),
    "maxui": (7, 3, 7),
    "andi": (6, 3, 2),
    "ori": (6, 3, 7),
    "xori": (6, 3, 5),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_integer_arithmetic(name: str) -> None:
    x, y, expected = INTEGERS[name]
    body = f"%r = arith.{name} %x, %y : index\nreturn %r : index"
    assert run(body, x, y, arguments="%x: index, %y: index", results="index") == (expected,)


@pytest.mark.parametrize("x", range(-9, 10))
@pytest.mark.parametrize("y", [-4, -3, -1, 1, 3, 4])
def test_signed_division_truncates_and_the_remainder_goes_with_it(x: int, y: int) -> None:
    body = "%q = arith.divsi %x, %y : i64\n%r = arith.remsi %x, %y : i64\nreturn %q, %r : i64, i64"
    quotient, remainder = run(body, x, y, arguments="%x: i64, %y: i64", results="i64, i64")
    assert (quotient, remainder) == (int(x / y), int(np.fmod(x, y)))


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("eq", [False, True, False]),
        ("ne", [True, False, True]),
        ("slt", [True, False, False]),
        ("sle", [True, True, False]),
        ("sgt", [False, False, True]),
        ("sge", [False, True, True]),
        ("ult", [True, False, False]),
        ("ule", [True, True, False]),
        ("ugt", [False, False, True]),
        ("uge", [False, True, True]),
    ],
)
def test_comparisons(predicate: str, expected: list[bool]) -> None:
    body = f"%r = arith.cmpi {predicate}, %x, %y : index\nreturn %r : i1"
    got = [run(body, x, 3, arguments="%x: index, %y: index", results="i1")[0] for x in (2, 3, 4)]
    assert got == expected


def test_select_and_casts() -> None:
    body = """
      %c = arith.cmpi slt, %x, %y : index
      %s = arith.select %c, %x, %y : index
      %i = arith.index_cast %s : index to i64
      %f = arith.sitofp %i : i64 to f32
      %w = arith.extf %f : f32 to f64
      %n = arith.truncf %w : f64 to f32
      return %s, %n : index, f32"""
    selected, number = run(body, 5, 3, arguments="%x: index, %y: index", results="index, f32")
    assert selected == 3
    assert number == np.float32(3)
    assert number.dtype == np.float32


X = np.array([1.5, -2.0, 3.0], np.float32)
Y = np.array([0.5, 4.0, -1.0], np.float32)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("addf", X + Y),
        ("subf", X - Y),
        ("mulf", X * Y),
        ("divf", X / Y),
        ("maximumf", np.maximum(X, Y)),
        ("minimumf", np.minimum(X, Y)),
    ],
)
def test_elementwise_arithmetic(name: str, expected: Any) -> None:
    t = "tensor<3xf32>"
    body = f"%r = arith.{name} %x, %y : {t}\n%n = arith.negf %r : {t}\nreturn %r, %n : {t}, {t}"
    result, negated = run(body, X, Y, arguments=f"%x: {t}, %y: {t}", results=f"{t}, {t}")
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(negated, -expected)
    assert result.dtype == np.float32


def test_constants_of_every_kind() -> None:
    body = """
      %a = arith.constant 1.5 : f32
      %b = arith.constant -3 : i64
      %c = arith.constant true
      %d = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi64>
      %e = arith.constant dense<"0x0000803F00000040"> : tensor<2xf32>
      %f = arith.constant dense<0.5> : tensor<3xf64>
      %g = arith.constant dense<[true, false]> : tensor<2xi1>
      return %a, %b, %c, %d, %e, %f, %g : """
    types = "f32, i64, i1, tensor<2x2xi64>, tensor<2xf32>, tensor<3xf64>, tensor<2xi1>"
    a, b, c, d, e, f, g = run(body + types, results=types)
    assert (a, b, c) == (1.5, -3, True)
    np.testing.assert_array_equal(d, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(e, [1.0, 2.0])
    np.testing.assert_array_equal(f, [0.5, 0.5, 0.5])
    np.testing.assert_array_equal(g, [True, False])


def named_constant(blob: str, kind: str) -> np.ndarray[Any, Any]:
    text = f"""
func.func @f() -> {kind} {{
  %w = arith.constant dense_resource<w> : {kind}
  return %w : {kind}
}}
{{-# dialect_resources: {{ builtin: {{ w: "{blob}" }} }} #-}}"""
    (result,) = Machine(parse_module(text), CleartextDomain()).call("f", ())
    return result


def test_named_constants_are_read_behind_their_alignment() -> None:
    np.testing.assert_array_equal(
        named_constant("0x040000000000803F00000040", "tensor<2x1xf32>"), np.array([[1], [2]], np.float32)
    )


@pytest.mark.parametrize(
    ("blob", "kind", "message"),
    [
        ("0x040000000000803F", "tensor<2xf32>", "the constant w has 4 bytes"),
        ("0x040000000000", "tensor<1xf16>", "the constant w has 2 bytes, which are no tensor<1xf16>"),
    ],
)
def test_named_constants_of_another_size_or_type_are_refused(blob: str, kind: str, message: str) -> None:
    with pytest.raises(ProgramError, match=message):
        named_constant(blob, kind)


def test_named_constants_without_values_are_refused() -> None:
    with pytest.raises(ProgramError, match="the values of the constant w are not in the program's text"):
        constant_value(DenseResourceAttr.from_params("w", TensorType(f32, [2])))


MATRIX = np.arange(24, dtype=np.float32).reshape(4, 6)


def test_slices_with_constant_and_computed_offsets() -> None:
    body = """
      %a = tensor.extract_slice %m[1, 2] [2, 3] [1, 1] : tensor<4x6xf32> to tensor<2x3xf32>
      %b = tensor.extract_slice %m[%i, 0] [1, 6] [1, 1] : tensor<4x6xf32> to tensor<6xf32>
      %c = tensor.extract_slice %m[0, 1] [2, 2] [2, 3] : tensor<4x6xf32> to tensor<2x2xf32>
      %d = tensor.insert_slice %b into %m[0, 0] [1, 6] [1, 1] : tensor<6xf32> into tensor<4x6xf32>
      return %a, %b, %c, %d, %m : """
    types = "tensor<2x3xf32>, tensor<6xf32>, tensor<2x2xf32>, tensor<4x6xf32>, tensor<4x6xf32>"
    arguments = "%m: tensor<4x6xf32>, %i: index"
    a, b, c, d, m = run(body + types, MATRIX, 2, arguments=arguments, results=types)
    np.testing.assert_array_equal(a, MATRIX[1:3, 2:5])
    np.testing.assert_array_equal(b, MATRIX[2])
    np.testing.assert_array_equal(c, MATRIX[0:3:2, 1:5:3])
    np.testing.assert_array_equal(d, np.vstack([MATRIX[2], MATRIX[1:]]))
    np.testing.assert_array_equal(m, MATRIX)


def test_elements_and_shapes() -> None:
    body = """
      %c0 = arith.constant 0 : index
      %v = tensor.extract %m[%i, %c0] : tensor<4x6xf32>
      %n = tensor.insert %v into %m[%c0, %i] : tensor<4x6xf32>
      %s = tensor.splat %v : tensor<3xf32>
      %e = tensor.from_elements %v, %v : tensor<2xf32>
      %f = tensor.collapse_shape %m [[0, 1]] : tensor<4x6xf32> into tensor<24xf32>
      %x = tensor.expand_shape %f [[0, 1]] output_shape [2, 12] : tensor<24xf32> into tensor<2x12xf32>
      %d = tensor.dim %x, %c0 : tensor<2x12xf32>
      %u = tensor.empty() : tensor<2xf32>
      return %n, %s, %e, %x, %d, %u : """
    types = "tensor<4x6xf32>, tensor<3xf32>, tensor<2xf32>, tensor<2x12xf32>, index, tensor<2xf32>"
    arguments = "%m: tensor<4x6xf32>, %i: index"
    n, s, e, x, d, u = run(body + types, MATRIX, 3, arguments=arguments, results=types)
    assert n[0, 3] == 18 and MATRIX[0, 3] == 3
    np.testing.assert_array_equal(s, [18, 18, 18])
    np.testing.assert_array_equal(e, [18, 18])
    np.testing.assert_array_equal(x, MATRIX.reshape(2, 12))
    assert d == 2
    assert np.isnan(u).all()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("%r = tensor.extract %x[%i] : tensor<3xf32>\nreturn", r"index \(-1,\) is outside a tensor"),
        ("%r = tensor.insert %f into %x[%i] : tensor<3xf32>\nreturn", r"index \(-1,\) is outside a tensor"),
        (
            "%r = tensor.extract_slice %x[%i] [2] [1] : tensor<3xf32> to tensor<2xf32>\nreturn",
            r"slice \[-1\] \[2\] \[1\] is outside a tensor of shape \(3,\)",
        ),
        (
            "%r = tensor.extract_slice %x[2] [2] [1] : tensor<3xf32> to tensor<2xf32>\nreturn",
            r"slice \[2\] \[2\] \[1\] is outside a tensor of shape \(3,\)",
        ),
    ],
)
def test_places_outside_a_tensor_are_errors(body: str, message: str) -> None:
    with pytest.raises(ProgramError, match=message) as error:
        run(body, X, -1, 1.0, arguments="%x: tensor<3xf32>, %i: index, %f: f32", results="")
    assert error.value.where == "test.mlir:2:1"


LOAD = """%e = tensor.empty() : tensor<2x3xf32>
%w = preprocessing.load_resource "w/a.bin" into %e : (tensor<2x3xf32>) -> tensor<2x3xf32>
return %w : tensor<2x3xf32>"""


def test_resources_are_little_endian_files_beside_the_program(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    numbers = np.arange(6, dtype=np.float32).reshape(2, 3)
    (tmp_path / "w" / "a.bin").write_bytes(numbers.astype("<f4").tobytes())
    (loaded,) = run(LOAD, results="tensor<2x3xf32>", resource_dir=tmp_path)
    np.testing.assert_array_equal(loaded, numbers)


def test_a_missing_resource_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match=r"'w/a\.bin' can't be read: No such file"):
        run(LOAD, results="tensor<2x3xf32>", resource_dir=tmp_path)


def test_a_resource_of_the_wrong_size_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "a.bin").write_bytes(bytes(20))
    with pytest.raises(ProgramError, match=r"holds 5 numbers, but its tensor is tensor<2x3xf32>"):
        run(LOAD, results="tensor<2x3xf32>", resource_dir=tmp_path)
