"""``hetorch-run``: runs a program on inputs, on cleartext slots or encrypted on a library."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hetorch_heir.cli.common_options import add_common_options, add_message_options
from hetorch_heir.cli.messages import report_errors, warn
from hetorch_heir.cli.progress import progress_bar, show_progress
from hetorch_heir.core.errors import ProgramError, UsageError
from hetorch_heir.core.files import require_place
from hetorch_heir.core.progress import Timings, listening
from hetorch_heir.plugins import BACKENDS

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from hetorch_heir.backends.batch import Journal, Outputs
    from hetorch_heir.backends.recording import Program
    from hetorch_heir.backends.session import Session

PROGRAM = "hetorch-run"
COMMANDS = ("keygen", "encrypt", "eval", "decrypt")
KEPT_PLAINTEXTS = 1 << 30
"""Bytes of plaintexts that stay encoded between the samples of a batch."""


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Run a homomorphic-encryption program (hetorch, secret, ckks or openfhe dialect).",
        epilog="example: hetorch-run out.mlir --input x.npy --output y.npy --backend openfhe. With client and"
        f" server apart: hetorch-run {'|'.join(COMMANDS)} …; each has its own --help.",
    )
    parser.add_argument("program", help="MLIR file; - for standard input")
    parser.add_argument(
        "-i", "--input", action="append", required=True, metavar="X.npy", help="an input; repeat for more"
    )
    parser.add_argument(
        "-o", "--output", type=output_file, metavar="Y", help="write the outputs (.npy, or .npz for several)"
    )
    parser.add_argument("--json", action="store_true", help="print outputs and operation counts as JSON")
    add_common_options(parser, completed=_with_commands)
    add_message_options(parser)
    parser.add_argument(
        "--strict", action="store_true", help="fail if an activation's input leaves its range"
    )
    add_backend_options(parser, default="fake")
    parser.add_argument(
        "--batch", action="store_true", help="the first axis of every input counts samples; needs --output"
    )
    return parser


def output_file(text: str) -> Path:
    """The file for outputs that an argument names."""
    if text == "-":
        raise argparse.ArgumentTypeError("arrays are not written to standard output: name a file")
    return Path(text)


def _with_commands() -> argparse.ArgumentParser:
    """A parser that knows the options of all commands, for completion."""
    from hetorch_heir.cli import run_apart

    plain = make_parser()
    parser = argparse.ArgumentParser(prog=PROGRAM)
    commands = parser.add_subparsers()
    for command in COMMANDS:
        own = run_apart.make_parser(command)
        commands.add_parser(command, parents=[own], add_help=False, help=own.description)
    for action in plain._actions:
        if action.option_strings and "--help" not in action.option_strings:
            parser._add_action(action)
    return parser


def add_backend_options(parser: argparse.ArgumentParser, default: str) -> None:
    """The options of everything that executes programs."""
    group = parser.add_argument_group("backend")
    group.add_argument(
        "--backend",
        choices=BACKENDS,
        default=default,
        metavar="NAME",
        help=f"fake: cleartext slots; openfhe, seal, tenseal: encrypted; or a plug-in's (default: {default})",
    )
    group.add_argument(
        "--python", metavar="PYTHON", help="the Python that has the library; searched if left out"
    )
    group.add_argument(
        "--check", action="store_true", help="compare every ciphertext's level and scale with its type"
    )
    group.add_argument(
        "--insecure", action="store_true", help="accept parameters of less than 128-bit security"
    )
    group.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (batches) or threads")


def main(arguments: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words and words[0] in COMMANDS:
        from hetorch_heir.cli.run_apart import main as run_apart

        return run_apart(words[0], words[1:])
    options = make_parser().parse_args(words)
    return report_errors(PROGRAM, lambda: with_progress(options, _run))


def with_progress(options: argparse.Namespace, run: Callable[[argparse.Namespace], int]) -> int:
    """Run a command, with progress shown and time measured as its options say."""
    timings = Timings()
    with show_progress(quiet=options.quiet), listening(timings):
        code = run(options)
    if options.verbose:
        print(timings.table(), file=sys.stderr)
    return code


def _run(options: argparse.Namespace) -> int:
    if options.jobs < 1:
        raise UsageError(f"--jobs {options.jobs}: at least one is needed")
    if options.batch and not options.output:
        raise UsageError("--batch needs --output, beside which finished samples are kept")
    if options.output:
        require_place(options.output)
    inputs = [load_array(Path(name)) for name in options.input]
    if options.batch:
        outputs, report = _run_batch(options, inputs)
    else:
        outputs, report = _runner(options.backend)(options, inputs)
    if options.output:
        write_arrays(options.output, outputs)
    if options.json:
        print(json.dumps({"outputs": [_json_values(output) for output in outputs], **report}))
    elif not options.output:
        with np.printoptions(precision=6, suppress=True, threshold=100):
            for output in outputs:
                print(output)
    return 0


def _json_values(array: np.ndarray[Any, Any]) -> Any:
    """The values as nested lists; null for those that JSON doesn't have."""
    values = array.astype(object)
    values[~np.isfinite(array)] = None
    return values.tolist()


