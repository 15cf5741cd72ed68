"""``func`` with the attributes of the arguments of functions that are only declared.

    func.func private @mask(!secret.secret<i1> {mgmt.mgmt = #mgmt}, i32) -> i1

xDSL's parser and printer leave them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, cast

from typing_extensions import override
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, FlatSymbolRefAttrConstr, FunctionType
from xdsl.dialects.utils import print_func_output
from xdsl.ir import Attribute, Region
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from he_dialects.printing import AliasPrinter
from he_dialects.upstream.extension import extended

ARGUMENTS, RESULTS = "arg_attrs", "res_attrs"
WRITTEN_ELSEWHERE = ("sym_name", "function_type", "sym_visibility", ARGUMENTS, RESULTS)


class FuncOp(func.FuncOp):
    """A function, or the declaration of one."""

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        properties = dict[str, Attribute]()
        if (visibility := parser.parse_optional_visibility_keyword()) is not None:
            properties["sym_visibility"] = visibility
        properties["sym_name"] = parser.parse_symbol_name()
        arguments = parser.parse_comma_separated_list(parser.Delimiter.PAREN, lambda: _parse_argument(parser))
        results = _parse_results(parser)
        named = [argument for argument, _, _ in arguments if argument is not None]
        if named and len(named) != len(arguments):
            parser.raise_error("expected all arguments to be named or all arguments to be unnamed")
        properties["function_type"] = FunctionType.from_lists(
            [kind for _, kind, _ in arguments], [kind for kind, _ in results]
        )
        for name, dictionaries in (
            (ARGUMENTS, [attributes for _, _, attributes in arguments]),
            (RESULTS, [attributes for _, attributes in results]),
        ):
            if any(dictionaries):
                properties[name] = ArrayAttr(map(DictionaryAttr, dictionaries))
        extra = parser.parse_optional_attr_dict_with_keyword(WRITTEN_ELSEWHERE)
        body = parser.parse_optional_region(named if named or not arguments else None)
        return cls.create(
            properties=properties,
            attributes={} if extra is None else extra.data,
            regions=[Region() if body is None else body],
        )

    @override
    def print(self, printer: Printer) -> None:
        if self.sym_visibility is not None:
            printer.print_string(f" {self.sym_visibility.data}")
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        with printer.in_parens():
            printer.print_list(
                range(len(self.function_type.inputs)), lambda number: self._print_argument(printer, number)
            )
        self._print_results(printer)
        printer.print_op_attributes(
            self.attributes, reserved_attr_names=WRITTEN_ELSEWHERE, print_keyword=True
        )
        if self.body.blocks:
            printer.print_string(" ")
            printer.print_region(self.body, print_entry_block_args=False, print_empty_block=False)

    def _print_argument(self, printer: Printer, number: int) -> None:
        if self.body.blocks:
            printer.print_ssa_value(self.args[number])
            printer.print_string(": ")
        printer.print_attribute(self.function_type.inputs.data[number])
        if self.arg_attrs is not None:
            printer.print_op_attributes(self.arg_attrs.data[number].data)
        if self.body.blocks and isinstance(printer, AliasPrinter):
            printer.print_location(self.args[number].location)

    def _print_results(self, printer: Printer) -> None:
        results = self.function_type.outputs.data
        if not results:
            return
        printer.print_string(" -> ")
        # A function type as the one result would be read as the type of the function.
        if len(results) == 1 and self.res_attrs is None and not isinstance(results[0], FunctionType):
            printer.print_attribute(results[0])
            return
        attributes = [None] * len(results) if self.res_attrs is None else self.res_attrs.data
        with printer.in_parens():
            printer.print_list(
                zip(results, attributes, strict=True),
                lambda result: print_func_output(printer, *result),
            )


ParsedArgument = tuple[Parser.Argument | None, Attribute, dict[str, Attribute]]


def _parse_argument(parser: Parser) -> ParsedArgument:
    """Read ``%name: type {attributes} loc(…)``, or the same without a name."""
    argument = parser.parse_optional_argument()
    kind = parser.parse_type() if argument is None else argument.type
    attributes = parser.parse_optional_dictionary_attr_dict()
    location = parser.parse_optional_location()
    if argument is not None and location is not None:
        argument.location = location
    return argument, kind, attributes


def _parse_results(parser: Parser) -> Sequence[tuple[Attribute, dict[str, Attribute]]]:
    """Read ``-> type`` or ``-> (type {attributes}, …)``, or nothing."""
    if parser.parse_optional_punctuation("->") is None:
        return []
    results = parser.parse_optional_comma_separated_list(
        parser.Delimiter.PAREN, lambda: (parser.parse_type(), parser.parse_optional_dictionary_attr_dict())
    )
    return [(parser.parse_type(), {})] if results is None else results


@irdl_op_definition
class ConstantOp(IRDLOperation):
    """A function as a value."""

    name = "func.constant"

    value = prop_def(FlatSymbolRefAttrConstr)
    result = result_def(FunctionType)
    traits = traits_def(Pure())
    assembly_format = "attr-dict $value `:` type($result)"


@irdl_op_definition
class CallIndirectOp(IRDLOperation):
    """The call of a function that is a value."""

    name = "func.call_indirect"

    callee = operand_def(FunctionType)
    callee_operands = var_operand_def()
    result = var_result_def()

    def verify_(self) -> None:
        signature = cast(FunctionType, self.callee.type)
        if signature != FunctionType.from_lists(self.callee_operands.types, self.result_types):
            raise VerifyException(f"the callee is of type {signature}")

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        callee = parser.parse_unresolved_operand()
        operands = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_unresolved_operand)
        attributes = parser.parse_optional_attr_dict()
        position = parser.pos
        parser.parse_punctuation(":")
        signature = parser.parse_function_type()
        return cls.create(
            operands=parser.resolve_operands([callee, *operands], [signature, *signature.inputs], position),
            result_types=signature.outputs.data,
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.callee)
        with printer.in_parens():
            printer.print_list(self.callee_operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.callee.type)


Func = extended(func.Func, FuncOp, ConstantOp, CallIndirectOp)
"""xDSL's ``func`` with attributes of the arguments of declarations."""
