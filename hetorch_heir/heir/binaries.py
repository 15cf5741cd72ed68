"""Finding and running HEIR's command-line tools.

The Python package ``heir_py`` ships both; an environment variable or the search path can give others.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from hetorch_heir.core.errors import HeirOptError

PINNED_VERSION = "2026.10.1"
"""The release of ``heir_py`` whose syntax and behaviour this package is made for."""

_INSTALL_HINT = f"pip install heir_py=={PINNED_VERSION}"

_DIAGNOSTIC = re.compile(r"^(?P<place>.*?:\d+:\d+): error: (?P<message>.*)$")
_SHOWN_ERRORS = 3
_SHOWN_LENGTH = 400
"""A diagnostic repeats whole types; what is wrong stands at its beginning."""


@dataclass(frozen=True)
class Tool:
    """One of HEIR's programs.

    Attributes:
        name: its file name.
        variable: the environment variable that overrides where it is.
        options: what it is always called with.
    """

    name: str
    variable: str
    options: tuple[str, ...] = ()


# Notes repeat the operation with all of its types, kilobytes of them.
HEIR_OPT = Tool("heir-opt", "HETORCH_HEIR_OPT", ("--mlir-disable-diagnostic-notes",))
HEIR_TRANSLATE = Tool("heir-translate", "HETORCH_HEIR_TRANSLATE")


def find(tool: Tool) -> Path:
    """Where a tool is: what its variable says, else in ``heir_py``, else on the search path.

    Raises:
        HeirOptError: it is nowhere, or the variable names no executable file.
    """
    override = os.environ.get(tool.variable)
    if override:
        if shutil.which(override) is None:
            raise HeirOptError(
                f"{tool.name} not found: {tool.variable} is {override!r}, which is no executable file",
                hint=f"unset {tool.variable} to use the one of heir_py, or correct it",
            )
        return Path(override)
    packaged = _package_folder()
    if packaged is not None and os.access(packaged / tool.name, os.X_OK):
        return packaged / tool.name
    found = shutil.which(tool.name)
    if found is None:
        raise HeirOptError(f"{tool.name} not found", hint=_INSTALL_HINT)
    return Path(found)


def _package_folder() -> Path | None:
    """The folder of the ``heir`` package, without importing it."""
    spec = util.find_spec("heir")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def run(tool: Tool, arguments: Sequence[str], program: str | Path) -> str:
    """Run a tool on a program, without a shell.

    Args:
        tool: which one.
        arguments: its options; paths in them are relative to the current folder.
        program: the program's text, or the file that holds it.

    Returns:
        What the tool printed on standard output.

    Raises:
        HeirOptError: the tool is missing, crashed, or reported an error (some passes do so and still exit
            with 0).
    """
    text = program if isinstance(program, str) else None
    file = "-" if isinstance(program, str) else str(program)
    command = [str(find(tool)), *tool.options, *arguments, file]
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    except OSError as error:
        raise HeirOptError(
            f"{tool.name} can't be run: {error.strerror} ({command[0]})", hint=_INSTALL_HINT
        ) from error
    if (crash := _crash_signal(done.returncode)) is not None:
        raise HeirOptError(
            f"{tool.name} crashed ({crash})",
            hint=f"the options were: {shlex.join(arguments)}; with other passes it may succeed",
        )
    errors = [line for line in done.stderr.splitlines() if "error:" in line]
    if done.returncode != 0 or errors:
        raise _failure(tool, errors or done.stderr.splitlines(), done.returncode)
    return done.stdout


def _crash_signal(code: int) -> str | None:
    """The name of the signal that ended a process, directly or in a shell below it; None if it exited."""
    number = -code if code < 0 else code - 128
    if code >= 0 and number not in (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL):
        return None
    return signal.Signals(number).name


def _failure(tool: Tool, lines: Sequence[str], code: int) -> HeirOptError:
    where = None
    messages: list[str] = []
    for line in lines[:_SHOWN_ERRORS]:
        match = _DIAGNOSTIC.match(line)
        message = line.strip() if match is None else match["message"]
        if where is None and match is not None:
            where = match["place"].replace("<stdin>", "the module")
        messages.append(message if len(message) <= _SHOWN_LENGTH else f"{message[:_SHOWN_LENGTH]} …")
    what = "\n".join(messages) or f"exit code {code}"
    return HeirOptError(f"{tool.name} failed: {what}", where=where)


def version() -> str:
    """Which heir-opt is used: the release of ``heir_py`` if it is from there, and its LLVM version."""
    path = find(HEIR_OPT)
    done = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"LLVM version (\S+)", done.stdout)
    llvm = f"LLVM {match[1]}" if match is not None else "unknown LLVM"
    if path.parent == _package_folder():
        return f"heir_py {metadata.version('heir_py')} ({llvm})"
    return f"{path} ({llvm})"
