"""Programs as HEIR's users write them, lowered by its own pipelines: imported, they give the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from he_dialects.printing import module_text
from xdsl.context import Context

from hetorch_heir.conversions.hetorch_to_ckks import ConvertHetorchToCkksPass
from hetorch_heir.core.errors import HETorchError, ProgramError
from hetorch_heir.export.exporter import ExportOptions, export_graph
from hetorch_heir.heir import lower
from hetorch_heir.heir.binaries import HEIR_OPT, run
from hetorch_heir.imports import import_program

MATRIX = np.arange(128).reshape(8, 16) % 7 / 8 - 0.4
SQUARE = np.arange(64).reshape(8, 8) % 5 / 8 - 0.3
KERNEL = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, -0.9]])
SERIES = [0.5, 0.25, -0.125, 0.1, 0.0, 0.05]


@dataclass(frozen=True)
class Program:
    """A function on secrets, and what it computes.

    Attributes:
        text: in the dialects that HEIR's pipelines start from.
        shapes: of the inputs.
        expected: the outputs, in one row.
        slots: the slots that ciphertexts are to have at least.
        tolerance: of an approximation.
    """

    text: str
    shapes: tuple[tuple[int, ...], ...]
    expected: Callable[..., Any]
    slots: int
    tolerance: float = 1e-5


def secret(*shape: int) -> str:
    return f"tensor<{'x'.join(map(str, shape))}xf32> {{secret.secret}}"


MATVEC = f"""
  %w = arith.constant dense<{MATRIX.tolist()}> : tensor<8x16xf32>
  %b = arith.constant dense<0.25> : tensor<8xf32>
  %y = linalg.matvec ins(%w, %x : tensor<8x16xf32>, tensor<16xf32>) outs(%b : tensor<8xf32>) -> tensor<8xf32>
