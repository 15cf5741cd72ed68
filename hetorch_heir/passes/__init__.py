"""Passes over torch.fx graphs, and pipelines of them."""

from __future__ import annotations

from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.passes.base import TransformationPass
from hetorch_heir.passes.pipeline import PassPipeline

__all__ = ["PassPipeline", "PassValidationError", "TransformationPass"]
