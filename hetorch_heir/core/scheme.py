"""The homomorphic encryption schemes."""

from __future__ import annotations

from enum import Enum


class HEScheme(Enum):
    """A levelled scheme with packed slots.

    CKKS computes on approximate real numbers (Cheon, Kim, Kim, Song 2017), BFV (Fan and Vercauteren
    2012) and BGV (Brakerski, Gentry, Vaikuntanathan 2012) on integers modulo a plaintext modulus.
    """

    CKKS = "ckks"
    BFV = "bfv"
    BGV = "bgv"

    @property
    def has_rescaling(self) -> bool:
        """Whether a product's scale grows and is brought back by dropping a prime."""
        return self is HEScheme.CKKS
