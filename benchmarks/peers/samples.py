"""A sample beside a program: what goes in, and what the model makes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PROGRAM, INPUT, EXPECTED = "program.mlir", "input.npy", "expected.npy"

Array = NDArray[np.float32]


def save_sample(folder: Path, sample: Array, expected: Array) -> None:
    np.save(folder / INPUT, sample)
    np.save(folder / EXPECTED, expected)


def load_sample(folder: Path) -> tuple[Array, Array]:
    """The model's input and output."""
    return np.load(folder / INPUT), np.load(folder / EXPECTED)
