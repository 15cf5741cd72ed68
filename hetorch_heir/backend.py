"""Another name for :mod:`hetorch_heir.backends`."""

from __future__ import annotations

from hetorch_heir.backends import CostModel, FakeBackend, FakeCiphertext, HEBackend

__all__ = ["CostModel", "FakeBackend", "FakeCiphertext", "HEBackend"]
