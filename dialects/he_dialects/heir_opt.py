"""The pass ``heir-opt``, which has HEIR's binary of that name transform the module.

    xdsl-opt f.mlir -p 'heir-opt{passes="--mlir-to-ckks=ciphertext-degree=1024 --scheme-to-openfhe"}'

turns

    func.func @f(%x: i32) -> i32 {
      %0 = arith.addi %x, %x : i32
      %1 = arith.addi %x, %x : i32
      %2 = arith.muli %0, %1 : i32
      return %2 : i32
    }

with ``heir-opt{passes="--cse"}`` into

    func.func @f(%x: i32) -> i32 {
      %0 = arith.addi %x, %x : i32
      %1 = arith.muli %0, %0 : i32
      return %1 : i32
    }
"""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import FileLineColLoc, ModuleOp, StringAttr, UnknownLoc
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter
from xdsl.utils.exceptions import ParseError, PassFailedException, VerifyException

from he_dialects.heir_tools import HEIR_OPT, HeirToolError, execute
from he_dialects.locations import describe_failure
from he_dialects.parsing import LocatingParser
from he_dialects.printing import module_text
from he_dialects.universe import register_dialects

OUTPUT_NAME = "<heir-opt>"
"""The file name in messages about what heir-opt printed."""


@dataclass(frozen=True)
class HeirOptPass(ModulePass):
    """Pipe the module through heir-opt, then read and verify what it prints.

    heir-opt is the one that ``executable`` names, else the environment variable ``HETORCH_HEIR_OPT``, else
    that of the package ``heir_py``, else that on the search path. It is started with a list of arguments,
    never through a shell. Operations whose place in the source is known keep it.

    Attributes:
        passes: heir-opt's options, separated by spaces as in a shell, or as a list of such strings. The two
            dashes in front of an option may be left out. An option with a space in it is put in single
            quotes: ``passes="'--mlir-to-ckks=ciphertext-degree=1024 plaintext-modulus=7' --cse"``.
        executable: the heir-opt to run, a path or a name on the search path.
        generic: whether to print the module in the generic syntax for heir-opt.

    Errors that heir-opt reports and goes on after, to exit with 0, are written to standard error.

    Raises:
        PassFailedException: heir-opt isn't found, crashed, or failed, with the errors that it reported; or
            what it printed can't be read, or breaks a rule of a dialect.
    """

    name = "heir-opt"

    passes: tuple[str, ...] = ()
    executable: str | None = None
    generic: bool = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        located = any(not isinstance(inner.location, UnknownLoc) for inner in op.walk())
        arguments = [*self._arguments(), *(["--mlir-print-debuginfo"] if located else [])]
        text = module_text(op, generic=self.generic)
        try:
            output = execute(HEIR_OPT, arguments, text, executable=self.executable)
        except HeirToolError as error:
            raise PassFailedException(_message(error)) from error
        for diagnostic in dict.fromkeys(output.diagnostics):
            print(f"heir-opt went on after: {diagnostic}", file=sys.stderr)
        _replace(op, _parse(ctx, output.text))

    def _arguments(self) -> list[str]:
        try:
            words = [word for options in self.passes for word in shlex.split(options)]
        except ValueError as error:
            raise PassFailedException(
                f"the passes {' '.join(self.passes)!r} can't be read: {error}"
            ) from error
        return [word if word.startswith("-") else f"--{word}" for word in words]


def _message(error: HeirToolError) -> str:
    """heir-opt's own errors if there are any."""
    if error.diagnostics:
        return "\n".join(["heir-opt failed:", *dict.fromkeys(map(str, error.diagnostics))])
    return error.what if error.hint is None else f"{error.what}\n  help: {error.hint}"


def _parse(ctx: Context, text: str) -> ModuleOp:
    register_dialects(ctx)  # heir-opt may make operations of any
    parser = LocatingParser(ctx, text, OUTPUT_NAME)
    try:
        module = parser.parse_module()
    except ParseError as error:
        place, message = error.span.get_location(), " ".join(error.msg.split())
        raise PassFailedException(f"{place}: error: can't read what heir-opt printed: {message}") from error
    try:
        module.verify()
    except VerifyException as error:
        raise PassFailedException(
            f"what heir-opt made is refused: {describe_failure(module, error)}"
        ) from error
    _forget_places_in_passing(module)
    return module


def _forget_places_in_passing(module: ModuleOp) -> None:
    """Drop the places in heir-opt's input and output, which nobody has seen."""
    for op in module.walk():
        arguments = (argument for region in op.regions for block in region.blocks for argument in block.args)
        for value in (op, *arguments):
            match value.location:
                case FileLineColLoc(filename=StringAttr(data="<stdin>" | "<heir-opt>")):
                    value.location = UnknownLoc()
                case _:
                    pass


def _replace(op: ModuleOp, new: ModuleOp) -> None:
    """Put the contents of ``new`` in the place of those of ``op``."""
    op.detach_region(op.body)
    op.add_region(Rewriter().move_region_contents_to_new_regions(new.body))
    op.attributes = new.attributes
    op.properties = new.properties
