"""HEIR's ``secret`` dialect: computations on encrypted data, independent of the scheme.

    %r = secret.generic(%x: !secret.secret<tensor<4096xf32>>) {
    ^body(%input0: tensor<4096xf32>):
      %0 = arith.addf %input0, %input0 : tensor<4096xf32>
      secret.yield %0 : tensor<4096xf32>
    } -> !secret.secret<tensor<4096xf32>>

https://heir.dev/docs/dialects/secret/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self, cast

from xdsl.dialects.builtin import ArrayAttr, BoolAttr, DictionaryAttr, LocationAttr, StringAttr
from xdsl.ir import Attribute, Dialect, Operation, ParametrizedAttribute, Region, SSAValue, TypeAttribute
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import HasParent, IsTerminator, MemoryWriteEffect, Pure, ReturnLike
from xdsl.utils.exceptions import VerifyException

from he_dialects import assembly
from he_dialects.assembly import Field, StructAttribute
from he_dialects.printing import AliasedAttribute, AliasPrinter

OPERAND_ATTRIBUTES = "__argattrs"
RESULT_ATTRIBUTES = "__resattrs"
"""Attributes of ``secret.generic`` that hold a dictionary for each operand, and for each result."""


@irdl_attr_definition
class SecretType(ParametrizedAttribute, TypeAttribute):
    """A value of another type, encrypted."""

    name = "secret.secret"

    value_type: Attribute


KERNEL_NAMES = (
    "Trivial",
    "MatvecNaive",
    "MatvecDiagonal",
    "VecmatDiagonal",
    "MatmulDiagonal",
    "MatmulBicyclic",
    "MatmulBicyclicDiagonal",
    "BatchMatmulTricyclic",
    "BatchMatmulTricyclicDiagonal",
    "Dot",
)
"""The kernels that heir-opt knows."""


@irdl_attr_definition
class KernelAttr(StructAttribute, AliasedAttribute):
    """The kernel to implement an operation with; ``force`` forbids HEIR to choose another one."""

    name = "secret.kernel"

    kernel_name: StringAttr
    force: BoolAttr

    FIELDS: ClassVar[Sequence[Field]] = (
        Field("name", assembly.ATTRIBUTE),
        Field("force", assembly.BOOL),
    )

    def verify(self) -> None:
        if self.kernel_name.data not in KERNEL_NAMES:
            raise VerifyException(
                f"unknown kernel {self.kernel_name.data!r}, known are: {', '.join(KERNEL_NAMES)}"
            )

    def alias_name(self) -> str:
        return "kernel"


@irdl_op_definition
class SeparatorOp(IRDLOperation):
    """A boundary between parts of a module that passes must not look across."""

    name = "secret.separator"

    inputs = var_operand_def()
    traits = traits_def(MemoryWriteEffect())
    assembly_format = "attr-dict ($inputs^ `:` type($inputs))?"


@irdl_op_definition
class ConcealOp(IRDLOperation):
    """Encryption."""

    name = "secret.conceal"

    cleartext = operand_def()
    output = result_def(SecretType)
    traits = traits_def(Pure())
    assembly_format = "$cleartext attr-dict `:` type($cleartext) `->` type($output)"

    def __init__(
        self,
        cleartext: SSAValue | Operation,
        *,
        attributes: Mapping[str, Attribute] | None = None,
        location: LocationAttr | None = None,
    ) -> None:
        result_type = SecretType(SSAValue.get(cleartext).type)
        super().__init__(operands=(cleartext,), result_types=(result_type,), attributes=attributes)
        if location is not None:
            self.location = location


@irdl_op_definition
class RevealOp(IRDLOperation):
    """Decryption."""

    name = "secret.reveal"

    input = operand_def(SecretType)
    cleartext = result_def()
    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `->` type($cleartext)"

    def __init__(self, input: SSAValue | Operation, *, location: LocationAttr | None = None) -> None:
        secret = cast(SecretType, SSAValue.get(input).type)
        super().__init__(operands=(input,), result_types=(secret.value_type,))
        if location is not None:
            self.location = location


@irdl_op_definition
class CastOp(IRDLOperation):
    """A change of the type of a secret, for a later pass to make sense of."""

    name = "secret.cast"

    input = operand_def(SecretType)
    output = result_def(SecretType)
    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `to` type($output)"


@irdl_op_definition
class GenericOp(IRDLOperation):
    """A cleartext computation lifted to secrets: the body sees the values that its operands encrypt."""

    name = "secret.generic"

    inputs = var_operand_def()
    outputs = var_result_def()
    body = region_def("single_block")

    def __init__(
        self,
        inputs: Sequence[SSAValue | Operation],
        result_types: Sequence[Attribute],
        body: Region,
        *,
        attributes: Mapping[str, Attribute] | None = None,
        result_attributes: Sequence[Mapping[str, Attribute]] = (),
        location: LocationAttr | None = None,
    ) -> None:
        """``result_attributes``: one dictionary per result, or none at all."""
        all_attributes = dict(attributes or {})
        if result_attributes:
            all_attributes[RESULT_ATTRIBUTES] = ArrayAttr(DictionaryAttr(d) for d in result_attributes)
        super().__init__(
            operands=(inputs,), result_types=(result_types,), regions=(body,), attributes=all_attributes
        )
        if location is not None:
            self.location = location

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        inputs = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN,
            lambda: _parse_input(parser),
        )
        attributes = dict[str, Attribute]()
        if parser.parse_optional_keyword("attrs") is not None:
            parser.parse_punctuation("=")
            attributes.update(parser.parse_optional_attr_dict())
        body = parser.parse_region()
        outputs = list[tuple[Attribute, dict[str, Attribute]]]()
        if parser.parse_optional_punctuation("->") is not None:
            parenthesised = parser.parse_optional_comma_separated_list(
                parser.Delimiter.PAREN, lambda: _parse_typed(parser)
            )
            outputs = [_parse_typed(parser)] if parenthesised is None else parenthesised
        _attach(attributes, OPERAND_ATTRIBUTES, [dictionary for _, dictionary in inputs])
        _attach(attributes, RESULT_ATTRIBUTES, [dictionary for _, dictionary in outputs])
        return cls.create(
            operands=[operand for operand, _ in inputs],
            result_types=[output for output, _ in outputs],
            attributes=attributes,
            regions=(body,),
        )

    def print(self, printer: Printer) -> None:
        def print_input(entry: tuple[SSAValue, DictionaryAttr | None]) -> None:
            printer.print_operand(entry[0])
            printer.print_string(": ")
            print_output(entry)

        def print_output(entry: tuple[SSAValue, DictionaryAttr | None]) -> None:
            value, dictionary = entry
            printer.print_attribute(value.type)
            if dictionary is not None:
                # An empty one too: heir-opt counts those that it sees, and crashes if some are missing.
                printer.print_string(" ")
                printer.print_attr_dict(dictionary.data)

        with printer.in_parens():
            printer.print_list(self._with_attributes(self.inputs, OPERAND_ATTRIBUTES), print_input)
        others = {
            k: v for k, v in self.attributes.items() if k not in (OPERAND_ATTRIBUTES, RESULT_ATTRIBUTES)
        }
        if others:
            printer.print_string(" attrs =")
            printer.print_op_attributes(others)
        printer.print_string(" ")
        printer.print_region(self.body, print_empty_block=False)
        if not self.outputs:
            return
        printer.print_string(" -> ")
        outputs = self._with_attributes(self.outputs, RESULT_ATTRIBUTES)
        # heir-opt takes a location right behind the type for attributes of the result, and crashes.
        located = isinstance(printer, AliasPrinter) and printer.writes_place(self.location)
        if len(outputs) == 1 and RESULT_ATTRIBUTES not in self.attributes and not located:
            print_output(outputs[0])
            return
        with printer.in_parens():
            printer.print_list(outputs, print_output)

    def _with_attributes(
        self, values: Sequence[SSAValue], name: str
    ) -> list[tuple[SSAValue, DictionaryAttr | None]]:
        dictionaries = cast("ArrayAttr[DictionaryAttr] | None", self.attributes.get(name))
        if dictionaries is None:
            return [(value, None) for value in values]
        return list(zip(values, dictionaries, strict=True))

    def verify_(self) -> None:
        arguments = self.body.block.args
        if len(arguments) != len(self.inputs):
            raise VerifyException(
                f"the body must have one argument per operand: "
                f"got {len(arguments)} arguments and {len(self.inputs)} operands"
            )
        for number, (argument, operand) in enumerate(zip(arguments, self.inputs, strict=True)):
            operand_type = operand.type
            cleartext = operand_type.value_type if isinstance(operand_type, SecretType) else operand_type
            if argument.type != cleartext:
                raise VerifyException(
                    f"argument {number} of the body must have type {cleartext}, as the operand is "
                    f"{operand_type}, got {argument.type}"
                )
        for name, values in ((OPERAND_ATTRIBUTES, self.inputs), (RESULT_ATTRIBUTES, self.outputs)):
            dictionaries = cast("ArrayAttr[DictionaryAttr] | None", self.attributes.get(name))
            if dictionaries is not None and len(dictionaries) != len(values):
                raise VerifyException(
                    f"{name} must have one dictionary per value: got {len(dictionaries)} for {len(values)}"
                )


def _parse_input(parser: Parser) -> tuple[SSAValue, dict[str, Attribute]]:
    """``%value: type {attributes}``"""
    operand = parser.parse_unresolved_operand()
    parser.parse_punctuation(":")
    operand_type, attributes = _parse_typed(parser)
    return parser.resolve_operand(operand, operand_type), attributes


def _parse_typed(parser: Parser) -> tuple[Attribute, dict[str, Attribute]]:
    """``type {attributes}``"""
    return parser.parse_type(), parser.parse_optional_attr_dict()


def _attach(
    attributes: dict[str, Attribute], name: str, dictionaries: Sequence[Mapping[str, Attribute]]
) -> None:
    if any(dictionaries):
        attributes[name] = ArrayAttr(DictionaryAttr(d) for d in dictionaries)


@irdl_op_definition
class YieldOp(IRDLOperation):
    """The cleartext results of the body of a ``secret.generic``."""

    name = "secret.yield"

    values = var_operand_def()
    traits = traits_def(Pure(), IsTerminator(), ReturnLike(), HasParent(GenericOp))

    def __init__(self, *values: SSAValue | Operation) -> None:
        super().__init__(operands=(values,))

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        operands = assembly.parse_operands(parser)
        attributes = parser.parse_optional_attr_dict()
        types: Sequence[Attribute] = ()
        position = parser.pos
        if operands:
            parser.parse_punctuation(":")
            types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        values = parser.resolve_operands(operands, types, position)
        return cls.create(operands=values, attributes=attributes)

    def print(self, printer: Printer) -> None:
        if self.values:
            printer.print_string(" ")
            printer.print_list(self.values, printer.print_operand)
        printer.print_op_attributes(self.attributes)
        if self.values:
            printer.print_string(" : ")
            printer.print_list(self.values.types, printer.print_attribute)

    def verify_(self) -> None:
        generic = self.parent_op()
        if not isinstance(generic, GenericOp):
            return
        expected = [SecretType(value.type) for value in self.values]
        if list(generic.result_types) != expected:
            raise VerifyException(
                f"a yield of ({', '.join(map(str, self.values.types))}) needs a secret.generic of results "
                f"({', '.join(map(str, expected))}), "
                f"got ({', '.join(map(str, generic.result_types))})"
            )


Secret = Dialect(
    "secret",
    [SeparatorOp, ConcealOp, RevealOp, CastOp, YieldOp, GenericOp],
    [SecretType, KernelAttr],
)