"""

PROGRAMS = {
    "a polynomial with negations and differences": Program(
        f"""func.func @f(%x: {secret(16)}) -> tensor<16xf32> {{
  %c1 = arith.constant dense<0.5> : tensor<16xf32>
  %c3 = arith.constant dense<-0.25> : tensor<16xf32>
  %x2 = arith.mulf %x, %x : tensor<16xf32>
  %x3 = arith.mulf %x2, %x : tensor<16xf32>
  %a = arith.mulf %x3, %c3 : tensor<16xf32>
  %b = arith.mulf %x, %c1 : tensor<16xf32>
  %s = arith.addf %a, %b : tensor<16xf32>
  %n = arith.negf %s : tensor<16xf32>
  %u = arith.subf %c1, %n : tensor<16xf32>
  return %u : tensor<16xf32>
}}""",
        ((16,),),
        lambda x: 0.5 + 0.5 * x - 0.25 * x**3,
        16,
    ),
    "a Chebyshev series": Program(
        f"""func.func @f(%x: {secret(16)}) -> tensor<16xf32> {{
  %0 = polynomial.eval #polynomial<typed_chebyshev_polynomial <{SERIES}>
    : !polynomial.polynomial<ring = <coefficientType = f64>>>, %x
    {{domain_lower = -1.0 : f64, domain_upper = 1.0 : f64}} : tensor<16xf32>
  return %0 : tensor<16xf32>
}}""",
        ((16,),),
        lambda x: np.polynomial.chebyshev.chebval(x, SERIES),
        16,
    ),
    "tanh": Program(
        f"""func.func @f(%x: {secret(16)}) -> tensor<16xf32> {{
  %0 = math.tanh %x {{degree = 7 : i32, domain_lower = -1.0 : f64, domain_upper = 1.0 : f64}} : tensor<16xf32>
  return %0 : tensor<16xf32>
}}""",
        ((16,),),
        np.tanh,
        16,
        1e-4,
    ),
    "two layers with a square": Program(
        f"""func.func @f(%x: {secret(16)}) -> tensor<8xf32> {{{MATVEC}
  %q = arith.mulf %y, %y : tensor<8xf32>
  %v = arith.constant dense<{SQUARE.tolist()}> : tensor<8x8xf32>
  %z = linalg.matvec ins(%v, %q : tensor<8x8xf32>, tensor<8xf32>) outs(%b : tensor<8xf32>) -> tensor<8xf32>
  return %z : tensor<8xf32>
}}""",
        ((16,),),
        lambda x: SQUARE @ (MATRIX @ x + 0.25) ** 2 + 0.25,
        16,
    ),
    "a convolution": Program(
        f"""func.func @f(%x: {secret(8, 8)}) -> tensor<6x6xf32> {{
  %w = arith.constant dense<{KERNEL.tolist()}> : tensor<3x3xf32>
  %b = arith.constant dense<0.0> : tensor<6x6xf32>
  %y = linalg.conv_2d ins(%x, %w : tensor<8x8xf32>, tensor<3x3xf32>) outs(%b : tensor<6x6xf32>)
    -> tensor<6x6xf32>
  return %y : tensor<6x6xf32>
}}""",
        ((8, 8),),
        lambda x: np.ravel([[np.sum(x[i : i + 3, j : j + 3] * KERNEL) for j in range(6)] for i in range(6)]),
        64,
    ),
    "sums of rows": Program(
        f"""func.func @f(%x: {secret(4, 8)}) -> tensor<4xf32> {{
  %b = arith.constant dense<0.0> : tensor<4xf32>
  %y = linalg.reduce {{ arith.addf }} ins(%x : tensor<4x8xf32>) outs(%b : tensor<4xf32>) dimensions = [1]
  return %y : tensor<4xf32>
}}""",
        ((4, 8),),
        lambda x: x.sum(1),
        32,
    ),
    "a loop that carries a ciphertext": Program(
        f"""func.func @f(%x: {secret(8)}) -> tensor<8xf32> {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %w = arith.constant dense<0.5> : tensor<8xf32>
  %0 = scf.for %i = %c0 to %c3 step %c1 iter_args(%t = %x) -> (tensor<8xf32>) {{
    %m = arith.mulf %t, %w : tensor<8xf32>
    %a = arith.addf %m, %x : tensor<8xf32>
    scf.yield %a : tensor<8xf32>
  }}
  return %0 : tensor<8xf32>
}}""",
        ((8,),),
        lambda x: 1.875 * x,
        8,
    ),
    "a running sum in place": Program(
        f"""func.func @f(%x: {secret(4)}) -> tensor<4xf32> {{
  %c1 = arith.constant 1 : index
  %0 = affine.for %i = 1 to 4 iter_args(%t = %x) -> (tensor<4xf32>) {{
    %j = arith.subi %i, %c1 : index
    %a = tensor.extract %t[%j] : tensor<4xf32>
    %b = tensor.extract %t[%i] : tensor<4xf32>
    %s = arith.addf %a, %b : f32
    %u = tensor.insert %s into %t[%i] : tensor<4xf32>
    affine.yield %u : tensor<4xf32>
  }}
  return %0 : tensor<4xf32>
}}""",
        ((4,),),
        np.cumsum,
        4,
    ),
    "numbers that are no tensors": Program(
        """func.func @f(%a: f32 {secret.secret}, %b: f32 {secret.secret}) -> f32 {
  %0 = arith.mulf %a, %b : f32
  %1 = arith.addf %0, %a : f32
  return %1 : f32
}""",
        ((), ()),
        lambda a, b: a * b + a,
        16,
    ),
    "two results and a public input": Program(
        f"""func.func @f(%x: {secret(16)}, %p: tensor<16xf32>) -> (tensor<16xf32>, tensor<16xf32>) {{
  %0 = arith.mulf %x, %p : tensor<16xf32>
  %1 = arith.subf %p, %x : tensor<16xf32>
  return %0, %1 : tensor<16xf32>, tensor<16xf32>
}}""",
        ((16,), (16,)),
        lambda x, p: np.concatenate([x * p, p - x]),
        16,
    ),
}

OPENFHE = "--annotate-module=backend=openfhe scheme=ckks"
LATTIGO = "--annotate-module=backend=lattigo scheme=ckks"
ARITHMETIC = "--mlir-to-secret-arithmetic=min-slot-count={slots}"
CKKS = "--mlir-to-ckks=min-slot-count={slots}"
TORCH = "--torch-linalg-to-ckks=min-slot-count={slots}"
TO_OPENFHE = "--scheme-to-openfhe=entry-function=f scaling-technique-fixed-manual=true"

PIPELINES = {
    "arithmetic": (OPENFHE, ARITHMETIC),
    "levels": (LATTIGO, ARITHMETIC, "--secret-insert-mgmt-ckks"),
    "ckks for Lattigo": (LATTIGO, TORCH),
    "ckks without storage": (
        OPENFHE,
        "--mlir-to-ckks=min-slot-count={slots} enable-split-preprocessing=false",
    ),
    "openfhe": (OPENFHE, TORCH, TO_OPENFHE),
}

UNUSABLE = {
    ("two layers with a square", "openfhe"): "was overwritten by an operation in place, and is read again",
    ("a running sum in place", "openfhe"): r"operands of unequal scale \(log2\): 135 and 90",
}
"""Where heir-opt makes code that is wrong: it rescales a ciphertext in place in each round of a loop; it
brings operands together by plaintexts of scales that OpenFHE doesn't have."""


