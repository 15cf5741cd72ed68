"""Keeping torch's warnings, log lines and long messages out of the user's terminal."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import warnings
from collections.abc import Iterator
from typing import Any


def printing_to_stderr() -> contextlib.AbstractContextManager[Any]:
    """Lets ``print`` write to standard error in the block."""
    return contextlib.redirect_stdout(sys.stderr)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence warnings, logging and standard error in the block.

    torch warns of its own deprecations (``torch.jit.load``, pytree internals), and logs and prints whole
    graphs when an export fails. What matters of that reaches the user as an error of this project.
    What the user's model prints goes to standard error: a program may be written to standard output.
    """
    previous = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), printing_to_stderr(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(previous)


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or its type if it has none."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
