"""Backends: what executes homomorphic operations, and what they cost there."""

from __future__ import annotations

from hetorch_heir.backends.base import CostModel, HEBackend
from hetorch_heir.backends.fake import FakeBackend, FakeCiphertext

__all__ = ["CostModel", "FakeBackend", "FakeCiphertext", "HEBackend"]
