"""The passes of this package, by name, each imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module

from xdsl.passes import ModulePass
from xdsl.universe import Universe

PASS_CLASSES = {
    "convert-hetorch-to-secret": "hetorch_heir.conversions.hetorch_to_secret:ConvertHetorchToSecretPass",
    "convert-hetorch-to-ckks": "hetorch_heir.conversions.hetorch_to_ckks:ConvertHetorchToCkksPass",
    "plan-keys": "hetorch_heir.conversions.plan_keys:PlanKeysPass",
    "verify-keys": "hetorch_heir.conversions.verify_keys:VerifyKeysPass",
    "decompose-rotations": "hetorch_heir.conversions.decompose_rotations:DecomposeRotationsPass",
    "lint-he": "hetorch_heir.conversions.lint_he:LintHEPass",
    "convert-secret-to-hetorch": "hetorch_heir.conversions.secret_to_hetorch:ConvertSecretToHetorchPass",
    "convert-ckks-to-hetorch": "hetorch_heir.conversions.ckks_to_hetorch:ConvertCkksToHetorchPass",
    "convert-openfhe-to-hetorch": "hetorch_heir.conversions.openfhe_to_hetorch:ConvertOpenfheToHetorchPass",
}
"""The class that implements each pass."""


def _load(path: str) -> type[ModulePass]:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


PASSES: dict[str, Callable[[], type[ModulePass]]] = {
    name: partial(_load, path) for name, path in PASS_CLASSES.items()
}
"""A function that imports it, for each pass."""

UNIVERSE = Universe(all_passes=PASSES)
"""The plug-in that ``xdsl-opt`` finds."""
