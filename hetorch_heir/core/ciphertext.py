"""What is known of a ciphertext at compile time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from hetorch_heir.core.packing import PackingInfo


@dataclass(frozen=True)
class CiphertextInfo:
    """Static properties of the ciphertexts that carry one tensor.

    Args:
        shape: shape of the tensor that is encrypted, or (ciphertexts, slots) once it is packed.
        dtype: element type of that tensor (a torch or numpy dtype, or a name).
        level: rescalings left.
        scale: the factor that values are multiplied with; CKKS only, 1 otherwise.
        noise_budget: noise budget left in bits, or None when it is not tracked.
        packing: where the elements lie, if that is decided.
        dimension: polynomials of the ciphertext; 2, or 3 after a product until it is relinearized.
    """

    shape: tuple[int, ...] | None
    dtype: object
    level: int
    scale: float
    noise_budget: float | None = None
    packing: PackingInfo | None = None
    dimension: int = 2

    @property
    def log_scale(self) -> float:
        """log2 of the scale."""
        return math.log2(self.scale)

    def with_level(self, level: int) -> CiphertextInfo:
        return replace(self, level=level)

    def with_scale(self, scale: float) -> CiphertextInfo:
        return replace(self, scale=scale)

    def with_dimension(self, dimension: int) -> CiphertextInfo:
        return replace(self, dimension=dimension)

    def with_noise_budget(self, noise_budget: float | None) -> CiphertextInfo:
        return replace(self, noise_budget=noise_budget)

    def with_packing(self, packing: PackingInfo | None) -> CiphertextInfo:
        return replace(self, packing=packing)

    def with_shape(self, shape: tuple[int, ...] | None) -> CiphertextInfo:
        return replace(self, shape=shape)
