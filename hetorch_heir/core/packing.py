"""How a tensor lies in ciphertext slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hetorch_heir.linalg.layout import Layout


@dataclass(frozen=True)
class PackingInfo:
    """The packing of one tensor.

    Args:
        strategy: name of the rule: "row_major", "column_major", "diagonal", "custom" or "auto".
        slots_used: slots that hold an element, over all ciphertexts.
        total_slots: slots of one ciphertext.
        dimensions: shape of the tensor; None if nothing says it.
        layout: which element each slot of each ciphertext holds; None until it is decided.
    """

    strategy: str
    slots_used: int
    total_slots: int
    dimensions: tuple[int, ...] | None
    layout: Layout | None = None

    @property
    def ciphertexts(self) -> int:
        """Ciphertexts that the tensor takes."""
        if self.layout is not None:
            return self.layout.ciphertexts
        return max(1, -(-self.slots_used // self.total_slots))

    @property
    def utilization(self) -> float:
        """The part of the slots that hold an element, between 0 and 1."""
        return self.slots_used / (self.ciphertexts * self.total_slots)
