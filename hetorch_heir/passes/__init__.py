"""Passes over torch.fx graphs, and pipelines of them; registers the operators ``torch.ops.hetorch``."""

from __future__ import annotations

from hetorch_heir.core.errors import PassValidationError
from hetorch_heir.passes import operations
from hetorch_heir.passes.base import TransformationPass
from hetorch_heir.passes.pipeline import PassPipeline

__all__ = ["PassPipeline", "PassValidationError", "TransformationPass", "operations"]
