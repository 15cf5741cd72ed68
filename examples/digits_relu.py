"""Handwritten digits (8x8 grey values), told apart by a multilayer perceptron with ReLU.

``python -m examples.digits_relu`` trains it; a polynomial of degree 15 stands in for each ReLU.
"""

from __future__ import annotations

from torch import Tensor, nn

from examples.common import Example, accuracy, main, train_classifier
from examples.digits import load


class ReLUPerceptron(nn.Module):
    """64-64-32-10."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden1 = nn.Linear(64, 64)
        self.hidden2 = nn.Linear(64, 32)
        self.scores = nn.Linear(32, 10)
        self.activation = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Images (samples, 64) to scores of the classes (samples, 10)."""
        x = self.activation(self.hidden1(x))
        x = self.activation(self.hidden2(x))
        return self.scores(x)


def factory() -> nn.Module:
    """The model, untrained."""
    return ReLUPerceptron()


def train(seed: int = 0) -> nn.Module:
    """The model, trained in a second or two."""
    return train_classifier(
        factory, load(), seed, activation=nn.ReLU, activity_penalty=0.05, weight_decay=0.05
    )


EXAMPLE = Example("digits_relu", factory, load, train, accuracy, activation_degree=15)

if __name__ == "__main__":
    main(EXAMPLE)
