"""DOC"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hetorch_heir.conversions.import_pass import ImportPass


@dataclass(frozen=True)
class ConvertCkksToHetorchPass(ImportPass):
    """Convert a program at ckks level to ``hetorch``."""

    name = "convert-ckks-to-hetorch"
    LEVEL: ClassVar[str] = "ckks"
