"""``hetorch-run keygen``, ``encrypt``, ``eval`` and ``decrypt``: what client and server do, apart."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hetorch_heir.cli.common_options import VersionAction, add_message_options
from hetorch_heir.cli.messages import report_errors, warn
from hetorch_heir.cli.progress import progress_bar
from hetorch_heir.cli.run import (
    PROGRAM,
    check_ranges,
    load_array,
    open_program,
    output_file,
    with_progress,
    write_arrays,
)
from hetorch_heir.core.errors import ProgramError, UsageError
from hetorch_heir.core.files import require_place
from hetorch_heir.key_memory.byte_size import parse_bytes
from hetorch_heir.plugins import BACKENDS

if TYPE_CHECKING:
    from hetorch_heir.backends.recording import Program

Run = Callable[[argparse.Namespace], int]

DESCRIPTIONS = {
    "keygen": "Generate a program's keys: the secret one for the client, evaluation keys for the server.",
    "encrypt": "Encrypt inputs with the client's public key.",
    "eval": "Evaluate a program on ciphertexts, as the server: without the secret key.",
    "decrypt": "Decrypt results with the client's secret key.",
}


def make_parser(command: str) -> argparse.ArgumentParser:
    """The parser of one of the commands."""
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} {command}", description=DESCRIPTIONS[command])
    parser.add_argument("program", help="MLIR file")
    folder: dict[str, Any] = {"type": Path, "required": True, "metavar": "FOLDER"}
    if command != "eval":
        parser.add_argument("--client", help="the client's keys", **folder)
    if command in ("keygen", "eval"):
        parser.add_argument("--server", help="the server's keys", **folder)
    if command == "keygen":
        parser.add_argument(
            "--backend",
            choices=BACKENDS,
            default="openfhe",
            metavar="NAME",
            help="openfhe, seal, or a plug-in's library (default: openfhe)",
        )
        parser.add_argument(
            "--samples",
            type=int,
            default=1,
            metavar="N",
            help="samples that are to share a ciphertext: the next power of two, if there is room",
        )
        parser.add_argument(
            "--insecure", action="store_true", help="accept parameters of less than 128-bit security"
        )
        parser.add_argument("--json", action="store_true", help="print what was made as JSON")
    if command == "encrypt":
        parser.add_argument(
            "-i", "--input", action="append", required=True, metavar="X.npy", help="an input; repeat for more"
        )
        parser.add_argument(
            "--batch", action="store_true", help="the first axis of every input counts samples"
        )
        parser.add_argument("-o", "--output", help="for the ciphertexts", **folder)
        parser.add_argument(
            "--strict", action="store_true", help="fail if an activation's input will leave its range"
        )
    if command == "eval":
        parser.add_argument("--inputs", help="the ciphertexts", **folder)
        parser.add_argument("-o", "--output", help="for the ciphertexts of the results", **folder)
        parser.add_argument(
            "--public", action="append", default=[], metavar="I=X.npy", help="input I, which isn't encrypted"
        )
        parser.add_argument(
            "--check", action="store_true", help="compare every ciphertext's level and scale with its type"
        )
        parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes")
        parser.add_argument(
            "--together",
            type=int,
            default=1,
            metavar="N",
            help="evaluate N groups of ciphertexts in step: keys are loaded, and constants encoded, once for"
            " all of them, and there are N times as many ciphertexts in memory",
        )
        parser.add_argument(
            "--key-budget",
            type=parse_bytes,
            metavar="SIZE",
            help="keep at most so much of evaluation keys in memory (500MB, 2GiB …) and load the others from"
            " disk when they are needed",
        )
    if command == "decrypt":
        parser.add_argument("--inputs", help="the ciphertexts of the results", **folder)
        parser.add_argument(
            "-o", "--output", type=output_file, required=True, metavar="Y", help="the outputs (.npy or .npz)"
        )
        parser.add_argument("--batch", action="store_true", help="stack samples along a new first axis")
    parser.add_argument("--python", metavar="PYTHON", help="the Python that has the library")
    parser.add_argument("--version", action=VersionAction, help="show the versions of all that matters")
    add_message_options(parser)
    return parser


def main(command: str, arguments: Sequence[str]) -> int:
    """Run one of the commands."""
    options = make_parser(command).parse_args(arguments)
    return report_errors(PROGRAM, lambda: with_progress(options, COMMANDS[command]))


def _keygen(options: argparse.Namespace) -> int:
    from hetorch_heir.backends.choice import require_library
    from hetorch_heir.backends.connection import connect
    from hetorch_heir.backends.deployment import generate_keys
    from hetorch_heir.backends.session import Session

    require_library(options.backend)
    if options.samples < 1:
        raise UsageError(f"--samples {options.samples}: at least one is needed")
    if options.client.resolve().is_relative_to(options.server.resolve()):
        raise UsageError(
            f"the secret key in --client {options.client} would be within --server {options.server}",
            hint="name two folders side by side",
        )
    program = open_program(options.program)
    parameters = program.parameters(lanes=program.lanes_for(options.samples), insecure=options.insecure)
    if not parameters.secure:
        warn(PROGRAM, "these parameters have less than 128-bit security")
    with connect(options.backend, options.python) as connection:
        session = Session(connection, options.backend, program, parameters)
        with progress_bar("keys") as report:
            size = generate_keys(session, options.client, options.server, report)
    if options.json:
        folders = {"client": str(options.client), "server": str(options.server)}
        print(json.dumps({**folders, "evaluation_key_bytes": size, "secure": parameters.secure}))
    elif not options.quiet:
        megabytes = f"{size / 1e6:.1f} MB of evaluation keys"
        print(f"{options.client}: secret and public key; {options.server}: {megabytes}")
    return 0


def _encrypt(options: argparse.Namespace) -> int:
    from hetorch_heir.backends.batch import samples_of
    from hetorch_heir.backends.connection import connect
    from hetorch_heir.backends.deployment import key_owner, load_key, make_folder, save_group
    from hetorch_heir.backends.session import Session

    program = open_program(options.program)
    owner = key_owner(options.client, "public", program)
    inputs = [load_array(Path(name)) for name in options.input]
    samples = samples_of(inputs) if options.batch else [inputs]
    check_ranges(program, samples, strict=options.strict)
    make_folder(options.output)
    if any(options.output.glob("*.ct")):
        raise UsageError(f"there are ciphertexts in {options.output} already", hint="name a new folder")
    lanes = owner.parameters.lanes
    with connect(owner.library, options.python) as connection, progress_bar("samples") as report:
        session = Session(connection, owner.library, program, owner.parameters)
        load_key(connection, options.client, ("public", 0))
        for number, start in enumerate(range(0, len(samples), lanes)):
            group = samples[start : start + lanes]
            handles = session.encrypt(group)
            save_group(connection, owner, options.output, number, handles, "input", len(group))
            session.free(handles)
            if report is not None:
                report(min(start + lanes, len(samples)), len(samples))
    return 0


def _eval(options: argparse.Namespace) -> int:
    from hetorch_heir.backends.batch import share
    from hetorch_heir.backends.connection import connect
    from hetorch_heir.backends.deployment import (
        Group,
        group_paths,
        load_key,
        make_folder,
        read_groups,
        read_manifest,
        refuse_secret_keys,
        restored,
        save_group,
    )
    from hetorch_heir.backends.key_plans import plan_for_folder, send_plan
    from hetorch_heir.backends.session import Session

    for name in ("jobs", "together"):
        if (given := getattr(options, name)) < 1:
            raise UsageError(f"--{name} {given}: at least one is needed")
    beside = {Path.cwd(), Path(options.program).resolve().parent}
    refuse_secret_keys([options.server, options.inputs, options.output], beside)
    program = open_program(options.program)
    owner, keys = read_manifest(options.server, program)
    groups = read_groups(options.inputs, owner, "input")
    inputs = _public_inputs(options.public, program)
    make_folder(options.output)
    stream = program.record(inputs)
    results = len(stream.outputs)
    pending = [one for one in groups if not group_paths(options.output, one.number, results)[-1].exists()]
    if not pending:
        return 0
    batches = [
        pending[start : start + options.together] for start in range(0, len(pending), options.together)
    ]

    def run(session: Session, batch: Sequence[Group]) -> int:
        connection = session.connection
        with contextlib.ExitStack() as stack:
            inputs = [stack.enter_context(restored(connection, group)) for group in batch]
            results = session.evaluate_together(inputs, check=options.check)
            for group, outputs in zip(batch, results, strict=True):
                save_group(connection, owner, options.output, group.number, outputs, "output", group.count)
                session.free(outputs)
        return len(batch)

    with connect(owner.library, options.python, worker=options.jobs > 1) as connection:
        session = Session(connection, owner.library, program, owner.parameters)
        load_key(connection, options.server, ("public", 0))
        if options.key_budget is not None:
            plan = plan_for_folder(
                stream,
                owner.parameters.lanes,
                options.server,
                options.key_budget,
                repeated=len(batches) > options.jobs,
            )
            send_plan(connection, plan, options.server)
            keys = []
        with progress_bar("keys") as report:
            for number, key in enumerate(keys):
                load_key(connection, options.server, key)
                if report is not None:
                    report(number + 1, len(keys))
        session.load(inputs)
        sessions = [session, *(session.fork() for _ in range(min(options.jobs, len(batches)) - 1))]
        with progress_bar("evaluations") as report:
            done = len(groups) - len(pending)
            share(
                batches, sessions, run, total=len(groups), done=done, progress=report, abort=connection.close
            )
    return 0


def _public_inputs(given: Sequence[str], program: Program) -> list[np.ndarray[Any, Any]]:
    """The inputs of the model: those that ``--public`` gives, and zeros for the encrypted ones.

    Raises:
        UsageError: one is given that isn't public, or left out.
    """
    inputs, public = program.client.zeros(), program.client.public_inputs
    missing = set(public)
    for text in given:
        number, _, name = text.partition("=")
        if not number.isdigit() or int(number) >= len(inputs):
            raise UsageError(f"--public {text}: the program has inputs 0 to {len(inputs) - 1}")
        if int(number) not in public:
            raise UsageError(f"--public {text}: the program doesn't take input {number} in the clear")
        inputs[int(number)] = load_array(Path(name))
        missing.discard(int(number))
    if missing:
        first = min(missing)
        raise UsageError(
            f"input {first} isn't encrypted: the server has to know it", hint=f"give --public {first}=X.npy"
        )
    return inputs


def _decrypt(options: argparse.Namespace) -> int:
    from hetorch_heir.backends.connection import connect
    from hetorch_heir.backends.deployment import key_owner, load_key, read_groups, restored
    from hetorch_heir.backends.session import Session

    require_place(options.output)
    program = open_program(options.program)
    owner = key_owner(options.client, "secret", program)
    groups = read_groups(options.inputs, owner, "output")
    if not options.batch and sum(group.count for group in groups) > 1:
        raise UsageError("there are several samples", hint="give --batch: they are stacked")
    stream = program.record()
    samples: list[list[np.ndarray[Any, Any]]] = []
    with connect(owner.library, options.python) as connection:
        session = Session(connection, owner.library, program, owner.parameters)
        load_key(connection, options.client, ("secret", 0))
        for group in groups:
            with restored(connection, group) as handles:
                if len(handles) != len(stream.outputs):
                    raise ProgramError(f"the results of group {group.number} are those of another program")
                samples += session.decrypt(stream, handles, group.count)
    outputs = [np.stack(parts) for parts in zip(*samples, strict=True)] if options.batch else samples[0]
    write_arrays(options.output, outputs)
    return 0


COMMANDS: dict[str, Run] = {"keygen": _keygen, "encrypt": _encrypt, "eval": _eval, "decrypt": _decrypt}
