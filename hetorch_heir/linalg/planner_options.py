"""What a user can fix of plans, and what rotations, products and keys weigh."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlannerOptions:
    """What a user can fix of a plan; None lets the planner choose.

    Attributes:
        baby_steps: number of baby steps of every transform.
        giant_steps: number of giant steps of every transform.
        min_size: maps with fewer columns use the plain diagonal method, without giant steps.
    """

    baby_steps: int | None = None
    giant_steps: int | None = None
    min_size: int = 16


@dataclass(frozen=True)
class CostWeights:
    """Relative costs, in rotations. A ciphertext-plaintext product with its encoding and its addition
    takes about 1/16 of a rotation on OpenFHE at N = 2^14; a rotation key weighs on memory, not time."""

    rotation: float = 1.0
    product: float = 0.06
    key: float = 0.01

    def of(self, rotations: float, products: float, keys: float = 0.0) -> float:
        return self.rotation * rotations + self.product * products + self.key * keys
