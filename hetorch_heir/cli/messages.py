"""What all commands share: errors become one message on standard error and an exit code."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Callable

from hetorch_heir.core.errors import HETorchError

FAILURE = 1
TRACEBACK = "HETORCH_TRACEBACK"
"""Environment variable that lets unexpected errors through with their traceback."""


_COLOURS = {"error": "1;31", "internal error": "1;31", "warning": "1;33", "at": "2", "help": "1;36"}
_WORDS = re.compile(r"(?:(?<=: )|(?<=^  ))(?P<word>internal error|error|warning|at|help):(?= )", re.MULTILINE)
"""After the name of the command, or in front of an indented line."""


def report_errors(program: str, run: Callable[[], int]) -> int:
    """Runs a command; the exit code is its own, or 1 after an error that is meant for the user."""
    try:
        return run()
    except HETorchError as error:
        if os.environ.get(TRACEBACK) and error.__cause__ is not None:
            traceback.print_exception(error.__cause__)
        print(_in_colours(f"{program}: error: {error}"), file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; nothing more can be said
        return FAILURE
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        place = traceback.extract_tb(error.__traceback__)[-1]
        message = (
            f"{program}: internal error: {type(error).__name__}: {error}\n"
            f"  at: {os.path.basename(place.filename)}:{place.lineno}\n"
            f"  help: this is a fault of {program}; please report it with the output of {TRACEBACK}=1"
        )
        print(_in_colours(message), file=sys.stderr)
        return FAILURE
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        return 130


def warn(program: str, message: str) -> None:
    print(_in_colours(f"{program}: warning: {message}"), file=sys.stderr)


def _in_colours(message: str) -> str:
    """The words that a message is made of in colours, where it goes to a terminal that wants some."""
    if not sys.stderr.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return message
    return _WORDS.sub(lambda word: f"\033[{_COLOURS[word['word']]}m{word[0]}\033[0m", message)
