"""hetorch-export as a user calls it: what it writes, what it says, and how it fails."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
import torch
from torch import nn

from hetorch_heir.cli.export import main
from hetorch_heir.cli.run import main as run_main
from tests.cli.models import Pooled, Rectified, Squares, export_file

SUMMARY_KEYS = {
    "model",
    "target",
    "slots",
    "log_n",
    "log_qp",
    "levels",
    "rotations",
    "rotation_keys",
    "products",
    "ct_products",
    "relinearizations",
    "rescales",
    "bootstraps",
    "max_error",
    "mean_error",
    "seconds",
    "peak_memory_mb",
    "output_bytes",
}


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return export_file(Squares(), tmp_path_factory.mktemp("model") / "squares.pt2")


@pytest.mark.parametrize("target", ["secret", "ckks", "hetorch"])
def test_verified_export_and_run(
    target: str, model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.mlir"
    assert main([model_file, "-o", str(out), "--target", target, "--verify", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary.keys() >= SUMMARY_KEYS
    assert summary["model"] == model_file
    assert summary["target"] == target
    assert (summary["levels"], summary["ct_products"], summary["relinearizations"]) == (3, 1, 1)
    assert summary["max_error"] < 1e-4
    assert summary["output_bytes"] == sum(path.stat().st_size for path in tmp_path.iterdir())

    np.save(tmp_path / "x.npy", np.linspace(-1, 1, 8).reshape(1, 8).astype(np.float32))
    assert run_main([str(out), "--input", str(tmp_path / "x.npy"), "-o", str(tmp_path / "y.npy")]) == 0
    expected = Squares()(torch.linspace(-1, 1, 8).reshape(1, 8)).detach().numpy()
    assert np.load(tmp_path / "y.npy").shape == (1, 4)
    assert np.abs(np.load(tmp_path / "y.npy") - expected).max() < 1e-4


@pytest.mark.parametrize("target", ["secret", "ckks"])
@pytest.mark.parametrize("backend", ["openfhe", "lattigo"])
def test_lowering_keeps_the_entry_function(
    target: str, backend: str, model_file: str, tmp_path: Path
) -> None:
    out = tmp_path / "low.mlir"
    assert main([model_file, "-o", str(out), "--target", target, "--lower", backend]) == 0
    text = out.read_text()
    assert f"!{backend}." in text
    assert "@squares(" in text


def test_lowered_programs_run_too(
    model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "x.npy", np.linspace(-1, 1, 8).astype(np.float32))
    out = tmp_path / "low.mlir"
    assert main([model_file, "-o", str(out), "--lower", "openfhe"]) == 0
    capsys.readouterr()
    assert run_main([str(out), "--input", str(tmp_path / "x.npy"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    expected = Squares()(torch.linspace(-1, 1, 8)).detach().numpy()
    assert np.abs(np.array(result["outputs"][0]).reshape(-1) - expected).max() < 1e-4
    assert result["operations"]["rescale"] == 3
    assert main([model_file, "-o", str(out), "--lower", "lattigo"]) == 0
    assert run_main([str(out), "--input", str(tmp_path / "x.npy")]) == 1
    assert "lower it to openfhe" in capsys.readouterr().err


def test_the_hint_is_a_command_that_works(
    model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.mlir"
    assert main([model_file, "-o", str(out)]) == 0
    hint = next(line for line in capsys.readouterr().err.splitlines() if "heir-translate" in line)
    script = tmp_path / "hint.sh"
    script.write_text(f"PATH={Path(sys.executable).parent}:$PATH\n{hint.strip()}\n")
    result = subprocess.run(["bash", str(script)], capture_output=True, text=True, check=True)
    assert "EvalRotate" in result.stdout


def test_standard_input_and_output(
    model_file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(Path(model_file).read_bytes()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert main(["-", "-o", "-", "--target", "secret", "--name", "entry"]) == 0
    text = capsys.readouterr().out
    assert "func.func @entry(" in text
    assert "load_resource" not in text, "a pipe has no folder for a file of constants"


def test_large_constants_go_beside_the_output(model_file: str, tmp_path: Path) -> None:
    out = tmp_path / "out.mlir"
    assert main([model_file, "-o", str(out), "--inline-limit", "16"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.constants.bin", "out.mlir"]
    assert '"out.constants.bin"' in out.read_text()


def test_weights_can_be_numbers_and_loops(tmp_path: Path) -> None:
    model, out = tmp_path / "conv.pt2", tmp_path / "out.mlir"
    example = (torch.linspace(-1, 1, 128).reshape(1, 2, 8, 8),)
    torch.export.save(torch.export.export(torch.nn.Conv2d(2, 2, 3, padding=1).eval(), example), model)
    options = ["--slots", "512", "--insecure", "--inline-limit", "16", "--verify"]
    assert main([str(model), "-o", str(out), "--weights", "formula", *options]) == 0
    assert {path.name for path in tmp_path.glob("out.*")} == {
        "out.constants.bin",
        "out.indices.bin",
        "out.mlir",
    }
    small = sum(path.stat().st_size for path in tmp_path.glob("out.*.bin"))
    assert main([str(model), "-o", str(tmp_path / "packed.mlir"), *options]) == 0
    assert small < (tmp_path / "packed.constants.bin").stat().st_size / 2


def test_go_programs_keep_all_digits_of_constants(model_file: str, tmp_path: Path) -> None:
    out = tmp_path / "go.mlir"
    assert main([model_file, "-o", str(out), "--lower", "lattigo"]) == 0
    # What is left in the text is zeros, the start of packing loops.
    constants = [line for line in out.read_text().splitlines() if "memref.global" in line]
    assert all("dense<0.0" in line for line in constants)
    assert (tmp_path / "go.constants.bin").stat().st_size > 0


def test_locations_point_at_the_model(model_file: str, tmp_path: Path) -> None:
    out = tmp_path / "out.mlir"
    assert main([model_file, "-o", str(out)]) == 0
    line = next(
        number
        for number, text in enumerate(Path(__file__).with_name("models.py").read_text().splitlines(), start=1)
        if "hidden * hidden" in text
    )
    assert f'models.py":{line}:' in out.read_text()


def test_calibration_and_degree_decide_the_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = export_file(Rectified(), tmp_path / "relu.pt2")
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32))
    errors = []
    for degree in (4, 24):
        arguments = ["--calibrate", str(tmp_path / "x.npy"), "--activation-degree", str(degree)]
        assert main([model, "-o", str(tmp_path / "o.mlir"), *arguments, "--verify", "--json"]) == 0
        captured = capsys.readouterr()
        assert "warning" not in captured.err
        errors.append(json.loads(captured.out)["mean_error"])
    assert errors[1] < errors[0] / 2


def test_without_calibration_data_the_user_is_warned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = export_file(Rectified(), tmp_path / "relu.pt2")
    assert main([model, "-o", str(tmp_path / "o.mlir")]) == 0
    assert "--calibrate" in capsys.readouterr().err


def test_a_factory_with_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = tmp_path / "weights.pt"
    torch.save(Squares().state_dict(), weights)
    arguments = ["tests.cli.models:squares", "--state-dict", str(weights), "--input-shape", "1,8"]
    assert main([*arguments, "-o", str(tmp_path / "o.mlir"), "--verify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["max_error"] < 1e-4


def test_dump_and_own_pipeline(model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline = (
        "input-packing{strategy=row_major},linear-layer-bsgs{baby_step_size=4},"
        "rescaling-insertion{strategy=eager},relinearization-insertion{strategy=eager}"
    )
    arguments = ["--pipeline", pipeline, "--dump-ir-after", "linear-layer-bsgs", "--verify"]
    assert main([model_file, "-o", str(tmp_path / "o.mlir"), *arguments]) == 0
    errors = capsys.readouterr().err
    assert "// after linear-layer-bsgs" in errors
    assert "hetorch.linear_transform" in errors


def test_slots_and_scale_are_respected(
    model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--slots", "256", "--scale-bits", "35", "--first-bits", "55", "--json", "--verify"]
    assert main([model_file, "-o", str(tmp_path / "o.mlir"), *arguments]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["slots"] == 256
    assert "logDefaultScale = 35" in (tmp_path / "o.mlir").read_text()


# What goes wrong.


def fails(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Runs an export that must fail: exit code 1, one error, no output file, an earlier one untouched."""
    folder = Path(mkdtemp(dir=tmp_path))
    out = folder / "out.mlir"
    assert main([*arguments, "-o", str(out)]) == 1
    assert list(folder.iterdir()) == []
    out.write_text("earlier")
    assert main([*arguments, "-o", str(out)]) == 1
    assert out.read_text() == "earlier"
    assert [path.name for path in folder.iterdir()] == ["out.mlir"]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert captured.err.count("error:") == 2
    return captured.err


