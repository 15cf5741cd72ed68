"""The command that compares the dialects with a heir-opt."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from he_dialects.kernel import ApplyLinearTransformOp

TOOL = Path(__file__).parents[2] / "tools" / "dialect_drift.py"


@pytest.fixture(scope="module")
def drift() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dialect_drift", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["dialect_drift"] = module
    spec.loader.exec_module(module)
    return module


def test_there_is_no_drift_from_the_pinned_heir_opt(drift: ModuleType) -> None:
    assert list(drift.differences(drift.default_heir_opt())) == []


def test_what_is_missing_is_found(drift: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = drift.our_operations()
    removed = ours.pop("bgv.negate")
    ours["bgv.invented"] = removed
    ours["kernel.apply_linear_transform"] = drift.Syntax(
        frozenset({"diagonal_indices"}), ours[ApplyLinearTransformOp.name].operands
    )
    monkeypatch.setattr(drift, "our_operations", lambda: ours)
    found = list(drift.operation_differences(drift.default_heir_opt(), {"bgv.negate", "bgv.add"}))
    assert "operation bgv.negate: only in heir-opt" in found
    assert "operation bgv.invented: only in he_dialects" in found


def test_a_missing_property_is_found(drift: ModuleType) -> None:
    shared = {ApplyLinearTransformOp.name: drift.our_operations()[ApplyLinearTransformOp.name]}
    shared["kernel.prepare_linear_transform"] = drift.Syntax(frozenset({"unheard_of"}), frozenset({1}))
    refused = drift.refused_properties(drift.default_heir_opt(), shared)
    assert (ApplyLinearTransformOp.name, "unheard_of") in refused
    assert (ApplyLinearTransformOp.name, "diagonal_width") not in refused


def test_missing_types_and_attributes_are_found(drift: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = drift.our_attributes()
    ours["type"] ^= {"lwe.lwe_ciphertext", "mgmt.invented"}
    ours["attribute"] ^= {"lwe.modulus_chain", "debug.invented"}
    monkeypatch.setattr(drift, "our_attributes", lambda: ours)
    names = {"lwe.lwe_ciphertext", "lwe.modulus_chain", "ckks.add"}
    assert set(drift.attribute_differences(drift.default_heir_opt(), names)) == {
        "type lwe.lwe_ciphertext: only in heir-opt",
        "type mgmt.invented: only in he_dialects",
        "attribute lwe.modulus_chain: only in heir-opt",
        "attribute debug.invented: only in he_dialects",
    }


@pytest.mark.parametrize(
    ("script", "difference"),
    [
        (
            "echo 'x.mlir:1:1: error: no such syntax' >&2; exit 1",
            "heir-opt can't read: x.mlir:1:1: error: no such",
        ),
        ("echo 'func.func @f() {'", "he_dialects can't read: "),
        ("cat; echo '// more'", "by heir-opt: "),
    ],
)
def test_syntax_that_differs_is_found(
    drift: ModuleType, script: str, difference: str, tmp_path: Path
) -> None:
    other = tmp_path / "heir-opt"
    other.write_text(
        f"#!/bin/sh\nif [ -e {tmp_path}/run ]; then cat; else touch {tmp_path}/run; {script}; fi\n"
    )
    other.chmod(0o755)
    folder = tmp_path / "samples" / "mgmt"
    folder.mkdir(parents=True)
    (folder / "ops.mlir").write_text("func.func @f() { return }\n")
    found = list(drift.syntax_differences(other, tmp_path / "samples"))
    assert found and found[0].startswith(f"syntax of mgmt: {difference}")
