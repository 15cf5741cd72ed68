"""Compilation to Python of ``scf.for`` loops that only move and compute numbers.

A client's packing function visits every slot with a handful of operations on indices and one insertion.
Interpreted one by one, 32768 iterations take a second and copy the tensor at each insertion; as one Python
function they take hundredths, and the tensor is updated in place where nothing can notice.

    %p = scf.for %s = %c0 to %c4096 step %c1 iter_args(%acc = %zero) -> (tensor<4096xf32>) {
      %e = arith.remsi %s, %c784 : index
      %v = tensor.extract %x[%e] : tensor<784xf32>
      %t = tensor.insert %v into %acc[%s] : tensor<4096xf32>
      scf.yield %t : tensor<4096xf32>
    }

becomes

    def loop(v0, v1, v2, v3, v4, v5):
        v6 = v3.copy()
        for v7 in range(v0, v1, v2):
            v8 = f0(v7, v4)
            v9 = v5[at(v8)]
            v10 = v6
            v10[at(v7)] = v9
            v6 = v10
        return (v6,)

or, as iterations of this one don't depend on each other, operations on arrays, see :mod:`.vector_loops`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Block, BlockArgument, Operation, OpResult, Region, SSAValue

from hetorch_heir.core.errors import ProgramError
from hetorch_heir.interpreter.arith import (
    CONVERSIONS,
    FLOAT_OPERATIONS,
    INTEGER_OPERATIONS,
    comparison_of,
)
from hetorch_heir.interpreter.arrays import constant_value, dtype_of, element_type_of
from hetorch_heir.interpreter.vector_loops import DIVISIONS, arange, at_all, divisor, fills_a_tensor


@dataclass(frozen=True, slots=True)
class CompiledLoop:
    """A loop as a Python function."""

    run: Callable[..., tuple[Any, ...]]
    """Takes the operands of the loop, then the values of ``captured``; returns the loop's results."""

    captured: tuple[SSAValue, ...]
    """The values that the body uses from outside."""


def compile_loop(op: scf.ForOp) -> CompiledLoop | None:
    """The compiled loop, or None if there are operations in it that can't be compiled."""
    if not all(_is_compilable(inner) for inner in op.body.walk()):
        return None
    return _Writer(op).compile()


def _is_compilable(op: Operation) -> bool:
    values = (*op.operands, *op.results)
    if any(dtype_of(element_type_of(value.type)).kind == "O" for value in values):
        return False
    match op:
        case tensor.ExtractOp() | tensor.InsertOp() | arith.ConstantOp():
            return True
        case scf.ForOp() | scf.IfOp() | scf.YieldOp():
            return True
        case _:
            scalars = not any(isinstance(value.type, TensorType) for value in values)
            return scalars and op.name in _SCALAR_OPERATIONS


# By name, since the dialects of `he_dialects` extend operations of xDSL.
_FUNCTIONS = {op.name: function for op, function in (INTEGER_OPERATIONS | FLOAT_OPERATIONS).items()}
_SCALAR_OPERATIONS = {
    *(op.name for op in (arith.CmpiOp, arith.SelectOp, *CONVERSIONS)),
    *_FUNCTIONS,
}


def at(index: int) -> int:
    """``index``, which must not be negative: Python would count it from the end."""
    if index < 0:
        raise ProgramError(f"index {index} is outside a tensor")
    return index


_VECTOR_OBJECTS: dict[str, Any] = {"at_all": at_all, "arange": arange, "divisor": divisor}


