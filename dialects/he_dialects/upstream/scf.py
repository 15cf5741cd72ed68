"""``scf`` with unsigned loops and with results that stand without parentheses.

%0 = scf.for unsigned %i = %a to %b step %c iter_args(%s = %x) -> i16 : i32 {
%1 = scf.if %c -> i32 {
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from typing_extensions import override
from xdsl.dialects import scf
from xdsl.dialects.builtin import IndexType, SignlessIntegerConstraint, UnitAttr, i1
from xdsl.dialects.utils import parse_assignment
from xdsl.ir import Attribute, Region
from xdsl.irdl import (
    VarConstraint,
    base,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    region_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from he_dialects.parallel import ForallOp, InParallelOp
from he_dialects.upstream.extension import extended, parse_result_types

UNSIGNED = "unsignedCmp"


class IfOp(scf.IfOp):
    """One of two regions by a bit."""

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        condition = parser.parse_operand(i1)
        result_types = parse_result_types(parser)
        true = cls.parse_region_with_yield(parser)
        has_else = parser.parse_optional_keyword("else") is not None
        false = cls.parse_region_with_yield(parser) if has_else else Region()
        return cls(condition, result_types, true, false, parser.parse_optional_attr_dict())


@irdl_op_definition
class ForOp(scf.ForOp):
    """A loop over integers, signed or unsigned."""

    name = "scf.for"
    T: ClassVar = VarConstraint("T", base(IndexType) | SignlessIntegerConstraint)
    lb = operand_def(T)
    ub = operand_def(T)
    step = operand_def(T)
    iter_args = var_operand_def()
    unsigned = opt_prop_def(UnitAttr, prop_name=UNSIGNED)
    res = var_result_def()
    body = region_def("single_block")

    def verify_(self) -> None:
        carried = tuple(self.iter_args.types)
        if self.body.block.arg_types != (self.lb.type, *carried):
            raise VerifyException(
                "the body's arguments must be the induction variable and the loop-carried values, "
                f"of types {[str(kind) for kind in (self.lb.type, *carried)]}"
            )
        if tuple(self.result_types) != carried:
            raise VerifyException("the results must be of the types of the loop-carried values")
        end = self.body.block.last_op
        if not isinstance(end, scf.YieldOp) or tuple(end.operand_types) != carried:
            raise VerifyException("the body must yield the loop-carried values")

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        unsigned = parser.parse_optional_keyword("unsigned")
        variable = parser.parse_argument(expect_type=False)
        parser.parse_punctuation("=")
        bounds = [parser.parse_unresolved_operand()]
        for keyword in ("to", "step"):
            parser.parse_keyword(keyword)
            bounds.append(parser.parse_unresolved_operand())
        position = parser.pos
        names: list[Parser.UnresolvedArgument] = []
        values: list[UnresolvedOperand] = []
        types: Sequence[Attribute] = ()
        if parser.parse_optional_keyword("iter_args") is not None:
            for name, value in parser.parse_comma_separated_list(
                parser.Delimiter.PAREN, lambda: parse_assignment(parser)
            ):
                names.append(name)
                values.append(value)
            types = parse_result_types(parser)
        kind = parser.parse_type() if parser.parse_optional_punctuation(":") else IndexType()
        operands = [
            *parser.resolve_operands(bounds, [kind] * len(bounds), position),
            *parser.resolve_operands(values, types, position),
        ]
        arguments = [
            name.resolve(each) for name, each in zip((variable, *names), (kind, *types), strict=True)
        ]
        body = parser.parse_region(arguments)
        if not isinstance(body.block.last_op, scf.YieldOp):
            body.block.add_op(scf.YieldOp())
        return cls.create(
            operands=operands,
            result_types=types,
            properties={} if unsigned is None else {UNSIGNED: UnitAttr()},
            attributes=parser.parse_optional_attr_dict(),
            regions=[body],
        )

    @override
    def print(self, printer: Printer) -> None:
        if self.unsigned is not None:
            printer.print_string(" unsigned")
        super().print(printer)


Scf = extended(scf.Scf, IfOp, ForOp, ForallOp, InParallelOp)
"""xDSL's ``scf`` with parallel loops over tensors."""
