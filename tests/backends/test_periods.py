"""Programs whose vectors all repeat after fewer slots than they have: samples share their ciphertexts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from he_dialects.parsing import parse_module
from torch import nn

import hetorch_heir
from hetorch_heir.backends.connection import Connection
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import Session
from hetorch_heir.cli.run import main
from hetorch_heir.core.errors import ProgramError
from tests.backends.programs import TEXT, program

Library = tuple[str, Connection]


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Linear(16, 4).eval()


@pytest.fixture(scope="module")
def exported() -> Program:
    """A default export: the ring's slots, and vectors that repeat."""
    result = hetorch_heir.export(model(), torch.randn(1, 16), target="hetorch", inline_limit=None)
    return Program(parse_module(result.text), Path(), result.text)


def test_a_default_export_repeats(exported: Program) -> None:
    assert exported.slots == 4096
    assert exported.period == 64
    assert exported.lanes_for(1) == 1
    assert exported.lanes_for(20) == 32
    assert exported.lanes_for(1000) == 4096 // 64
    assert exported.parameters(lanes=32).slots == 64
    assert exported.parameters().slots == 4096


def test_samples_share_ciphertexts(library: Library, exported: Program) -> None:
    name, connection = library
    samples = np.random.default_rng(0).uniform(-1, 1, (5, 1, 16))
    session = Session(connection, name, exported, exported.parameters(lanes=exported.lanes_for(5)))
    session.generate_keys()
    results = session.run([[x] for x in samples], check=True)
    with torch.no_grad():
        expected = model()(torch.from_numpy(samples).float()).numpy()
    for (output,), y in zip(results, expected, strict=True):
        assert output == pytest.approx(y, abs=1e-5)


REPEATING_CLIENT = """
  func.func @main__encrypt__arg0(%x: tensor<4xf32>) -> !ct attributes {heir.interface =
      {func_name = "main", index = 0 : i64, roles = ["client.encrypt"]}} {
    %e = tensor.empty() : tensor<8xf32>
    %l = tensor.insert_slice %x into %e[0] [4] [1] : tensor<4xf32> into tensor<8xf32>
    %r = tensor.insert_slice %x into %l[4] [4] [1] : tensor<4xf32> into tensor<8xf32>
    %0 = hetorch.encrypt %r : (tensor<8xf32>) -> !ct
    func.return %0 : !ct
  }
"""


def test_rotations_are_by_less_than_the_period() -> None:
    """A rotation by 5 is one by 1, and one by 4 is none."""
    start, end = (TEXT.index(f"  func.func @main__{name}") for name in ("encrypt", "decrypt"))
    text = TEXT[:start] + REPEATING_CLIENT + TEXT[end:]
    text = text.replace("%r1 = hetorch.rotate %x, 1 ", "%r1 = hetorch.rotate %x, 5 ")
    repeating = program(text.replace("%r3 = hetorch.rotate %x, 3 ", "%r3 = hetorch.rotate %x, 4 "))
    assert repeating.period == 4
    assert repeating.record().rotations() == [1]
    assert repeating.lanes_for(10**6) == 1 << 10


def test_a_program_whose_inputs_do_not_repeat_keeps_its_slots() -> None:
    assert program().period == program().slots == 8


def test_inputs_that_are_packed_in_another_way_are_refused(
    exported: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(exported), "period", 2)
    with pytest.raises(ProgramError, match="packs these inputs in another way"):
        exported.pack([np.arange(16.0).reshape(1, 16)])


@pytest.mark.parametrize("backend", ["openfhe", "seal"])
def test_a_batch_of_a_default_export_shares_by_itself(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    hetorch_heir.export(model(), torch.randn(1, 16), "p.mlir")
    np.save("x.npy", np.random.default_rng(1).uniform(-1, 1, (70, 1, 16)))
    command = ["p.mlir", "-i", "x.npy", "--batch"]
    assert main([*command, "-o", "clear.npy"]) == 0
    assert main([*command, "-o", "y.npy", "--backend", backend, "--check", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["samples_per_ciphertext"] == 64
    assert np.load("y.npy") == pytest.approx(np.load("clear.npy"), abs=1e-5)
    assert np.load("y.npy").shape == (70, 1, 4)