@dataclass
class _Writer:
    """Writes the function's source text, line by line."""

    loop: scf.ForOp
    lines: list[str] = field(default_factory=list[str])
    names: dict[SSAValue, str] = field(default_factory=dict[SSAValue, str])
    objects: dict[str, Any] = field(default_factory=lambda: {"at": at, "range": range} | _VECTOR_OBJECTS)
    """What the text refers to by name: functions and constants."""
    vector: bool = False
    """Whether values stand for those of all iterations of the innermost loop."""

    def compile(self) -> CompiledLoop:
        captured = tuple(dict.fromkeys(_captured(self.loop.body)))
        self.order = {op: position for position, op in enumerate(self.loop.walk())}
        parameters = [self.name(value) for value in (*self.loop.operands, *captured)]
        # One value may be passed as several operands: parameters need names of their own.
        unique = [f"{name}_{i}" if name in parameters[:i] else name for i, name in enumerate(parameters)]
        results = self.write_for(self.loop, 1)
        text = "\n".join(
            [
                f"def loop({', '.join(unique)}):",
                *self.lines,
                f"    return ({''.join(f'{result}, ' for result in results)})",
            ]
        )
        exec(text, self.objects)  # the text is made of our own names only
        return CompiledLoop(self.objects["loop"], captured)

    def name(self, value: SSAValue) -> str:
        return self.names.setdefault(value, f"v{len(self.names)}")

    def constant(self, value: Any) -> str:
        name = f"f{len(self.objects)}"
        self.objects[name] = value
        return name

    def write(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)

    def write_for(self, op: scf.ForOp, depth: int) -> list[str]:
        """Write a loop; the names of its results, which are those of the values that it carries."""
        index, *carried = op.body.block.args
        for argument, initial in zip(carried, op.iter_args, strict=True):
            self.write(depth, f"{self.name(argument)} = {self.taken(initial, op)}")
        lower, upper, step = self.name(op.lb), self.name(op.ub), self.name(op.step)
        if fills_a_tensor(op):
            self.write(depth, f"{self.name(index)} = arange({lower}, {upper}, {step})")
            self.vector = True
            yielded = self.write_block(op.body.block, depth)
            self.vector = False
            return yielded
        self.write(depth, f"for {self.name(index)} in range({lower}, {upper}, {step}):")
        yielded = self.write_block(op.body.block, depth + 1)
        targets = [self.name(argument) for argument in carried]
        self.write(depth + 1, f"{', '.join(targets)} = {', '.join(yielded)}" if targets else "pass")
        return targets

    def write_block(self, block: Block, depth: int) -> list[str]:
        """Write the operations of a block; the expressions that it yields."""
        for op in block.ops:
            if isinstance(op, scf.YieldOp):
                return [self.taken(value, op) for value in op.operands]
            self.write_op(op, depth)
        return []

    def write_op(self, op: Operation, depth: int) -> None:
        match op:
            case scf.ForOp():
                results = self.write_for(op, depth)
                for result, name in zip(op.results, results, strict=True):
                    self.write(depth, f"{self.name(result)} = {name}")
            case scf.IfOp():
                self.write(depth, f"if {self.name(op.cond)}:")
                self.write_branch(op, op.true_region, depth + 1)
                self.write(depth, "else:")
                self.write_branch(op, op.false_region, depth + 1)
            case tensor.InsertOp():
                target = self.name(op.result)
                self.write(depth, f"{target} = {self.taken(op.dest, op)}")
                self.write(depth, f"{target}[{self.indices(op.indices)}] = {self.name(op.scalar)}")
            case tensor.ExtractOp():
                source = self.name(op.tensor)
                self.write(depth, f"{self.name(op.result)} = {source}[{self.indices(op.indices)}]")
            case _:
                self.write(depth, f"{self.name(op.results[0])} = {self.expression(op)}")

    def write_branch(self, op: scf.IfOp, region: Region, depth: int) -> None:
        yielded = self.write_block(region.block, depth) if region.blocks else []
        targets = [self.name(result) for result in op.results]
        self.write(depth, f"{', '.join(targets)} = {', '.join(yielded)}" if targets else "pass")

    def indices(self, values: Any) -> str:
        check = "at_all" if self.vector else "at"
        return ", ".join(f"{check}({self.name(value)})" for value in values) or "()"

    def expression(self, op: Operation) -> str:
        arguments = [self.name(operand) for operand in op.operands]
        if self.vector and op.name in DIVISIONS:
            arguments[1] = f"divisor({arguments[1]})"
        match op:
            case arith.ConstantOp():
                return self.constant(constant_value(op.value))
            case arith.SelectOp():
                condition, x, y = arguments
                return f"{x} if {condition} else {y}"
            case arith.CmpiOp():
                function = comparison_of(op)
            case _ if isinstance(op, CONVERSIONS):
                function = dtype_of(element_type_of(op.results[0].type)).type
            case _:
                function = _FUNCTIONS[op.name]
        return f"{self.constant(function)}({', '.join(arguments)})"

    # Tensors are updated in place where the old value can't be seen any more, and copied otherwise.

    def taken(self, value: SSAValue, user: Operation) -> str:
        """An expression for ``value`` where ``user`` may change it or pass it on to what may."""
        name = self.name(value)
        if not isinstance(value.type, TensorType) or (self.is_own(value) and self.is_last_use(value, user)):
            return name
        return f"{name}.copy()"

    def is_own(self, value: SSAValue) -> bool:
        """Whether the array was made inside the loop, directly or by a copy."""
        owner = value.owner
        if isinstance(value, BlockArgument):
            return self.loop.is_ancestor(owner)
        return (
            isinstance(value, OpResult)
            and owner is not self.loop
            and self.loop.is_ancestor(owner)
            and isinstance(owner, tensor.InsertOp | scf.ForOp | scf.IfOp)
        )

    def is_last_use(self, value: SSAValue, user: Operation) -> bool:
        if _innermost_loop(user) is not _innermost_loop(value.owner):
            return False
        uses = [use.operation for use in value.uses]
        return uses.count(user) == 1 and all(
            self.order[other] < self.order[user] or _are_exclusive(other, user)
            for other in uses
            if other is not user
        )


def _captured(region: Region) -> Iterator[SSAValue]:
    for op in region.walk():
        for operand in op.operands:
            if not region.is_ancestor(operand.owner):
                yield operand


def _innermost_loop(owner: Operation | Block) -> Operation | None:
    node = owner.parent_op()
    while node is not None and not isinstance(node, scf.ForOp):
        node = node.parent_op()
    return node


def _are_exclusive(first: Operation, second: Operation) -> bool:
    """Whether the operations are in different branches of one ``scf.if``."""
    branches = dict(_branches(first))
    return any(branches.get(op, region) is not region for op, region in _branches(second))


def _branches(op: Operation) -> Iterator[tuple[scf.IfOp, Region]]:
    region = op.parent_region()
    while region is not None and (parent := region.parent) is not None:
        if isinstance(parent, scf.IfOp):
            yield parent, region
        region = parent.parent_region()
