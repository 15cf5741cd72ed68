"""Programs in all their forms under encryption: exported ones, and heir-opt's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from he_dialects.parsing import parse_module
from torch import nn

import hetorch_heir.export.api
from hetorch_heir.backends.connection import Connection
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import Session, operation_counts
from hetorch_heir.core.errors import ProgramError
from hetorch_heir.heir.binaries import HEIR_OPT, run

Library = tuple[str, Connection]
FORMS = [("hetorch", None), ("secret", None), ("ckks", None), ("ckks", "openfhe"), ("secret", "openfhe")]

ANNOTATE = "--annotate-module=backend=openfhe scheme=ckks"
PIPELINES = {
    "arithmetic only": (ANNOTATE, "--mlir-to-secret-arithmetic=min-slot-count=8"),
    "ckks": (ANNOTATE, "--mlir-to-ckks=min-slot-count=8"),
    "openfhe": (
        ANNOTATE,
        "--mlir-to-ckks=min-slot-count=8",
        "--scheme-to-openfhe=entry-function=dot scaling-technique-fixed-manual=true",
    ),
}

DOT = """
func.func @dot(%a: tensor<8xf32> {secret.secret}, %b: tensor<8xf32> {secret.secret}) -> f32 {
  %z = arith.constant dense<0.1> : tensor<f32>
  %r = linalg.dot ins(%a, %b : tensor<8xf32>, tensor<8xf32>) outs(%z : tensor<f32>) -> tensor<f32>
  %s = tensor.extract %r[] : tensor<f32>
  return %s : f32
}
"""


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Linear(12, 8)
        self.last = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.first(x)
        return self.last(hidden * hidden)


def opened(library: Library, text: str, folder: Path) -> Session:
    module = parse_module(text)
    module.verify()
    program = Program(module, folder, text)
    name, connection = library
    session = Session(connection, name, program, program.parameters())
    session.generate_keys()
    return session


@pytest.mark.parametrize(("target", "lowered"), FORMS)
def test_an_exported_model(target: str, lowered: str | None, library: Library, tmp_path: Path) -> None:
    model, x = Network().eval(), torch.linspace(-1, 1, 12)
    path = tmp_path / "network.mlir"
    result = hetorch_heir.export.api.export(
        model, x, path, target=target, lower=lowered, inline_limit=64, slots=64
    )
    session = opened(library, path.read_text(), tmp_path)
    ((output,),) = session.run([[x.numpy()]], check=True)
    assert output == pytest.approx(model(x).detach().numpy(), abs=1e-3)
    counts = operation_counts(session.load())
    assert (counts["rotate"], counts["mul_plain"]) == (result.counts.rotations, result.counts.products)
    assert (counts["rescale"], counts["relinearize"]) == (
        result.counts.rescales,
        result.counts.relinearizations,
    )


class OneOfThree(nn.Module):
    """A model of which only the input number ``used`` matters."""

    def __init__(self, used: int) -> None:
        super().__init__()
        self.used = used

    def forward(self, x: torch.Tensor, y: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        return 2 * (x, y, z)[self.used]


@pytest.mark.parametrize("used", range(3))
@pytest.mark.parametrize(("target", "lowered"), FORMS)
def test_inputs_that_nothing_depends_on_are_inputs_still(
    used: int, target: str, lowered: str | None, tmp_path: Path
) -> None:
    inputs = tuple(torch.linspace(-1, 1, 8) * number for number in (1, 2, 3))
    path = tmp_path / "model.mlir"
    hetorch_heir.export.api.export(OneOfThree(used), inputs, path, target=target, lower=lowered, slots=8)
    program = Program(parse_module(path.read_text()), tmp_path)
    arrays = [one.numpy() for one in inputs]
    (output,) = program.run_in_the_clear(arrays)
    assert output == pytest.approx(2 * arrays[used], abs=1e-6)
    assert program.record().inputs == len(program.pack(arrays)) == 1
    with pytest.raises(ProgramError, match="4 inputs are given, but the program takes 3"):
        program.pack([*arrays, arrays[0]])


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_program_of_heir_opt(pipeline: str, library: Library, tmp_path: Path) -> None:
    a, b = np.random.default_rng(1).uniform(-1, 1, (2, 8)).astype(np.float32)
    text = run(HEIR_OPT, PIPELINES[pipeline], DOT)
    ((output,),) = opened(library, text, tmp_path).run([[a, b]], check=True)
    assert output == pytest.approx(a @ b + 0.1, abs=1e-3)


def test_another_scheme_is_refused() -> None:
    module = parse_module("module attributes {scheme.bgv} {\n  func.func @f() { return }\n}")
    with pytest.raises(ProgramError, match="BGV"):
        Program(module)


def test_a_program_that_encrypts_in_its_main_function_is_refused() -> None:
    module = parse_module("""
!ct = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
module attributes {scheme.ckks, scheme.actual_slot_count = 8 : i64,
    ckks.schemeParam = #ckks.scheme_param<logN = 13, Q = [1125899906826241, 1099511922689],
      P = [1152921504606830593], logDefaultScale = 40>} {
  func.func @main(%x: !ct) -> !ct {
    %c = arith.constant dense<1.0> : tensor<8xf32>
    %0 = hetorch.encrypt %c : (tensor<8xf32>) -> !ct
    %1 = hetorch.cadd %x, %0 : (!ct, !ct) -> !ct
    func.return %1 : !ct
  }
  func.func @e(%x: tensor<8xf32>) -> !ct attributes
      {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.encrypt"]}} {
    %0 = hetorch.encrypt %x : (tensor<8xf32>) -> !ct
    func.return %0 : !ct
  }
}
""")
    module.verify()
    with pytest.raises(ProgramError, match="encrypts in its main function"):
        Program(module).record()
