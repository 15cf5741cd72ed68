"""DOC"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hetorch_heir.conversions.import_pass import ImportPass


@dataclass(frozen=True)
class ConvertOpenfheToHetorchPass(ImportPass):
    """Convert a program at openfhe level to ``hetorch``."""

    name = "convert-openfhe-to-hetorch"
    LEVEL: ClassVar[str] = "openfhe"
