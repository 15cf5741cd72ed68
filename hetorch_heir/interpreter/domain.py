"""Domains: what the ciphertexts of a running program are, under the scheme's rules.

:class:`Domain` enforces the rules of RNS-CKKS and keeps levels, scales and dimensions; what happens to the
payloads is up to its subclasses, one per kind of ciphertext.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.values import Ciphertext, PayloadT, Plaintext

FloatArray = NDArray[np.float64]


class Domain(ABC, Generic[PayloadT]):
    """The operations of CKKS on values of one kind.

    Every public operation raises :class:`ProgramError` where the scheme forbids it: unequal levels or
    scales, a rotation of a ciphertext that isn't relinearized, a rescale at level 0, and so on.

    Args:
        slots: number of values that a ciphertext packs; by default the length of the first vector encoded.
            Shorter vectors are repeated cyclically, as both of HEIR's back ends do.
        moduli: the primes of the modulus, the one dropped last first; the program's level is then checked
            to be at most ``len(moduli) - 1``, and a rescale to divide by the right prime.
        default_scale: log2 of the scale of plaintexts whose scale isn't tracked, where they are multiplied;
            by default that of the ciphertext.

    Attributes:
        counts: how often each operation ran, by the name of its method.
    """

    def __init__(
        self,
        slots: int | None = None,
        *,
        moduli: Sequence[int] = (),
        default_scale: int | None = None,
    ) -> None:
        self.slots = slots
        self.moduli = tuple(moduli)
        self.default_scale = default_scale
        self.counts: Counter[str] = Counter()

    # Between vectors and values

    def encode(
        self, values: FloatArray, *, level: int | None = None, scale: int | None = None
    ) -> Plaintext[PayloadT]:
        """A plaintext of one value per slot; ``scale`` is a base-2 logarithm, as everywhere here."""
        self.counts["encode"] += 1
        self._require_level(level)
        vector = np.asarray(values, dtype=np.float64).ravel()
        if self.slots is None:
            self.slots = vector.size
        if vector.size > self.slots:
            raise ProgramError(f"{vector.size} values don't fit into the {self.slots} slots of a plaintext")
        if vector.size < self.slots:
            vector = np.resize(vector, self.slots)
        return Plaintext(self._encode(vector, level, scale), level, scale)

    def encrypt(
        self, x: Plaintext[PayloadT], *, level: int | None = None, scale: int | None = None
    ) -> Ciphertext[PayloadT]:
        """A fresh ciphertext; ``level`` and ``scale`` are needed where the plaintext has none."""
        self.counts["encrypt"] += 1
        level = x.level if level is None else level
        scale = x.scale_log2 if scale is None else scale
        if level is None or scale is None:
            raise ProgramError("the level or scale of the plaintext to encrypt is unknown")
        self._require_level(level)
        return Ciphertext(self._encrypt(x, level, scale), level, scale, 2)

    def decrypt(self, x: Ciphertext[PayloadT]) -> Plaintext[PayloadT]:
        self.counts["decrypt"] += 1
        return Plaintext(self._decrypt(x), x.level, x.scale_log2)

    def decode(self, x: Plaintext[PayloadT]) -> FloatArray:
        """One value per slot."""
        self.counts["decode"] += 1
        return self._decode(x)

    # Sums

    def add(self, x: Ciphertext[PayloadT], y: Ciphertext[PayloadT]) -> Ciphertext[PayloadT]:
        self.counts["add"] += 1
        _require_addable(x, y)
        return Ciphertext(self._add(x, y), x.level, x.scale_log2, max(x.dimension, y.dimension))

    def sub(self, x: Ciphertext[PayloadT], y: Ciphertext[PayloadT]) -> Ciphertext[PayloadT]:
        """``x - y``"""
        self.counts["sub"] += 1
        _require_addable(x, y)
        return Ciphertext(self._sub(x, y), x.level, x.scale_log2, max(x.dimension, y.dimension))

    def add_plain(self, x: Ciphertext[PayloadT], y: Plaintext[PayloadT]) -> Ciphertext[PayloadT]:
        self.counts["add_plain"] += 1
        _require_addable(x, y)
        return Ciphertext(self._add_plain(x, y), x.level, x.scale_log2, x.dimension)

    def sub_plain(self, x: Ciphertext[PayloadT], y: Plaintext[PayloadT]) -> Ciphertext[PayloadT]:
        """``x - y``"""
        self.counts["sub_plain"] += 1
        _require_addable(x, y)
        return Ciphertext(self._sub_plain(x, y), x.level, x.scale_log2, x.dimension)

    def negate(self, x: Ciphertext[PayloadT]) -> Ciphertext[PayloadT]:
        self.counts["negate"] += 1
        return Ciphertext(self._negate(x), x.level, x.scale_log2, x.dimension)

    # Products

    def mul(self, x: Ciphertext[PayloadT], y: Ciphertext[PayloadT]) -> Ciphertext[PayloadT]:
        """The product, of a dimension one less than the sum of both, not rescaled."""
        self.counts["mul"] += 1
        _require_equal("level", x.level, y.level)
        dimension = x.dimension + y.dimension - 1
        return Ciphertext(self._mul(x, y), x.level, x.scale_log2 + y.scale_log2, dimension)

    def mul_plain(self, x: Ciphertext[PayloadT], y: Plaintext[PayloadT]) -> Ciphertext[PayloadT]:
        """The product, not rescaled."""
        self.counts["mul_plain"] += 1
        if y.level is not None:
            _require_equal("level", x.level, y.level)
        scale = y.scale_log2
        if scale is None:
            scale = x.scale_log2 if self.default_scale is None else self.default_scale
        return Ciphertext(self._mul_plain(x, y), x.level, x.scale_log2 + scale, x.dimension)

    # Maintenance

    def rotate(self, x: Ciphertext[PayloadT], steps: int) -> Ciphertext[PayloadT]:
        """Slots moved cyclically to the left: ``out[i] = in[(i + steps) mod slots]``."""
        self.counts["rotate"] += 1
        _require_relinearized("rotated", x)
        return Ciphertext(self._rotate(x, steps), x.level, x.scale_log2, x.dimension)

    def relinearize(self, x: Ciphertext[PayloadT]) -> Ciphertext[PayloadT]:
        self.counts["relinearize"] += 1
        if x.dimension < 3:
            raise ProgramError(f"a ciphertext of dimension {x.dimension} needs no relinearization")
        return Ciphertext(self._relinearize(x), x.level, x.scale_log2, 2)

    def rescale(self, x: Ciphertext[PayloadT], *, scale: int) -> Ciphertext[PayloadT]:
        """One level less; ``scale`` is the one that results."""
        self.counts["rescale"] += 1
        if x.level < 1:
            raise ProgramError(f"a ciphertext at level {x.level} can't be rescaled: no prime is left to drop")
        dropped = x.scale_log2 - scale
        if dropped <= 0:
            raise ProgramError(f"a rescale must make the scale smaller: from {x.scale_log2} to {scale}")
        if self.moduli and dropped != (bits := round(math.log2(self.moduli[x.level]))):
            raise ProgramError(
                f"the rescale at level {x.level} divides by a prime of {bits} bits, "
                f"but the scale goes from {x.scale_log2} to {scale}"
            )
        return Ciphertext(self._rescale(x, scale), x.level - 1, scale, x.dimension)

    def level_reduce(self, x: Ciphertext[PayloadT], levels: int) -> Ciphertext[PayloadT]:
        """``levels`` levels less at the same scale."""
        self.counts["level_reduce"] += 1
        if not 0 < levels <= x.level:
            raise ProgramError(f"{levels} levels can't be dropped from a ciphertext at level {x.level}")
        return Ciphertext(self._level_reduce(x, levels), x.level - levels, x.scale_log2, x.dimension)

    def bootstrap(self, x: Ciphertext[PayloadT], *, level: int, scale: int) -> Ciphertext[PayloadT]:
        """A ciphertext of the same values at ``level`` and ``scale``."""
        self.counts["bootstrap"] += 1
        _require_relinearized("bootstrapped", x)
        self._require_level(level)
        return Ciphertext(self._bootstrap(x, level, scale), level, scale, 2)

    def _require_level(self, level: int | None) -> None:
        if level is not None and (level < 0 or (self.moduli and level >= len(self.moduli))):
            raise ProgramError(
                f"level {level} is outside the modulus chain, whose levels are 0 to {len(self.moduli) - 1}"
            )

    # What the operations do to payloads. The rules have been checked when these are called.

    @abstractmethod
    def _encode(self, values: FloatArray, level: int | None, scale: int | None) -> PayloadT: ...

    @abstractmethod
    def _encrypt(self, x: Plaintext[PayloadT], level: int, scale: int) -> PayloadT: ...

    @abstractmethod
    def _decrypt(self, x: Ciphertext[PayloadT]) -> PayloadT: ...

    @abstractmethod
    def _decode(self, x: Plaintext[PayloadT]) -> FloatArray: ...

    @abstractmethod
    def _add(self, x: Ciphertext[PayloadT], y: Ciphertext[PayloadT]) -> PayloadT: ...

    @abstractmethod
    def _sub(self, x: Ciphertext[PayloadT], y: Ciphertext[PayloadT]) -> PayloadT: ...

    @abstractmethod
    def _add_plain(self, x: Ciphertext[PayloadT], y: Plaintext[PayloadT]) -> PayloadT: ...

    @abstractmethod
    def _sub_plain(self, x: Ciphertext[PayloadT], y: Plaintext[PayloadT]) -> PayloadT: ...

    @abstractmethod
    def _negate(self, x: Ciphertext[PayloadT]) -> PayloadT: ...

    @abstractmethod
    def _mul(self, x: Ciphertext[PayloadT], y: Ciphertext[PayloadT]) -> PayloadT: ...

    @abstractmethod
    def _mul_plain(self, x: Ciphertext[PayloadT], y: Plaintext[PayloadT]) -> PayloadT: ...

    @abstractmethod
    def _rotate(self, x: Ciphertext[PayloadT], steps: int) -> PayloadT: ...

    @abstractmethod
    def _relinearize(self, x: Ciphertext[PayloadT]) -> PayloadT: ...

    @abstractmethod
    def _rescale(self, x: Ciphertext[PayloadT], scale: int) -> PayloadT: ...

    @abstractmethod
    def _level_reduce(self, x: Ciphertext[PayloadT], levels: int) -> PayloadT: ...

    @abstractmethod
    def _bootstrap(self, x: Ciphertext[PayloadT], level: int, scale: int) -> PayloadT: ...


def _require_equal(what: str, left: int, right: int) -> None:
    if left != right:
        raise ProgramError(f"operands of unequal {what}: {left} and {right}")


def _require_addable(x: Ciphertext[PayloadT], y: Ciphertext[PayloadT] | Plaintext[PayloadT]) -> None:
    if y.level is not None:
        _require_equal("level", x.level, y.level)
    if y.scale_log2 is not None:
        _require_equal("scale (log2)", x.scale_log2, y.scale_log2)


def _require_relinearized(what: str, x: Ciphertext[PayloadT]) -> None:
    if x.dimension != 2:
        raise ProgramError(f"a ciphertext of dimension {x.dimension} can't be {what}: relinearize it first")
