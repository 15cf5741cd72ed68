"""The data of the digits examples: 1797 images of 8x8 grey values from 0 to 1, in ten classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from examples.common import Data, split

WHITE = 16


def load() -> Data:
    data: Any = load_digits()  # scikit-learn has no types
    inputs = (data.data / WHITE).astype(np.float32)
    return split(inputs, data.target.astype(np.int64), classes=True)
