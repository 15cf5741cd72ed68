"""From PyTorch models to homomorphic encryption through HEIR.

The names below are imported on first use, so that ``import hetorch_heir`` does not import torch: the
parts that read and run programs work in processes that have none.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hetorch_heir.compiler import HETorchCompiler
    from hetorch_heir.core.context import CompilationContext
    from hetorch_heir.core.parameters import BFVParameters, BGVParameters, CKKSParameters
    from hetorch_heir.core.scheme import HEScheme
    from hetorch_heir.export.api import compile, export

__version__ = "0.1.0"

_HOMES = {
    "HETorchCompiler": "hetorch_heir.compiler",
    "CompilationContext": "hetorch_heir.core.context",
    "HEScheme": "hetorch_heir.core.scheme",
    "CKKSParameters": "hetorch_heir.core.parameters",
    "BFVParameters": "hetorch_heir.core.parameters",
    "BGVParameters": "hetorch_heir.core.parameters",
    "compile": "hetorch_heir.export.api",
    "export": "hetorch_heir.export.api",
}

__all__ = [
    "BFVParameters",
    "BGVParameters",
    "CKKSParameters",
    "CompilationContext",
    "HEScheme",
    "HETorchCompiler",
    "compile",
    "export",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
