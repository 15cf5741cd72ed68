"""Handwritten digits (8x8 grey values), told apart by a perceptron that squares where others have ReLU.

``python -m examples.digits_square`` trains it. Squares are computed exactly, and cost one level each.
"""

from __future__ import annotations

from torch import Tensor, nn

from examples.common import Example, accuracy, main, train_classifier
from examples.digits import load
from examples.square import Square


class SquarePerceptron(nn.Module):
    """64-64-32-10."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden1 = nn.Linear(64, 64)
        self.hidden2 = nn.Linear(64, 32)
        self.scores = nn.Linear(32, 10)
        self.activation = Square()

    def forward(self, x: Tensor) -> Tensor:
        """Images (samples, 64) to scores of the classes (samples, 10)."""
        x = self.activation(self.hidden1(x))
        x = self.activation(self.hidden2(x))
        return self.scores(x)


def factory() -> nn.Module:
    """The model, untrained."""
    return SquarePerceptron()


def train(seed: int = 0) -> nn.Module:
    """The model, trained in a second or two."""
    return train_classifier(
        factory, load(), seed, activation=Square, activity_penalty=0.01, weight_decay=0.01
    )


EXAMPLE = Example("digits_square", factory, load, train, accuracy)

if __name__ == "__main__":
    main(EXAMPLE)
