"""``--params``, and options for parameters that can't work, at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hetorch_heir.cli.export import main
from tests.cli.models import Rectified, Squares, export_file


@pytest.fixture(scope="module")
def squares(tmp_path_factory: pytest.TempPathFactory) -> str:
    return export_file(Squares(), tmp_path_factory.mktemp("models") / "squares.pt2")


@pytest.fixture(scope="module")
def rectified(tmp_path_factory: pytest.TempPathFactory) -> str:
    return export_file(Rectified(), tmp_path_factory.mktemp("models") / "rectified.pt2")


def run(model: str, tmp_path: Path, *options: str) -> int:
    return main([model, "-o", str(tmp_path / "o.mlir"), "--target", "hetorch", *options])


def test_every_parameter_is_explained(
    squares: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(squares, tmp_path, "--params") == 0
    lines = capsys.readouterr().err.splitlines()
    rows = {line[2:24].strip(): line[24:] for line in lines if line.startswith("  ")}
    assert "2^13 is secure up to 214 bits" in rows["ring dimension"]
    assert "the 2024 security guidelines allow 430 bits" in rows["log2(QP)"]
    assert rows["levels"].split()[0] == "3"
    assert "values reach" in rows["first prime"] and "bits to spare" in rows["first prime"]
    assert "MiB per rotation key" in rows["key-switching digits"]
    assert {"slots", "scale", "rescaling primes", "special primes"} <= rows.keys()


def test_the_same_as_json(squares: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(squares, tmp_path, "--json") == 0
    rows = {name: value for name, value, _ in json.loads(capsys.readouterr().out)["parameters"]}
    assert (rows["ring dimension"], rows["levels"], rows["scale"]) == ("2^14", "3", "2^40")


def test_bootstraps_are_explained(squares: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(squares, tmp_path, "--params", "--bootstraps", "always", "--levels", "2", "--slots", "64") == 0
    table = capsys.readouterr().err
    assert "2 from one bootstrap to the next, 20 that a bootstrap consumes, 1 that it starts from" in table
    assert "1 bootstraps" in table and "the precision of a bootstrap" in table


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--activation-degree", "0"], ["degree 0", "1"]),
        (["--activation-degree", "-3"], ["degree -3", "1"]),
        (["--range-margin", "-0.7"], ["widened by -0.7", "0 or more"]),
        (["--scale-bits", "61"], ["2^61", "60"]),
        (["--scale-bits", "8"], ["8 bits", "between"]),
        (["--first-bits", "30"], ["first prime of 30 bits", "scale"]),
        (["--first-bits", "64"], ["64 bits", "60"]),
        (["--first-bits", "41", "--range-margin", "3"], ["overflow", "--first-bits"]),
        (["--slots", "48"], ["48 slots", "32 or 64"]),
        (["--slots", "262144"], ["262144 slots", "2^17"]),
        (["--levels", "200"], ["200 levels", "levels fit"]),
        (["--scale-bits", "0"], ["scale 2^0", "60 bits"]),
        (["--levels", "-1"], ["depth -1", "at least 0"]),
        (["--levels", "1"], ["1", "levels"]),
        (["--target-error", "0"], ["error of 0", "0.01"]),
        (["--bootstraps", "always", "--scale-bits", "40"], ["2^40", "at least 50 bits"]),
        (["--bootstraps", "always", "--scale-bits", "50", "--first-bits", "60"], ["at most 55 bits"]),
    ],
)
def test_parameters_that_cannot_work_are_refused_with_numbers_that_would(
    options: list[str],
    expected: list[str],
    rectified: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(rectified, tmp_path, *options) == 1
    message = capsys.readouterr().err
    assert all(one in message for one in expected), message
    assert "help:" in message and "Traceback" not in message
    assert not (tmp_path / "o.mlir").exists()


def test_openfhe_has_another_ring_for_these_sizes(
    squares: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [squares, "-o", str(tmp_path / "o.mlir"), "--levels", "7", "--lower", "openfhe"]
    assert main(arguments) == 0
    message = capsys.readouterr().err
    assert "ring of 2^15" in message
    fitting = message.split("exact with")[1].split("; ")[1].split(" keeps")[0].split()
    assert main([*arguments, *fitting]) == 0
    assert "OpenFHE has" not in capsys.readouterr().err
