"""Noise of CKKS: what every operation adds (:mod:`.model`), and what becomes of it (:mod:`.propagation`)."""

from __future__ import annotations

from hetorch_heir.noise.model import NoiseModel

__all__ = ["NoiseModel"]
