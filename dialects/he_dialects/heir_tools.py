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
from importlib import util
from pathlib import Path

PINNED_VERSION = "2026.10.1"
"""The release of ``heir_py`` whose syntax and behaviour this package is made for."""

INSTALL_HINT = f"pip install heir_py=={PINNED_VERSION}"

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


@dataclass(frozen=True)
class Diagnostic:
    """An error that a tool reported: ``place: error: message``, the place only if it is known."""

    message: str
    place: str | None = None

    def __str__(self) -> str:
        return self.message if self.place is None else f"{self.place}: error: {self.message}"


class HeirToolError(Exception):
    """heir-opt or heir-translate is missing, failed, or crashed.

    Attributes:
        what: what is wrong, in a few lines.
        where: the place in the program, if it is known.
        hint: what to do about it, if anything is known to help.
        diagnostics: the errors that the tool reported, in full.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        diagnostics: Sequence[Diagnostic] = (),
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint
        self.diagnostics = tuple(diagnostics)


def find(tool: Tool, executable: str | None = None) -> Path:
    """Where a tool is: what its variable says, else in ``heir_py``, else on the search path.

    Args:
        tool: which one.
        executable: a path or a name on the search path, to use that and nothing else.

    Raises:
        HeirToolError: it is nowhere, or the executable or the variable names no executable file.
    """
    if executable is not None:
        hint = "name a program, or none to use the one of heir_py"
        return _named(tool, executable, "the executable given", hint)
    if override := os.environ.get(tool.variable):
        hint = f"unset {tool.variable} to use the one of heir_py, or correct it"
        return _named(tool, override, tool.variable, hint)
    packaged = package_folder()
    if packaged is not None and os.access(packaged / tool.name, os.X_OK):
        return packaged / tool.name
    found = shutil.which(tool.name)
    if found is None:
        raise HeirToolError(f"{tool.name} not found", hint=INSTALL_HINT)
    return Path(found)


def _named(tool: Tool, name: str, source: str, hint: str) -> Path:
    if shutil.which(name) is None:
        raise HeirToolError(
            f"{tool.name} not found: {source} is {name!r}, which is no executable file", hint=hint
        )
    return Path(name)


def package_folder() -> Path | None:
    """The folder of the ``heir`` package, without importing it."""
    spec = util.find_spec("heir")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


@dataclass(frozen=True)
class Output:
    """What a tool printed: its standard output, and the errors that it reported although it went on."""

    text: str
    diagnostics: tuple[Diagnostic, ...]


def run(tool: Tool, arguments: Sequence[str], program: str | Path) -> str:
    """Run a tool on a program, without a shell.

    Args:
        tool: which one.
        arguments: its options; paths in them are relative to the current folder.
        program: the program's text, or the file that holds it.

    Returns:
        What the tool printed on standard output.

    Raises:
        HeirToolError: the tool is missing, crashed, or reported an error (some passes do so and still exit
            with 0).
    """
    output = execute(tool, arguments, program)
    if output.diagnostics:
        raise _failure(tool, output.diagnostics)
    return output.text


def execute(
    tool: Tool, arguments: Sequence[str], program: str | Path, *, executable: str | None = None
) -> Output:
    """As :func:`run`, but what the tool reports is no failure if it exits with 0.

    Args:
        tool, arguments, program: as for :func:`run`.
        executable: where the tool is, if not where :func:`find` looks.

    Raises:
        HeirToolError: the tool is missing, crashed, or exited with something else than 0.
    """
    text = program if isinstance(program, str) else None
    file = "-" if isinstance(program, str) else str(program)
    command = [str(find(tool, executable)), *tool.options, *arguments, file]
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    except OSError as error:
        raise HeirToolError(
            f"{tool.name} can't be run: {error.strerror} ({command[0]})", hint=INSTALL_HINT
        ) from error
    if (crash := _crash_signal(done.returncode)) is not None:
        raise HeirToolError(
            f"{tool.name} crashed ({crash})",
            hint=f"the options were: {shlex.join(arguments)}; with other passes it may succeed",
        )
    lines = done.stderr.splitlines()
    errors = tuple(_diagnostic(line) for line in lines if "error:" in line)
    if done.returncode != 0:
        # Of options that it doesn't know it says so in other words.
        raise _failure(tool, errors or [_diagnostic(line) for line in lines], done.returncode)
    return Output(done.stdout, errors)


def _crash_signal(code: int) -> str | None:
    """The name of the signal that ended a process, directly or in a shell below it; None if it exited."""
    number = -code if code < 0 else code - 128
    if code >= 0 and number not in (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL):
        return None
    return signal.Signals(number).name


def _failure(tool: Tool, diagnostics: Sequence[Diagnostic], code: int = 0) -> HeirToolError:
    shown = diagnostics[:_SHOWN_ERRORS]
    what = "\n".join(_shortened(diagnostic.message) for diagnostic in shown) or f"exit code {code}"
    where = next((diagnostic.place for diagnostic in shown if diagnostic.place is not None), None)
    return HeirToolError(f"{tool.name} failed: {what}", where=where, diagnostics=diagnostics)


def _diagnostic(line: str) -> Diagnostic:
    match = _DIAGNOSTIC.match(line)
    if match is None:
        return Diagnostic(line.strip())
    return Diagnostic(match["message"], match["place"].replace("<stdin>", "the module"))


def _shortened(message: str) -> str:
    return message if len(message) <= _SHOWN_LENGTH else f"{message[:_SHOWN_LENGTH]} …"
