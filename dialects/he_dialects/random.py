"""HEIR's ``random`` dialect: sampling of the polynomials that encryption needs.

    %1 = random.init_prng %seed <num_bits = 32 : i32> : (index) -> !random.prng
    %2 = random.discrete_uniform_distribution %1{range = [-1 : i32, 2 : i32]} : (!random.prng)
        -> <distribution_type = uniform>

https://heir.dev/docs/dialects/random/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from typing_extensions import override
from xdsl.dialects.builtin import IndexType, IntegerAttr
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute, SpacedOpaqueSyntaxAttribute, TypeAttribute
from xdsl.irdl import (
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum

from he_dialects.assembly import Field, PropertyOp, Stripped, StructAttribute, parse_operands
from he_dialects.syntax import ATTRIBUTE, Keyword, Syntax


class Distribution(StrEnum):
    """The kinds of distributions."""

    UNIFORM = "uniform"
    GAUSSIAN = "gaussian"


@irdl_attr_definition
class DistributionKindAttr(EnumAttribute[Distribution], SpacedOpaqueSyntaxAttribute):
    """A kind of distribution."""

    name = "random.distribution_kind"


@irdl_attr_definition
class DistributionType(StructAttribute, TypeAttribute):
    """A distribution to sample from."""

    name = "random.distribution"

    distribution_type: DistributionKindAttr
    FIELDS: ClassVar[Sequence[Field]] = (Field("distribution_type", Keyword(DistributionKindAttr)),)


@irdl_attr_definition
class PRNGType(ParametrizedAttribute, TypeAttribute):
    """A generator of pseudorandom numbers."""

    name = "random.prng"


@irdl_op_definition
class InitOp(PropertyOp):
    """A generator, from a seed."""

    name = "random.init_prng"

    seed = operand_def(IndexType)
    num_bits = prop_def(IntegerAttr)
    output = result_def(PRNGType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"num_bits": ATTRIBUTE}


@irdl_op_definition
class DiscreteGaussianDistributionOp(PropertyOp):
    """The discrete Gaussian distribution."""

    name = "random.discrete_gaussian_distribution"

    input = operand_def(PRNGType)
    mean = prop_def(IntegerAttr)
    stddev = prop_def(IntegerAttr)
    output = result_def(DistributionType)
    traits = traits_def(Pure())
    PROPERTIES: ClassVar[Mapping[str, Syntax]] = {"mean": ATTRIBUTE, "stddev": ATTRIBUTE}

    def verify_(self) -> None:
        if self.stddev.value.data < 0:
            raise VerifyException(f"the standard deviation must not be negative, got {self.stddev}")


@irdl_op_definition
class DiscreteUniformDistributionOp(PropertyOp):
    """The uniform distribution of the integers from ``min`` on that are less than ``max``."""

    name = "random.discrete_uniform_distribution"

    input = operand_def(PRNGType)
    min = prop_def(IntegerAttr)
    max = prop_def(IntegerAttr)
    output = result_def(DistributionType)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        if self.max.value.data <= self.min.value.data:
            raise VerifyException(f"the range from {self.min} to {self.max} is empty")

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        operands = parse_operands(parser)
        with parser.in_braces():
            parser.parse_keyword("range")
            parser.parse_punctuation("=")
            position = parser.pos
            bounds = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_attribute)
        if len(bounds) != 2:
            parser.raise_error(f"expected a least and a greatest value, got {len(bounds)}", position)
        attributes = parser.parse_optional_attr_dict()
        position = parser.pos
        parser.parse_punctuation(":")
        with parser.in_parens():
            kind = parser.parse_type()
        parser.parse_punctuation("->")
        output: Attribute | None = parser.parse_optional_type()
        if output is None:
            output = Stripped(DistributionType).parse(parser)
        return cls.create(
            operands=parser.resolve_operands(operands, [kind], position),
            result_types=[output],
            properties=dict(zip(("min", "max"), bounds, strict=True)),
            attributes=attributes,
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.input)
        printer.print_string(" {range = ")
        with printer.in_square_brackets():
            printer.print_list((self.min, self.max), printer.print_attribute)
        printer.print_string("}")
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        with printer.in_parens():
            printer.print_attribute(self.input.type)
        printer.print_string(" -> ")
        Stripped(DistributionType).print(printer, self.output.type)


@irdl_op_definition
class SampleOp(PropertyOp):
    """A value, or a tensor of values, from a distribution."""

    name = "random.sample"

    input = operand_def(DistributionType)
    output = result_def()


Random = Dialect(
    "random",
    [InitOp, DiscreteGaussianDistributionOp, DiscreteUniformDistributionOp, SampleOp],
    [DistributionType, PRNGType],
)
