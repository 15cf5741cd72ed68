"""Exports that say when which keys are in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from he_dialects.parsing import parse_module
from torch import nn
from xdsl.context import Context

from hetorch_heir.conversions.verify_keys import VerifyKeysPass
from hetorch_heir.core.errors import ParameterError, VerificationFailure
from hetorch_heir.export.api import export
from hetorch_heir.export.key_plans import check_lowered_keys
from hetorch_heir.key_memory.errors import KeyPlanError
from hetorch_heir.key_memory.plan import KeyPlan

KEY_BYTES = 2 * 3 * (5 + 2) * 8192 * 8
"""An upper bound for a key of the programs here."""


class Squared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Linear(12, 6), nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(x).square())


EXAMPLE = torch.linspace(-1, 1, 12).reshape(1, 12)


@pytest.mark.parametrize("lower", [None, "openfhe"])
def test_program_and_manifest_say_the_same(lower: str | None, tmp_path: Path) -> None:
    path = tmp_path / "out.mlir"
    result = export(Squared(), EXAMPLE, path, key_budget=2 * KEY_BYTES, lower=lower, verify=True)
    (plan,) = result.key_plans.values()
    manifest = json.loads((tmp_path / "out.keys.json").read_text())
    assert {name: KeyPlan.from_json(one) for name, one in manifest.items()} == result.key_plans
    assert {kind for kind, _ in plan.sizes} == {"rotation", "relinearization"}
    assert plan.peak_bytes <= 2 * KEY_BYTES < plan.total_bytes
    text = path.read_text()
    rotation_loads = sum(
        one.action == "load" and one.key[0] == "rotation"  # the others are in the manifest alone
        for one in plan.actions
    )
    assert text.count("key_mgmt.load_key") == text.count("key_mgmt.clear_key") == rotation_loads
    VerifyKeysPass(max_keys=2 * KEY_BYTES // min(plan.sizes.values())).apply(Context(), parse_module(text))
    assert result.heir_command("out.mlir") is None
    assert result.summary()["key_memory"][result.function]["peak_bytes"] == plan.peak_bytes


def test_without_a_budget_there_is_no_plan(tmp_path: Path) -> None:
    export(Squared(), EXAMPLE, tmp_path / "out.mlir")
    assert "key_mgmt" not in (tmp_path / "out.mlir").read_text()
    assert not (tmp_path / "out.keys.json").exists()


def test_a_budget_that_is_too_small_is_refused_with_the_smallest_that_works(tmp_path: Path) -> None:
    with pytest.raises(KeyPlanError, match="too small") as caught:
        export(Squared(), EXAMPLE, tmp_path / "out.mlir", key_budget=1000)
    assert not list(tmp_path.iterdir())
    least = int((caught.value.hint or "").split()[3])
    assert export(Squared(), EXAMPLE, key_budget=least).key_plans
    with pytest.raises(KeyPlanError):
        export(Squared(), EXAMPLE, key_budget=least - 1)


@pytest.mark.parametrize(
    "options",
    [
        {"key_budget": 0},
        {"key_budget": 1 << 30, "target": "secret"},
        {"key_budget": 1 << 30, "target": "hetorch"},
        {"key_budget": 1 << 30, "lower": "lattigo"},
    ],
)
def test_a_budget_where_keys_cannot_be_planned_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match="key budget"):
        export(Squared(), EXAMPLE, **options)


def test_a_lowered_program_that_breaks_its_plan_is_found() -> None:
    text = export(Squared(), EXAMPLE, key_budget=1 << 30).text
    check_lowered_keys(text)
    lines = text.splitlines(keepends=True)
    clears = [number for number, line in enumerate(lines) if "key_mgmt.clear_key" in line]
    del lines[clears[0]]
    with pytest.raises(VerificationFailure, match="never clears"):
        check_lowered_keys("".join(lines))
