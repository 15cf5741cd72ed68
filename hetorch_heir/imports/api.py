"""One call from the text of a HEIR program to a graph that runs in torch."""

from __future__ import annotations

from pathlib import Path

from he_dialects.locations import verify_module
from he_dialects.parsing import parse_module
from torch.fx import GraphModule
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.exceptions import ParseError, VerifyException

from hetorch_heir.conversions.foreign_parameters import level_of
from hetorch_heir.conversions.to_hetorch import to_hetorch
from hetorch_heir.core.errors import ProgramError
from hetorch_heir.imports.graph import to_graph_module


def import_program(
    program: str | Path, *, entry_function: str = "", resource_dir: str | Path | None = None
) -> GraphModule:
    """The graph of homomorphic operations of a CKKS program that HEIR's tools wrote or read.

    The program is at secret level (with or without ``mgmt`` operations and attributes), at ckks level, in
    the openfhe dialect, or in ``hetorch``; loops over constant bounds are unrolled. Its rescales,
    relinearizations, bootstraps and rotations are kept one by one.

    Args:
        program: path of an .mlir file, or its text (a string of several lines is text).
        entry_function: the main function, where the program has no client functions that tell.
        resource_dir: folder that the paths of ``preprocessing.load_resource`` are relative to; by default
            that of the file.

    Returns:
        A graph that takes and returns the tensors that the program's client packs and unpacks, or else one
        tensor of slots per ciphertext argument and result. An output in several ciphertexts is as many
        outputs. ``meta["chain"]`` is the modulus chain; passes and ``export_graph`` take it from there.

    Raises:
        ProgramError: the text can't be parsed or verified, or the program can't be imported; with the place
            in the file and what to do.
        ParameterError: the parameters of the program are no modulus chain.
    """
    text, name, folder = _read(program)
    module = _parse(text, name)
    if level_of(module) != "hetorch":
        directory = folder if resource_dir is None else Path(resource_dir)
        module = to_hetorch(module, entry_function=entry_function, resource_dir=directory)
        return to_graph_module(module)
    return to_graph_module(module, resource_dir=folder if resource_dir is None else Path(resource_dir))


def _read(program: str | Path) -> tuple[str, str, Path]:
    """Text, name and folder of a program."""
    if isinstance(program, str) and "\n" in program:
        return program, "<text>", Path()
    path = Path(program)
    try:
        return path.read_text(), str(path), path.parent
    except (OSError, UnicodeDecodeError) as error:
        raise ProgramError(
            f"can't read program {path}: {error}", hint="give the path of an MLIR file, or its text"
        ) from error


def _parse(text: str, name: str) -> ModuleOp:
    try:
        module = parse_module(text, name)
    except ParseError as error:
        where = str(error.span.get_location())
        message = " ".join(error.msg.split())
        raise ProgramError(f"not a program of the dialects known here: {message}", where=where) from error
    try:
        verify_module(module)
    except VerifyException as error:
        raise ProgramError(f"the program breaks a rule: {error}") from error
    return module
