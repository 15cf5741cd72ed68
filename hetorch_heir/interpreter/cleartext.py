"""The domain whose ciphertexts are their cleartext slots: fast, and in need of no library.

Values are what the client would decrypt, the scale taken for the power of two that the types say. Where
the primes are known, a rescale changes them by the ratio of that power and the prime, as it does in a
library.
"""

from __future__ import annotations

import numpy as np

from hetorch_heir.interpreter.domain import Domain, FloatArray
from hetorch_heir.interpreter.values import Ciphertext, Plaintext

Slots = Ciphertext[FloatArray]


class CleartextDomain(Domain[FloatArray]):
    """Vectors of 64-bit floating-point numbers, one per slot, under the rules of :class:`Domain`."""

    def _encode(self, values: FloatArray, level: int | None, scale: int | None) -> FloatArray:
        return values

    def _encrypt(self, x: Plaintext[FloatArray], level: int, scale: int) -> FloatArray:
        return x.payload

    def _decrypt(self, x: Slots) -> FloatArray:
        return x.payload

    def _decode(self, x: Plaintext[FloatArray]) -> FloatArray:
        return x.payload

    def _add(self, x: Slots, y: Slots) -> FloatArray:
        return x.payload + y.payload

    def _sub(self, x: Slots, y: Slots) -> FloatArray:
        return x.payload - y.payload

    def _add_plain(self, x: Slots, y: Plaintext[FloatArray]) -> FloatArray:
        return x.payload + y.payload

    def _sub_plain(self, x: Slots, y: Plaintext[FloatArray]) -> FloatArray:
        return x.payload - y.payload

    def _negate(self, x: Slots) -> FloatArray:
        return -x.payload

    def _mul(self, x: Slots, y: Slots) -> FloatArray:
        return x.payload * y.payload

    def _mul_plain(self, x: Slots, y: Plaintext[FloatArray]) -> FloatArray:
        return x.payload * y.payload

    def _rotate(self, x: Slots, steps: int) -> FloatArray:
        return np.roll(x.payload, -steps)

    def _relinearize(self, x: Slots) -> FloatArray:
        return x.payload

    def _rescale(self, x: Slots, scale: int) -> FloatArray:
        if not self.moduli:
            return x.payload
        return x.payload * (2.0 ** (x.scale_log2 - scale) / self.moduli[x.level])

    def _level_reduce(self, x: Slots, levels: int) -> FloatArray:
        return x.payload

    def _bootstrap(self, x: Slots, level: int, scale: int) -> FloatArray:
        return x.payload
