"""Boolean gates: their names, and lists of them as attributes of ``cggi`` and ``tfhe_rust_bool`` hold."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import cast

from typing_extensions import override
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, IntegerType, i32
from xdsl.ir import Attribute, ParametrizedAttribute
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

GATES: Mapping[str, str] = MappingProxyType(
    {
        "and": "Conjunction.",
        "nand": "Negated conjunction.",
        "or": "Disjunction.",
        "nor": "Negated disjunction.",
        "xor": "Exclusive disjunction.",
        "xnor": "Negated exclusive disjunction.",
    }
)
"""The gates of two inputs, as operations are named after them, and what they compute."""


class Gate(IntEnum):
    """The numbers of the gates."""

    AND = 0
    NAND = 1
    OR = 2
    NOR = 3
    XOR = 4
    XNOR = 5
    NOT = 6


@dataclass(frozen=True, init=False)  # so that equality and hash of the subclasses regard the field
class GatesAttr(ParametrizedAttribute, ABC):
    """One gate per element of a tensor: ``<0 : i32, 4 : i32>`` for and, xor."""

    gates: ArrayAttr[Attribute]

    @classmethod
    @override
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        gates = parser.parse_comma_separated_list(parser.Delimiter.ANGLE, parser.parse_attribute)
        return (ArrayAttr(gates),)

    @override
    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_list(self.gates, printer.print_attribute)

    def verify(self) -> None:
        if not self.gates.data:
            raise VerifyException("expected at least one gate")
        for gate in self.gates:
            number = cast("IntegerAttr[IntegerType]", gate)
            if not isinstance(gate, IntegerAttr) or number.type != i32 or number.value.data not in set(Gate):
                raise VerifyException(f"expected the number of a gate, 0 to 6, as i32, got {gate}")
