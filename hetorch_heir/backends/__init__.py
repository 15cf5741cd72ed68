"""Backends: what executes homomorphic operations, and what they cost there.

:class:`FakeBackend` computes in the clear, :class:`LibraryBackend` encrypts; both take operations one by
one. Whole programs run in sessions (:mod:`.session`), client and server apart (:mod:`.deployment`), or many
times (:mod:`.batch`).
"""

from __future__ import annotations

from hetorch_heir.backends.base import CostModel, HEBackend
from hetorch_heir.backends.encrypted import LibraryBackend
from hetorch_heir.backends.fake import FakeBackend, FakeCiphertext

__all__ = ["CostModel", "FakeBackend", "FakeCiphertext", "HEBackend", "LibraryBackend"]
