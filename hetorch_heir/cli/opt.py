"""``hetorch-opt``: xdsl-opt with the dialects and passes of this project.

It differs from ``xdsl-opt`` with our plug-ins in that our dialects replace xDSL's of the same name, types
print as aliases, constants print in hex, and an error is one line with its place in the file.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import IO

from he_dialects.locations import describe_failure
from he_dialects.parsing import LocatingParser
from he_dialects.printing import print_module
from he_dialects.universe import PASSES as DIALECT_PASSES
from he_dialects.universe import register_dialects
from typing_extensions import override
from xdsl.dialects.builtin import ModuleOp
from xdsl.universe import XDSL_UNIVERSE
from xdsl.utils.arg_spec import parse_pipeline
from xdsl.utils.exceptions import (
    ArgSpecParseError,
    DiagnosticException,
    ParseError,
    PassFailedException,
    UnregisteredConstructException,
    VerifyException,
)
from xdsl.utils.lexer import Input, Span
from xdsl.xdsl_opt_main import xDSLOptMain

from hetorch_heir.cli.common_options import add_common_options
from hetorch_heir.cli.messages import report_errors
from hetorch_heir.conversions.universe import PASSES

PROGRAM = "hetorch-opt"


class _Buffer(StringIO):
    """Text that outlives its closing by the driver."""

    @override
    def close(self) -> None: ...


class HETorchOpt(xDSLOptMain):
    """The driver, with our dialects and passes known whether or not the package is installed."""

    module: ModuleOp | None = None
    """The module being worked on, for messages."""

    output: _Buffer | None = None
    """What is written to the output file once all went well."""

    @override
    def register_all_dialects(self) -> None:
        register_dialects(self.ctx)

    @override
    def register_all_passes(self) -> None:
        for name, load in {**XDSL_UNIVERSE.all_passes, **DIALECT_PASSES, **PASSES}.items():
            self.register_pass(name, load)

    @override
    def register_all_targets(self) -> None:
        self.available_targets.update(XDSL_UNIVERSE.all_targets)

    @override
    def register_all_frontends(self) -> None:
        def parse(stream: IO[bytes]) -> ModuleOp:
            name = self.get_input_name()
            parser = LocatingParser(self.ctx, _decoded(stream.read(), name), name)
            return parser.parse_module(not self.args.no_implicit_module)

        self.available_frontends["mlir"] = parse

    @override
    def register_all_arguments(self, arg_parser: argparse.ArgumentParser) -> None:
        super().register_all_arguments(arg_parser)
        arg_parser.prog = PROGRAM
        # xDSL has options for versions too.
        group = arg_parser.add_argument_group("information", conflict_handler="resolve")
        add_common_options(group, lambda: self._completed(arg_parser), ("-v", "--version"))
        arg_parser.add_argument(
            "--print-local-scope",
            action="store_true",
            help="Print attributes and types in full instead of aliases.",
        )

    def _completed(self, arg_parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        """The parser with what its free text can be."""
        choices = {"passes": self.available_passes, "target": self.available_targets}
        for action in arg_parser._actions:
            action.choices = sorted(choices[action.dest]) if action.dest in choices else action.choices
            if action.dest == "output_file":
                action.metavar = "FILE"
        return arg_parser

    @override
    def setup_pipeline(self) -> None:
        names = [spec.name for spec in parse_pipeline(self.args.passes)]
        unknown = [name for name in names if name not in self.available_passes]
        if unknown:
            near = difflib.get_close_matches(unknown[0], self.available_passes)
            hint = f"did you mean {' or '.join(near)}?" if near else "--help lists the passes"
            raise ValueError(f"Unrecognized passes: {unknown}; {hint}")
        super().setup_pipeline()

    @override
    def parse_chunk(self, chunk: IO[bytes], file_extension: str, start_offset: int = 0) -> ModuleOp | None:
        self.module = super().parse_chunk(chunk, file_extension, start_offset)
        return self.module

    @override
    def get_input_stream(self) -> tuple[IO[bytes], str]:
        if self.args.input_file == "-":
            self.args.input_file = None
        return super().get_input_stream()

    @override
    def prepare_output(self) -> IO[str]:
        if self.args.output_file is None:
            return sys.stdout
        self.output = _Buffer()
        return self.output

    @override
    def run(self) -> None:
        super().run()
        if self.output is not None:
            target = Path(self.args.output_file)
            beside = target.with_name(f".{target.name}.{os.getpid()}")
            beside.write_text(self.output.getvalue())
            beside.replace(target)

    @override
    def output_resulting_program(self, prog: ModuleOp) -> str:
        if self.args.target != "mlir" or self.args.print_no_properties or self.args.syntax_highlight:
            return super().output_resulting_program(prog)
        text = StringIO()
        print_module(
            prog,
            text,
            generic=self.args.print_op_generic,
            locations=self.args.print_debuginfo,
            aliases=not self.args.print_local_scope,
        )
        return text.getvalue()


def _decoded(content: bytes, name: str) -> str:
    """The text of a file.

    Raises:
        ParseError: it isn't one.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        position = len(content[: error.start].decode())
        span = Span(position, position + 1, Input(content.decode(errors="replace"), name))
        raise ParseError(
            span, f"expected MLIR as UTF-8 text, but there is a byte {content[error.start]:#04x}"
        ) from error


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the driver; raises whatever is wrong with the input."""
    driver = HETorchOpt("xdsl-opt with the dialects and passes of hetorch-heir", arguments)
    try:
        driver.run()
    except VerifyException as error:
        if driver.module is None:
            raise
        raise VerifyException(describe_failure(driver.module, error)) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 if all went well, 1 with one line on standard error if the input is wrong."""
    return report_errors(PROGRAM, lambda: _main(arguments))


def _main(arguments: Sequence[str] | None) -> int:
    try:
        run(arguments)
    except ParseError as error:
        place, message = error.span.get_location(), " ".join(error.msg.split())
        print(f"{place}: error: {message}", file=sys.stderr)
    except VerifyException as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename}: error: {error.strerror}", file=sys.stderr)
    except ArgSpecParseError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
    except (
        DiagnosticException,
        PassFailedException,
        UnregisteredConstructException,
        ValueError,
    ) as error:
        print(f"error: {error}", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
