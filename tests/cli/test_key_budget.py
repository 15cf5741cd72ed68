"""hetorch-export --key-budget: what it writes, what it says, and how it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hetorch_heir.cli.export import main
from tests.cli.models import Squares, export_file


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return export_file(Squares(), tmp_path_factory.mktemp("model") / "squares.pt2")


def test_program_manifest_and_summary(
    model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.mlir"
    assert main([model_file, "-o", str(out), "--key-budget", "8MB", "--json"]) == 0
    (numbers,) = json.loads(capsys.readouterr().out)["key_memory"].values()
    (manifest,) = json.loads((tmp_path / "out.keys.json").read_text()).values()
    assert numbers["peak_bytes"] == manifest["peak_bytes"] <= 8_000_000 < numbers["total_bytes"]
    assert "key_mgmt.load_key" in out.read_text()
    assert main([model_file, "-o", str(out), "--key-budget", "8MB"]) == 0
    said = capsys.readouterr().err
    assert "MB of keys in memory" in said
    assert "heir-translate" not in said  # which doesn't know the operations


def test_a_pipe_gets_the_operations(model_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([model_file, "-o", "-", "--key-budget", "1GiB"]) == 0
    assert "key_mgmt.load_key" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--key-budget", "1MB"], "at least"),
        (["--key-budget", "0"], "positive"),
        (["--key-budget", "1GB", "--target", "secret"], "planned at the ckks and openfhe levels"),
    ],
)
def test_refusals_say_what_to_do(
    options: list[str], message: str, model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([model_file, "-o", str(tmp_path / "out.mlir"), *options]) == 1
    error = capsys.readouterr().err
    assert "key budget" in error and message in error
    assert not list(tmp_path.iterdir())


def test_a_budget_is_a_size(model_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([model_file, "-o", str(tmp_path / "out.mlir"), "--key-budget", "plenty"])
    assert caught.value.code == 2 and "is no size in bytes" in capsys.readouterr().err
