"""The smallest scale that a target error needs, and the table that explains parameters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from he_dialects.parsing import parse_module
from torch import Tensor, nn

import hetorch_heir
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import run_encrypted
from hetorch_heir.core.chain import choose_chain
from hetorch_heir.core.errors import ParameterError
from hetorch_heir.export.parameter_report import parameter_rows, parameter_table
from hetorch_heir.export.result import ExportResult


class Square(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * x


torch.manual_seed(0)
MODEL = nn.Sequential(nn.Linear(16, 8), Square(), nn.Linear(8, 4)).eval()
SAMPLES = torch.rand(8, 16, generator=torch.Generator().manual_seed(1))
CALIBRATION = [(one[None],) for one in SAMPLES]


def exported(**options: object) -> ExportResult:
    return hetorch_heir.export(
        MODEL,
        SAMPLES[:1],
        calibration=CALIBRATION,  # pyright: ignore[reportArgumentType]
        inline_limit=None,
        **options,  # pyright: ignore[reportArgumentType]
    )


@pytest.fixture(scope="module")
def rough() -> ExportResult:
    return exported(target_error=1e-3)


def test_a_shallow_model_that_bears_an_error_takes_half_the_ring(rough: ExportResult) -> None:
    assert exported().chain.log_n == 14
    chain, choice = rough.chain, rough.scale_choice
    assert chain.log_n == 13
    assert chain.secure
    assert choice is not None and choice.smaller_ring
    assert chain.log_scale == choice.scale_bits < 40
    assert choice.precision.error <= choice.allowed <= 1e-3
    assert choice.precision.headroom > 2
    # One bit less would not do.
    less = exported(scale_bits=choice.scale_bits - 1, first_bits=choice.first_bits - 1)
    assert less.chain.log_n == 13
    assert 2 * choice.precision.error > choice.allowed


@pytest.mark.parametrize("backend", ["openfhe", "seal"])
def test_both_libraries_keep_the_target_with_these_parameters(rough: ExportResult, backend: str) -> None:
    program = Program(parse_module(rough.text), Path(), rough.text)
    with torch.no_grad():
        expected = MODEL(SAMPLES[:1]).numpy()
    (output,) = run_encrypted(program, [SAMPLES[:1].numpy()], backend=backend)
    assert np.abs(output - expected).max() <= 1e-3


def test_a_precise_model_takes_a_larger_scale() -> None:
    result = exported(target_error=1e-7)
    assert result.scale_choice is not None
    assert result.chain.log_scale > 40
    assert result.scale_choice.precision.error <= 1e-7


def test_what_is_given_is_kept() -> None:
    assert exported(target_error=1e-3, scale_bits=40).scale_choice is None
    assert exported(target_error=1e-3, scale_bits=40).chain.log_n == 14


def test_errors_out_of_reach_are_refused_with_what_would_do() -> None:
    with pytest.raises(ParameterError, match="with the largest scale") as refusal:
        exported(target_error=1e-13)
    assert "allow an error" in str(refusal.value)


def test_the_table_explains_every_parameter(rough: ExportResult) -> None:
    rows = {name: (value, why) for name, value, why in parameter_rows(rough.chain, rough.scale_choice)}
    assert rows["ring dimension"][0] == "2^13"
    assert "2^12 is secure up to 106 bits" in rows["ring dimension"][1]
    assert "214 bits" in rows["log2(QP)"][1]
    assert "the smallest" in rows["scale"][1]
    assert "values reach" in rows["first prime"][1]
    assert rows["special primes"][0] == "1 of 60 bits"
    assert rows["key-switching digits"][0] == "4"
    assert rough.summary()["parameters"][0][0] == "ring dimension"


def test_the_table_says_what_is_insecure_and_what_is_given() -> None:
    rows = {
        name: (value, why)
        for name, value, why in parameter_rows(choose_chain(10, 40, 60, slots=1024, insecure=True))
    }
    assert rows["log2(QP)"][1].startswith("INSECURE")
    assert rows["scale"][1] == "given, or the default"
    assert rows["first prime"][1] == "results up to 2^19 don't overflow"
    lines = parameter_table(choose_chain(5, 40, 60)).splitlines()
    assert lines[0].split() == ["parameter", "value", "because"]
    assert len(lines) == 10
