"""The way from our modules to OpenFHE and Lattigo programs, through heir-opt and heir-translate.

text = lower(module_text, backend="openfhe", entry_function="main", slots=8192, target="ckks")
cpp = translate(text, "openfhe-pke")
"""

from __future__ import annotations

import shlex
from pathlib import Path

from hetorch_heir.core.progress import stage
from hetorch_heir.heir.binaries import HEIR_OPT, HEIR_TRANSLATE, PINNED_VERSION, run, version
from hetorch_heir.heir.pass_lists import BACKENDS, SOURCES, Lowering, translation

__all__ = ["BACKENDS", "PINNED_VERSION", "hint", "lower", "translate", "version"]


def lower(
    program: str | Path,
    *,
    backend: str,
    entry_function: str,
    slots: int,
    target: str,
) -> str:
    """Lower a program to the dialect of a back end, keeping every operation.

    Args:
        program: the module's text, or the file that holds it.
        backend: ``"openfhe"`` or ``"lattigo"``.
        entry_function: the function that parameters and keys are generated for.
        slots: number of values per ciphertext.
        target: the level that the program is at, ``"secret"`` or ``"ckks"``.

    Returns:
        The text of the lowered module.

    Raises:
        HeirOptError: heir-opt is missing, crashed or reported an error.
    """
    with stage(HEIR_OPT.name):
        return run(HEIR_OPT, Lowering(backend, target, entry_function, slots).arguments(), program)


def translate(program: str | Path, kind: str) -> str:
    """The source code of a lowered program.

    Args:
        program: a module that :func:`lower` gave, or the file that holds it.
        kind: ``"openfhe-pke"`` (C++), ``"openfhe-pke-header"`` or ``"lattigo"`` (Go).

    Raises:
        HeirOptError: heir-translate is missing, crashed or reported an error.
    """
    return run(HEIR_TRANSLATE, translation(kind), program)


def hint(
    *,
    backend: str,
    entry_function: str,
    slots: int,
    target: str,
    path: str = "program.mlir",
) -> str:
    """The shell command that does what :func:`lower` and :func:`translate` do.

    Args:
        path: the program's file; the other arguments are those of :func:`lower`.
    """
    arguments = Lowering(backend, target, entry_function, slots).arguments()
    opt = shlex.join([HEIR_OPT.name, path, *arguments])
    emit = shlex.join([HEIR_TRANSLATE.name, *translation(SOURCES[backend])])
    return f"{opt} | {emit}"
