"""Programs of any compiler in HEIR's dialects, read and counted by this project's interpreter.

Loops are executed and calls followed, on registers instead of ciphertexts: what is counted is what an
evaluation executes, not what the text says.
"""

from __future__ import annotations

from pathlib import Path

from he_dialects.locations import verify_module
from he_dialects.parsing import parse_module

from benchmarks.peers.measurement import Counts
from hetorch_heir.backends.recording import Program
from hetorch_heir.backends.session import operation_counts


def open_program(path: Path) -> Program:
    """The program in a file.

    Raises:
        ProgramError: it can't be read as a CKKS program.
    """
    text = path.read_text()
    module = parse_module(text, str(path))
    verify_module(module)
    return Program(module, path.parent, text)


def counts_of(program: Program) -> Counts:
    """What an evaluation of a program takes."""
    stream = program.record()
    operations = operation_counts(stream)
    return Counts(
        rotations=operations["rotate"],
        keys=len(set(stream.rotations())),
        products=operations["mul_plain"],
        ciphertext_products=operations["mul"],
        levels=len(program.parameters(insecure=True).moduli) - 1,
        bootstraps=operations["bootstrap"],
    )
