"""Integers modulo a number: their types, and constants of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from typing_extensions import override
from xdsl.dialects.builtin import (
    IntegerAttr,
    IntegerType,
    i64,
)
from xdsl.ir import Attribute, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import (
    irdl_attr_definition,
)
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from he_dialects.assembly import cache_hash
from he_dialects.printing import AliasedAttribute


class ModQType(TypeAttribute, ABC):
    """A type of integers modulo a number, given by one modulus or by several coprime ones."""

    @abstractmethod
    def residue_types(self) -> Sequence[ModIntType]:
        """The moduli, one type for each."""


@cache_hash
@irdl_attr_definition
class ModIntType(ParametrizedAttribute, ModQType, AliasedAttribute):
    """Integers modulo ``modulus``, kept in the modulus' own integer type."""

    name = "mod_arith.int"

    modulus: IntegerAttr[IntegerType]

    @classmethod
    def get(cls, modulus: int, storage: IntegerType = i64) -> ModIntType:
        """The type of integers modulo ``modulus``, kept in ``storage``."""
        return cls(IntegerAttr(modulus, storage))

    def verify(self) -> None:
        # A modulus that leaves no bit for the sign, which sums need, reads as a negative number.
        if (value := self.modulus.value.data) < 1:
            raise VerifyException(
                f"the modulus must be positive and have a bit to spare in {self.modulus.type}, got {value}"
            )

    @override
    def residue_types(self) -> Sequence[ModIntType]:
        return (self,)

    @override
    def alias_name(self) -> str:
        return f"Z{self.modulus.value.data}_i{self.modulus.type.bitwidth}"


@irdl_attr_definition
class ModIntAttr(ParametrizedAttribute):
    """An integer together with its modular type: ``#mod_arith.value<17 : !Zp>``."""

    name = "mod_arith.value"

    type: ModIntType
    value: IntegerAttr[IntegerType]

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            value = parser.parse_integer()
            parser.parse_punctuation(":")
            mod_type = parser.parse_type()
        if not isinstance(mod_type, ModIntType):
            parser.raise_error(f"expected a type {ModIntType.name}, got {mod_type}")
        return (mod_type, IntegerAttr(value, mod_type.modulus.type))

    @override
    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{self.value.value.data} : ")
        printer.print_attribute(self.type)
        printer.print_string(">")
