"""What hetorch-export tells without a model."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from hetorch_heir.cli.export import main
from hetorch_heir.cli.paging import print_paged
from tests.plugins.distributions import install


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_operators_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, "--list-ops")
    assert "aten.addmm " in text and "aten.relu " in text
    assert "return the scores, and choose among them after decryption" in text
    data = json.loads(told(capsys, "--list-ops", "--json"))
    by_name = {one["name"]: one for one in data["operators"]}
    assert by_name["aten.avg_pool2d"]["forms"] == ["avg_pool2d", "mul", "reshape"]
    assert by_name["aten.relu"]["is_activation"]
    assert "aten.argmax" in data["refused"]


def test_passes_are_listed_with_options(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "--list-passes").splitlines()
    assert "    degree = 8  (integer)" in lines
    assert "    custom_layout = none  (function or none, in Python only)" in lines
    assert "    requires: input_packed" in lines
    data = json.loads(told(capsys, "--json", "--list-passes"))
    options = {one["name"]: one["options"] for one in data["passes"]}
    (slots,) = [one for one in options["input-packing"] if one["name"] == "slot_count"]
    assert slots["type"] == "integer or none"
    assert slots["about"].startswith("slots of a ciphertext, a power of two")


def test_every_option_of_a_builtin_pass_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for one in json.loads(told(capsys, "--list-passes", "--json"))["passes"]:
        assert one["summary"], one["name"]
        for option in one["options"]:
            assert option["about"], (one["name"], option["name"])


def test_a_pass_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, "--explain", "linear-layer-bsgs")
    for expected in ("Before::", "After::", "Halevi and Shoup", "min_size = 16", "linear-layer-bsgs{"):
        assert expected in text
    assert json.loads(told(capsys, "--explain", "print-graph", "--json"))["provides"] == []


def test_an_unknown_pass_is_answered_with_near_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--explain", "rescale-insertion"]) == 2
    message = capsys.readouterr().err
    assert "there is no pass 'rescale-insertion'" in message
    assert "did you mean rescaling-insertion" in message
    assert main(["--explain", "BSGS"]) == 2
    assert "did you mean linear-layer-bsgs?" in capsys.readouterr().err


def test_plug_ins_are_listed_and_broken_ones_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, "half-baked", {"hetorch_heir.passes": {"raw": "half_baked:Raw"}}, half_baked="1 / 0")
    data = json.loads(told(capsys, "--list-plugins", "--json"))
    assert data["passes"][-1] == {
        "name": "raw", "target": "half_baked:Raw", "distribution": "half-baked", "version": "1.5",
    }  # fmt: skip
    assert {"fake", "openfhe"} <= {one["name"] for one in data["backends"]}
    assert "half_baked" not in sys.modules
    assert main(["--list-passes"]) == 0
    captured = capsys.readouterr()
    assert "input-packing" in captured.out
    assert "warning: the pass 'raw' of half-baked 1.5 can't be loaded: ZeroDivisionError" in captured.err


def test_without_a_listing_model_and_output_are_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--json"])
    assert exit_.value.code == 2
    assert "the following arguments are required: model, -o/--output" in capsys.readouterr().err


@pytest.mark.parametrize("colours", [True, False])
def test_a_terminal_gets_a_pager_and_wrapped_lines(
    colours: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colours:
        monkeypatch.setenv("NO_COLOR", "1")
    pages: list[str] = []
    monkeypatch.setattr("pydoc.pager", pages.append)
    print_paged([("name", "  " + "words " * 12), ("", "    option")])
    first, *more = pages[0].splitlines()
    assert first.startswith("\033[1mname\033[0m  words" if colours else "name  words")
    assert all(line.startswith("      words") and len(line) <= 40 for line in more[:-1])
    assert more[-1] == "    option"
