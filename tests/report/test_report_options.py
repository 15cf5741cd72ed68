"""``hetorch-export --report`` and ``--plots``, as a user calls them."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

from hetorch_heir.cli.export import main
from hetorch_heir.export.result import ExportResult
from tests.cli.models import Rectified, export_file
from tests.report.html_reading import read_html

SMALL = ["--insecure", "--slots", "64", "--target", "hetorch"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return export_file(Rectified(), tmp_path_factory.mktemp("model") / "rectified.pt2")


def test_a_page_with_the_numbers_of_the_json(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "out.html"
    assert main([model, "-o", str(tmp_path / "out.mlir"), "--report", str(page), "--json", *SMALL]) == 0
    summary = json.loads(capsys.readouterr().out)
    root = read_html(page.read_text())
    rows = root.all("table", id="layer-table")[0].all("tbody")[0].all("tr")
    shown = [
        {
            one.attributes["data-field"]: one.whole_text
            for one in row.all("td")
            if "data-field" in one.attributes
        }
        for row in rows
    ]
    names = set(shown[0]) & set(summary["layers"][0])
    assert {"rotations", "products", "ct_products", "level", "levels"} <= names
    assert [{name: row[name] for name in names} for row in shown] == [
        {name: str(layer[name]) for name in names} for layer in summary["layers"]
    ]


def test_the_page_is_named_and_the_table_stays(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "out.html"
    assert main([model, "-o", str(tmp_path / "out.mlir"), "--report", str(page), *SMALL]) == 0
    said = capsys.readouterr().err
    assert f"report: {page}" in said
    assert "different rotation keys" not in said
    assert main([model, "-o", str(tmp_path / "out.mlir"), "--report", *SMALL]) == 0
    assert "different rotation keys" in capsys.readouterr().err


def test_mistakes_are_told_before_any_work(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = str(tmp_path / "out.mlir")
    with pytest.raises(SystemExit):
        main(["--report", model, "-o", out])
    assert "--report behind the model" in capsys.readouterr().err
    missing = str(tmp_path / "nowhere" / "out.html")
    assert main(["no-such-model.pt2", "-o", out, "--report", missing]) != 0
    assert "there is no folder" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)
    for program in ("a.html", str(tmp_path / "a.html"), f"../{tmp_path.name}/a.html"):
        for option in ("--report", "--plots"):
            assert main(["no-such-model.pt2", "-o", program, option, "a.html"]) == 2
            assert f"-o and {option} name the same place" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_figures_are_vectors_with_text(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "figures"
    assert main([model, "-o", str(tmp_path / "out.mlir"), "--plots", str(folder), *SMALL]) == 0
    assert f"figures: {folder}" in capsys.readouterr().err
    names = {path.name for path in folder.iterdir()}
    assert {
        f"{name}.{kind}" for name in ("levels", "costs", "activations") for kind in ("pdf", "svg")
    } <= names
    drawing = (folder / "levels.svg").read_text()
    assert re.search(r"<text[^>]*>level</text>", drawing)
    assert "<image" not in drawing
    printed = (folder / "levels.pdf").read_bytes()
    assert printed.startswith(b"%PDF") and b"/Subtype /Image" not in printed
    assert b"/FontFile2" in printed or b"/Type0" in printed


def test_equal_exports_give_equal_figures(exported: ExportResult, tmp_path: Path) -> None:
    once, again = (exported.write_plots(tmp_path / name) for name in ("once", "again"))
    assert {path.stem for path in once} == {"levels", "costs", "noise", "activations"}
    for one, other in zip(once, again, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_missing_matplotlib_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["no-such-model.pt2", "-o", str(tmp_path / "o"), "--plots", str(tmp_path / "figures")]) == 2
    assert "pip install 'hetorch-heir[plots]'" in capsys.readouterr().err
