"""What a ciphertext type is made of: encodings, plaintext and ciphertext spaces, keys, modulus chains."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from typing_extensions import override
from xdsl.dialects.builtin import ArrayAttr, IntAttr, IntegerAttr, IntegerType, i64
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Attribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum

from he_dialects.assembly import Field, StructAttribute, cache_hash
from he_dialects.mod_arith import ModIntType
from he_dialects.polynomial import IntPolynomialAttr, RingAttr
from he_dialects.polynomial.attributes import coefficient_alias
from he_dialects.printing import AliasedAttribute
from he_dialects.rns import RNSType
from he_dialects.syntax import ATTRIBUTE, INT, Keyword, Stripped

UNTRACKED_SCALE = -1
"""The scaling factor of an encoding whose scale isn't known."""


class _Overflow(StructAttribute, ABC):
    """Whether application data may exceed the message type; without parameters."""

    FIELDS: ClassVar[Sequence[Field]] = ()


@irdl_attr_definition
class NoOverflowAttr(_Overflow):
    """Application data never exceeds the message type."""

    name = "lwe.no_overflow"


@irdl_attr_definition
class PreserveOverflowAttr(_Overflow):
    """Application data may exceed the message type, and wraps around."""

    name = "lwe.preserve_overflow"


EncodingT = TypeVar("EncodingT", bound="EncodingAttr")


@dataclass(frozen=True, init=False)  # so that equality and hash of the subclasses regard the field
class EncodingAttr(StructAttribute, AliasedAttribute, ABC):
    """A map from application data to plaintexts, by a scaling factor.

    The scaling factor of an inverse canonical encoding is the base-2 logarithm of the scale; that of the
    other encodings is the scale itself.
    """

    scaling_factor: IntAttr

    FIELDS: ClassVar[Sequence[Field]] = (Field("scaling_factor", INT),)

    @classmethod
    def get(cls: type[EncodingT], scaling_factor: int) -> EncodingT:
        """The encoding of this kind with the given scaling factor."""
        return cls.new([IntAttr(scaling_factor)])

    @override
    def alias_name(self) -> str:
        return self.name.removeprefix("lwe.")


@cache_hash
@irdl_attr_definition
class ConstantCoefficientEncodingAttr(EncodingAttr):
    """A scalar in the constant coefficient."""

    name = "lwe.constant_coefficient_encoding"


@cache_hash
@irdl_attr_definition
class CoefficientEncodingAttr(EncodingAttr):
    """A list of integers in the coefficients."""

    name = "lwe.coefficient_encoding"


@cache_hash
@irdl_attr_definition
class InverseCanonicalEncodingAttr(EncodingAttr):
    """A list of real numbers through the inverse of the canonical embedding (CKKS)."""

    name = "lwe.inverse_canonical_encoding"


@cache_hash
@irdl_attr_definition
class FullCRTPackingEncodingAttr(EncodingAttr):
    """A list of integers, one per factor of the polynomial modulus (BGV, BFV)."""

    name = "lwe.full_crt_packing_encoding"


@cache_hash
@irdl_attr_definition
class PlaintextSpaceAttr(StructAttribute):
    """The ring of the plaintexts, and how application data is encoded in it."""

    name = "lwe.plaintext_space"

    ring: RingAttr
    encoding: EncodingAttr

    FIELDS: ClassVar[Sequence[Field]] = (Field("ring", Stripped(RingAttr)), Field("encoding", ATTRIBUTE))

    def verify(self) -> None:
        if not isinstance(self.encoding, FullCRTPackingEncodingAttr):
            return
        modulus = self.ring.polynomial_modulus
        if not isinstance(modulus, IntPolynomialAttr) or not _is_cyclotomic(modulus):
            raise VerifyException(f"polynomial modulus must be of the form x^n + 1, but found {modulus}")
        coefficients = self.ring.coefficient_type
        if isinstance(coefficients, ModIntType) and coefficients.modulus.value.data % modulus.degree != 1:
            raise VerifyException(
                "modulus must be 1 mod n for full CRT packing, "
                f"mod = {coefficients.modulus.value.data} n = {modulus.degree}"
            )


def _is_cyclotomic(modulus: IntPolynomialAttr) -> bool:
    return len(modulus.data) == 2 and modulus.data[0] == (1, 0) and modulus.data[1][0] == 1


