"""The errors that users see: what is wrong, where in their model, and what to do.

Every error of this project derives from :class:`HETorchError`, so that the command line can turn any
of them into one message and exit code 1.
"""

from __future__ import annotations

from typing import ClassVar


class HETorchError(Exception):
    """Root of all errors raised for the user.

    Args:
        what: what is wrong, one sentence.
        where: the place in the user's model or file (module path, operator, source line), if known.
        hint: what the user can do about it, if anything is known to help.
    """

    exit_code: ClassVar[int] = 1
    """What a command that ends with this error returns."""

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  at: {self.where}")
        if self.hint:
            lines.append(f"  help: {self.hint}")
        return "\n".join(lines)


class UsageError(HETorchError):
    """A command or a call was given an option that does not exist, or that can't be read."""

    exit_code: ClassVar[int] = 2


class ModelLoadError(HETorchError):
    """A model file is missing, unreadable, of an unknown kind, or refused for safety."""


class CaptureError(HETorchError):
    """The model can't be captured as a static graph (dynamic shapes, data-dependent control flow …)."""


class UnsupportedOperationError(HETorchError):
    """The model uses an operator that has no homomorphic form here."""


class WeightError(HETorchError):
    """A weight is NaN or infinite."""


class ParameterError(HETorchError):
    """Scheme parameters are invalid, insecure, or too small for the model."""


class PassValidationError(HETorchError):
    """A pass was given a graph, or put at a place in a pipeline, that it can't work on."""


class ProgramError(HETorchError):
    """A program (MLIR text) can't be parsed, verified or interpreted."""


class HeirOptError(HETorchError):
    """heir-opt or heir-translate is missing, failed, or crashed."""


class VerificationFailure(HETorchError):
    """A stage of the compilation computes something else than the model."""
