"""Benign or malignant, told from thirty measurements of cell nuclei by logistic regression.

``python -m examples.breast_cancer_logistic`` fits it. The output is a probability, so the sigmoid is
computed under encryption too, by a polynomial of degree 31.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from torch import Tensor, nn

from examples.common import Data, Example, Standardise, binary_accuracy, fit_with_lbfgs, main, split

FEATURES = 30
REGULARISATION = 0.03
"""Weight of the squared coefficients: it keeps what enters the sigmoid in a modest range."""


class LogisticRegression(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.standardise = Standardise(FEATURES)
        self.linear = nn.Linear(FEATURES, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Measurements (samples, 30) to probabilities that they are benign (samples, 1)."""
        return torch.sigmoid(self.linear(self.standardise(x)))


def factory() -> nn.Module:
    """The model, unfitted."""
    return LogisticRegression()


def load() -> Data:
    """Measurements in their own units (areas in the thousands, dimensions below 0.1); 1 is benign."""
    data: Any = load_breast_cancer()  # scikit-learn has no types
    return split(data.data.astype(np.float32), data.target.astype(np.float32), classes=True)


def train(seed: int = 0) -> nn.Module:
    """The model, fitted; the problem is convex, so the seed changes nothing."""
    samples = load().training
    model = LogisticRegression()
    model.standardise.fit(samples.inputs)
    nn.init.zeros_(model.linear.weight)
    nn.init.zeros_(model.linear.bias)
    loss_of = nn.BCELoss()

    def loss() -> Tensor:
        probability = model(samples.inputs)[:, 0]
        return loss_of(probability, samples.targets) + REGULARISATION * model.linear.weight.square().sum()

    return fit_with_lbfgs(model, loss)


EXAMPLE = Example("breast_cancer_logistic", factory, load, train, binary_accuracy, activation_degree=31)

if __name__ == "__main__":
    main(EXAMPLE)
