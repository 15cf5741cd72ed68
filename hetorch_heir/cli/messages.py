"""What all commands share: errors become one message on standard error and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from hetorch_heir.core.errors import HETorchError

FAILURE = 1


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
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        return 130


def warn(program: str, message: str) -> None:
    print(f"{program}: warning: {message}", file=sys.stderr)
