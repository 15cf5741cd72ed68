"""Progression of diabetes after a year, predicted from ten measurements by linear regression.

``python -m examples.diabetes_linear`` fits it. The measurements are taken in their own units.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes
from torch import Tensor, nn

from examples.common import Data, Example, Standardise, fit_with_lbfgs, main, r_squared, split

FEATURES = 10
RIDGE = 0.01
"""Weight of the squared coefficients of the standardised measurements."""


class LinearRegression(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.standardise = Standardise(FEATURES)
        self.linear = nn.Linear(FEATURES, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Measurements (samples, 10) to predictions (samples, 1)."""
        return self.linear(self.standardise(x))


def factory() -> nn.Module:
    """The model, unfitted."""
    return LinearRegression()


def load() -> Data:
    """Age, sex, body mass index, blood pressure and six blood values; a score from 25 to 346."""
    data: Any = load_diabetes(scaled=False)  # scikit-learn has no types
    return split(data.data.astype(np.float32), data.target.astype(np.float32), classes=False)


def train(seed: int = 0) -> nn.Module:
    """The model, fitted; the problem is convex, so the seed changes nothing."""
    samples = load().training
    model = LinearRegression()
    model.standardise.fit(samples.inputs)
    nn.init.zeros_(model.linear.weight)
    nn.init.zeros_(model.linear.bias)

    def loss() -> Tensor:
        error = model(samples.inputs)[:, 0] - samples.targets
        return error.square().mean() + RIDGE * model.linear.weight.square().sum()

    return fit_with_lbfgs(model, loss)


EXAMPLE = Example("diabetes_linear", factory, load, train, r_squared)

if __name__ == "__main__":
    main(EXAMPLE)
