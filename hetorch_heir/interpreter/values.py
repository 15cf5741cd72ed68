"""What a running program's ciphertext and plaintext values are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

PayloadT = TypeVar("PayloadT")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Ciphertext(Generic[PayloadT]):
    """A ciphertext, with what the scheme's rules depend on.

    ``level`` is the number of rescales still possible, ``scale_log2`` the base-2 logarithm of the scale,
    ``dimension`` the number of polynomials (2, or 3 before relinearization). ``payload`` is the domain's.
    """

    payload: PayloadT
    level: int
    scale_log2: int
    dimension: int = 2


@dataclass(frozen=True, slots=True)
class Plaintext(Generic[PayloadT]):
    """An encoded plaintext.

    A level or scale of ``None`` isn't tracked: the plaintext adopts those of the ciphertext that it meets,
    as OpenFHE's do.
    """

    payload: PayloadT
    level: int | None = None
    scale_log2: int | None = None
