"""Programs say the ranges of their activations, and a run that leaves one is told with layer and amount."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from he_dialects.parsing import parse_module
from torch import nn
from xdsl.dialects import test
from xdsl.dialects.builtin import DictionaryAttr, StringAttr, UnitAttr

import hetorch_heir
from hetorch_heir.cli.run import main
from hetorch_heir.core.input_range import ATTRIBUTE, InputRange
from hetorch_heir.interpreter.program import Run, execute

INPUTS = torch.linspace(-1.0, 1.0, 40).reshape(10, 4)


def model() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)).eval()


def run(scale: float, **options: Any) -> Run:
    result = hetorch_heir.export(
        model(), INPUTS[:1], calibration=[INPUTS], inline_limit=None, activation_degree=3, **options
    )
    module = parse_module(result.text)
    module.verify()
    return execute(module, [scale * INPUTS[9:].numpy()])


@pytest.mark.parametrize("target", ["hetorch", "ckks", "secret"])
def test_a_run_that_leaves_a_range_is_told(target: str) -> None:
    assert run(1.0, target=target).range_violations == []
    relu, *_ = run(3.0, target=target).range_violations
    assert relu.allowed.function == "relu" and "ReLU" in relu.allowed.layer
    hidden = next(iter(model().children()))(3.0 * INPUTS[9:]).detach()
    # Slots that hold no element are 0, which stands for the middle of the range.
    middle = relu.allowed.in_units(0.0)
    assert relu.low == pytest.approx(min(float(hidden.min()), middle), rel=1e-4)
    assert relu.high == pytest.approx(max(float(hidden.max()), middle), rel=1e-4)
    beyond = max(relu.allowed.low - relu.low, relu.high - relu.allowed.high)
    assert relu.amount == pytest.approx(beyond) and beyond > 0.0
    assert f"by {relu.amount:.3g}" in str(relu) and "relu" in str(relu)


def test_compositions_say_the_range_of_every_kink() -> None:
    module = nn.Sequential(nn.Linear(4, 4), nn.Hardtanh(-0.2, 0.3)).eval()
    result = hetorch_heir.export(
        module,
        INPUTS[:1],
        calibration=[INPUTS],
        target="hetorch",
        activation_method="composite",
        activation_precision=3.0,
        inline_limit=None,
    )
    module = parse_module(result.text)
    ranges = {one for op in module.walk() if (one := InputRange.of(op)) is not None}
    (domain,) = {one.about.domain for one in result.activations}
    assert len(ranges) == 2
    assert sorted((one.low + one.high) / 2 for one in ranges) == pytest.approx([-0.2, 0.3])
    assert all(one.low <= domain[0] and domain[1] <= one.high for one in ranges)


def test_the_command_warns_or_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.mlir"
    hetorch_heir.export(model(), INPUTS[:1], path, calibration=[INPUTS], activation_degree=3)
    np.save(tmp_path / "inside.npy", INPUTS[0].numpy())
    np.save(tmp_path / "outside.npy", 4.0 * INPUTS[9].numpy())
    assert main([str(path), "-i", str(tmp_path / "inside.npy"), "--strict"]) == 0
    assert capsys.readouterr().err == ""
    assert main([str(path), "-i", str(tmp_path / "outside.npy"), "--json"]) == 0
    warned = capsys.readouterr()
    assert "warning" in warned.err and "leaves the range" in warned.err
    assert len(json.loads(warned.out)["out_of_range"]) >= 1
    assert main([str(path), "-i", str(tmp_path / "outside.npy"), "--strict"]) == 1
    refused = capsys.readouterr()
    assert "error" in refused.err and "--calibrate" in refused.err and refused.out == ""


def test_the_attribute_is_read_as_it_is_written() -> None:
    allowed = InputRange("net.py:12", "relu", -4.0, 2.0)
    op = test.TestOp(attributes={ATTRIBUTE: allowed.attribute()})
    assert InputRange.of(op) == allowed
    assert (allowed.in_units(-1.0), allowed.in_units(0.0), allowed.in_units(1.0)) == (-4.0, -1.0, 2.0)


@pytest.mark.parametrize(
    "attribute", [UnitAttr(), DictionaryAttr({}), DictionaryAttr({"layer": StringAttr("x")})]
)
def test_other_attributes_of_that_name_say_nothing(attribute: UnitAttr | DictionaryAttr) -> None:
    assert InputRange.of(test.TestOp(attributes={ATTRIBUTE: attribute})) is None
    partial = dict(InputRange("a", "b", 0.0, 1.0).attribute().data)
    partial["low"] = StringAttr("0")
    assert InputRange.of(test.TestOp(attributes={ATTRIBUTE: DictionaryAttr(partial)})) is None
