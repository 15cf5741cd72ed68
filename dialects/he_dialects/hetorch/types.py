"""Ciphertext and plaintext types of the ``hetorch`` dialect."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from xdsl.dialects.builtin import I64, IntegerAttr, i64
from xdsl.ir import Attribute, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from he_dialects.printing import AliasedAttribute


class _PackedType(ParametrizedAttribute, TypeAttribute, AliasedAttribute, ABC):
    """What ciphertext and plaintext types share: integers as parameters, printed in one go."""

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        def parse_parameter() -> IntegerAttr[I64]:
            value = parser.parse_integer()
            parser.parse_punctuation(":")
            parser.parse_keyword("i64")
            return i64_attr(value)

        values = parser.parse_comma_separated_list(parser.Delimiter.ANGLE, parse_parameter)
        names = [name.removesuffix("_attr") for name, _ in cls.get_irdl_definition().parameters]
        if len(values) != len(names):
            parser.raise_error(f"expected the parameters {', '.join(names)}, got {len(values)}")
        return values

    def print_parameters(self, printer: Printer) -> None:
        # The default printer visits each parameter and its type; types are most of a module's text.
        numbers = ", ".join(f"{value} : i64" for value in self.numbers)
        printer.print_string(f"<{numbers}>")

    @property
    def numbers(self) -> tuple[int, ...]:
        """The parameters as Python integers, in order."""
        return tuple(parameter.value.data for parameter in self.parameters)  # pyright: ignore

    def verify(self) -> None:
        slots, level, scale, *_ = self.numbers
        if slots < 1 or slots & (slots - 1):
            raise VerifyException(f"the number of slots must be a power of two, got {slots}")
        if level < 0:
            raise VerifyException(f"the level must not be negative, got {level}")
        if scale < 0:
            raise VerifyException(f"the scale (log2) must not be negative, got {scale}")


@irdl_attr_definition
class CiphertextType(_PackedType):
    """A CKKS ciphertext of packed real numbers."""

    name = "hetorch.ct"

    slots_attr: IntegerAttr[I64]
    level_attr: IntegerAttr[I64]
    scale_attr: IntegerAttr[I64]
    dimension_attr: IntegerAttr[I64]

    @staticmethod
    def get(slots: int, level: int, scale: int, dimension: int = 2) -> CiphertextType:
        """The type for these numbers; equal numbers give the same object."""
        return _ciphertext_type(slots, level, scale, dimension)

    @property
    def slots(self) -> int:
        """Number of packed values."""
        return self.slots_attr.value.data

    @property
    def level(self) -> int:
        """Number of rescales that are still possible."""
        return self.level_attr.value.data

    @property
    def scale(self) -> int:
        """Base-2 logarithm of the scale."""
        return self.scale_attr.value.data

    @property
    def dimension(self) -> int:
        """Number of polynomials of the ciphertext."""
        return self.dimension_attr.value.data

    def verify(self) -> None:
        super().verify()
        if self.dimension < 2:
            raise VerifyException(f"a ciphertext has dimension 2 or more, got {self.dimension}")

    def alias_name(self) -> str:
        dimension = f"_D{self.dimension}" if self.dimension != 2 else ""
        return f"ct_L{self.level}{dimension}"

    def replace(
        self, *, level: int | None = None, scale: int | None = None, dimension: int | None = None
    ) -> CiphertextType:
        """The type that differs in the numbers given."""
        return CiphertextType.get(
            self.slots,
            self.level if level is None else level,
            self.scale if scale is None else scale,
            self.dimension if dimension is None else dimension,
        )


@irdl_attr_definition
class PlaintextType(_PackedType):
    """A plaintext polynomial encoding packed real numbers at one level and scale."""

    name = "hetorch.pt"

    slots_attr: IntegerAttr[I64]
    level_attr: IntegerAttr[I64]
    scale_attr: IntegerAttr[I64]

    @staticmethod
    @lru_cache(maxsize=4096)
    def get(slots: int, level: int, scale: int) -> PlaintextType:
        """The type for these numbers; equal numbers give the same object."""
        return PlaintextType(i64_attr(slots), i64_attr(level), i64_attr(scale))

    @property
    def slots(self) -> int:
        """Number of packed values."""
        return self.slots_attr.value.data

    @property
    def level(self) -> int:
        """Level of the ciphertexts that it can be combined with."""
        return self.level_attr.value.data

    @property
    def scale(self) -> int:
        """Base-2 logarithm of the scale."""
        return self.scale_attr.value.data

    def alias_name(self) -> str:
        return f"pt_L{self.level}"


@lru_cache(maxsize=4096)
def _ciphertext_type(slots: int, level: int, scale: int, dimension: int) -> CiphertextType:
    return CiphertextType(i64_attr(slots), i64_attr(level), i64_attr(scale), i64_attr(dimension))


@lru_cache(maxsize=4096)
def i64_attr(value: int) -> IntegerAttr[I64]:
    return IntegerAttr(value, i64)


Packed: TypeAlias = CiphertextType | PlaintextType
