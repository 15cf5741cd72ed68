"""HEIR's command-line tools, whose failures become errors of this project.

Where they are found and how they are run is said in :mod:`he_dialects.heir_tools`.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from he_dialects import heir_tools
from he_dialects.heir_tools import HEIR_OPT, HEIR_TRANSLATE, PINNED_VERSION, HeirToolError, Tool

from hetorch_heir.core.errors import HeirOptError

__all__ = ["HEIR_OPT", "HEIR_TRANSLATE", "PINNED_VERSION", "Tool", "find", "run", "version"]


@contextmanager
def _user_errors() -> Iterator[None]:
    try:
        yield
    except HeirToolError as error:
        raise HeirOptError(error.what, where=error.where, hint=error.hint) from error


def find(tool: Tool) -> Path:
    """Where a tool is: what its variable says, else in ``heir_py``, else on the search path.

    Raises:
        HeirOptError: it is nowhere, or the variable names no executable file.
    """
    with _user_errors():
        return heir_tools.find(tool)


def run(tool: Tool, arguments: Sequence[str], program: str | Path) -> str:
    """Run a tool on a program, without a shell; see :func:`he_dialects.heir_tools.run`.

    Raises:
        HeirOptError: the tool is missing, crashed, or reported an error (some passes do so and still exit
            with 0).
    """
    with _user_errors():
        return heir_tools.run(tool, arguments, program)


def version() -> str:
    """Which heir-opt is used: the release of ``heir_py`` if it is from there, and its LLVM version."""
    path = find(HEIR_OPT)
    done = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"LLVM version (\S+)", done.stdout)
    llvm = f"LLVM {match[1]}" if match is not None else "unknown LLVM"
    if path.parent == heir_tools.package_folder():
        return f"heir_py {metadata.version('heir_py')} ({llvm})"
    return f"{path} ({llvm})"
