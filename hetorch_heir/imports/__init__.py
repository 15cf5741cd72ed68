"""HEIR programs as torch.fx graphs: the way back from MLIR."""

from __future__ import annotations

from hetorch_heir.imports.api import import_program

__all__ = ["import_program"]