class Exponential(Squares):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cumprod(self.first(x), dim=-1)


def test_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nowhere.pt2" in fails([str(tmp_path / "nowhere.pt2")], tmp_path, capsys)


def test_not_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.pt2").write_text("hello")
    assert "text.pt2" in fails([str(tmp_path / "text.pt2")], tmp_path, capsys)


def test_truncated_model(model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = Path(model_file).read_bytes()
    (tmp_path / "half.pt2").write_bytes(data[: len(data) // 2])
    assert "half.pt2" in fails([str(tmp_path / "half.pt2")], tmp_path, capsys)


def test_pickled_module(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save(Squares(), tmp_path / "pickled.pt")
    arguments = [str(tmp_path / "pickled.pt"), "--input-shape", "1,8"]
    assert "--trust-pickle" in fails(arguments, tmp_path, capsys)
    assert main([*arguments, "--trust-pickle", "-o", str(tmp_path / "o.mlir")]) == 0


def test_dynamic_shapes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dynamic = {"x": {0: torch.export.Dim("batch", min=2, max=64)}}
    example = (torch.randn(4, 8),)
    program = torch.export.export(Squares(), example, dynamic_shapes=dynamic)
    torch.export.save(program, tmp_path / "dynamic.pt2")
    assert "dynamic" in fails([str(tmp_path / "dynamic.pt2")], tmp_path, capsys)


def test_unsupported_operation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = fails([export_file(Pooled(), tmp_path / "m.pt2")], tmp_path, capsys)
    assert "softmax" in message
    assert "models.py" in message
    message = fails([export_file(Exponential(), tmp_path / "m.pt2")], tmp_path, capsys)
    assert "cumprod" in message
    assert "test_export_command.py" in message


class MaxPooled(Squares):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.max_pool1d(self.first(x), 2)


def test_max_pooling_has_to_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = export_file(MaxPooled(), tmp_path / "m.pt2")
    message = fails([archive], tmp_path, capsys)
    assert "max_pool1d" in message
    assert "average pooling" in message
    assert "--max-pool polynomial" in message
    options = ["-o", str(tmp_path / "out.mlir"), "--verify", "--json"]
    assert main([archive, *options, "--max-pool", "polynomial"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["max_error"] < 0.1
    assert summary["ct_products"] > 0


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_unusable_weights(value: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = Squares()
    with torch.no_grad():
        model.first.weight[0, 0] = value
    assert "first.weight" in fails([export_file(model, tmp_path / "m.pt2")], tmp_path, capsys)


def test_too_deep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = nn.Sequential(*[layer for _ in range(40) for layer in (nn.Linear(8, 8), nn.SiLU())])
    deep = export_file(model, tmp_path / "deep.pt2")
    message = fails([deep, "--bootstraps", "never"], tmp_path, capsys)
    assert "too deep" in message
    assert "help:" in message
    message = fails([export_file(Squares(), tmp_path / "m.pt2"), "--levels", "1"], tmp_path, capsys)
    assert "too deep" in message


def test_too_few_slots_for_the_security(
    model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [model_file, "-o", str(tmp_path / "o.mlir"), "--slots", "64", "--insecure"]
    assert main(arguments) == 0
    assert "INSECURE" in capsys.readouterr().err
    assert (tmp_path / "o.mlir").read_text().startswith("// INSECURE")


def test_missing_heir_opt(
    model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETORCH_HEIR_OPT", str(tmp_path / "no-such-program"))
    assert "heir" in fails([model_file, "--lower", "openfhe"], tmp_path, capsys)


def test_crashing_heir_opt(
    model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "heir-opt"
    program.write_text("#!/bin/sh\nkill -SEGV $$\n")
    program.chmod(0o755)
    monkeypatch.setenv("HETORCH_HEIR_OPT", str(program))
    assert "crashed" in fails([model_file, "--lower", "openfhe"], tmp_path, capsys)


def test_an_unknown_pass_is_a_usage_error(
    model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([model_file, "--pipeline", "packing", "-o", str(tmp_path / "out.mlir")]) == 2
    assert "there is no pass 'packing'" in capsys.readouterr().err
    assert not (tmp_path / "out.mlir").exists()


def test_wrong_pass_order(model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = fails([model_file, "--pipeline", "linear-layer-bsgs"], tmp_path, capsys)
    assert "InputPackingPass" in message


def test_a_pipeline_that_leaves_tensors(
    model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = fails([model_file, "--pipeline", "input-packing,rescaling-insertion"], tmp_path, capsys)
    assert "LinearLayerBSGSPass" in message


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["model.pt2"],
        ["model.pt2", "-o", "x", "--target", "tfhe"],
        ["model.pt2", "-o", "x", "--weights", "raw"],
        ["model.pt2", "-o", "x", "--input-shape", "a,b"],
        ["model.pt2", "-o", "-", "--json"],
    ],
)
def test_usage_errors_exit_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_pass_to_dump_after_must_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model.pt2", "-o", "x", "--dump-ir-after", "linear-layer"]) == 2
    message = capsys.readouterr().err
    assert "--dump-ir-after: there is no pass 'linear-layer'" in message
    assert "did you mean linear-layer-bsgs" in message


def test_graphs_are_dumped_after_all_passes(
    model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [model_file, "-o", str(tmp_path / "out.mlir"), "--levels", "3", "--dump-ir-after", "all"]
    assert main(arguments) == 0
    dumped = re.findall(r"^// after (.+)$", capsys.readouterr().err, re.MULTILINE)
    assert dumped[0] == "input-packing"
    assert "dead-code-elimination" in dumped


def test_an_unexpected_error_is_reported_without_a_traceback(
    model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("hetorch_heir.frontend.load_model", broken)
    monkeypatch.delenv("HETORCH_TRACEBACK", raising=False)
    assert main([model_file, "-o", str(tmp_path / "o.mlir")]) == 1
    error = capsys.readouterr().err
    assert "internal error: ZeroDivisionError" in error
    assert "Traceback" not in error
    monkeypatch.setenv("HETORCH_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        main([model_file, "-o", str(tmp_path / "o.mlir")])


def test_half_precision_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "halved.py").write_text(
        "from torch import nn\n\ndef make():\n    return nn.Linear(8, 2).half()\n"
    )
    arguments = [f"{tmp_path / 'halved.py'}:make", "--input-shape", "1,8", "--verify"]
    message = fails(arguments, tmp_path, capsys)
    assert "model.float()" in message
