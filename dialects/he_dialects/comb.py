"""HEIR's ``comb`` dialect, CIRCT's of combinational logic with lookup tables and negated gates.

    %1 = comb.truth_table %a, %b -> 6 : ui4

Bit ``i`` of the table is the result for those inputs whose bits, the first one the highest, are ``i``.
xDSL has the rest of the dialect. https://heir.dev/docs/dialects/comb/
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar, Self, cast

from typing_extensions import override
from xdsl.dialects import comb
from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, IntegerType, UnitAttr, i1, i8
from xdsl.irdl import (
    IRDLOperation,
    base,
    eq,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure, SameOperandsAndResultType
from xdsl.utils.exceptions import VerifyException

from he_dialects.assembly import PropertyOp, parse_operands
from he_dialects.syntax import I8_ARRAY, Syntax
from he_dialects.upstream.extension import extended

MAX_INPUTS = 63
"""Inputs of a truth table that HEIR allows."""


@irdl_op_definition
class XNorOp(comb.VariadicCombOperation):
    """Negated exclusive disjunction."""

    name = "comb.xnor"


@irdl_op_definition
class NandOp(comb.VariadicCombOperation):
    """Negated conjunction."""

    name = "comb.nand"


@irdl_op_definition
class NorOp(comb.VariadicCombOperation):
    """Negated disjunction."""

    name = "comb.nor"


class _UnaryOp(IRDLOperation, ABC):
    """``bin %a {attributes} : type``, of which ``bin`` says that there are no unknown bits."""

    TO_BIT: ClassVar[bool] = False

    input = operand_def(base(IntegerType))
    two_state = opt_prop_def(UnitAttr, prop_name="twoState")
    result = result_def(base(IntegerType))

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        two_state = parser.parse_optional_keyword("bin")
        operand = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        kind = parser.parse_type()
        return cls.create(
            operands=[parser.resolve_operand(operand, kind)],
            result_types=[i1 if cls.TO_BIT else kind],
            properties={} if two_state is None else {"twoState": UnitAttr()},
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        if self.two_state is not None:
            printer.print_string(" bin")
        printer.print_string(" ")
        printer.print_ssa_value(self.input)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.input.type)


@irdl_op_definition
class InvOp(_UnaryOp):
    """Negation, bit by bit."""

    name = "comb.inv"
    traits = traits_def(Pure(), SameOperandsAndResultType())


@irdl_op_definition
class ParityOp(_UnaryOp, comb.ParityOp):
    """Whether an odd number of bits is set."""

    name = "comb.parity"
    TO_BIT: ClassVar[bool] = True
    traits = traits_def(Pure())

    def verify_(self) -> None:
        if self.result.type != i1:
            raise VerifyException(f"the result must be i1, got {self.result.type}")


@irdl_op_definition
class TruthTableOp(IRDLOperation):
    """A bit looked up by other bits."""

    name = "comb.truth_table"

    inputs = var_operand_def(eq(i1))
    lookup_table = prop_def(IntegerAttr, prop_name="lookupTable")
    result = result_def(eq(i1))
    traits = traits_def(Pure())

    def verify_(self) -> None:
        if len(self.inputs) > MAX_INPUTS:
            raise VerifyException(f"truth tables support a maximum of {MAX_INPUTS} inputs")
        kind = cast("IntegerType", self.lookup_table.type)
        if not isinstance(self.lookup_table.type, IntegerType) or kind.bitwidth != 1 << len(self.inputs):
            raise VerifyException(f"expected a lookup table of {1 << len(self.inputs)} bits, got {kind}")

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        operands = parse_operands(parser)
        parser.parse_punctuation("->")
        return cls.create(
            operands=[parser.resolve_operand(operand, i1) for operand in operands],
            result_types=[i1],
            properties={"lookupTable": parser.parse_attribute()},
            attributes=parser.parse_optional_attr_dict(),
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.inputs, printer.print_ssa_value)
        printer.print_string(" -> ")
        printer.print_attribute(self.lookup_table)
        printer.print_op_attributes(self.attributes)


@irdl_op_definition
class LUTOp(PropertyOp):
    """An integer looked up by a linear combination of integers."""

    name = "comb.lut"

    inputs = var_operand_def(eq(i8))
    coefficients = prop_def(DenseArrayBase.constr(i8))
    lookup_table = prop_def(DenseArrayBase.constr(i8), prop_name="lookupTable")
    result = result_def(eq(i8))
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"coefficients": I8_ARRAY, "lookupTable": I8_ARRAY}


Comb = extended(comb.Comb, XNorOp, NandOp, NorOp, InvOp, ParityOp, TruthTableOp, LUTOp)
"""xDSL's ``comb`` with lookup tables and negated gates."""
