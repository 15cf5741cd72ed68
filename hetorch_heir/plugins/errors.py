"""The error that an extension can't be used."""

from __future__ import annotations

from hetorch_heir.core.errors import HETorchError


class PluginError(HETorchError):
    """Another distribution's extension can't be loaded, isn't what it should be, or has a taken name."""
