"""hetorch-run as a user calls it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from hetorch_heir.cli.run import main
from hetorch_heir.heir.binaries import HEIR_OPT, run

PROGRAM = """
!ct = !hetorch.ct<8 : i64, 1 : i64, 40 : i64, 2 : i64>
module attributes {scheme.ckks, scheme.actual_slot_count = 8 : i64,
    ckks.schemeParam = #ckks.scheme_param<logN = 4, Q = [1125899906842817, 1099511627873],
                                          P = [1152921504606847009], logDefaultScale = 40>} {
  func.func @main(%x: !ct) -> !ct {
    %0 = hetorch.rotate %x, 1 : (!ct) -> !ct
    func.return %0 : !ct
  }
  func.func @e(%x: tensor<8xf32>) -> !ct
      attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.encrypt"]}} {
    %0 = hetorch.encrypt %x : (tensor<8xf32>) -> !ct
    func.return %0 : !ct
  }
  func.func @d(%c: !ct) -> tensor<8xf32>
      attributes {heir.interface = {func_name = "main", index = 0 : i64, roles = ["client.decrypt"]}} {
    %0 = hetorch.decrypt %c : (!ct) -> tensor<8xf32>
    func.return %0 : tensor<8xf32>
  }
}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "p.mlir").write_text(PROGRAM)
    np.save(tmp_path / "x.npy", np.arange(8.0))
    return str(tmp_path / "p.mlir"), str(tmp_path / "x.npy")


def test_json_has_outputs_and_counts(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([files[0], "--input", files[1], "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["outputs"] == [[1, 2, 3, 4, 5, 6, 7, 0]]
    assert result["operations"] == {"rotate": 1}


def test_plain_output(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([files[0], "--input", files[1]]) == 0
    assert capsys.readouterr().out.split() == ["[1.", "2.", "3.", "4.", "5.", "6.", "7.", "0.]"]


def test_the_program_may_come_from_standard_input(
    files: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(PROGRAM))
    assert main(["-", "--input", files[1], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["operations"] == {"rotate": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("hetorch.rotate", "hetorch.turn"), "hetorch.turn"),
        (lambda text: text[: len(text) // 2], "p.mlir"),
        (lambda text: text.replace("%x, 1 :", "%x, 9 :"), "steps must be"),
        (lambda text: text.replace("client.encrypt", "server"), "no client function encrypts"),
    ],
)
def test_broken_programs(
    change: object, message: str, files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(files[0]).write_text(change(PROGRAM))  # pyright: ignore
    assert main([files[0], "--input", files[1]]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_wrong_inputs(files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "short.npy", np.arange(3.0))
    np.save(tmp_path / "text.npy", np.array(["a"]))
    for name, message in (("short.npy", "takes 8 values"), ("text.npy", "numbers"), ("none.npy", "none.npy")):
        assert main([files[0], "--input", str(tmp_path / name)]) == 1
        assert message in capsys.readouterr().err
    assert main([str(tmp_path / "none.mlir"), "--input", files[1]]) == 1
    assert "none.mlir" in capsys.readouterr().err


def test_programs_that_keep_plaintexts_in_memory_run_in_the_clear(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As heir-opt writes them for OpenFHE: plaintexts are made once, and kept in a buffer."""
    lowered = run(HEIR_OPT, [*LOWERING, "--scheme-to-openfhe"], CUBE)
    assert "memref.alloc" in lowered
    (tmp_path / "p.mlir").write_text(lowered)
    x = np.linspace(-1, 1, 16)
    np.save(tmp_path / "x.npy", x)
    assert main([str(tmp_path / "p.mlir"), "-i", str(tmp_path / "x.npy"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outputs"][0] == pytest.approx(0.25 * x**3, abs=1e-6)


LOWERING = ("--annotate-module=backend=openfhe scheme=ckks", "--torch-linalg-to-ckks=min-slot-count=1024")
CUBE = """
func.func @cube(%x: tensor<16xf32> {secret.secret}) -> tensor<16xf32> {
  %c = arith.constant dense<0.25> : tensor<16xf32>
  %a = arith.mulf %x, %x : tensor<16xf32>
  %b = arith.mulf %a, %x : tensor<16xf32>
  %d = arith.mulf %b, %c : tensor<16xf32>
  return %d : tensor<16xf32>
}
"""
