"""The error of backends."""

from __future__ import annotations

from hetorch_heir.core.errors import HETorchError


class BackendError(HETorchError):
    """A program can't be executed on a backend: the library is missing or refuses, or a file is wrong."""
