"""The interpreter proper: it runs the operations of a module one by one over a domain of values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from he_dialects.locations import place_of
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.interpreter import (
    Interpreter,
    InterpreterFunctions,
    PythonValues,
    ReturnedValues,
    impl,
    register_impls,
)
from xdsl.ir import Block, Operation, Region, SSAValue

from hetorch_heir.core.errors import HETorchError, ProgramError
from hetorch_heir.interpreter.domain import Domain

FUNCTION_CLASSES = {
    "arith": "hetorch_heir.interpreter.arith:ArithFunctions",
    "func": "hetorch_heir.interpreter.control:FuncFunctions",
    "affine": "hetorch_heir.interpreter.affine:AffineFunctions",
    "scf": "hetorch_heir.interpreter.control:ScfFunctions",
    "tensor": "hetorch_heir.interpreter.tensor:TensorFunctions",
    "preprocessing": "hetorch_heir.interpreter.resources:PreprocessingFunctions",
    "hetorch": "hetorch_heir.interpreter.hetorch:HETorchFunctions",
    "secret": "hetorch_heir.interpreter.secret:SecretFunctions",
    "mgmt": "hetorch_heir.interpreter.secret:MgmtFunctions",
    "tensor_ext": "hetorch_heir.interpreter.secret:TensorExtFunctions",
    "lwe": "hetorch_heir.interpreter.ckks:LWEFunctions",
    "ckks": "hetorch_heir.interpreter.ckks:CKKSFunctions",
    "kernel": "hetorch_heir.interpreter.kernel:KernelFunctions",
    "openfhe": "hetorch_heir.interpreter.openfhe:OpenFHEFunctions",
    "key_mgmt": "hetorch_heir.interpreter.key_memory:KeyMgmtFunctions",
}
"""The class that implements each dialect's operations, imported when the first of them is met."""


