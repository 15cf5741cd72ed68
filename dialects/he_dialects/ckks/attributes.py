"""The parameters of the CKKS scheme, as HEIR keeps them on a module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import I64, DenseArrayBase, IntAttr, i64
from xdsl.dialects.utils import EnumAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum

from he_dialects.assembly import Field, StructAttribute
from he_dialects.syntax import I64_ARRAY, INT, Keyword

SCHEME_PARAM = "ckks.schemeParam"
"""The module attribute that holds the :class:`SchemeParamAttr`."""


class EncryptionKey(StrEnum):
    """Which key encrypts."""

    PUBLIC = "pk"
    SECRET = "sk"


@irdl_attr_definition
class EncryptionKeyAttr(EnumAttribute[EncryptionKey]):
    """Which key encrypts, as an attribute."""

    name = "ckks.encryption_type"


class EncryptionTechnique(StrEnum):
    """How public-key encryption proceeds."""

    STANDARD = "standard"
    EXTENDED = "extended"
    """Under a larger modulus that is then reduced, for less noise (https://ia.cr/2022/915)."""


@irdl_attr_definition
class EncryptionTechniqueAttr(EnumAttribute[EncryptionTechnique]):
    """How public-key encryption proceeds, as an attribute."""

    name = "ckks.encryption_technique"


@irdl_attr_definition
class SchemeParamAttr(StructAttribute):
    """Ring degree, primes and default scale of a program.

    #ckks.scheme_param<logN = 13, Q = [1125899908022273], P = [1152921504606994433], logDefaultScale = 40>
    """

    name = "ckks.scheme_param"

    log_n: IntAttr
    q: DenseArrayBase[I64]
    p: DenseArrayBase[I64]
    log_default_scale: IntAttr
    encryption_key: EncryptionKeyAttr
    encryption_technique: EncryptionTechniqueAttr

    FIELDS: ClassVar[Sequence[Field]] = (
        Field("logN", INT),
        Field("Q", I64_ARRAY),
        Field("P", I64_ARRAY),
        Field("logDefaultScale", INT),
        Field("encryptionType", Keyword(EncryptionKeyAttr), EncryptionKeyAttr(EncryptionKey.PUBLIC)),
        Field(
            "encryptionTechnique",
            Keyword(EncryptionTechniqueAttr),
            EncryptionTechniqueAttr(EncryptionTechnique.STANDARD),
        ),
    )

    @classmethod
    def get(cls, log_n: int, q: Sequence[int], p: Sequence[int], log_default_scale: int) -> SchemeParamAttr:
        """The parameters with public-key encryption of the standard kind.

        Args:
            log_n: base-2 logarithm of the ring degree.
            q: primes of the ciphertext modulus, the one that is dropped last first.
            p: primes of key switching.
            log_default_scale: base-2 logarithm of the scale of fresh ciphertexts.
        """
        return cls(
            IntAttr(log_n),
            DenseArrayBase.from_list(i64, q),
            DenseArrayBase.from_list(i64, p),
            IntAttr(log_default_scale),
            EncryptionKeyAttr(EncryptionKey.PUBLIC),
            EncryptionTechniqueAttr(EncryptionTechnique.STANDARD),
        )

    @property
    def primes(self) -> tuple[int, ...]:
        """The primes of the ciphertext modulus."""
        return self.q.get_values()

    @property
    def special_primes(self) -> tuple[int, ...]:
        """The primes of key switching."""
        return self.p.get_values()

    def verify(self) -> None:
        if not self.primes:
            raise VerifyException("the ciphertext modulus needs at least one prime")
