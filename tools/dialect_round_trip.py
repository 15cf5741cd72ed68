"""Count the modules of a folder that come back from he_dialects as heir-opt prints them.

    python tools/dialect_round_trip.py heir/tests [--generic]

Each ``.mlir`` file is split at ``// -----``. A module counts if heir-opt reads it, and as passed if
heir-opt prints the same of what he_dialects prints of it. One line per failure; the exit status is 1 if there
are some.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from he_dialects.heir_tools import HEIR_OPT, find
from he_dialects.locations import verify_module
from he_dialects.parsing import parse_module
from he_dialects.printing import module_text
from xdsl.utils.exceptions import ParseError, VerifyException

SEPARATOR = re.compile(r"^// -----.*$", re.MULTILINE)


def heir_opt(text: str, *arguments: str) -> str | None:
    """What heir-opt prints of a module; None if it refuses it."""
    run = subprocess.run([str(find(HEIR_OPT)), *arguments], input=text, capture_output=True, text=True)
    return run.stdout if run.returncode == 0 else None


def modules(folder: Path) -> Iterator[tuple[str, str]]:
    """Each module of a folder with the name of its file and its number in there."""
    for path in sorted(folder.rglob("*.mlir")):
        for number, text in enumerate(SEPARATOR.split(path.read_text(errors="replace"))):
            yield f"{path}#{number}", text


def failure(printed: str, *, generic: bool) -> str | None:
    """Why a module that heir-opt printed doesn't come back; None if it does."""
    given = heir_opt(printed, "--mlir-print-op-generic") if generic else printed
    try:
        module = parse_module(given or printed)
        verify_module(module)
    except (ParseError, VerifyException) as error:
        return " ".join(str(error).split())[-300:]
    back = heir_opt(module_text(module, generic=generic, locations=False))
    if back is None:
        return "heir-opt refuses it"
    return None if back == printed else "heir-opt prints another text"


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--generic", action="store_true", help="the generic form, both ways")
    arguments = parser.parse_args()
    accepted = passed = 0
    for name, text in modules(arguments.folder):
        printed = heir_opt(text)
        if printed is None or printed.strip() in ("", "module {\n}"):
            continue
        accepted += 1
        reason = failure(printed, generic=arguments.generic)
        passed += reason is None
        if reason is not None:
            print(f"{name}: {reason}")
    print(f"{passed} of {accepted} modules come back")
    return 0 if passed == accepted else 1


if __name__ == "__main__":
    sys.exit(main())
