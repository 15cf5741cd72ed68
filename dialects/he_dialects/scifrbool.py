"""HEIR's ``scifrbool`` dialect: Boolean gates of CGGI on Cornami's fabric.

    %2 = scifrbool.section(%a, %b) {
      %1 = scifrbool.and %a, %b : !ct
    } : (!ct, !ct) -> !ct

https://heir.dev/docs/dialects/scifrbool/
"""

from __future__ import annotations

from typing import Self

from typing_extensions import override
from xdsl.ir import Dialect, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    region_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import NoTerminator, SameOperandsAndResultType

from he_dialects.assembly import TypeSignature
from he_dialects.gates import GATES
from he_dialects.lwe import CiphertextType
from he_dialects.tables import operation


@irdl_attr_definition
class BootstrapKeyType(ParametrizedAttribute, TypeAttribute):
    """The key to bootstrap with."""

    name = "scifrbool.bootstrap_key"


@irdl_attr_definition
class KeySwitchKeyType(ParametrizedAttribute, TypeAttribute):
    """The key to switch keys with."""

    name = "scifrbool.key_switch_key"


@irdl_attr_definition
class ServerParametersType(ParametrizedAttribute, TypeAttribute):
    """How the program is mapped to the hardware."""

    name = "scifrbool.server_parameters"


GATE_OPERATIONS = tuple(
    operation(
        f"scifrbool.{name}",
        summary,
        {"lhs": CiphertextType, "rhs": CiphertextType},
        {"output": CiphertextType},
        traits=[SameOperandsAndResultType()],
        signature=TypeSignature.SHARED,
    )
    for name, summary in GATES.items()
)
NotOp = operation(
    "scifrbool.not",
    "Negation.",
    {"input": CiphertextType},
    {"output": CiphertextType},
    traits=[SameOperandsAndResultType()],
    signature=TypeSignature.SHARED,
)


@irdl_op_definition
class SectionOp(IRDLOperation):
    """Operations that run on the fabric together."""

    name = "scifrbool.section"

    input = var_operand_def()
    output = var_result_def()
    body = region_def()
    traits = traits_def(NoTerminator())

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        operands = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_unresolved_operand)
        body = parser.parse_region()
        attributes = parser.parse_optional_attr_dict()
        position = parser.pos
        parser.parse_punctuation(":")
        signature = parser.parse_function_type()
        return cls.create(
            operands=parser.resolve_operands(operands, signature.inputs.data, position),
            result_types=signature.outputs.data,
            attributes=attributes,
            regions=[body],
        )

    @override
    def print(self, printer: Printer) -> None:
        with printer.in_parens():
            printer.print_list(self.input, printer.print_ssa_value)
        printer.print_string(" ")
        printer.print_region(self.body)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_function_type(self.operand_types, self.result_types)


SCIFRBool = Dialect(
    "scifrbool",
    [*GATE_OPERATIONS, NotOp, SectionOp],
    [BootstrapKeyType, KeySwitchKeyType, ServerParametersType],
)
