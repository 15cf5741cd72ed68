"""Long text: in a pager with names in bold on a terminal, plain and unwrapped elsewhere."""

from __future__ import annotations

import os
import pydoc
import shutil
import sys
import textwrap
from collections.abc import Iterable

Line = tuple[str, str]
"""A part that stands out, and the rest of the line."""

PAGER_OPTIONS = "FRX"
"""For less: leave at once if all fits, show styles, leave the text on the screen."""


def print_paged(lines: Iterable[Line]) -> None:
    """Print lines to standard output; colours are left out where ``NO_COLOR`` is set."""
    if not sys.stdout.isatty():
        for head, rest in lines:
            print(f"{head}{rest}".rstrip())
        return
    width = shutil.get_terminal_size().columns
    os.environ.setdefault("LESS", PAGER_OPTIONS)
    pydoc.pager("\n".join(_styled(head, rest, width) for head, rest in lines) + "\n")


def _styled(head: str, rest: str, width: int) -> str:
    """A line that fits a terminal; what doesn't fit goes on below the text."""
    text = f"{head}{rest}".rstrip()
    if len(text) > width:
        indent = len(text) - len(text.lstrip()) + 4 if not head else min(len(head) + 2, width // 2)
        text = "\n".join(
            textwrap.wrap(text, width, subsequent_indent=" " * indent, drop_whitespace=True, tabsize=4)
        )
    bold = bool(head.strip()) and not os.environ.get("NO_COLOR")
    return f"\033[1m{text[: len(head)]}\033[0m{text[len(head) :]}" if bold else text
