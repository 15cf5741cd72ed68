"""Options that commands share."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import hetorch_heir

SHELLS = ("bash", "zsh", "tcsh")
PACKAGES = ("torch", "xdsl")
"""Packages whose versions matter, besides heir-opt."""

FILE_METAVARS = frozenset({"FILE", "FILE.html", "OUT", "DATA.npy", "X.npy", "Y"})
FILE_POSITIONALS = frozenset({"model", "program", "input_file"})
FOLDER_METAVARS = frozenset({"FOLDER", "DIR"})
PASS_METAVAR = "PASS"


def add_common_options(
    parser: argparse.ArgumentParser | argparse._ArgumentGroup,
    completed: Callable[[], argparse.ArgumentParser] | None = None,
    version_options: Sequence[str] = ("--version",),
) -> None:
    """Add the options of all commands.

    Args:
        parser: of a command, or a group of its options.
        completed: gives the parser that completions are made from, where that is another.
        version_options: what the option for versions is called.
    """
    parser.add_argument(*version_options, action=VersionAction, help="show the versions of all that matters")
    parser.add_argument(
        "--print-completion",
        action=CompletionAction,
        choices=SHELLS,
        completed=completed,
        help="print a script that completes this command's options in a shell",
    )


def add_message_options(parser: argparse.ArgumentParser) -> None:
    """How much a command says while it works, on standard error."""
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="no progress and no summary: only warnings and errors"
    )
    parser.add_argument(
        "-v",
        "--verbose",
        action="count",
        default=0,
        help="show how long every stage and pass took; -vv: also the short ones",
    )


class VersionAction(argparse.Action):
    """Prints versions and ends the command. Nothing is imported for it."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**{**keywords, "nargs": 0, "default": argparse.SUPPRESS})

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *_: Any
    ) -> None:
        sys.stdout.write(versions(parser.prog))
        parser.exit()


def versions(program: str) -> str:
    """The version of a command, and of what it works with."""
    lines = [f"{program} {hetorch_heir.__version__}", f"heir-opt: {_heir_opt()}"]
    lines += [f"{name}: {_version(name)}" for name in PACKAGES]
    lines.append(f"Python: {platform.python_version()}")
    return "\n".join(lines) + "\n"


def _heir_opt() -> str:
    """The package that heir-opt is from, or where it is if it is from elsewhere."""
    from he_dialects.heir_tools import HEIR_OPT, HeirToolError, find, package_folder

    try:
        path: Path = find(HEIR_OPT)
    except HeirToolError:
        return "not found (pip install heir_py)"
    return f"heir_py {_version('heir_py')}" if path.parent == package_folder() else str(path)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"


class CompletionAction(argparse.Action):
    """Prints a completion script and ends the command."""

    def __init__(
        self, *, completed: Callable[[], argparse.ArgumentParser] | None = None, **keywords: Any
    ) -> None:
        super().__init__(**{**keywords, "default": argparse.SUPPRESS})
        self._completed = completed

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *_: Any
    ) -> None:
        sys.stdout.write(completion_script(self._completed() if self._completed else parser, values))
        parser.exit()


def completion_script(parser: argparse.ArgumentParser, shell: str) -> str:
    """A script that completes a command's options, their choices, names of passes, files and folders.

    Args:
        parser: of the command; one with subcommands takes a file in their place, too.
        shell: one of :data:`SHELLS`.
    """
    import shtab

    prefix = parser.prog.replace("-", "_")
    # A first word that is no subcommand is a program's file.
    files_too = f"_shtab_{prefix}_pos_0_COMPGEN={shtab.FILE['bash']}\n"
    preamble = files_too if _prepare(parser) and shell == "bash" else ""
    return shtab.complete(parser, shell, root_prefix=prefix, preamble=preamble)


def _prepare(parser: argparse.ArgumentParser) -> bool:
    """Say of every argument what it is completed with; whether there are subcommands."""
    import shtab

    found = False
    for action in parser._actions:
        if isinstance(action.choices, dict) and all(
            isinstance(one, argparse.ArgumentParser) for one in action.choices.values()
        ):
            found = True
            for command in action.choices.values():
                _prepare(command)
        elif action.metavar in FOLDER_METAVARS:
            action.complete = shtab.DIRECTORY  # pyright: ignore[reportAttributeAccessIssue]
        elif action.metavar in FILE_METAVARS or action.dest in FILE_POSITIONALS:
            action.complete = shtab.FILE  # pyright: ignore[reportAttributeAccessIssue]
        elif action.metavar == PASS_METAVAR:
            from hetorch_heir.plugins import PASSES

            action.choices = PASSES.names()
    return found