def vectors(program: Program) -> list[np.ndarray]:
    generator = np.random.default_rng(1)
    return [generator.uniform(-1, 1, shape).astype(np.float32) for shape in program.shapes]


def lowered(program: Program, pipeline: str) -> str:
    return run(HEIR_OPT, [option.format(slots=program.slots) for option in PIPELINES[pipeline]], program.text)


def outputs(graph: torch.fx.GraphModule, inputs: list[np.ndarray]) -> np.ndarray:
    result = graph(*(torch.from_numpy(np.asarray(one)) for one in inputs))
    return np.concatenate(
        [one.numpy().ravel() for one in (result if isinstance(result, tuple) else (result,))]
    )


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_an_imported_program_computes_what_its_source_says(name: str, pipeline: str) -> None:
    program = PROGRAMS[name]
    text, inputs = lowered(program, pipeline), vectors(program)
    if (name, pipeline) in UNUSABLE:
        with pytest.raises(ProgramError, match=UNUSABLE[name, pipeline]):
            import_program(text)
        return
    expected = np.ravel(program.expected(*inputs))
    np.testing.assert_allclose(outputs(import_program(text), inputs), expected, atol=program.tolerance)


@pytest.mark.parametrize(
    "name",
    ["a Chebyshev series", "two layers with a square", "sums of rows", "two results and a public input"],
)
def test_an_imported_program_can_be_exported_lowered_and_imported_again(name: str) -> None:
    program = PROGRAMS[name]
    inputs = vectors(program)
    graph = import_program(lowered(program, "ckks without storage"))
    chain = graph.meta["chain"]
    module = export_graph(graph, chain, ExportOptions(function="f", inline_limit=None)).module
    ConvertHetorchToCkksPass().apply(Context(), module)
    text = lower(module_text(module), backend="openfhe", entry_function="f", slots=chain.slots, target="ckks")
    expected = np.ravel(program.expected(*inputs))
    again = outputs(import_program(text), inputs)
    np.testing.assert_allclose(again, expected, atol=program.tolerance)


REFUSED = {
    "integers": ("backend=openfhe scheme=bgv", "--mlir-to-bgv=min-slot-count=8", "i16", "muli", "only CKKS"),
    "bits": ("scheme=cggi", "--mlir-to-cggi=data-type=Integer", "i8", "addi", "only CKKS"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_another_scheme_is_refused_by_name(case: str) -> None:
    annotation, pipeline, element, op, message = REFUSED[case]
    kind = f"tensor<8x{element}>" if case == "integers" else element
    text = f"""func.func @f(%x: {kind} {{secret.secret}}, %y: {kind} {{secret.secret}}) -> {kind} {{
  %0 = arith.{op} %x, %y : {kind}
  return %0 : {kind}
}}"""
    program = run(HEIR_OPT, [f"--annotate-module={annotation}", pipeline], text)
    with pytest.raises(HETorchError) as caught:
        import_program(program)
    assert message in str(caught.value) or "can't be imported" in str(caught.value)
    assert caught.value.where is not None and caught.value.where.startswith("<text>:")
