"""``scf.forall``: parallel loops over tensors, which HEIR's OpenFHE pipeline makes of hoisted rotations.

    %r = scf.forall (%i) in (3) shared_outs(%out = %init) -> (tensor<3x!ct>) {
      %one = tensor.from_elements %ct : tensor<1x!ct>
      scf.forall.in_parallel {
        tensor.parallel_insert_slice %one into %out[%i] [1] [1] : tensor<1x!ct> into tensor<3x!ct>
      }
    }

xDSL doesn't define these operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from typing_extensions import override
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    I64,
    ArrayAttr,
    DenseArrayBase,
    IndexType,
    TensorType,
    i32,
    i64,
)
from xdsl.dialects.utils.dynamic_index_list import (
    DynamicIndexList,
    get_dynamic_index_list,
    parse_dynamic_index_list_without_types,
)
from xdsl.ir import Attribute, Block, Region, SSAValue, TypeAttribute
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import HasParent, IsTerminator, NoTerminator
from xdsl.utils.exceptions import VerifyException


@irdl_op_definition
class ParallelInsertSliceOp(IRDLOperation):
    """A tensor put into a part of a shared output of the loop."""

    name = "tensor.parallel_insert_slice"

    source = operand_def(TensorType)
    dest = operand_def(TensorType)
    offsets = var_operand_def(IndexType)
    sizes = var_operand_def(IndexType)
    strides = var_operand_def(IndexType)
    static_offsets = prop_def(DenseArrayBase.constr(i64))
    static_sizes = prop_def(DenseArrayBase.constr(i64))
    static_strides = prop_def(DenseArrayBase.constr(i64))

    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    custom_directives = (DynamicIndexList,)
    assembly_format = (
        "$source `into` $dest ``"
        "custom<DynamicIndexList>($offsets, $static_offsets)"
        "custom<DynamicIndexList>($sizes, $static_sizes)"
        "custom<DynamicIndexList>($strides, $static_strides)"
        "attr-dict `:` type($source) `into` type($dest)"
    )


@irdl_op_definition
class ForallOp(IRDLOperation):
    """A loop whose iterations may run in any order or at once; its results are the shared outputs."""

    name = "scf.forall"

    dynamic_lower_bound = var_operand_def(IndexType)
    dynamic_upper_bound = var_operand_def(IndexType)
    dynamic_step = var_operand_def(IndexType)
    outputs = var_operand_def(TensorType)
    static_lower_bound = prop_def(DenseArrayBase[I64], prop_name="staticLowerBound")
    static_upper_bound = prop_def(DenseArrayBase[I64], prop_name="staticUpperBound")
    static_step = prop_def(DenseArrayBase[I64], prop_name="staticStep")
    mapping = opt_prop_def(ArrayAttr[Attribute])
    body = region_def("single_block")
    results_ = var_result_def(TensorType)

    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    @property
    def bounds(self) -> tuple[list[SSAValue | int], list[SSAValue | int], list[SSAValue | int]]:
        """Lower bounds, upper bounds and steps, one for each loop variable."""
        return (
            get_dynamic_index_list(
                self.static_lower_bound.get_values(), self.dynamic_lower_bound, DYNAMIC_INDEX
            ),
            get_dynamic_index_list(
                self.static_upper_bound.get_values(), self.dynamic_upper_bound, DYNAMIC_INDEX
            ),
            get_dynamic_index_list(self.static_step.get_values(), self.dynamic_step, DYNAMIC_INDEX),
        )

    def verify_(self) -> None:
        rank = len(self.static_upper_bound)
        expected = [IndexType()] * rank + [output.type for output in self.outputs]
        types = [argument.type for argument in self.body.block.args]
        if types != expected:
            raise VerifyException(f"the region's arguments must be of types {expected}, got {types}")
        if not isinstance(self.body.block.last_op, InParallelOp):
            raise VerifyException("the region must end with scf.forall.in_parallel")

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        variables = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, lambda: parser.parse_argument(expect_type=False)
        )
        bounds = _parse_bounds(parser, len(variables))
        arguments = [variable.resolve(IndexType()) for variable in variables]
        outputs: list[SSAValue] = []
        result_types: list[TypeAttribute] = []
        if parser.parse_optional_keyword("shared_outs") is not None:
            pairs = parser.parse_comma_separated_list(
                parser.Delimiter.PAREN, lambda: _parse_assignment(parser)
            )
            parser.parse_punctuation("->")
            result_types = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
            for (name, output), output_type in zip(pairs, result_types, strict=True):
                arguments.append(name.resolve(output_type))
                outputs.append(parser.resolve_operand(output, output_type))
        body = parser.parse_region(arguments)
        if not isinstance(body.block.last_op, InParallelOp):
            body.block.add_op(InParallelOp.create(regions=[Region(Block())]))
        dynamic = [[parser.resolve_operand(value, IndexType()) for value in values] for values, _ in bounds]
        lower, upper, step = (DenseArrayBase.from_list(i64, integers) for _, integers in bounds)
        segments = [len(values) for values in (*dynamic, outputs)]
        return cls.create(
            operands=[value for values in (*dynamic, outputs) for value in values],
            result_types=result_types,
            properties={
                "operandSegmentSizes": DenseArrayBase.from_list(i32, segments),
                "staticLowerBound": lower,
                "staticUpperBound": upper,
                "staticStep": step,
            },
            attributes=parser.parse_optional_attr_dict(),
            regions=[body],
        )

    @override
    def print(self, printer: Printer) -> None:
        variables = self.body.block.args[: len(self.static_upper_bound)]
        printer.print_string(" ")
        with printer.in_parens():
            printer.print_list(variables, printer.print_ssa_value)
        self._print_bounds(printer)
        if self.outputs:
            printer.print_string(" shared_outs")
            with printer.in_parens():
                arguments = self.body.block.args[len(variables) :]
                printer.print_list(
                    zip(arguments, self.outputs, strict=True), lambda pair: _print_assignment(printer, *pair)
                )
            printer.print_string(" -> ")
            with printer.in_parens():
                printer.print_list(self.result_types, printer.print_attribute)
        printer.print_string(" ")
        # Without outputs the terminator has nothing to say, and isn't written.
        printer.print_region(
            self.body,
            print_entry_block_args=False,
            print_empty_block=False,
            print_block_terminators=bool(self.outputs),
        )
        printer.print_op_attributes(self.attributes)

    def _print_bounds(self, printer: Printer) -> None:
        lower, upper, step = self.bounds
        if all(bound == 0 for bound in lower) and all(bound == 1 for bound in step):
            parts = [(" in ", upper)]
        else:
            parts = [(" = ", lower), (" to ", upper), (" step ", step)]
        for keyword, values in parts:
            printer.print_string(keyword)
            with printer.in_parens():
                printer.print_list(values, lambda value: _print_bound(printer, value))


Bound = tuple[Sequence[UnresolvedOperand], Sequence[int]]


def _parse_bounds(parser: Parser, rank: int) -> tuple[Bound, Bound, Bound]:
    """``in (3)``, or ``= (0) to (3) step (1)``."""

    def parse_list() -> Bound:
        return parse_dynamic_index_list_without_types(parser, DYNAMIC_INDEX, delimiter=parser.Delimiter.PAREN)

    if parser.parse_optional_keyword("in") is not None:
        return ([], [0] * rank), parse_list(), ([], [1] * rank)
    parser.parse_punctuation("=")
    lower = parse_list()
    parser.parse_keyword("to")
    upper = parse_list()
    parser.parse_keyword("step")
    return lower, upper, parse_list()


def _parse_assignment(parser: Parser) -> tuple[Parser.UnresolvedArgument, UnresolvedOperand]:
    argument = parser.parse_argument(expect_type=False)
    parser.parse_punctuation("=")
    return argument, parser.parse_unresolved_operand()


def _print_assignment(printer: Printer, argument: SSAValue, output: SSAValue) -> None:
    printer.print_ssa_value(argument)
    printer.print_string(" = ")
    printer.print_ssa_value(output)


def _print_bound(printer: Printer, bound: SSAValue | int) -> None:
    if isinstance(bound, int):
        printer.print_string(str(bound))
    else:
        printer.print_ssa_value(bound)


@irdl_op_definition
class InParallelOp(IRDLOperation):
    """The end of the body of :class:`ForallOp`: what each iteration puts into the outputs."""

    name = "scf.forall.in_parallel"

    body = region_def("single_block")
    traits = traits_def(IsTerminator(), NoTerminator(), HasParent(ForallOp))

    @classmethod
    @override
    def parse(cls, parser: Parser) -> Self:
        body = parser.parse_region()
        return cls.create(
            regions=[body if body.blocks else Region(Block())], attributes=parser.parse_optional_attr_dict()
        )

    @override
    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_region(self.body, print_empty_block=False)
        printer.print_op_attributes(self.attributes)
