"""hetorch-run on libraries, and on batches."""

from __future__ import annotations

import errno
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import hetorch_heir
from hetorch_heir.cli.run import main
from tests.backends.programs import TEXT, expected

X = np.linspace(-1, 1, 8)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "p.mlir").write_text(TEXT)
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "batch.npy", np.random.default_rng(0).uniform(-1, 1, (40, 8)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("backend", ["openfhe", "seal"])
def test_a_program_runs_encrypted(backend: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["p.mlir", "-i", "x.npy", "--backend", backend, "--insecure", "--check", "--json"]
    assert main(command) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    assert result["outputs"][0] == pytest.approx(expected(X), abs=1e-4)
    assert result["operations"]["rotate"] == 2
    assert set(result["seconds"]) == {"keys", "encryption", "evaluation", "decryption"}
    assert result["context"]["secure"] is False
    assert "less than 128-bit" in captured.err


def test_insecure_parameters_need_a_word(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["p.mlir", "-i", "x.npy", "--backend", "seal"]) == 1
    assert "--insecure" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--backend", "fake"], ["--backend", "seal", "--insecure"]])
def test_a_batch_is_stacked(options: list[str], folder: Path) -> None:
    assert main(["p.mlir", "-i", "batch.npy", "--batch", "-o", "y.npy", *options]) == 0
    outputs = np.load("y.npy")
    for x, y in zip(np.load("batch.npy"), outputs, strict=True):
        assert y == pytest.approx(expected(x), abs=1e-4)
    assert not Path("y.npy.partial").exists()


def test_samples_fill_ciphertexts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["p.mlir", "-i", "batch.npy", "--batch", "-o", "y.npy", "--backend", "openfhe", "--insecure"]
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["samples_per_ciphertext"] == 64


def test_a_killed_batch_is_finished_by_a_rerun(folder: Path) -> None:
    """The inputs are public in part, so that each sample takes an evaluation of its own."""
    Path("p.mlir").write_text(with_public_weights())
    np.save("w.npy", np.ones((40, 8)))
    command = [sys.executable, "-m", "hetorch_heir.cli.run", "p.mlir", "-i", "batch.npy", "-i", "w.npy"]
    command += ["--batch", "-o", "y.npy", "--backend", "seal", "--insecure", "--jobs", "2"]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "dialects")])
    environment = {**os.environ, "PYTHONPATH": paths}
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    deadline = time.monotonic() + 60
    while len(list(folder.glob("y.npy.partial/*.npz"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    finished = {path: path.stat().st_mtime_ns for path in folder.glob("y.npy.partial/*.npz")}
    assert 3 <= len(finished) < 40
    assert not Path("y.npy").exists()

    assert main([*command[3:], "--json"]) == 0
    assert np.load("y.npy").shape == (40, 8)
    for x, y in zip(np.load("batch.npy"), np.load("y.npy"), strict=True):
        assert y == pytest.approx((np.roll(x, -1) + np.roll(x, -3) + 0.5) ** 2, abs=1e-4)
    assert not Path("y.npy.partial").exists()


def with_public_weights() -> str:
    text = TEXT.replace("(%x: !ct) -> !ct_0", "(%x: !ct, %w: tensor<8xf32>) -> !ct_0")
    lines = [line for line in text.splitlines() if "%w = arith" not in line]
    return "\n".join(lines)


def test_results_of_another_batch_are_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("y.npy.partial").mkdir()
    (Path("y.npy.partial") / "batch.json").write_text(json.dumps({"batch": "another"}))
    assert main(["p.mlir", "-i", "batch.npy", "--batch", "-o", "y.npy"]) == 1
    assert "another batch" in capsys.readouterr().err
    assert Path("y.npy.partial/batch.json").exists()


def test_a_full_disk_keeps_what_is_finished(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The disk is full when the first file is written, and again after some samples; then there is room."""
    command = ["p.mlir", "-i", "batch.npy", "--batch", "-o", "y.npy"]
    partial = folder / "y.npy.partial"
    for room in (0, 4):
        with monkeypatch.context() as patch:
            patch.setattr(tempfile, "mkstemp", full_after(room))
            assert main(command) == 1
        assert "No space left on device" in capsys.readouterr().err
        assert len(list(partial.glob("*.npz"))) == max(0, room - 1)
        assert not list(folder.rglob("*.part")) and not Path("y.npy").exists()
    assert main(command) == 0
    assert np.load("y.npy").shape == (40, 8)
    assert not partial.exists()


def full_after(files: int) -> Callable[..., tuple[int, str]]:
    """``tempfile.mkstemp`` of a disk that has room for so many files."""
    make, made = tempfile.mkstemp, itertools.count()

    def mkstemp(*args: Any, **options: Any) -> tuple[int, str]:
        if next(made) >= files:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return make(*args, **options)

    return mkstemp


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-i", "x.npy", "--batch", "-o", "y.npy"], "takes 8 values"),
        (["-i", "x.npy", "--batch"], "--output"),
        (["-i", "x.npy", "--jobs", "0"], "--jobs"),
        (["-i", "batch.npy", "-i", "x.npy", "--batch", "-o", "y.npy"], "8, 40 samples"),
        (["-i", "x.npy", "--backend", "seal", "--insecure", "--python", "no-such"], "no-such"),
        (["-i", "none.npy", "--backend", "seal", "--insecure"], "none.npy"),
        (["-i", "none.npy", "-o", "no/y.npy"], "there is no folder no"),
        (["-i", "x.npy", "-i", "x.npy"], "2 inputs are given, but the program takes 1"),
    ],
)
def test_wrong_use_is_explained(
    options: list[str], message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["p.mlir", *options]) in (1, 2)
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error


def test_outputs_are_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["p.mlir", "-i", "x.npy", "-o", "-", "--json"])
    assert stopped.value.code == 2
    assert "name a file" in capsys.readouterr().err
    assert not Path("-").exists()


def test_json_has_no_infinities(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("p.mlir").write_text(TEXT.replace("xf32>", "xf64>"))
    np.save("x.npy", np.full(8, 1e200))
    assert main(["p.mlir", "-i", "x.npy", "--json"]) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out, parse_constant=pytest.fail)
    assert result["outputs"] == [[None] * 8]
    assert result["out_of_range"] and "RuntimeWarning" not in captured.err


IMAGES = {
    "transposed": (np.zeros((1, 4, 4, 2)), "shape (1, 4, 4, 2), but the program takes (1, 2, 4, 4)"),
    "too small": (np.zeros((1, 2, 4, 3)), "takes 32 values, of shape (1, 2, 4, 4)"),
    "complex": (np.zeros((1, 2, 4, 4)) * 1j, "not an array of real numbers"),
    "text": (np.full((1, 2, 4, 4), "a"), "not an array of real numbers"),
    "not finite": (np.full((1, 2, 4, 4), np.nan), "not finite"),
    "too large": (np.full((1, 2, 4, 4), 1e9), "the inputs are too large"),
}


@pytest.mark.parametrize("backend", ["fake", "openfhe", "seal"])
@pytest.mark.parametrize("name", IMAGES)
def test_images_that_do_not_fit_are_explained(
    name: str, backend: str, image_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is encrypted then; only the values in the clear have room for everything, and a warning."""
    image, message = IMAGES[name]
    np.save("x.npy", image)
    warned = backend == "fake" and name == "too large"
    assert main(["p.mlir", "-i", "x.npy", "--backend", backend]) == (0 if warned else 1)
    assert message.removeprefix("the inputs are too large" if warned else "") in capsys.readouterr().err


@pytest.fixture(scope="module")
def convolution(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("convolution") / "p.mlir"
    hetorch_heir.export(nn.Conv2d(2, 2, 3), torch.rand(1, 2, 4, 4), path)
    return path.parent


@pytest.fixture
def image_folder(convolution: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(convolution)
    return convolution


def test_images_without_the_axis_of_samples_are_taken(image_folder: Path) -> None:
    image = np.random.default_rng(0).random((1, 2, 4, 4))
    for number, array in enumerate((image, image[0], image.reshape(-1))):
        np.save("x.npy", array)
        assert main(["p.mlir", "-i", "x.npy", "-o", f"y{number}.npy"]) == 0
    assert np.array_equal(np.load("y0.npy"), np.load("y1.npy"))
    assert np.array_equal(np.load("y0.npy"), np.load("y2.npy"))


def test_a_sample_of_a_batch_that_does_not_fit_is_named(
    image_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = np.zeros((3, 1, 2, 4, 4))
    images[1] = 1e9
    np.save("x.npy", images)
    assert main(["p.mlir", "-i", "x.npy", "--batch", "-o", "y.npy", "--backend", "seal"]) == 1
    assert "sample 1: the inputs are too large" in capsys.readouterr().err
    assert not Path("y.npy").exists()


@pytest.mark.parametrize("extra", [[], ["--batch", "-o", "y.npy"]], ids=["one sample", "batch"])
@pytest.mark.parametrize("backend", ["fake", "seal"])
def test_inputs_out_of_range_are_an_error_if_asked_for(
    backend: str, extra: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is encrypted: the client computes them in the clear."""
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU()).eval()
    samples = torch.linspace(-1.0, 1.0, 40).reshape(10, 4)
    hetorch_heir.export(model, samples[:1], "relu.mlir", calibration=[samples], activation_degree=3)
    sample = 9 * samples[9:].numpy()
    np.save("far.npy", sample[None] if extra else sample)
    assert main(["relu.mlir", "-i", "far.npy", "--backend", backend, "--strict", *extra]) == 1
    error = capsys.readouterr().err
    assert "the input of relu goes from" in error and "--calibrate" in error
