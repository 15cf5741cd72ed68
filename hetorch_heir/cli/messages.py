"""What all commands share: errors become one message on standard error and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

from hetorch_heir.core.errors import HETorchError

FAILURE = 1
TRACEBACK = "HETORCH_TRACEBACK"
"""Environment variable that lets unexpected errors through with their traceback."""


def report_errors(program: str, run: Callable[[], int]) -> int:
    """Runs a command; the exit code is its own, or 1 after an error that is meant for the user."""
    try:
        return run()
    except HETorchError as error:
        print(f"{program}: error: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; nothing more can be said
        return FAILURE
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        place = traceback.extract_tb(error.__traceback__)[-1]
        print(
            f"{program}: internal error: {type(error).__name__}: {error}\n"
            f"  at: {os.path.basename(place.filename)}:{place.lineno}\n"
            f"  help: this is a fault of {program}; please report it with the output of {TRACEBACK}=1",
            file=sys.stderr,
        )
        return FAILURE
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        return 130


def warn(program: str, message: str) -> None:
    print(f"{program}: warning: {message}", file=sys.stderr)
