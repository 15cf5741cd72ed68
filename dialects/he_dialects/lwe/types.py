"""Ciphertexts, plaintexts, keys and ring elements."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override
from xdsl.dialects.builtin import NoneAttr
from xdsl.ir import TypeAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.utils.exceptions import VerifyException

from he_dialects.assembly import Field, StructAttribute, cache_hash
from he_dialects.lwe.attributes import (
    UNTRACKED_SCALE,
    CiphertextSpaceAttr,
    KeyAttr,
    ModulusChainAttr,
    PlaintextSpaceAttr,
    ring_alias_suffix,
)
from he_dialects.polynomial import RingAttr
from he_dialects.printing import AliasedAttribute
from he_dialects.rns import RNSType
from he_dialects.syntax import Stripped


@dataclass(frozen=True, init=False)  # so that equality and hash of the subclasses regard the fields
class _KeyType(StructAttribute, TypeAttribute, AliasedAttribute, ABC):
    key: KeyAttr
    ring: RingAttr

    FIELDS: ClassVar[Sequence[Field]] = (Field("key", Stripped(KeyAttr)), Field("ring", Stripped(RingAttr)))


@cache_hash
@irdl_attr_definition
class SecretKeyType(_KeyType):
    """A secret key, for decryption or encryption."""

    name = "lwe.lwe_secret_key"

    @override
    def alias_name(self) -> str:
        return f"skey{ring_alias_suffix(self.ring)}"


@cache_hash
@irdl_attr_definition
class PublicKeyType(_KeyType):
    """A public key, for encryption."""

    name = "lwe.lwe_public_key"

    @override
    def alias_name(self) -> str:
        return f"pkey{ring_alias_suffix(self.ring)}"


@cache_hash
@irdl_attr_definition
class PlaintextType(StructAttribute, TypeAttribute, AliasedAttribute):
    """A plaintext; it has no level."""

    name = "lwe.lwe_plaintext"

    plaintext_space: PlaintextSpaceAttr

    FIELDS: ClassVar[Sequence[Field]] = (Field("plaintext_space", Stripped(PlaintextSpaceAttr)),)

    @property
    def scale(self) -> int:
        """The scaling factor of the encoding (see :class:`~he_dialects.lwe.attributes.EncodingAttr`)."""
        return self.plaintext_space.encoding.scaling_factor.data

    @override
    def alias_name(self) -> str:
        return "pt"


@cache_hash
@irdl_attr_definition
class CiphertextType(StructAttribute, TypeAttribute, AliasedAttribute):
    """A ciphertext: what it encodes, in which ring, under which key, at which level of which chain."""

    name = "lwe.lwe_ciphertext"

    plaintext_space: PlaintextSpaceAttr
    ciphertext_space: CiphertextSpaceAttr
    key: KeyAttr
    modulus_chain: ModulusChainAttr | NoneAttr

    FIELDS: ClassVar[Sequence[Field]] = (
        Field("plaintext_space", Stripped(PlaintextSpaceAttr)),
        Field("ciphertext_space", Stripped(CiphertextSpaceAttr)),
        Field("key", Stripped(KeyAttr)),
        Field("modulus_chain", Stripped(ModulusChainAttr), NoneAttr()),
    )

    @property
    def ring(self) -> RingAttr:
        """The ring of its polynomials."""
        return self.ciphertext_space.ring

    @property
    def size(self) -> int:
        """Its number of polynomials (the dimension)."""
        return self.ciphertext_space.size.data

    @property
    def scale(self) -> int:
        """The scaling factor of the encoding (see :class:`~he_dialects.lwe.attributes.EncodingAttr`)."""
        return self.plaintext_space.encoding.scaling_factor.data

    @property
    def level(self) -> int | None:
        """The number of primes that can still be dropped, where the type has a modulus chain."""
        chain = self.modulus_chain
        return chain.current.data if isinstance(chain, ModulusChainAttr) else None

    @property
    def tracks_scale(self) -> bool:
        """Whether the scaling factor means something."""
        return self.scale not in (UNTRACKED_SCALE, 0)

    def verify(self) -> None:
        if self.key.slot_index.data != 0 and self.size != 2:
            raise VerifyException(
                f"a ciphertext with nontrivial slot rotation must have size 2, but found size {self.size}"
            )
        basis = self.ring.coefficient_type
        if isinstance(basis, RNSType) and self.level is not None and len(basis.basis) != self.level + 1:
            raise VerifyException(
                f"the ring has {len(basis.basis)} primes, but the modulus chain's level is {self.level}"
            )

    @override
    def alias_name(self) -> str:
        return f"ct{self.ciphertext_space.alias_suffix()}"


@cache_hash
@irdl_attr_definition
class RingEltType(StructAttribute, TypeAttribute, AliasedAttribute):
    """One polynomial of a ciphertext."""

    name = "lwe.lwe_ring_elt"

    ring: RingAttr

    FIELDS: ClassVar[Sequence[Field]] = (Field("ring", Stripped(RingAttr)),)

    @override
    def alias_name(self) -> str:
        return "ringelt"