Report = dict[str, Any]


def _runner(backend: str) -> Callable[[argparse.Namespace, Outputs], tuple[Outputs, Report]]:
    from hetorch_heir.backends.choice import is_library

    if backend == "fake":
        return _run_in_the_clear
    return _run_encrypted if is_library(backend) else _run_by_operations


def _run_in_the_clear(options: argparse.Namespace, inputs: Outputs) -> tuple[Outputs, Report]:
    from hetorch_heir.backends.integer_programs import IntegerProgram, load_program
    from hetorch_heir.interpreter.program import execute

    module, folder, text = read_program(options.program)
    if any(op.dialect_name() == "openfhe" for op in module.walk()):
        program = load_program(module, folder, text)
        if isinstance(program, IntegerProgram):
            program.interpret(inputs)  # says that it can't be
        module = program.module  # without what only OpenFHE's hosts do
    with progress_bar("evaluation"):
        run = execute(module, inputs, resource_dir=folder)
    violations = [str(one) for one in (*run.range_violations, run.overflow) if one is not None]
    tell_of_ranges(violations, strict=options.strict)
    return run.outputs, {"operations": dict(run.counts), "out_of_range": violations}


def tell_of_ranges(violations: Sequence[str], *, strict: bool) -> None:
    """Warn of activations that leave their range, or fail.

    Raises:
        ProgramError: there are such, and ``strict`` is set.
    """
    if violations and strict:
        raise ProgramError(
            "; ".join(violations), hint="export with calibration data that covers such inputs (--calibrate)"
        )
    for violation in violations:
        warn(PROGRAM, violation)


def check_ranges(program: Program, samples: Sequence[Outputs], *, strict: bool) -> list[str]:
    """Tell of the samples that drive activations out of their ranges, before they are encrypted.

    Raises:
        ProgramError: the inputs don't fit, or lead to values that the modulus has no room for; or
            activations leave their ranges, and ``strict`` is set.
    """
    found: list[str] = []
    for number, inputs in enumerate(samples):
        prefix = f"sample {number}: " if len(samples) > 1 else ""
        try:
            found += [prefix + violation for violation in program.range_violations(inputs)]
        except ProgramError as error:
            raise ProgramError(prefix + error.what, where=error.where, hint=error.hint) from error
    tell_of_ranges(found, strict=strict)
    return found


def _run_encrypted(options: argparse.Namespace, inputs: Outputs) -> tuple[Outputs, Report]:
    from hetorch_heir.backends.connection import connect
    from hetorch_heir.backends.session import Session

    program = open_program(options.program)
    parameters = program.parameters(insecure=options.insecure)
    _warn_if_insecure(parameters.secure)
    violations = check_ranges(program, [inputs], strict=options.strict)
    with connect(options.backend, options.python, threads=options.jobs) as connection:
        session = Session(connection, options.backend, program, parameters)
        with progress_bar("keys") as report:
            session.generate_keys(report)
        with progress_bar("evaluation") as report:
            outputs = session.run([inputs], check=options.check, report=report)[0]
        return outputs, {**_summary(session), "out_of_range": violations}


def _run_by_operations(options: argparse.Namespace, inputs: Outputs) -> tuple[Outputs, Report]:
    from hetorch_heir.backends.choice import backend_domain

    program = open_program(options.program)
    violations = check_ranges(program, [inputs], strict=options.strict)
    domain = backend_domain(options.backend, program, insecure=options.insecure)
    with progress_bar("evaluation"):
        outputs = program.run_on(domain, inputs)
    return outputs, {"operations": dict(domain.counts), "out_of_range": violations}


def _run_batch(options: argparse.Namespace, inputs: Outputs) -> tuple[Outputs, Report]:
    from hetorch_heir.backends.batch import Journal, digest_of, samples_of
    from hetorch_heir.backends.choice import is_library

    samples = samples_of(inputs)
    program = open_program(options.program)
    folder = Path(f"{options.output}.partial")
    journal = Journal(folder, digest_of(program.digest, options.backend, inputs))
    run = _batch_encrypted if is_library(options.backend) else _batch_in_turn
    outputs, report = run(options, program, samples, journal)
    write_arrays(options.output, outputs)
    journal.remove()
    return outputs, report


