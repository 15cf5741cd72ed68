"""The operations that the schemes share: CKKS and BGV differ in the names of a few, and in encodings.

The classes are the bases of those in :mod:`he_dialects.ckks` and :mod:`he_dialects.bgv`.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar, Self

from typing_extensions import override
from xdsl.dialects.builtin import I64, IndexType, IntegerAttr, IntegerType, i64
from xdsl.irdl import operand_def, opt_operand_def, opt_prop_def, prop_def, result_def, traits_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure, SameOperandsAndResultType
from xdsl.utils.exceptions import VerifyException

from he_dialects import syntax
from he_dialects.assembly import PropertyOp, TypeSignature
from he_dialects.elementwise import ElementwiseMappable
from he_dialects.lwe import rules
from he_dialects.polynomial import RingAttr
from he_dialects.syntax import ATTRIBUTE, Stripped, Syntax


class BinaryOp(PropertyOp, ABC):
    """Two ciphertexts of one ring, or tensors of them."""

    lhs = operand_def(rules.CIPHERTEXT_LIKE)
    rhs = operand_def(rules.CIPHERTEXT_LIKE)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), ElementwiseMappable())


class SumOp(BinaryOp, ABC):
    """Sum or difference of two ciphertexts of equal level and scale."""

    def verify_(self) -> None:
        rules.verify_same_rings(self)
        rules.verify_same_plaintext_spaces(self)
        rules.verify_sum(self.lhs, self.rhs, self.output)


class ProductOp(BinaryOp, ABC):
    """Product of two ciphertexts of equal level."""

    def verify_(self) -> None:
        rules.verify_same_rings(self)
        rules.verify_mul(self.lhs, self.rhs, self.output)


class PlainOp(PropertyOp, ABC):
    """A ciphertext and a plaintext in either order, or tensors of them."""

    lhs = operand_def(rules.EITHER_LIKE)
    rhs = operand_def(rules.EITHER_LIKE)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), ElementwiseMappable())


class PlainSumOp(PlainOp, ABC):
    """Sum or difference of a ciphertext and a plaintext of equal scale."""

    def verify_(self) -> None:
        rules.split_plain_operands(self.lhs, self.rhs)
        rules.verify_same_ciphertexts(self)
        rules.verify_same_plaintext_spaces(self)


class PlainProductOp(PlainOp, ABC):
    """Product of a ciphertext and a plaintext."""

    def verify_(self) -> None:
        rules.verify_mul_plain(self.lhs, self.rhs, self.output)


class RotationOp(PropertyOp, ABC):
    """Rotation of slots, by a constant or by an operand."""

    input = operand_def(rules.CIPHERTEXT_LIKE)
    dynamic_shift = opt_operand_def(IntegerType | IndexType)
    static_shift = opt_prop_def(IntegerAttr)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"static_shift": ATTRIBUTE}

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        unresolved = parser.parse_unresolved_operand()
        shift = None
        if parser.parse_optional_punctuation(",") is not None:
            dynamic = parser.parse_unresolved_operand()
            parser.parse_punctuation(":")
            shift = parser.resolve_operand(dynamic, parser.parse_type())
        properties = cls.parse_properties(parser)
        attributes = cls.parse_attributes(parser)
        parser.parse_punctuation(":")
        input_type = parser.parse_type()
        ciphertext = parser.resolve_operand(unresolved, input_type)
        return cls.create(
            operands=[ciphertext] if shift is None else [ciphertext, shift],
            result_types=[input_type],
            properties=properties,
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.input)
        if self.dynamic_shift is not None:
            printer.print_string(", ")
            printer.print_ssa_value(self.dynamic_shift)
            printer.print_string(" : ")
            printer.print_attribute(self.dynamic_shift.type)
        self.print_properties(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.input.type)

    def verify_(self) -> None:
        if self.output.type != self.input.type:
            raise VerifyException("input and output must have the same type")
        rules.verify_rotate(self.input, self.output, len(self.operands) - 1 + (self.static_shift is not None))


class NegationOp(PropertyOp, ABC):
    """Negation of a ciphertext."""

    input = operand_def(rules.CIPHERTEXT_LIKE)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), ElementwiseMappable(), SameOperandsAndResultType())
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.SHARED


class DivisionOp(PropertyOp, ABC):
    """Division by the last primes of the modulus, and rounding."""

    input = operand_def(rules.CIPHERTEXT_LIKE)
    to_ring = prop_def(RingAttr)
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), ElementwiseMappable())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"to_ring": Stripped(RingAttr)}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        rules.verify_rescale(self.input, self.output, self.to_ring)


class LevelReductionOp(PropertyOp, ABC):
    """Dropping of the last primes of the modulus, without division."""

    input = operand_def(rules.CIPHERTEXT_LIKE)
    level_to_drop = prop_def(IntegerAttr[I64], IntegerAttr(1, i64), prop_name="levelToDrop")
    output = result_def(rules.CIPHERTEXT_LIKE)
    traits = traits_def(Pure(), ElementwiseMappable())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"levelToDrop": syntax.I64}
    SIGNATURE: ClassVar[TypeSignature] = TypeSignature.ARROW

    def verify_(self) -> None:
        rules.verify_same_plaintext_spaces(self)
        rules.verify_level_reduce(self.input, self.output, self.level_to_drop.value.data)
