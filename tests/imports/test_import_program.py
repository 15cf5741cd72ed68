"""Programs that heir-opt's own pipelines make, and programs that can't be imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from hetorch_heir.core.errors import HETorchError, ProgramError
from hetorch_heir.export.exporter import ExportOptions, export_graph
from hetorch_heir.heir import lower
from hetorch_heir.heir.binaries import HEIR_OPT, run
from hetorch_heir.imports import import_program
from hetorch_heir.interpreter.program import execute
from hetorch_heir.passes.graph import ciphertext_info

DOT = """
func.func @dot(%a: tensor<8xf32> {secret.secret}, %b: tensor<8xf32> {secret.secret}) -> f32 {
  %z = arith.constant dense<0.1> : tensor<f32>
  %r = linalg.dot ins(%a, %b : tensor<8xf32>, tensor<8xf32>) outs(%z : tensor<f32>) -> tensor<f32>
  %s = tensor.extract %r[] : tensor<f32>
  return %s : f32
}
"""

ELEMENTWISE = """
func.func @f(%a: tensor<32xf32> {secret.secret}, %b: tensor<32xf32> {secret.secret}) -> tensor<32xf32> {
  %w = arith.constant dense<0.5> : tensor<32xf32>
  %m = arith.mulf %a, %b : tensor<32xf32>
  %n = arith.mulf %m, %w : tensor<32xf32>
  %t = arith.addf %n, %a : tensor<32xf32>
  return %t : tensor<32xf32>
}
"""

PUBLIC = """
func.func @f(%a: tensor<32xf32> {secret.secret}, %p: tensor<32xf32>) -> tensor<32xf32> {
  %m = arith.mulf %a, %a : tensor<32xf32>
  %t = arith.mulf %m, %p : tensor<32xf32>
  return %t : tensor<32xf32>
}
"""

WEIGHTS = np.arange(128).reshape(8, 16) % 7 / 8 - 0.4

LINEAR = f"""
func.func @f(%x: tensor<16xf32> {{secret.secret}}) -> tensor<8xf32> {{
  %w = arith.constant dense<{WEIGHTS.tolist()}> : tensor<8x16xf32>
  %b = arith.constant dense<0.25> : tensor<8xf32>
  %y = linalg.matvec ins(%w, %x : tensor<8x16xf32>, tensor<16xf32>) outs(%b : tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}}
"""

ANNOTATE = "--annotate-module=backend=openfhe scheme=ckks"
TO_CKKS = (ANNOTATE, "--mlir-to-ckks=min-slot-count={slots}")
FIXED_MANUAL = "--scheme-to-openfhe=entry-function={name} scaling-technique-fixed-manual=true"

PIPELINES = {
    "arithmetic only": (ANNOTATE, "--mlir-to-secret-arithmetic=min-slot-count={slots}"),
    "levels without scales": (
        ANNOTATE,
        "--mlir-to-secret-arithmetic=min-slot-count={slots}",
        "--secret-insert-mgmt-ckks",
    ),
    "levels and scales": (
        ANNOTATE,
        "--mlir-to-secret-arithmetic=min-slot-count={slots}",
        "--secret-insert-mgmt-ckks",
        "--generate-param-ckks=min-slot-count={slots}",
        "--populate-scale-ckks",
    ),
    "ckks": TO_CKKS,
    "openfhe": (*TO_CKKS, FIXED_MANUAL),
}


def vectors(*sizes: int) -> list[np.ndarray]:
    generator = np.random.default_rng(1)
    return [generator.uniform(-1, 1, size).astype(np.float32) for size in sizes]


def heir(program: str, name: str, pipeline: tuple[str, ...], slots: int) -> str:
    return run(HEIR_OPT, [option.format(slots=slots, name=name) for option in pipeline], program)


def outputs_of(program: str, inputs: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    """What the imported graph gives, which has to be what it gives after another export."""
    graph = import_program(program)
    result = graph(*(torch.from_numpy(one) for one in inputs))
    outputs = tuple(one.numpy() for one in (result if isinstance(result, tuple) else (result,)))
    exported = export_graph(graph, graph.meta["chain"], ExportOptions(inline_limit=None))
    exported.module.verify()
    for output, again in zip(outputs, execute(exported.module, inputs).outputs, strict=True):
        np.testing.assert_allclose(again, output, atol=1e-5)
    return outputs


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_dot_product_of_heir_opt(pipeline: str) -> None:
    a, b = vectors(8, 8)
    (result,) = outputs_of(heir(DOT, "dot", PIPELINES[pipeline], 8), [a, b])
    assert result.shape == ()
    np.testing.assert_allclose(result, a @ b + np.float32(0.1), atol=1e-5)


@pytest.mark.parametrize("slots", [32, 16])
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_elementwise_arithmetic_of_heir_opt_in_one_and_in_two_ciphertexts(pipeline: str, slots: int) -> None:
    a, b = vectors(32, 32)
    result = outputs_of(heir(ELEMENTWISE, "f", PIPELINES[pipeline], slots), [a, b])
    assert len(result) == 32 // slots
    np.testing.assert_allclose(np.concatenate(result), 0.5 * a * b + a, atol=1e-5)


@pytest.mark.parametrize("pipeline", ["levels without scales", "ckks"])
def test_public_inputs_that_the_server_packs_become_packed_inputs(pipeline: str) -> None:
    a, p = vectors(32, 32)
    program = heir(PUBLIC, "f", PIPELINES[pipeline], 16)
    result = outputs_of(program, [a, p])
    np.testing.assert_allclose(np.concatenate(result), a * a * p, atol=1e-5)


@pytest.mark.parametrize("pipeline", ["levels and scales", "ckks"])
def test_a_linear_layer_whose_rotations_are_in_loops(pipeline: str) -> None:
    (x,) = vectors(16)
    (result,) = outputs_of(heir(LINEAR, "f", PIPELINES[pipeline], 16), [x])
    np.testing.assert_allclose(result, WEIGHTS @ x + 0.25, atol=1e-5)


def test_a_linear_layer_after_the_lowering_that_keeps_every_operation() -> None:
    (x,) = vectors(16)
    ckks = heir(LINEAR, "f", TO_CKKS, 16)
    lowered = lower(ckks, backend="openfhe", entry_function="f", slots=16, target="ckks")
    graphs = [import_program(text) for text in (ckks, lowered)]
    counts = [Counter(str(node.target) for node in graph.graph.nodes) for graph in graphs]
    names = [name for name in counts[0] | counts[1] if name.startswith("hetorch.")]
    assert names and all(counts[0][name] == counts[1][name] for name in names)
    (result,) = outputs_of(lowered, [x])
    np.testing.assert_allclose(result, WEIGHTS @ x + 0.25, atol=1e-5)


GENERIC = """
func.func @f(%x: !secret.secret<tensor<8xf32>>, %y: !secret.secret<tensor<8xf32>>)
    -> !secret.secret<tensor<8xf32>> {
  %0 = secret.generic(%x: !secret.secret<tensor<8xf32>>, %y: !secret.secret<tensor<8xf32>>) {
  ^body(%a: tensor<8xf32>, %b: tensor<8xf32>):
    BODY
  } -> !secret.secret<tensor<8xf32>>
  return %0 : !secret.secret<tensor<8xf32>>
}
"""

MANAGED = """%1 = arith.mulf %a, %b : tensor<8xf32>
    %2 = mgmt.relinearize %1 : tensor<8xf32>
    %3 = mgmt.modreduce %2 : tensor<8xf32>
    %4 = mgmt.level_reduce %a : tensor<8xf32>
    %5 = arith.subf %4, %3 : tensor<8xf32>
    secret.yield %5 : tensor<8xf32>"""


def test_levels_follow_from_mgmt_operations_without_attributes() -> None:
    graph = import_program(GENERIC.replace("BODY", MANAGED))
    nodes = {str(node.target): node for node in graph.graph.nodes if node.op == "call_function"}
    levels = {name: getattr(ciphertext_info(node), "level", None) for name, node in nodes.items()}
    assert levels["hetorch.pack"] == 1 and levels["hetorch.csub"] == 0
    assert "hetorch.rescale" in levels and "hetorch.relinearize" in levels
    x, y = vectors(8, 8)
    np.testing.assert_allclose(graph(torch.from_numpy(x), torch.from_numpy(y)).numpy(), x - x * y, atol=1e-6)
    assert len(graph.meta["chain"].Q) == 2


DIAGONALS = np.arange(32.0).reshape(4, 8) % 5 - 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "%1 = tensor_ext.rotate_and_reduce %a <period = 2, steps = 4> : (tensor<8xf32>) -> tensor<8xf32>",
            lambda x, y: sum(np.roll(x, -2 * step) for step in range(4)),
        ),
        (
            f"""%d = arith.constant dense<{DIAGONALS.tolist()}> : tensor<4x8xf32>
    %2 = tensor_ext.rotate_and_reduce %a, %d <period = 1, steps = 4>
      : (tensor<8xf32>, tensor<4x8xf32>) -> tensor<8xf32>
    %1 = arith.mulf %2, %b : tensor<8xf32>""",
            lambda x, y: y * sum(row * np.roll(x, -step) for step, row in enumerate(DIAGONALS)),
        ),
    ],
)
def test_rotations_that_are_reduced(body: str, expected: Callable[..., np.ndarray]) -> None:
    x, y = vectors(8, 8)
    (result,) = outputs_of(GENERIC.replace("BODY", f"{body}\n    secret.yield %1 : tensor<8xf32>"), [x, y])
    np.testing.assert_allclose(result, expected(x, y), atol=1e-5)


REFUSED = {
    "a reduction of integers": (
        GENERIC.replace(
            "BODY",
            '%1 = tensor_ext.rotate_and_reduce %a <period = 1, steps = 2, reduceOp = "arith.muli">'
            " : (tensor<8xf32>) -> tensor<8xf32>\n    secret.yield %1 : tensor<8xf32>",
        ),
        "a reduction by arith.muli isn't one of real numbers",
        ":6:",
    ),
    "levels that differ": (
        GENERIC.replace("BODY", MANAGED.replace("%5 = arith.subf %4", "%5 = arith.subf %a")),
        "the levels of the operands differ by 1",
        ":10:",
    ),
    "an operation that is not supported": (
        GENERIC.replace(
            "BODY", "%1 = arith.divf %a, %b : tensor<8xf32>\n    secret.yield %1 : tensor<8xf32>"
        ),
        "arith.divf",
        ":6:",
    ),
    "a bound that is not known": (
        """
func.func @f(%x: !secret.secret<tensor<8xf32>>, %n: index) -> !secret.secret<tensor<8xf32>> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> (!secret.secret<tensor<8xf32>>) {
    scf.yield %s : !secret.secret<tensor<8xf32>>
  }
  %1 = secret.generic(%0: !secret.secret<tensor<8xf32>>) {
  ^body(%a: tensor<8xf32>):
    secret.yield %a : tensor<8xf32>
  } -> !secret.secret<tensor<8xf32>>
  return %1 : !secret.secret<tensor<8xf32>>
}
""",
        "argument 1, of type index, whose value isn't known",
        ":5:",
    ),
    "another scheme": (
        "module attributes {scheme.bgv} {\n  func.func @f() { return }\n}",
        "scheme BGV, and only CKKS can be imported",
        ":1:",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_says_where_and_why(case: str, tmp_path: Path) -> None:
    text, message, line = REFUSED[case]
    path = tmp_path / "program.mlir"
    path.write_text(text)
    with pytest.raises(HETorchError) as error:
        import_program(path)
    assert message in str(error.value)
    assert error.value.where is not None and f"program.mlir{line}" in error.value.where


def test_truncated_text_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "program.mlir"
    path.write_text(GENERIC[:100])
    with pytest.raises(ProgramError) as error:
        import_program(path)
    assert error.value.where is not None and "program.mlir:" in error.value.where


def test_a_file_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ProgramError, match="can't read program nowhere"):
        import_program("nowhere.mlir")


def test_several_possible_main_functions_need_a_choice() -> None:
    text = GENERIC.replace("BODY", MANAGED)
    with pytest.raises(ProgramError, match="2 functions that could be its main one"):
        import_program(text + text.replace("@f", "@g"))
    x, y = vectors(8, 8)
    graph = import_program(text + text.replace("@f", "@g"), entry_function="g")
    np.testing.assert_allclose(graph(torch.from_numpy(x), torch.from_numpy(y)).numpy(), x - x * y, atol=1e-6)
