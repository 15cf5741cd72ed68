"""The error of the executor."""

from __future__ import annotations


class ExecutionError(Exception):
    """Something can't be executed.

    Args:
        what: what is wrong, one sentence.
        hint: what to do about it, if anything is known to help.
    """

    def __init__(self, what: str, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
