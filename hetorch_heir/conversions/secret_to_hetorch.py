"""DOC"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hetorch_heir.conversions.import_pass import ImportPass


@dataclass(frozen=True)
class ConvertSecretToHetorchPass(ImportPass):
    """Convert a program at secret level to ``hetorch``."""

    name = "convert-secret-to-hetorch"
    LEVEL: ClassVar[str] = "secret"
