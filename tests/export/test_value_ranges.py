"""Room for the values of ciphertexts."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from hetorch_heir import export
from hetorch_heir.cli.export import main
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.export.value_ranges import largest_values
from hetorch_heir.passes.management.normalisation import refreshed_values
from tests.cli.models import export_file

X = torch.linspace(-1, 1, 8).reshape(1, 8)


class Large(nn.Module):
    """Values of ``size`` after the first layer, and small results."""

    def __init__(self, size: float, result: float = 1.0) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Linear(8, 8)
        self.last = nn.Linear(8, 4)
        with torch.no_grad():
            scale = size / self.first(X).abs().max()
            self.first.weight.mul_(scale)
            self.first.bias.mul_(scale)
            self.last.bias.zero_()
            self.last.weight.mul_(result / self.last(self.first(X) ** 2).abs().max())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.first(x)
        return self.last(y * y)


def test_the_room_is_that_of_the_result() -> None:
    """60 bits, less 40 of the scale, one for the sign, and the values' own."""
    room = export(Large(2.0, result=6.0), X, target="hetorch").room
    assert room is not None
    assert room.largest == pytest.approx(6.0, rel=1e-4)
    assert room.bits == pytest.approx(19.0 - math.log2(6.0), abs=1e-3)


def test_values_within_have_the_room_of_their_level() -> None:
    room = export(Large(2.0**20), X, target="hetorch").room
    assert room is not None and room.bits > 18.0


def test_a_smaller_scale_makes_room_where_none_is_given() -> None:
    model = Large(1.0, result=2.0**25)
    result = export(model, X, target="hetorch", verify=True)
    assert result.room is not None and result.room.bits >= 4.0
    assert 60 - 1 - 25 - 5 <= result.chain.log_scale < 40
    error = (result.graph_module(X) - model(X)).abs().max()
    assert error < 1e-4 * 2.0**25


@pytest.mark.parametrize(
    ("options", "fitting"),
    [
        ({"first_bits": 41}, ["first prime of at least 44 bits", "scale of at most 37 bits"]),
        ({"first_bits": 60, "scale_bits": 59}, ["scale of at most 56 bits"]),
        ({"scale_bits": 58}, ["scale of at most 56 bits"]),
    ],
)
def test_sizes_too_small_for_the_values_are_refused(options: dict[str, Any], fitting: list[str]) -> None:
    model = Large(2.0, result=6.0)
    with pytest.raises(ParameterError, match="values reach 6 and overflow") as caught:
        export(model, X, target="hetorch", **options)
    hint = caught.value.hint or ""
    assert all(one in hint for one in fitting)
    bits = int(fitting[0].split()[-2])
    name = "first_bits" if "first" in fitting[0] else "scale_bits"
    result = export(model, X, target="hetorch", **{**options, name: bits})
    assert result.room is not None and result.room.bits >= 0.0


def test_overflow_through_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = export_file(Large(2.0, result=6.0), tmp_path / "m.pt2")
    arguments = [model, "-o", str(tmp_path / "o.mlir"), "--target", "hetorch", "--params"]
    assert main([*arguments, "--first-bits", "41"]) == 1
    message = capsys.readouterr().err
    assert "values reach" in message and "--first-bits" in message and "--scale-bits" in message
    assert not (tmp_path / "o.mlir").exists()
    assert main([*arguments, "--first-bits", "46"]) == 0
    table = capsys.readouterr().err
    assert "first prime" in table and "bits to spare" in table


def test_bootstrapped_values_are_normalised() -> None:
    model = nn.Sequential(Large(40.0, result=20.0), nn.Linear(4, 8), Large(30.0, result=10.0))
    pipeline = (
        "input-packing{strategy=auto},linear-layer-bsgs,rescaling-insertion,relinearization-insertion,"
        "bootstrapping-insertion{strategy=optimal},dead-code-elimination"
    )
    result = export(model, X, target="hetorch", levels=3, pipeline=pipeline, slots=64)
    assert result.counts.bootstraps >= 1
    assert (result.graph_module(X) - model(X)).abs().max() < 1e-3 * model(X).abs().max()
    graph = result.graph_module
    largest = largest_values(graph, [(X,)])
    assert all(0.01 < largest[node] <= 1.1 for node in refreshed_values(graph))
