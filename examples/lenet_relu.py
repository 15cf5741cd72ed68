"""LeNet-5 with ReLU and average pooling, on digits enlarged to 28x28.

``python -m examples.lenet_relu`` trains it; a polynomial of degree 15 stands in for each ReLU.
"""

from __future__ import annotations

from torch import nn

from examples.common import Example, accuracy, main, train_classifier
from examples.lenet import LeNet
from examples.lenet_square import load

EPOCHS = 12


def factory() -> nn.Module:
    """The model, untrained."""
    return LeNet(nn.ReLU)


def train(seed: int = 0) -> nn.Module:
    """The model, trained in some seconds."""
    return train_classifier(
        factory,
        load(),
        seed,
        activation=nn.ReLU,
        activity_penalty=0.02,
        weight_decay=0.05,
        epochs=EPOCHS,
    )


EXAMPLE = Example("lenet_relu", factory, load, train, accuracy, activation_degree=15)

if __name__ == "__main__":
    main(EXAMPLE)
