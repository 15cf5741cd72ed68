"""The error of plans for key memory."""

from __future__ import annotations

from hetorch_heir.core.errors import HETorchError


class KeyPlanError(HETorchError):
    """Keys can't be planned as asked for, or a plan breaks a rule."""
