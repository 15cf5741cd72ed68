"""The types of a CKKS program, built once each from its parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from xdsl.dialects.builtin import IntAttr, f64
from xdsl.ir import Attribute

from he_dialects.ckks.attributes import SchemeParamAttr
from he_dialects.lwe import (
    CiphertextSpaceAttr,
    CiphertextType,
    EncryptionType,
    EncryptionTypeAttr,
    InverseCanonicalEncodingAttr,
    KeyAttr,
    ModulusChainAttr,
    PlaintextSpaceAttr,
    PlaintextType,
    PublicKeyType,
    SecretKeyType,
)
from he_dialects.polynomial import RingAttr

AttributeT = TypeVar("AttributeT", bound=Attribute)

MIX = EncryptionTypeAttr(EncryptionType.MIX)
"""CKKS ciphertexts carry the message together with the noise."""


class CKKSTypes:
    """Ciphertext, plaintext and key types by level, scale and dimension.

    Asking twice for the same type gives the same object, so that a program of any length has a few dozen
    types, and comparing them is comparing identities.

    Args:
        parameters: ring degree and primes. Level ``l`` uses the first ``l + 1`` primes.
    """

    def __init__(self, parameters: SchemeParamAttr) -> None:
        self._primes = parameters.primes
        self._built: dict[tuple[object, ...], Attribute] = {}
        self.key = KeyAttr.get()
        self.plaintext_ring = RingAttr.get(f64, 1 << parameters.log_n.data)

    def _once(
        self, kind: type[AttributeT], arguments: tuple[int, ...], build: Callable[[], AttributeT]
    ) -> AttributeT:
        built = self._built.get((kind, *arguments))
        if built is None:
            built = self._built[kind, *arguments] = build()
        return cast(AttributeT, built)

    @property
    def max_level(self) -> int:
        """The level of a ciphertext over all primes."""
        return len(self._primes) - 1

    def chain(self, level: int) -> ModulusChainAttr:
        """The chain of all primes, at ``level``."""
        return self._once(ModulusChainAttr, (level,), lambda: ModulusChainAttr.get(self._primes, level))

    def ring(self, level: int) -> RingAttr:
        """The ring of a ciphertext at ``level``."""
        return self._once(RingAttr, (level,), lambda: self.chain(level).ring(self.plaintext_ring))

    def encoding(self, scale: int) -> InverseCanonicalEncodingAttr:
        """The encoding with the scale ``2**scale``."""
        return self._once(
            InverseCanonicalEncodingAttr, (scale,), lambda: InverseCanonicalEncodingAttr.get(scale)
        )

    def plaintext_space(self, scale: int) -> PlaintextSpaceAttr:
        """The plaintexts with the scale ``2**scale``."""
        return self._once(
            PlaintextSpaceAttr,
            (scale,),
            lambda: PlaintextSpaceAttr(self.plaintext_ring, self.encoding(scale)),
        )

    def plaintext(self, scale: int) -> PlaintextType:
        """A plaintext with the scale ``2**scale``."""
        return self._once(PlaintextType, (scale,), lambda: PlaintextType(self.plaintext_space(scale)))

    def ciphertext(self, level: int, scale: int, dimension: int = 2) -> CiphertextType:
        """A ciphertext of ``dimension`` polynomials at ``level``, with the scale ``2**scale``."""
        return self._once(
            CiphertextType,
            (level, scale, dimension),
            lambda: CiphertextType(
                self.plaintext_space(scale),
                CiphertextSpaceAttr(self.ring(level), MIX, IntAttr(dimension)),
                self.key,
                self.chain(level),
            ),
        )

    def public_key(self, level: int) -> PublicKeyType:
        """The key that encrypts at ``level``."""
        return self._once(PublicKeyType, (level,), lambda: PublicKeyType(self.key, self.ring(level)))

    def secret_key(self, level: int) -> SecretKeyType:
        """The key that decrypts at ``level``."""
        return self._once(SecretKeyType, (level,), lambda: SecretKeyType(self.key, self.ring(level)))
