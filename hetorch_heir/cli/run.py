"""``hetorch-run``: interprets a program on inputs, on cleartext slots."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import hetorch_heir
from hetorch_heir.cli.messages import report_errors
from hetorch_heir.core.errors import ProgramError

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

PROGRAM = "hetorch-run"


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Run a homomorphic-encryption program (hetorch, secret, ckks or openfhe dialect).",
        epilog="example: hetorch-run out.mlir --input x.npy --output y.npy",
    )
    parser.add_argument("program", help="MLIR file; - for standard input")
    parser.add_argument(
        "-i", "--input", action="append", required=True, metavar="X.npy", help="an input; repeat for more"
    )
    parser.add_argument("-o", "--output", metavar="Y", help="write the outputs (.npy, or .npz for several)")
    parser.add_argument("--json", action="store_true", help="print outputs and operation counts as JSON")
    parser.add_argument("--version", action="version", version=f"%(prog)s {hetorch_heir.__version__}")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    return report_errors(PROGRAM, lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    from hetorch_heir.interpreter.program import execute

    inputs = [_load_array(Path(name)) for name in options.input]
    module, folder = _load_program(options.program)
    run = execute(module, inputs, resource_dir=folder)
    if options.output:
        _write(Path(options.output), run.outputs)
    if options.json:
        outputs = [output.tolist() for output in run.outputs]
        print(json.dumps({"outputs": outputs, "operations": dict(run.counts)}))
    elif not options.output:
        with np.printoptions(precision=6, suppress=True, threshold=100):
            for output in run.outputs:
                print(output)
    return 0


def _load_program(name: str) -> tuple[ModuleOp, Path]:
    from he_dialects.parsing import parse_module
    from xdsl.utils.exceptions import ParseError, VerifyException

    path = Path(name)
    try:
        text = sys.stdin.read() if name == "-" else path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ProgramError(
            f"can't read program {name}: {error}",
            hint="give an MLIR file written by hetorch-export or heir-opt",
        ) from error
    if "!lattigo." in text:
        raise ProgramError(
            f"{name} is lowered to Lattigo's dialect, which is not interpreted",
            hint="run the program before lowering, or lower it to openfhe",
        )
    try:
        module = parse_module(text, name)
        module.verify()
    except (ParseError, VerifyException) as error:
        raise ProgramError(f"{name} is not a valid program: {error}") from error
    return module, Path() if name == "-" else path.parent


def _load_array(path: Path) -> np.ndarray[Any, Any]:
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ProgramError(f"can't read input {path}: {error}", hint="save it with numpy.save") from error
    if not isinstance(array, np.ndarray) or not np.issubdtype(array.dtype, np.number):
        raise ProgramError(f"input {path} is not an array of numbers", hint="save one array with numpy.save")
    return array


def _write(path: Path, outputs: list[np.ndarray[Any, Any]]) -> None:
    from hetorch_heir.core.files import write_files

    stream = io.BytesIO()
    if len(outputs) == 1:
        np.save(stream, outputs[0])
    else:
        np.savez(stream, *outputs)
    write_files({path: stream.getvalue()})


if __name__ == "__main__":
    sys.exit(main())