def _batch_in_turn(
    options: argparse.Namespace, program: Program, samples: list[Outputs], journal: Journal
) -> tuple[Outputs, Report]:
    """In the clear, or on a backend that takes one operation at a time."""
    from hetorch_heir.backends.batch import run_batch
    from hetorch_heir.backends.choice import backend_domain

    violations: list[str] = []
    domain = None
    if options.backend != "fake":
        domain = backend_domain(options.backend, program, insecure=options.insecure)

    def run(samples: Sequence[Sequence[np.ndarray[Any, Any]]]) -> list[Outputs]:
        results = [program.interpret(inputs) for inputs in samples]
        violations.extend(one for _, found in results for one in found)
        if domain is not None:
            return [program.run_on(domain, inputs) for inputs in samples]
        return [outputs for outputs, _ in results]

    with progress_bar("samples") as progress:
        outputs = run_batch(samples, journal, [run], progress=progress)
    tell_of_ranges(violations, strict=options.strict)
    return outputs, {"out_of_range": violations}


def _batch_encrypted(
    options: argparse.Namespace, program: Program, samples: list[Outputs], journal: Journal
) -> tuple[Outputs, Report]:
    from hetorch_heir.backends.batch import run_batch, session_runners
    from hetorch_heir.backends.connection import connect
    from hetorch_heir.backends.session import Session

    lanes = program.lanes_for(len(samples))
    parameters = program.parameters(lanes=lanes, insecure=options.insecure)
    _warn_if_insecure(parameters.secure)
    violations = check_ranges(program, samples, strict=options.strict)
    with connect(options.backend, options.python, worker=options.jobs > 1) as connection:
        session = Session(
            connection, options.backend, program, parameters, plaintext_bytes=KEPT_PLAINTEXTS // options.jobs
        )
        with progress_bar("keys") as report:
            session.generate_keys(report)
        jobs = min(options.jobs, -(-len(samples) // lanes))
        with (
            session_runners(session, jobs, check=options.check) as runners,
            progress_bar("samples") as progress,
        ):
            outputs = run_batch(
                samples, journal, runners, lanes=lanes, progress=progress, abort=connection.close
            )
        return outputs, {**_summary(session), "samples_per_ciphertext": lanes, "out_of_range": violations}


def _warn_if_insecure(secure: bool) -> None:
    if not secure:
        warn(PROGRAM, "these parameters have less than 128-bit security")


def _summary(session: Session) -> Report:
    from hetorch_heir.backends.session import operation_counts

    seconds = session.seconds
    context, _ = session.connection.call("describe")
    return {
        "operations": dict(operation_counts(session.load())),
        "seconds": {
            "keys": seconds.keys,
            "encryption": seconds.encryption,
            "evaluation": seconds.evaluation,
            "decryption": seconds.decryption,
        },
        "library_seconds": dict(seconds.calls),
        "context": {**context, "secure": session.parameters.secure},
    }


def open_program(name: str) -> Program:
    """The program in a file, ready to be executed.

    Raises:
        ProgramError: the file can't be read, or holds no program.
    """
    from hetorch_heir.backends.integer_programs import load_program

    module, folder, text = read_program(name)
    return load_program(module, folder, text)


def read_program(name: str) -> tuple[ModuleOp, Path, str]:
    """The module in a file, the folder of its resources, and its text."""
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
        with progress_bar("read"):
            module = parse_module(text, name)
            module.verify()
    except (ParseError, VerifyException) as error:
        raise ProgramError(f"{name} is not a valid program: {error}") from error
    return module, Path() if name == "-" else path.parent, text


def load_array(path: Path) -> np.ndarray[Any, Any]:
    """The numbers in a .npy file.

    Raises:
        ProgramError: the file can't be read, or holds something else.
    """
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ProgramError(f"can't read input {path}: {error}", hint="save it with numpy.save") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iuf":
        raise ProgramError(
            f"input {path} is not an array of real numbers", hint="save one array with numpy.save"
        )
    return array


def write_arrays(path: Path, outputs: list[np.ndarray[Any, Any]]) -> None:
    """Write arrays to a .npy file, or several to a .npz file."""
    from hetorch_heir.core.files import write_files

    stream = io.BytesIO()
    if len(outputs) == 1:
        np.save(stream, outputs[0])
    else:
        np.savez(stream, *outputs)
    write_files({path: stream.getvalue()})


if __name__ == "__main__":
    sys.exit(main())
