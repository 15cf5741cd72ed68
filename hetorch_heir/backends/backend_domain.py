"""Programs on any :class:`HEBackend`: its ciphertexts as values of the interpreter."""

from __future__ import annotations

from typing import Any

import numpy as np

from hetorch_heir.backends.base import HEBackend
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.domain import Domain, FloatArray
from hetorch_heir.interpreter.values import Ciphertext, Plaintext

Encrypted = Ciphertext[Any]


class BackendDomain(Domain[Any]):
    """The ciphertexts of a backend, under the rules of :class:`Domain`; plaintexts are their vectors.

    Args:
        backend: what the operations are done by; made for ``chain``.
        chain: the primes, slots and scale of the program.
    """

    def __init__(self, backend: HEBackend[Any], chain: CKKSChain) -> None:
        super().__init__(chain.slots, moduli=chain.Q, default_scale=chain.log_scale)
        self._backend = backend
        self._chain = chain

    def _require_scale(self, scale: int | None) -> None:
        """Backends encode what they encrypt, and what they multiply by, at the scheme's scale only."""
        if scale is not None and scale != self._chain.log_scale:
            raise ProgramError(
                f"the program has a plaintext of scale 2^{scale}, and the backend encodes plaintexts at scale"
                f" 2^{self._chain.log_scale}",
                hint="run it on the backend openfhe",
            )

    def _encode(self, values: FloatArray, level: int | None, scale: int | None) -> FloatArray:
        return values

    def _decode(self, x: Plaintext[Any]) -> FloatArray:
        return x.payload

    def _encrypt(self, x: Plaintext[Any], level: int, scale: int) -> Any:
        self._require_scale(scale)
        return self._backend.encrypt(x.payload, level)

    def _decrypt(self, x: Encrypted) -> FloatArray:
        return np.asarray(self._backend.decrypt(x.payload), np.float64)[: self._chain.slots]

    def _add(self, x: Encrypted, y: Encrypted) -> Any:
        return self._backend.cadd(x.payload, y.payload)

    def _sub(self, x: Encrypted, y: Encrypted) -> Any:
        return self._backend.csub(x.payload, y.payload)

    def _add_plain(self, x: Encrypted, y: Plaintext[Any]) -> Any:
        return self._backend.padd(x.payload, y.payload)

    def _sub_plain(self, x: Encrypted, y: Plaintext[Any]) -> Any:
        return self._backend.psub(x.payload, y.payload)

    def _negate(self, x: Encrypted) -> Any:
        return self._backend.negate(x.payload)

    def _mul(self, x: Encrypted, y: Encrypted) -> Any:
        return self._backend.cmult(x.payload, y.payload)

    def _mul_plain(self, x: Encrypted, y: Plaintext[Any]) -> Any:
        self._require_scale(y.scale_log2)
        return self._backend.pmult(x.payload, y.payload)

    def _rotate(self, x: Encrypted, steps: int) -> Any:
        steps %= self._chain.slots
        return self._backend.rotate(x.payload, steps) if steps else x.payload

    def _relinearize(self, x: Encrypted) -> Any:
        return self._backend.relinearize(x.payload)

    def _rescale(self, x: Encrypted, scale: int) -> Any:
        return self._backend.rescale(x.payload)

    def _level_reduce(self, x: Encrypted, levels: int) -> Any:
        return self._backend.level_reduce(x.payload, levels)

    def _bootstrap(self, x: Encrypted, level: int, scale: int) -> Any:
        fresh = self._backend.bootstrap(x.payload)
        spare = self._chain.max_level - level
        return self._backend.level_reduce(fresh, spare) if spare else fresh