class MachineFunctions(InterpreterFunctions):
    """Implementations of a dialect's operations, in terms of a machine and its domain."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    @property
    def domain(self) -> Domain[Any]:
        return self.machine.domain


Implementation = Callable[..., Any]


def functions_from_table(
    name: str, table: dict[type[Operation], Callable[..., Any]]
) -> type[MachineFunctions]:
    """Implementations that only depend on the operands: one Python function per operation."""

    def lift(function: Callable[..., Any]) -> Implementation:
        return lambda _functions, _interpreter, _op, args: (function(*args),)

    members = {op.__name__: impl(op)(lift(function)) for op, function in table.items()}
    return register_impls(type(name, (MachineFunctions,), members))


@dataclass(frozen=True, slots=True)
class _Step:
    """One operation of a block, with what is needed to run it."""

    op: Operation
    operands: tuple[SSAValue, ...]
    results: tuple[SSAValue, ...]
    dead: tuple[SSAValue, ...]
    """Values of the block that no later operation uses."""


class Machine(Interpreter):
    """Runs functions of a module.

    In contrast to xDSL's interpreter it forgets values after their last use, since a ciphertext is
    hundreds of kilobytes, and reports errors with the operation's location instead of the whole module.

    Args:
        module: the program; it has to be verified.
        domain: what ciphertexts are.
        resource_dir: folder that ``preprocessing.load_resource`` paths are relative to.

    Attributes:
        counts: how often each operation was run, by name; operations in loops that only move numbers
            (packing of inputs, say) aren't counted.
    """

    def __init__(self, module: ModuleOp, domain: Domain[Any], *, resource_dir: Path = Path()) -> None:
        super().__init__(module)
        self.domain = domain
        self.resource_dir = resource_dir
        self.counts: Counter[str] = Counter()
        self._values: dict[SSAValue, Any] = {}
        self._steps: dict[Block, tuple[_Step, ...]] = {}
        self._loaded: set[str] = set()
        self._functions: dict[str, func.FuncOp] = {
            op.sym_name.data: op for op in module.ops if isinstance(op, func.FuncOp)
        }

    @property
    def functions(self) -> dict[str, func.FuncOp]:
        """The module's functions by name."""
        return self._functions

    def call(self, name: str, args: PythonValues) -> PythonValues:
        """Run the function ``name``.

        Raises:
            ProgramError: there is no such function, or an operation fails.
        """
        function = self._functions.get(name)
        if function is None or function.is_declaration:
            raise ProgramError(f"there is no function named {name!r} with a body")
        if len(args) != len(function.args):
            raise ProgramError(f"function {name!r} takes {len(function.args)} arguments, got {len(args)}")
        return self.run_ssacfg_region(function.body, args, name)

    def get_values(self, values: Iterable[SSAValue]) -> PythonValues:
        return tuple(self._values[value] for value in values)

    def set_values(self, pairs: Iterable[tuple[SSAValue, Any]]) -> None:
        self._values.update(pairs)

    def run_ssacfg_region(self, region: Region, args: PythonValues, name: str = "unknown") -> PythonValues:
        """Run a region of one block; the values that its terminator returns."""
        block = region.blocks.first
        if block is None or block is not region.blocks.last:
            raise ProgramError(f"a region of {len(region.blocks)} blocks can't be run, only one of one block")
        values = self._values
        values.update(zip(block.args, args, strict=True))
        for step in self._steps_of(block):
            result = self._run_op(step.op, tuple([values[operand] for operand in step.operands]))
            if (terminator := result.terminator_value) is not None:
                if not isinstance(terminator, ReturnedValues):
                    raise ProgramError(f"{step.op.name} jumps between blocks", where=location_of(step.op))
                return terminator.values
            values.update(zip(step.results, result.values, strict=True))
            for value in step.dead:
                del values[value]
        return ()

    def replace_functions(self, dialect: str, functions: InterpreterFunctions) -> None:
        """Use ``functions`` for the operations of ``dialect`` from now on."""
        self._loaded.add(dialect)
        self.register_implementations(functions, override=True)

    def _steps_of(self, block: Block) -> tuple[_Step, ...]:
        steps = self._steps.get(block)
        if steps is None:
            steps = self._steps[block] = _plan(block)
        return steps

    def _run_op(self, op: Operation, inputs: PythonValues) -> Any:
        self.counts[op.name] += 1
        # The public entry point, Interpreter.run_op, prints the whole module when an operation fails.
        implementations = self._impls._impl_dict  # pyright: ignore[reportPrivateUsage]
        if type(op) not in implementations:
            self._load_functions(op)
        functions, implementation = implementations[type(op)]
        try:
            result = implementation(functions, self, op, inputs)
            for listener in self.listeners:
                listener.did_interpret_op(op, result.values)
        except ProgramError as error:
            if error.where is not None:
                raise
            raise ProgramError(f"{op.name}: {error.what}", where=location_of(op), hint=error.hint) from error
        except HETorchError:
            raise
        except Exception as error:
            raise ProgramError(f"{op.name} failed: {error}", where=location_of(op)) from error
        return result

    def _load_functions(self, op: Operation) -> None:
        dialect = op.dialect_name()
        if dialect in FUNCTION_CLASSES and dialect not in self._loaded:
            self._loaded.add(dialect)
            module, _, name = FUNCTION_CLASSES[dialect].partition(":")
            self.register_implementations(getattr(import_module(module), name)(self))
        implementations = self._impls._impl_dict  # pyright: ignore[reportPrivateUsage]
        # `he_dialects` extends operations of xDSL; what runs one runs its extension.
        for extended in type(op).__mro__:
            if extended in implementations:
                implementations[type(op)] = implementations[extended]
                return
        raise ProgramError(f"{op.name} can't be interpreted", where=location_of(op))


def _plan(block: Block) -> tuple[_Step, ...]:
    """The operations of a block with, for each, the values that it is the last to use."""
    local: set[SSAValue] = set(block.args)
    for op in block.ops:
        local.update(op.results)
    seen: set[SSAValue] = set()
    steps: list[_Step] = []
    for op in reversed(tuple(block.ops)):
        used = {operand for inner in op.walk() for operand in inner.operands if operand in local}
        dead = (used | set(op.results)) - seen
        seen |= used
        steps.append(_Step(op, tuple(op.operands), tuple(op.results), tuple(dead)))
    return tuple(reversed(steps))


def location_of(op: Operation) -> str:
    """Where an operation is, for a message: ``file:line:column`` if known, or else its text."""
    return place_of(op) or str(op).split("\n", 1)[0][:200]
