"""Targets of an export: a ``hetorch`` module converted to the dialects of HEIR, and its text."""

from __future__ import annotations

from importlib import import_module
from io import StringIO

from he_dialects.printing import print_module
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

TARGETS = ("secret", "ckks", "hetorch")
CONVERSIONS = {
    "secret": "hetorch_heir.conversions.hetorch_to_secret:ConvertHetorchToSecretPass",
    "ckks": "hetorch_heir.conversions.hetorch_to_ckks:ConvertHetorchToCkksPass",
}
BACKENDS = ("openfhe", "lattigo")


def convert(module: ModuleOp, target: str, backend: str) -> ModuleOp:
    """A copy of the module in the dialects of a target.

    Args:
        target: "hetorch" leaves it as it is; "secret" and "ckks" are HEIR's levels of abstraction.
        backend: "openfhe" or "lattigo": what heir-opt shall lower to.
    """
    copy = module.clone()
    if target in CONVERSIONS:
        module_name, _, class_name = CONVERSIONS[target].partition(":")
        conversion = getattr(import_module(module_name), class_name)
        conversion(backend=backend).apply(Context(), copy)
    copy.verify()
    return copy


def text_of(module: ModuleOp) -> str:
    """The module as MLIR that heir-opt reads."""
    stream = StringIO()
    print_module(module, stream)
    return stream.getvalue()
