"""Planned programs compute what they computed before."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from he_dialects.parsing import parse_module
from xdsl.context import Context
from xdsl.utils.exceptions import PassFailedException

from hetorch_heir.conversions.decompose_rotations import DecomposeRotationsPass
from hetorch_heir.conversions.hetorch_to_ckks import ConvertHetorchToCkksPass
from hetorch_heir.conversions.plan_keys import BOOTSTRAP_KEYS, PlanKeysPass
from hetorch_heir.interpreter.program import execute
from hetorch_heir.key_memory.errors import KeyPlanError
from hetorch_heir.key_memory.plan import LOAD, KeyPlan
from tests.backends.programs import BOOTSTRAPPED, TEXT, expected

KEY_BYTES = 2 * 4 * (4 + 1) * 8192 * 8
"""Four digits, four primes and a special one."""


@pytest.mark.parametrize("keys", [1, 2])
def test_a_planned_program_computes_the_same(keys: int, tmp_path: Path) -> None:
    module = parse_module(TEXT)
    ConvertHetorchToCkksPass().apply(Context(), module)
    manifest = tmp_path / "keys.json"
    PlanKeysPass(budget=keys * KEY_BYTES, manifest=str(manifest)).apply(Context(), module)
    module.verify()
    planned = parse_module(str(module))
    planned.verify()
    x = np.linspace(-1, 1, 8)
    (output,) = execute(planned, [x]).outputs
    assert output == pytest.approx(expected(x), abs=1e-4)
    plan = KeyPlan.from_json(json.loads(manifest.read_text())["main"])
    assert plan.loads == 3 and plan.peak_bytes == keys * KEY_BYTES
    assert [one.key for one in plan.actions if one.action == LOAD] == [
        ("rotation", 1),
        ("rotation", 3),
        ("relinearization", 0),
    ]
    assert str(module).count("key_mgmt.load_key") == 2  # the dialect has rotation keys only


def test_keys_for_bootstraps_are_in_the_plan() -> None:
    module = parse_module(BOOTSTRAPPED)
    ConvertHetorchToCkksPass().apply(Context(), module)
    key_bytes = 2 * 2 * (2 + 1) * 4096 * 8
    with pytest.raises(KeyPlanError, match="too small") as caught:
        PlanKeysPass(budget=(1 + BOOTSTRAP_KEYS) * key_bytes - 1).plan(module)
    assert caught.value.hint == f"give at least {(1 + BOOTSTRAP_KEYS) * key_bytes} bytes"
    (plan,) = PlanKeysPass(budget=5 * key_bytes, bootstrap_bytes=4 * key_bytes).plan(module).values()
    assert plan.sizes[("bootstrap", 0)] == 4 * key_bytes
    assert [one.key[0] for one in plan.actions if one.action == LOAD] == [
        "relinearization",
        "bootstrap",
        "rotation",
    ]


def test_a_manifest_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    module = parse_module(TEXT)
    ConvertHetorchToCkksPass().apply(Context(), module)
    with pytest.raises(PassFailedException, match="no folder"):
        PlanKeysPass(budget=1 << 40, manifest=str(tmp_path / "none" / "keys.json")).apply(Context(), module)


def test_decomposed_rotations_compute_the_same() -> None:
    module = parse_module(TEXT.replace("hetorch.rotate %x, 3", "hetorch.rotate %x, 2"))
    ConvertHetorchToCkksPass().apply(Context(), module)
    x = np.linspace(-1, 1, 8)
    (before,) = execute(module, [x]).outputs
    DecomposeRotationsPass(max_keys=1).apply(Context(), module)
    module.verify()
    (after,) = execute(module, [x]).outputs
    text = str(module)
    assert text.count("ckks.rotate") == 2 and "static_shift = 2" not in text  # the first is there already
    assert after == pytest.approx(before, abs=1e-9)