@cache_hash
@irdl_attr_definition
class KeyAttr(StructAttribute, AliasedAttribute):
    """The key of a ciphertext: the secret ``s(x**k)`` where ``k`` rotates by ``slot_index``."""

    name = "lwe.key"

    slot_index: IntAttr

    FIELDS: ClassVar[Sequence[Field]] = (Field("slot_index", INT, IntAttr(0)),)

    @classmethod
    def get(cls, slot_index: int = 0) -> KeyAttr:
        """The key for a rotation by ``slot_index``."""
        return cls(IntAttr(slot_index))

    @override
    def alias_name(self) -> str:
        return "key"


class EncryptionType(StrEnum):
    """Where a ciphertext carries its message."""

    MSB = "msb"
    """In the most significant bits."""
    LSB = "lsb"
    """In the least significant bits."""
    MIX = "mix"
    """Together with the noise (CKKS)."""


@irdl_attr_definition
class EncryptionTypeAttr(EnumAttribute[EncryptionType]):
    """Where a ciphertext carries its message, as an attribute."""

    name = "lwe.encryption_type"


def ring_alias_suffix(ring: RingAttr) -> str:
    """What the alias of a type over ``ring`` ends with: ``_L2`` for three primes."""
    return f"_{coefficient_alias(ring).removeprefix('rns_')}"


@cache_hash
@irdl_attr_definition
class CiphertextSpaceAttr(StructAttribute, AliasedAttribute):
    """The ring of a ciphertext's polynomials, where the message is, and the number of polynomials."""

    name = "lwe.ciphertext_space"

    ring: RingAttr
    encryption_type: EncryptionTypeAttr
    size: IntAttr

    FIELDS: ClassVar[Sequence[Field]] = (
        Field("ring", Stripped(RingAttr)),
        Field("encryption_type", Keyword(EncryptionTypeAttr)),
        Field("size", INT, IntAttr(2)),
    )

    @override
    def alias_name(self) -> str:
        return f"ciphertext_space{self.alias_suffix()}"

    def alias_suffix(self) -> str:
        """What the alias of a type over this space ends with."""
        size = "" if self.size.data == 2 else f"_D{self.size.data}"
        return f"{ring_alias_suffix(self.ring)}{size}"


@cache_hash
@irdl_attr_definition
class ModulusChainAttr(StructAttribute, AliasedAttribute):
    """All primes of a ciphertext modulus, and the index of the last one still in use (the level)."""

    name = "lwe.modulus_chain"

    elements: ArrayAttr[IntegerAttr[IntegerType]]
    current: IntAttr

    @classmethod
    def get(cls, primes: Sequence[int], current: int) -> ModulusChainAttr:
        """The chain of ``primes`` at level ``current``."""
        return cls(ArrayAttr([IntegerAttr(prime, i64) for prime in primes]), IntAttr(current))

    def verify(self) -> None:
        if not 0 <= self.current.data < len(self.elements):
            raise VerifyException(f"level {self.current.data} of a chain of {len(self.elements)} primes")

    def ring(self, like: RingAttr, level: int | None = None) -> RingAttr:
        """The ring at ``level`` (by default the current one) with the polynomial modulus of ``like``."""
        primes = self.elements.data[: (self.current.data if level is None else level) + 1]
        return RingAttr(RNSType.get([ModIntType(prime) for prime in primes]), like.polynomial_modulus)

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            parser.parse_keyword("elements")
            parser.parse_punctuation("=")
            elements = parser.parse_comma_separated_list(parser.Delimiter.ANGLE, parser.parse_attribute)
            parser.parse_punctuation(",")
            parser.parse_keyword("current")
            parser.parse_punctuation("=")
            return (ArrayAttr(elements), IntAttr(parser.parse_integer()))

    @override
    def print_parameters(self, printer: Printer) -> None:
        printer.print_string("<elements = ")
        with printer.in_angle_brackets():
            printer.print_list(self.elements, printer.print_attribute)
        printer.print_string(f", current = {self.current.data}>")

    @override
    def alias_name(self) -> str:
        return f"modulus_chain_L{len(self.elements) - 1}_C{self.current.data}"
